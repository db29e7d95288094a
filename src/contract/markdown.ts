import { fromMarkdown } from 'mdast-util-from-markdown';
import { error, type Report } from './diagnostic.ts';
import type { SourceText } from './text-span.ts';
import type { SourceSpan } from './types.ts';

/**
 * A block of the document with its offsets in the text. Only blocks at the document's root are structure: what
 * stands in a fence, a quote, a list, an HTML comment is content, as CommonMark reads it.
 */
export type Block =
  | {
      readonly kind: 'heading';
      readonly depth: number;
      readonly text: string;
      readonly start: number;
      readonly end: number;
    }
  | {
      readonly kind: 'list';
      readonly ordered: boolean;
      readonly items: readonly ListItem[];
      readonly start: number;
      readonly end: number;
    }
  /** `firstLine` to `lastLine` (1-based, inclusive) are the lines between the fences. */
  | {
      readonly kind: 'fence';
      readonly value: string;
      readonly firstLine: number;
      readonly lastLine: number;
      readonly start: number;
      readonly end: number;
    }
  | {
      readonly kind: 'comment' | 'quote' | 'rule' | 'paragraph' | 'other';
      readonly start: number;
      readonly end: number;
    };

/** `text` is the raw source of the item's one paragraph; null when the item holds anything else. */
export type ListItem = { readonly text: string | null; readonly start: number; readonly end: number };

type Node = ReturnType<typeof fromMarkdown>['children'][number];

/**
 * Inline syntax has no meaning in a contract: values are read from the source as typed. Underlined (setext)
 * headings are off as well, or prose above a `---` would cut an agent in two.
 */
const BLOCKS_ONLY = {
  disable: {
    null: [
      'attention',
      'autolink',
      'characterEscape',
      'characterReference',
      'codeText',
      'definition',
      'hardBreakEscape',
      'htmlText',
      'labelEnd',
      'labelStartImage',
      'labelStartLink',
      'setextUnderline',
    ],
  },
};

/** Longer than any wave a person wrote; what is below it parses in bounded time. */
export const LARGEST_MARKDOWN = 256 * 1024;

/** Hundreds of `>` or `-` on one line cost quadratic time and mean nothing. */
const TOO_DEEP = /^(?:[ \t]*(?:>|(?:[-+*]|\d{1,9}[.)])[ \t])){32}/m;

/** The root blocks of a CommonMark 0.31 document; none, with a finding, when it is too large or too deep. */
export function readBlocks(source: SourceText, report: Report): readonly Block[] {
  if (source.text.length > LARGEST_MARKDOWN) {
    const message = `the file has ${source.text.length} characters; at most ${LARGEST_MARKDOWN} are read`;
    report(error('file-too-large', source.lineSpan(1), message));
    return [];
  }
  const deep = TOO_DEEP.exec(source.text);
  if (deep !== null) {
    const at = source.span(deep.index, deep.index + deep[0].length);
    report(error('nesting-too-deep', at, 'quotes and lists are nested more than 31 deep on one line'));
    return [];
  }
  return fromMarkdown(source.text, { extensions: [BLOCKS_ONLY] }).children.map((node) => {
    const block = toBlock(source, node);
    checkClosed(source, node, block, report);
    return block;
  });
}

function toBlock(source: SourceText, node: Node): Block {
  const { start, end } = offsets(node);
  const raw = source.text.slice(start, end);
  switch (node.type) {
    case 'heading': {
      return { kind: 'heading', depth: node.depth, text: headingText(raw), start, end };
    }
    case 'list': {
      const items = node.children.map((item): ListItem => {
        const span = offsets(item);
        const [only, ...rest] = item.children;
        if (only?.type !== 'paragraph' || rest.length > 0) return { text: null, ...span };
        const inner = offsets(only);
        return { text: source.text.slice(inner.start, inner.end).trimEnd(), ...inner };
      });
      return { kind: 'list', ordered: node.ordered === true, items, start, end };
    }
    case 'code': {
      if (!/^(?:`{3,}|~{3,})/.test(raw)) return { kind: 'other', start, end };
      const firstLine = (node.position?.start.line ?? 0) + 1;
      const lastLine = (node.position?.end.line ?? 1) - 1;
      return { kind: 'fence', value: node.value, firstLine, lastLine, start, end };
    }
    case 'html':
      return { kind: raw.startsWith('<!--') ? 'comment' : 'other', start, end };
    case 'blockquote':
      return { kind: 'quote', start, end };
    case 'thematicBreak':
      return { kind: 'rule', start, end };
    case 'paragraph':
      return { kind: 'paragraph', start, end };
    default:
      return { kind: 'other', start, end };
  }
}

/** Without the opening and an optional closing run of `#` (CommonMark §4.2). */
function headingText(raw: string): string {
  const text = raw.replace(/^#+/, '').trim();
  return text.replace(/(?:^|[ \t])#+$/, '').trimEnd();
}

function offsets(node: { position?: Node['position'] }): { start: number; end: number } {
  return { start: node.position?.start.offset ?? 0, end: node.position?.end.offset ?? 0 };
}

/** HTML blocks that run to the end of the file when nothing closes them (CommonMark §4.6, kinds 1 to 5). */
const HTML_ENDS: readonly (readonly [RegExp, RegExp])[] = [
  [/^<!--/, /-->/],
  [/^<\?/, /\?>/],
  [/^<!\[CDATA\[/, /\]\]>/],
  [/^<![A-Za-z]/, />/],
  [/^<(?:script|pre|style|textarea)(?:[\s>]|$)/i, /<\/(?:script|pre|style|textarea)>/i],
];

/** A fence or a comment without its end swallows the rest of the file, agents included. */
function checkClosed(source: SourceText, node: Node, block: Block, report: Report): void {
  const raw = source.text.slice(block.start, block.end);
  const at = firstLine(source, block);
  if (block.kind === 'fence') {
    const opening = /^(?:`+|~+)/.exec(raw)?.[0] ?? '```';
    const last =
      raw
        .split(/\r\n|\n|\r/)
        .slice(1)
        .at(-1)
        ?.trim() ?? '';
    const closed = last.length >= opening.length && last === opening.charAt(0).repeat(last.length);
    if (!closed) {
      report(
        error(
          'unclosed-fence',
          at,
          `this ${opening} fence is never closed; the rest of the file is inside it`,
          {
            fix: `close it with ${opening}; a fence that holds fences needs a longer one outside`,
          },
        ),
      );
    }
  }
  if (node.type === 'html') {
    const unclosed = HTML_ENDS.some(([begin, end]) => begin.test(raw) && !end.test(raw));
    if (unclosed) {
      const message = 'this HTML block is never closed; the rest of the file is inside it';
      report(
        error('unclosed-html', at, message, {
          fix: raw.startsWith('<!--') ? 'end the comment with -->' : 'close it',
        }),
      );
    }
  }
}

/** The first line of a block: enough to show where it is. */
export function firstLine(
  source: SourceText,
  block: { readonly start: number; readonly end: number },
): SourceSpan {
  const whole = source.span(block.start, block.end);
  return whole.endLine === whole.line ? whole : source.lineSpan(whole.line, whole.column - 1);
}
