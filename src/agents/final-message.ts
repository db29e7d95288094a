/**
 * Signals in an executor's final message (design §6). A marker counts when it stands as a line of its own in prose or in
 * a list item; it never counts where people show examples or repeat others: fences, indented code, quotes, HTML, links.
 * Markdown decides what is what, so a fence nobody closed swallows the rest of the message, as it does on screen.
 */
import type { Nodes, Paragraph, PhrasingContent } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import type { Signal, SignalKind } from '../journal/index.ts';
import { MENTIONS_MARKER, parseSignalLine, type SignalFormatCode } from '../journal/index.ts';

/** UTF-16 units. A cut message could begin inside a fence, so a longer one is refused whole. */
export const MAX_FINAL_MESSAGE = 64 * 1024;
/** Quotes and lists opened on one line. Parsing time grows with the square of it, or worse. */
const MAX_CONTAINERS = 32;
const CONTAINER = /[ \t]*(?:>|(?:[-+*]|\d{1,9}[.)])(?=[ \t]))/y;

export type MalformedSignal = {
  /** 1-based line of the message. */
  readonly line: number;
  readonly text: string;
  readonly problem: string;
  readonly code: SignalFormatCode | 'final-message-too-long' | 'final-message-too-nested';
  readonly kind: SignalKind | null;
};
export type FinalMessageSignals = {
  /** In the order they stand; the fold decides which counts when two disagree. */
  readonly signals: readonly Signal[];
  readonly malformed: readonly MalformedSignal[];
  /** What was read otherwise than typed: `line 3: state=MET read as met`. */
  readonly notes: readonly string[];
};

type BareLine = { readonly line: number; readonly text: string };

/** HTML elements inside which prose is an example, a quotation or hidden, even where Markdown goes on. */
const ASIDE = /<(\/?)(blockquote|pre|code|samp|q|del|details|template|script|style)\b[^>]*>/gi;

/** How many aside elements are open after this piece of HTML. */
function asideDepth(html: string, before: number): number {
  let depth = before;
  for (const [, closing] of html.matchAll(ASIDE)) depth = Math.max(0, depth + (closing === '/' ? -1 : 1));
  return depth;
}

/** Emphasis says nothing about where a line stands, and its matching is slow on hostile text. */
const READING = { extensions: [{ disable: { null: ['attention'] } }] };

/** The prose blocks of a document outside code, quotes and HTML. A heading made by an underline is prose too. */
function proseBlocks(source: string): readonly Pick<Paragraph, 'children' | 'position'>[] {
  const blocks: Pick<Paragraph, 'children' | 'position'>[] = [];
  // A stack instead of recursion: the nesting is the agent's to choose.
  const open: { node: Nodes; next: number; aside: number }[] = [
    { node: fromMarkdown(source, READING), next: 0, aside: 0 },
  ];
  for (let frame = open.at(-1); frame !== undefined; frame = open.at(-1)) {
    const children: readonly Nodes[] = 'children' in frame.node ? frame.node.children : [];
    const child = children[frame.next++];
    if (child === undefined) open.pop();
    else if (child.type === 'html') frame.aside = asideDepth(child.value, frame.aside);
    else if (frame.aside > 0 || child.type === 'blockquote') continue;
    else if (child.type === 'paragraph') blocks.push(child);
    else if (child.type === 'heading' && source.charAt(child.position?.start.offset ?? 0) !== '#')
      blocks.push(child);
    else if (child.type === 'list' || child.type === 'listItem')
      open.push({ node: child, next: 0, aside: 0 });
  }
  return blocks;
}

function startsBefore(node: PhrasingContent, line: number, column: number): boolean {
  const start = node.position?.start;
  return start !== undefined && (start.line < line || (start.line === line && start.column <= column));
}

/** The lines of one block that are nothing but text, or nothing but one code span; as typed, trimmed. */
function linesOf(
  block: Pick<Paragraph, 'children' | 'position'>,
  lines: readonly string[],
): readonly BareLine[] {
  const { position } = block;
  if (position === undefined) return [];
  const found: BareLine[] = [];
  let at = 0;
  for (let line = position.start.line; line <= position.end.line; line++) {
    const whole = lines[line - 1] ?? '';
    const from = line === position.start.line ? position.start.column - 1 : 0;
    const typed = whole.slice(from);
    const column = from + (typed.length - typed.trimStart().length) + 1;
    const text = typed.trim();
    // The last node that begins at or before this place is the one the line begins in.
    for (
      let next = block.children[at + 1];
      next && startsBefore(next, line, column);
      next = block.children[at + 1]
    )
      at++;
    const node = block.children[at];
    if (node === undefined) continue;
    if (node.type === 'text') found.push({ line, text });
    else if (
      node.type === 'inlineCode' &&
      node.position?.start.line === line &&
      node.position.end.line === line &&
      node.position.start.column === column &&
      node.position.end.column === column + text.length
    )
      found.push({ line, text: node.value.trim() });
  }
  return found;
}

/** The first line that opens more containers than any person writes; a row of `- - -` is a rule, not a nesting. */
function tooNested(lines: readonly string[]): number | null {
  for (const [index, line] of lines.entries()) {
    if (/^[ \t*_-]*$/.test(line)) continue;
    CONTAINER.lastIndex = 0;
    let depth = 0;
    while (depth <= MAX_CONTAINERS && CONTAINER.test(line)) depth++;
    if (depth > MAX_CONTAINERS) return index + 1;
  }
  return null;
}

/**
 * Every signal in a final message, and every line that tried to be one. Total for any text; a message that is too long
 * or nested too deeply to be read holds no signal and says so.
 */
export function signalsInFinalMessage(text: string): FinalMessageSignals {
  const signals: Signal[] = [];
  const malformed: MalformedSignal[] = [];
  const notes: string[] = [];
  if (!MENTIONS_MARKER.test(text)) return { signals, malformed, notes };
  const source = text.replace(/^\ufeff/, '');
  const lines = source.split(/\r\n|\r|\n/);
  const unreadable = (line: number, code: MalformedSignal['code'], problem: string): FinalMessageSignals => {
    const typed = (lines[line - 1] ?? '').slice(0, 300);
    return { signals, malformed: [{ line, text: typed, problem, code, kind: null }], notes };
  };
  if (text.length > MAX_FINAL_MESSAGE)
    return unreadable(1, 'final-message-too-long', `${text.length} characters, at most ${MAX_FINAL_MESSAGE}`);
  const deep = tooNested(lines);
  if (deep !== null)
    return unreadable(
      deep,
      'final-message-too-nested',
      `more than ${MAX_CONTAINERS} quotes or lists in one line`,
    );
  for (const { line, text: typed } of proseBlocks(source).flatMap((block) => linesOf(block, lines))) {
    const parsed = parseSignalLine(typed);
    if (parsed === null) continue;
    if (parsed.ok) {
      signals.push(parsed.signal);
      for (const note of parsed.notes) notes.push(`line ${line}: ${note}`);
    } else {
      const { problem, code, kind } = parsed;
      malformed.push({ line, text: typed.slice(0, 300), problem, code, kind });
    }
  }
  return { signals, malformed, notes };
}
