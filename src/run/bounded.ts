/**
 * What others wrote, made fit for an entry: a journal refuses control characters and more than its bound of bytes, and an
 * entry it refuses would stop the run of everybody.
 */

/** Without control characters, at most `most` characters. */
export const plainText = (text: string, most: number): string =>
  text.replaceAll(/[\x00-\x1f\x7f]/g, ' ').slice(0, most);

/** Of the journal's 8 KiB an entry: what a list in one may take. */
export const LIST_BYTES = 6 * 1024;

/** The items, in their order, that together take at most `most` bytes as JSON; one that does not fit is left out. */
export const within = <T>(items: readonly T[], most: number = LIST_BYTES): readonly T[] => {
  let left = most;
  return items.filter((item) => {
    const bytes = Buffer.byteLength(JSON.stringify(item)) + 1;
    if (bytes > left) return false;
    left -= bytes;
    return true;
  });
};
