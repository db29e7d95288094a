/**
 * Text of agents and people on its way into GitHub Markdown: it stays readable and does nothing. No mention, no closing
 * keyword, no link, image, HTML or marker, no slash command. What would act is broken by a zero-width space, in code as
 * in prose, so that no guess about what GitHub takes for code decides what is live.
 */
import { fromMarkdown } from 'mdast-util-from-markdown';

const BREAK = '\u200b';
/** GitHub's limit for a comment body counts characters; its database counts bytes. Both are kept. */
export const COMMENT_LIMIT = 65_536;
export const CHECK_TEXT_LIMIT = 65_535;

/** ECMA-48 sequences; whatever control character is left after them is dropped. */
const ANSI =
  /\x1b\[[0-?]*[ -/]*[@-~]|\x9b[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][\s\S]*?(?:\x07|\x1b\\|\x9c)|\x1b[@-Z\\-_]/g;
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;
const UNSEEN = /(?!\ufe0f)[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\ufff9-\ufffb]/gu;

/**
 * First everything without ink goes (so that `@\u200buser` and `<\u202eimg` are seen as what they are), then what is
 * live is broken. The other order would let hidden characters carry a mention past the rules.
 */
const stripped = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/\r\n?|[\u2028\u2029]/g, '\n')
    .replaceAll(ANSI, '')
    .replaceAll(CONTROL, '')
    .replaceAll(UNSEEN, '');

/** Fences that GitHub renders as live views: diagrams, maps, models, formulas. */
const LIVE_FENCE =
  /^([ \t>]*(?:[-*+]|\d+[.)])?[ \t]*(?:`{3,}|~{3,})[ \t]*)(?=(?:mermaid|geojson|topojson|stl|math)\b)/gim;

const inert = (text: string): string =>
  text
    // Raw HTML, comments (our markers among them), autolinks and processing instructions.
    .replaceAll(/<(?=[a-z/!?])/gi, `<${BREAK}`)
    // An entity would become a character after these rules have looked.
    .replaceAll(/&(?=[#a-z0-9])/gi, `&${BREAK}`)
    // Links, images and their definitions.
    .replaceAll(/\](?=[([:])/g, `]${BREAK}`)
    // Addresses that GitHub links by itself; a backslash before punctuation vanishes when rendered.
    .replaceAll(/:(?=\\?\/\\?\/)/g, `:${BREAK}`)
    .replaceAll(/\b(www)(?=\\?\.)/gi, `$1${BREAK}`)
    .replaceAll(/\b(mailto|xmpp)(?=\\?:)/gi, `$1${BREAK}`)
    // Mentions, mail addresses and owner/repo@sha.
    .replaceAll(/@(?=\S)/g, `@${BREAK}`)
    // #12, owner/repo#12 and GH-12; without them a closing keyword closes nothing.
    .replaceAll(/#(?=[\p{L}\p{N}_\\&])/gu, `#${BREAK}`)
    .replaceAll(/\b(GH\\?-)(?=\d)/gi, `$1${BREAK}`)
    // A command is one only at the start of a line.
    .replaceAll(/^([ \t>]*)\//gm, `$1${BREAK}/`)
    .replaceAll(LIVE_FENCE, `$1${BREAK}`);

/** TeX after a dollar can hide and colour text. */
const withoutTex = (text: string): string => {
  const from = text.indexOf('$');
  return from < 0 ? text : text.slice(0, from) + text.slice(from).replaceAll(/\\(?=[a-z])/gi, `\\${BREAK}`);
};
const broken = (text: string): string => withoutTex(inert(text));

const bytes = (text: string): number => new TextEncoder().encode(text).length;

/** The longest beginning of at most `max` UTF-16 units and bytes that ends between characters and visibly. */
const beginning = (text: string, max: number): string => {
  let kept = text
    .slice(0, max)
    .toWellFormed()
    .replace(/\ufffd$/, '');
  while (bytes(kept) > max)
    kept = kept.slice(0, Math.max(0, kept.length - Math.ceil((bytes(kept) - max) / 3)));
  return kept.toWellFormed().replace(/[\ufffd\u200b\s]+$/, '');
};

const PROBE = 'wave-probe';
/** Does a paragraph put after the text stay a paragraph of its own? */
const endsClosed = (text: string): boolean => {
  const last = fromMarkdown(`${text}\n\n${PROBE}`).children.at(-1);
  return (
    last?.type === 'paragraph' &&
    last.children.length === 1 &&
    last.children[0]?.type === 'text' &&
    last.children[0].value === PROBE
  );
};
/** An open fence swallows what follows it; the parser says which line closes it. */
const closed = (text: string): string => {
  if (!/`{3}|~{3}/.test(text) || endsClosed(text)) return text;
  const fences = [...text.matchAll(/`{3,}|~{3,}/g)].map(([fence]) => fence);
  // The last few decide in anything people write; what is made to defeat this is quoted.
  for (const fence of [...new Set(fences.toReversed())].slice(0, 4))
    if (endsClosed(`${text}\n${fence}`)) return `${text}\n${fence}`;
  // Fences in odd places: as a quotation nothing can leave its block.
  return text.replaceAll(/^/gm, '> ');
};

const CUT = '\n\n… (cut here; the journal has all of it)';

/**
 * Safe Markdown of at most `max` UTF-16 units and at most as many UTF-8 bytes, its fences closed. Doing it twice changes
 * nothing: what went through once is stored and may come by again.
 */
export const safeMarkdown = (text: string, max: number = COMMENT_LIMIT): string => {
  const safe = broken(stripped(text)).replace(/\s+$/, '');
  if (safe.length <= max && bytes(safe) <= max) {
    const whole = closed(safe);
    if (whole.length <= max && bytes(whole) <= max) return whole;
  }
  const room = max - bytes(CUT);
  if (room <= 0) return beginning(safe.replaceAll(/[`~]{3,}/g, '``'), max);
  // Closing may need a line, and quoting two characters a line; both come out of the same limit.
  for (let reserve = 16; ; reserve *= 4) {
    const start = room - reserve <= 0 ? '' : closed(broken(stripped(beginning(safe, room - reserve))));
    if (bytes(start) <= room) return `${start}${CUT}`.trimStart();
  }
};

/** One line of plain text for a sentence, a heading or a table cell: Markdown's punctuation is escaped. */
export const safeInline = (text: string, max = 200): string => {
  const line = stripped(text).replaceAll(/\s+/g, ' ').trim();
  const cut = line.length <= max ? line : `${beginning(line, max - 3)}…`;
  return broken(cut.replaceAll(/[\\`*_[\]~|$<>{}]/g, '\\$&').replace(/^(?=(?:[#+=-]|\d+[.)]))/, '\\'));
};

/** A code span around text that may hold backticks. */
export const safeCode = (text: string, max = 200): string => {
  const line = stripped(text)
    .replaceAll(/[\s|]+/g, ' ')
    .trim();
  const cut = line.length <= max ? line : `${beginning(line, max - 3)}…`;
  return cut === '' ? '' : `\`${broken(cut.replaceAll('`', 'ˋ'))}\``;
};

/** A block quote of at most `maxLines` lines, and how many were left out. Empty text is no quote. */
export const quote = (text: string, maxLines = 20, maxLength = 4_000): string => {
  const lines = stripped(text).trim().split('\n');
  const kept = safeMarkdown(lines.slice(0, maxLines).join('\n'), maxLength);
  if (kept === '') return '';
  const rest = lines.length - maxLines;
  const more = rest > 0 ? `\n\n… ${rest} more ${rest === 1 ? 'line' : 'lines'}` : '';
  return `${kept}${more}`.replaceAll(/^/gm, '> ').replaceAll(/^> $/gm, '>');
};

/**
 * Text of others inside a prompt or an inbox: a fence longer than any in it, so that it stays data. Capped like the
 * rest, and stripped of what a reader cannot see.
 */
export const dataFence = (text: string, max = 2_000): string => {
  const plain = stripped(text).trim();
  const kept =
    plain.length <= max
      ? plain
      : `${plain
          .slice(0, max)
          .toWellFormed()
          .replace(/\ufffd$/, '')}\n… (cut here)`;
  const longest = Math.max(2, ...[...kept.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${kept}\n${fence}`;
};
