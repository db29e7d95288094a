/**
 * Text for a terminal: what came from an agent, a file or a person is made harmless here, and every small form the
 * views share (marks, ages, durations, columns) is spelled once.
 */
import type { Oid } from '../journal/index.ts';

/** What the terminal can show. The caller decides: NO_COLOR, TERM and the encoding are environment. */
export type Style = {
  readonly unicode: boolean;
  readonly color: boolean;
  /** Columns; lines are wrapped or cut to it. Left out: 100. */
  readonly width?: number;
};
export const PLAIN_STYLE: Style = { unicode: true, color: false };
const DEFAULT_WIDTH = 100;
export const widthOf = (style: Style): number => Math.max(40, style.width ?? DEFAULT_WIDTH);

/** ECMA-48: control sequences, operating system commands with their text, and the two-byte escapes. */
const ANSI =
  /\x1b\[[0-?]*[ -/]*[@-~]|\x9b[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][\s\S]*?(?:\x07|\x1b\\|\x9c)|\x1b[@-Z\\-_]|\x1b[ -/]+[0-~]/g;
/** Characters without ink of their own: zero-width, bidi controls, tags, fillers. The emoji selector stays. */
const UNSEEN = /(?!\ufe0f)[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\ufff9-\ufffb]/gu;
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

const named = (character: string): string =>
  `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`;

/**
 * Several lines made safe to print: escape sequences are removed; control, bidi and zero-width characters become
 * visible as `<U+202E>`; LF and tab stay. An overlay of text on other text, or a hidden word, cannot survive.
 */
export const visibleLines = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/\r\n?|[\u2028\u2029]/g, '\n')
    .replaceAll(ANSI, '')
    .replaceAll(CONTROL, named)
    .replaceAll(UNSEEN, named);

/** The same on one line: every run of white space is one space. */
export const visible = (text: string): string => visibleLines(text).replaceAll(/\s+/g, ' ').trim();

/** At most `max` columns, the cut marked. */
export const clip = (text: string, max: number, ellipsis = '…'): string => {
  if (displayWidth(text) <= max) return text;
  let width = 0;
  let kept = '';
  for (const character of text) {
    width += characterWidth(character);
    if (width > max - ellipsis.length) break;
    kept += character;
  }
  return `${kept.trimEnd()}${ellipsis}`;
};

const ZERO_WIDTH = /^[\p{Mn}\p{Me}\p{Default_Ignorable_Code_Point}]$/u;
const WIDE =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}])$/u;

const characterWidth = (character: string): number =>
  character < '\u0300' ? 1 : ZERO_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1;

/** Columns the text takes in a terminal (Unicode UAX #11, wide and zero-width told apart). */
export const displayWidth = (text: string): number => {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
};

export const padEnd = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - displayWidth(text)));
export const padStart = (text: string, width: number): string =>
  ' '.repeat(Math.max(0, width - displayWidth(text))) + text;

/** Words of `text` on lines of at most `width` columns; a longer word has a line of its own. */
export const wrap = (text: string, width: number): readonly string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && displayWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
};

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A rough span for people: `50 s`, `4 m`, `1 h 5 m`, `2 d 3 h`. Negative counts as nothing. */
export const age = (ms: number): string => {
  const span = Math.max(0, ms);
  const two = (large: number, unit: string, small: number, part: string): string =>
    small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${part}`;
  if (span < MINUTE) return `${Math.floor(span / SECOND)} s`;
  if (span < HOUR) return `${Math.floor(span / MINUTE)} m`;
  if (span < DAY) return two(Math.floor(span / HOUR), 'h', Math.floor((span % HOUR) / MINUTE), 'm');
  return two(Math.floor(span / DAY), 'd', Math.floor((span % DAY) / HOUR), 'h');
};

/** How long something took: `0.3 s`, `58 s`, `1 m 58 s`, `1 h 5 m`. */
export const duration = (ms: number): string => {
  const span = Math.max(0, ms);
  if (span < 950) return span === 0 ? '0 s' : `${Math.max(0.1, Math.round(span / 100) / 10)} s`;
  const seconds = Math.round(span / SECOND);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600)
    return seconds % 60 === 0 ? `${seconds / 60} m` : `${Math.floor(seconds / 60)} m ${seconds % 60} s`;
  return age(span);
};

/** Elapsed time as a clock: `02:41`, `1:02:41`. */
export const clock = (ms: number): string => {
  const seconds = Math.max(0, Math.floor(ms / SECOND));
  const two = (value: number): string => String(value).padStart(2, '0');
  const tail = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return seconds < 3600 ? tail : `${Math.floor(seconds / 3600)}:${tail}`;
};

/** Milliseconds from one instant to another; 0 when either is no instant. */
export const between = (from: string, to: string): number => {
  const span = Date.parse(to) - Date.parse(from);
  return Number.isFinite(span) ? span : 0;
};

/** `due in 4 m`, or `overdue by 2 m`. */
export const due = (now: string, at: string): string => {
  const left = between(now, at);
  return left >= 0 ? `due in ${age(left)}` : `overdue by ${age(-left)}`;
};

export const shortOid = (oid: Oid): string => oid.slice(0, 7);

/** `1 file`, `4 files`; the plural when adding an s does not make it. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

/** `A1`, `A1 and A2`, `A1, A2 and A3`. */
export const listed = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

export type Mark = 'done' | 'failed' | 'running' | 'waiting' | 'paused';
export const MARKS: Readonly<Record<Mark, string>> = {
  done: '✓',
  failed: '✗',
  running: '●',
  waiting: '○',
  paused: '⏸',
};
const LETTERS: Readonly<Record<Mark, string>> = {
  done: 'v',
  failed: 'x',
  running: '*',
  waiting: 'o',
  paused: 'p',
};

export type Paint = (text: string) => string;
/** The few colours there are, or none at all. SGR 39 and 22 end only what was begun, so they nest. */
export type Palette = Readonly<Record<'good' | 'bad' | 'warn' | 'busy' | 'dim' | 'strong', Paint>>;

const sgr =
  (on: number, off: number): Paint =>
  (text) =>
    text === '' ? '' : `\x1b[${on}m${text}\x1b[${off}m`;
const COLORS: Palette = {
  good: sgr(32, 39),
  bad: sgr(31, 39),
  warn: sgr(33, 39),
  busy: sgr(36, 39),
  dim: sgr(2, 22),
  strong: sgr(1, 22),
};
const same: Paint = (text) => text;
const NO_COLORS: Palette = { good: same, bad: same, warn: same, busy: same, dim: same, strong: same };
export const paletteOf = (style: Pick<Style, 'color'>): Palette => (style.color ? COLORS : NO_COLORS);

const MARK_PAINT: Readonly<Record<Mark, keyof Palette>> = {
  done: 'good',
  failed: 'bad',
  running: 'busy',
  waiting: 'dim',
  paused: 'warn',
};
export const mark = (style: Style, which: Mark): string =>
  paletteOf(style)[MARK_PAINT[which]](style.unicode ? MARKS[which] : LETTERS[which]);

const ASCII: Readonly<Record<string, string>> = {
  '…': '...',
  '“': '"',
  '”': '"',
  '’': "'",
  '→': '->',
  '−': '-',
  '–': '-',
  '·': '-',
  '│': '|',
};
/** Our own typography in ASCII where the terminal cannot show it; letters of names and texts stay. */
export const typography = (style: Pick<Style, 'unicode'>, text: string): string =>
  style.unicode ? text : text.replaceAll(/[…“”’→−–·│]/g, (character) => ASCII[character] ?? character);

/** Our typography, cut to `max` columns. */
export const fitted = (style: Pick<Style, 'unicode'>, text: string, max: number): string =>
  clip(typography(style, text), max, style.unicode ? '…' : '...');
