/**
 * Text of others on its way into a prompt (platform.md S27): what a person reviewing it would not see is taken out, and
 * the rest stands in a fence it cannot close, named as data. It lowers the odds that an agent obeys it; gates do not
 * depend on that.
 */

/** Zero-width, bidirectional, tag and other characters that print nothing; controls but tab and line feed. */
const INVISIBLE =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: each stands for itself; none is meant to combine
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb]|[\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;
const COMMENT = /<!--[\s\S]*?(?:-->|$)/g;
/** A tag with attributes: where alternative texts, styles and handlers hide. */
const ATTRIBUTES = /<(\/?[a-z][a-z0-9-]*)\s[^<>]*>/gi;
const IMAGE = /!\[[^\]]{0,1000}\](?:\([^)]{0,1000}\)|\[[^\]]{0,1000}\])/g;
/** Rounds of removal; only text made to need more does. */
const MAX_ROUNDS = 10;
const NAMED: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};

const decoded = (text: string): string =>
  text
    .replace(/&(?:amp;)+/gi, '&')
    .replace(
      /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(lt|gt|amp|quot|apos|nbsp));/gi,
      (whole, decimal, hex, name) => {
        if (name !== undefined) return NAMED[String(name).toLowerCase()] ?? whole;
        const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
        return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
          ? String.fromCodePoint(code)
          : '';
      },
    );

/**
 * Takes out what does not show: controls, invisible characters, HTML comments, attributes, image texts, also when written
 * as character references. Doing it twice changes nothing more.
 */
export function visibleText(text: string): string {
  let now = text.toWellFormed().replaceAll(/\r\n?/g, '\n');
  for (let round = 0; round < MAX_ROUNDS; round++) {
    // Decoded before it is searched, and searched again after: one removal can join what another looks for.
    const next = decoded(now)
      .replace(INVISIBLE, '')
      .replace(COMMENT, '')
      .replace(ATTRIBUTES, '<$1>')
      .replace(IMAGE, '[image]');
    if (next === now) return now;
    now = next;
  }
  return now.replace(/[<&![]/g, ' ');
}

/** At most `max` characters, cut at a line end where one is near, with a line that says what is missing. */
export function withinBudget(
  text: string,
  max: number,
  rest: string,
): { readonly text: string; readonly omitted: number } {
  if (text.length <= max) return { text, omitted: 0 };
  const hard = text.slice(0, max).replace(/[\ud800-\udbff]$/, '');
  const line = hard.lastIndexOf('\n');
  const kept = line > max / 2 ? hard.slice(0, line) : hard;
  const omitted = text.length - kept.length;
  return { text: `${kept}\n[left out here: ${omitted} of ${text.length} characters; ${rest}]`, omitted };
}

/** A fenced block that nothing inside can close. */
export function dataFence(label: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${label}\n${text.replace(/\n+$/, '')}\n${fence}`;
}
