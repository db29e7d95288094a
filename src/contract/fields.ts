import { error, type Report } from './diagnostic.ts';
import { type Item, reportUnknownKey, shorten, unquote } from './items.ts';
import type { SourceText } from './text-span.ts';
import type { SourceSpan } from './types.ts';

export type Field = { readonly value: string; readonly at: SourceSpan };

/** `key: value | key: value` on one line: each key of `known` at most once. Null after a finding. */
export function readFields(
  source: SourceText,
  item: Item,
  known: readonly string[],
  report: Report,
): ReadonlyMap<string, Field> | null {
  const fields = new Map<string, Field>();
  let start = item.start;
  for (const part of item.text.split('|')) {
    const at = source.span(start, start + part.length);
    start += part.length + 1;
    if (part.trim() === '') continue;
    const match = /^\s*(?<key>[A-Za-z][A-Za-z-]*)\s*:(?<value>.*)$/s.exec(part);
    const key = (match?.groups?.key ?? '').toLowerCase();
    const value = unquote((match?.groups?.value ?? '').trim());
    if (match === null || value === '') {
      const message = `"${shorten(part.trim())}" is not a key with a value`;
      report(error('item-malformed', at, message, { expected: 'key: value | key: value' }));
      return null;
    }
    if (!known.includes(key)) {
      reportUnknownKey(at, key, known, report);
      return null;
    }
    if (fields.has(key)) {
      report(error('duplicate-key', at, `${key} is given twice`, { fix: 'keep one of the two' }));
      return null;
    }
    fields.set(key, { value, at });
  }
  return fields;
}

/** `a, b` as its parts; none is empty. */
export function listOf(value: string): readonly string[] {
  return value
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}
