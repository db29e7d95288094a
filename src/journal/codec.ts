/**
 * Entries as JSON Lines. Reading is total: a line that is torn, too large, not JSON, not an entry or hostile becomes a
 * {@link Quarantined} with file, line and reason, and reading goes on (design §4).
 */
import { canonicalJson, sha256 } from '../contract/vocabulary/index.ts';
import { PROTOTYPE_KEYS } from './check.ts';
import { checkEntryShape, MAX_ENTRY_BYTES } from './schema.ts';
import type { Entry, NewEntry, QuarantineCode, Quarantined } from './types.ts';

const encoder = new TextEncoder();
const byteLength = (text: string): number =>
  text.length * 3 <= MAX_ENTRY_BYTES ? text.length : encoder.encode(text).length;

/** C0 controls other than tab and line feed, and DEL: they drive terminals and hide text. */
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f]/;

const hasControlCharacter = (value: unknown): boolean => {
  if (typeof value === 'string') return CONTROL.test(value);
  if (typeof value !== 'object' || value === null) return false;
  for (const key in value)
    if (CONTROL.test(key) || hasControlCharacter((value as Record<string, unknown>)[key])) return true;
  return false;
};

/** Only text with an escape or a raw DEL can hold one, and little does: whole segments are cleared by a substring search. */
const mayHoldControlCharacter = (text: string): boolean =>
  text.includes('\\u00') ||
  text.includes('\\r') ||
  text.includes('\\b') ||
  text.includes('\\f') ||
  text.includes('\x7f');

const hasPrototypeKey = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return false;
  for (const key of Object.keys(value))
    if (PROTOTYPE_KEYS.has(key) || hasPrototypeKey((value as Record<string, unknown>)[key])) return true;
  return false;
};

export type Decoded =
  | { readonly ok: true; readonly entry: Entry }
  | { readonly ok: false; readonly code: QuarantineCode; readonly reason: string };

/** One line without its line end. Never throws. */
export const decodeLine = (line: string): Decoded => decode(line, mayHoldControlCharacter(line));

const decode = (line: string, suspicious: boolean): Decoded => {
  if (byteLength(line) > MAX_ENTRY_BYTES)
    return { ok: false, code: 'entry-too-large', reason: `more than ${MAX_ENTRY_BYTES} bytes` };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return {
      ok: false,
      code: 'invalid-json',
      reason: error instanceof Error ? error.message.slice(0, 200) : 'not JSON',
    };
  }
  const problem = checkEntryShape(value, '');
  if (problem !== null)
    return {
      ok: false,
      code: hasPrototypeKey(value) ? 'prototype-key' : 'invalid-entry',
      reason: problem.slice(0, 300),
    };
  if (suspicious && hasControlCharacter(value))
    return { ok: false, code: 'control-character', reason: 'a control character in a text' };
  const entry = value as Entry;
  return { ok: true, entry: entry.seq === undefined ? { ...entry, seq: null } : entry };
};

/** Why an entry may not be appended, or null. The same bounds as reading, so what is written is read again. */
export const entryProblem = (entry: NewEntry): string | null => {
  const decoded = decodeLine(encodeEntry({ ...entry, seq: 1 }));
  return decoded.ok ? null : `${decoded.code}: ${decoded.reason}`;
};

/** One line, without its line end. Keys stand in a fixed order, so equal entries have equal bytes. */
export const encodeEntry = (entry: Entry): string =>
  JSON.stringify({
    id: entry.id,
    ...(entry.seq === null ? {} : { seq: entry.seq }),
    at: entry.at,
    by: entry.by,
    instance: entry.instance,
    family: entry.family,
    body: entry.body,
  });

/**
 * What makes two deliveries the same entry: everything but its place and the time somebody wrote it down. An id that
 * comes again with another content is a conflict.
 */
export const entryContent = (entry: NewEntry): string =>
  canonicalJson({ by: entry.by, instance: entry.instance, family: entry.family, body: entry.body });

/** A whole segment. An unterminated last line is torn, even if it happens to parse: its writer never finished it. */
export const decodeSegment = (
  file: string,
  text: string,
): { entries: Entry[]; quarantined: Quarantined[] } => {
  const entries: Entry[] = [];
  const quarantined: Quarantined[] = [];
  const suspicious = mayHoldControlCharacter(text);
  let start = 0;
  for (let number = 1; start < text.length; number++) {
    const end = text.indexOf('\n', start);
    const line = end < 0 ? text.slice(start) : text.slice(start, end);
    start = end < 0 ? text.length : end + 1;
    if (line === '') continue;
    const decoded: Decoded =
      end < 0 ? { ok: false, code: 'torn-line', reason: 'the line does not end' } : decode(line, suspicious);
    if (decoded.ok) entries.push(decoded.entry);
    else
      quarantined.push({
        file,
        line: number,
        code: decoded.code,
        reason: decoded.reason,
        sha256: sha256(line),
      });
  }
  return { entries, quarantined };
};
