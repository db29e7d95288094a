/** The bytes of a segment, line by line, as both stores read them. */
import { isUtf8 } from 'node:buffer';
import { sha256 } from '../../contract/index.ts';
import { type Decoded, decodeLine, type Entry, type Quarantined } from '../../journal/index.ts';

/**
 * What an appender writes behind a torn line before it goes on. No JSON text ends like this, so the line stays
 * unreadable for ever, even when all that was missing was its line end: its writer never said it was appended.
 */
export const TORN_MARK = '~torn';

export type Line = { readonly number: number; readonly text: string; readonly decoded: Decoded };

const judge = (text: string): Decoded => {
  if (text.endsWith(TORN_MARK))
    return { ok: false, code: 'torn-line', reason: 'the line was never finished' };
  if (text.endsWith('\r')) {
    return { ok: false, code: 'control-character', reason: 'a carriage return before the line end' };
  }
  return decodeLine(text);
};

/**
 * Splits terminated bytes (they end with a line feed, or are empty) into judged lines, numbered from `first`. Empty
 * lines are skipped but counted. Never throws.
 */
export function* terminatedLines(bytes: Buffer, first: number): Generator<Line> {
  const valid = isUtf8(bytes);
  let start = 0;
  // Line by line: one word beyond Latin-1 would make the text of a whole segment twice as wide, and slower to parse.
  for (let number = first; start < bytes.length; number++) {
    const end = bytes.indexOf(10, start);
    if (end < 0) return;
    const from = start;
    start = end + 1;
    if (end === from) continue;
    if (valid || isUtf8(bytes.subarray(from, end))) {
      const text = bytes.toString('utf8', from, end);
      yield { number, text, decoded: judge(text) };
    } else {
      // Latin-1 keeps every byte apart, so a line that is not UTF-8 still has its own digest.
      const text = bytes.toString('latin1', from, end);
      yield { number, text, decoded: { ok: false, code: 'invalid-json', reason: 'not UTF-8' } };
    }
  }
}

export const lineCount = (bytes: Buffer): number => {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++;
  return count;
};

export const quarantine = (
  file: string,
  line: Pick<Line, 'number' | 'text'>,
  code: Quarantined['code'],
  reason: string,
): Quarantined => ({ file, line: line.number, code, reason, sha256: sha256(line.text) });

/** Segment file names: the seq of the first entry, nine digits. */
export const MAX_SEQ = 999_999_999;
export const segmentName = (seq: number): string => `${String(seq).padStart(9, '0')}.jsonl`;
export const SEGMENT_NAME = /^(\d{9})\.jsonl$/;

/** An entry that stands has its seq. */
export type Placed = Entry & { readonly seq: number };
