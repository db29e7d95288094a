/**
 * Does the same with every item, at most `most` at once.
 *
 * @returns what came of each, in the order of the items; the first that fails fails the whole, and no other is begun
 */
export const eachAtMost = async <Item, Value>(
  most: number,
  items: readonly Item[],
  act: (item: Item) => Promise<Value>,
): Promise<readonly { readonly item: Item; readonly result: Value }[]> => {
  const done: { item: Item; result: Value }[] = [];
  const waiting = items.entries();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const [at, item] of waiting) {
      if (failed) return;
      done[at] = {
        item,
        result: await act(item).catch((error: unknown) => {
          failed = true;
          throw error;
        }),
      };
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
  return done;
};
