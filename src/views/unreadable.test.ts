import { expect, it } from 'vitest';
import type { QuarantineCode, Quarantined } from '../journal/index.ts';
import { unreadableLines } from './unreadable.ts';

const line = (number: number, code: QuarantineCode = 'invalid-json'): Quarantined => ({
  file: 'journal/wave-3/local/000000001.jsonl',
  line: number,
  code,
  reason: 'not JSON\u001b[2J',
  sha256: '0'.repeat(64),
});

it('names file, line and reason, and what to do', () => {
  expect(unreadableLines([line(5)]).join('\n')).toMatchInlineSnapshot(`
    "warning: 1 line of the journal cannot be read and counts for nothing
      journal/wave-3/local/000000001.jsonl:5  invalid-json: not JSON
      fix: put the line back from a copy; without one, what it said has to be said again."
  `);
});

it('counts what it does not list', () => {
  const told = unreadableLines(Array.from({ length: 8 }, (_, i) => line(i + 1)));
  expect(told[0]).toContain('8 lines');
  expect(told).toContain('  and 3 more');
});

it('says nothing of lines that lost nothing: never finished, or named by an entry', () => {
  expect(unreadableLines([line(1, 'torn-line'), line(2, 'foreign-line')])).toEqual([]);
});
