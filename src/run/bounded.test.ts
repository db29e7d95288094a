import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LIST_BYTES, plainText, within } from './bounded.ts';

test('plain text holds nothing that drives a terminal', () => {
  expect(plainText('\u001b[31mred\u0007\n', 100)).toBe(' [31mred  ');
  expect(plainText('abc', 2)).toBe('ab');
});

test('a list within its bytes keeps its order and leaves out what does not fit', () => {
  expect(within(['aaaa', 'b'.repeat(50), 'cc'], 20)).toEqual(['aaaa', 'cc']);
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 400 }), { maxLength: 200 }), (items) => {
      const kept = within(items);
      expect(Buffer.byteLength(JSON.stringify(kept))).toBeLessThanOrEqual(LIST_BYTES + 1);
      expect(kept).toEqual(items.filter((item) => kept.includes(item)).slice(0, kept.length));
    }),
    { numRuns: 50 },
  );
});
