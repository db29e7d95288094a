import type { SourceFile, SourceSpan } from './types.ts';

/** A file's text with a line table, so that offsets become what an editor shows. */
export type SourceText = {
  readonly file: string;
  /** Without a byte order mark: editors do not count it as a column. */
  readonly text: string;
  /** Lines without their endings; LF, CRLF and CR all end a line, as in CommonMark §2.1. */
  readonly lines: readonly string[];
  /** Offsets into `text`, start inclusive, end exclusive; clamped to the file. */
  readonly span: (start: number, end: number) => SourceSpan;
  /** `line` is 1-based, `from` and `to` are 0-based offsets in it; clamped to the file. */
  readonly lineSpan: (line: number, from?: number, to?: number) => SourceSpan;
};

export function sourceText({ path, text: raw }: SourceFile): SourceText {
  const text = raw.startsWith('\uFEFF') ? raw.slice(1) : raw;
  const starts = [0];
  const lines: string[] = [];
  for (const match of text.matchAll(/\r\n|\n|\r/g)) {
    lines.push(text.slice(starts.at(-1) ?? 0, match.index));
    starts.push(match.index + match[0].length);
  }
  lines.push(text.slice(starts.at(-1) ?? 0));

  const position = (offset: number): { line: number; column: number } => {
    const wanted = Math.max(0, Math.min(offset, text.length));
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= wanted) low = middle;
      else high = middle - 1;
    }
    // An offset between CR and LF belongs to the end of its line.
    return { line: low + 1, column: Math.min(wanted - (starts[low] ?? 0), lines[low]?.length ?? 0) + 1 };
  };
  const span = (start: number, end: number): SourceSpan => {
    const from = position(start);
    const to = position(Math.max(start, end));
    return { file: path, line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
  };
  const lineSpan = (line: number, from = 0, to?: number): SourceSpan => {
    const index = Math.max(0, Math.min(line - 1, lines.length - 1));
    const start = starts[index] ?? 0;
    const length = lines[index]?.length ?? 0;
    return span(start + Math.min(from, length), start + Math.min(to ?? length, length));
  };
  return { file: path, text, lines, span, lineSpan };
}

/** The start of a file, for findings about what is not there. */
export function startOf(file: string): SourceSpan {
  return { file, line: 1, column: 1, endLine: 1, endColumn: 1 };
}
