/** Small parts of HTML, escaped by construction: text becomes markup in this file and nowhere else. */
import { visible, visibleLines } from './text.ts';

/** Markup that is known to be safe; only the functions here make it. */
export type Html = { readonly html: string };

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);

type Part = Html | string | number | readonly Html[];
const render = (part: Part): string =>
  typeof part === 'string'
    ? escaped(visible(part))
    : typeof part === 'number'
      ? String(part)
      : 'html' in part
        ? part.html
        : part.map((one) => one.html).join('');

/** A template whose values are escaped (and made visible, on one line) unless they are {@link Html} themselves. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  html: strings.map((text, i) => text + (i < parts.length ? render(parts[i] as Part) : '')).join(''),
});
export const NOTHING: Html = { html: '' };
/** Our own constant text, as it is. */
export const trusted = (text: string): Html => ({ html: text });
/** Several lines of foreign text, control and bidi characters made visible. */
export const block = (text: string): Html => ({ html: escaped(visibleLines(text)) });
export const joined = (parts: readonly Html[], between = ''): Html => ({
  html: parts.map((one) => one.html).join(between),
});

/** An id as an anchor: the characters an attribute and a fragment both take as they are. */
export const anchor = (kind: string, id: string): string =>
  `${kind}-${id.replaceAll(/[^A-Za-z0-9._-]/g, '_')}`;

/** Bytes a character takes when it is escaped, at most. */
const cost = (character: string): number =>
  ENTITIES[character] !== undefined ? 6 : character < '\x80' ? 1 : 4;
/** Bytes a text takes in the document, at most; controls and bidi characters become longer and are rare. */
export const costOf = (text: string): number => {
  let sum = 0;
  for (const character of text) sum += cost(character);
  return sum;
};

/** A beginning that takes at most `max` bytes in the document, the rest counted in characters. */
export const cut = (text: string, max: number): string => {
  let room = max;
  let end = 0;
  for (const character of text) {
    room -= cost(character);
    if (room < 0) return `${text.slice(0, end).trimEnd()} … (${text.length - end} more characters)`;
    end += character.length;
  }
  return text;
};
/** The end of a text in the same room. */
export const lastPart = (text: string, max: number): string => {
  const kept = text.slice(-max);
  const over = costOf(kept) / Math.max(1, max);
  return (over <= 1 ? kept : kept.slice(-Math.floor(max / over))).toWellFormed();
};
