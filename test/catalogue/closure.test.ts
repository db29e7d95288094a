import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { CLOSURE_ROWS } from './closure-rows.ts';

const ROOT = new URL('../../', import.meta.url);
const rows = Object.entries(CLOSURE_ROWS).map(([id, row]) => [Number(id), row] as const);

test('the catalogue is whole', () => {
  expect(rows.map(([id]) => id)).toEqual(Array.from({ length: 113 }, (_, i) => i + 1));
});

test.each(rows.flatMap(([id, row]) => ('test' in row ? [[id, row.test, row.title] as const] : [])))(
  'row %i is seen by %s: %s',
  (_, file, title) => {
    const text = readFileSync(fileURLToPath(new URL(file, ROOT)), 'utf8');
    expect(text.includes(title), `${file} has no “${title}”`).toBe(true);
  },
);
