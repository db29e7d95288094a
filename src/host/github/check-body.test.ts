import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkBodies, clipBytes } from './check-body.ts';

const annotations = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    path: 'docs/wave-1.md',
    startLine: n + 1,
    endLine: n,
    level: 'failure' as const,
    message: `m${n}`,
  }));

test('a check as GitHub takes it', () => {
  const bodies = checkBodies({
    name: 'wave/cont-qa',
    headSha: 'a'.repeat(40),
    externalId: 'run.1.digest',
    state: { status: 'completed', conclusion: 'failure' },
    output: { title: 'Not closed', summary: 'why', annotations: annotations(1) },
  });
  expect(bodies).toEqual([
    {
      name: 'wave/cont-qa',
      head_sha: 'a'.repeat(40),
      external_id: 'run.1.digest',
      status: 'completed',
      conclusion: 'failure',
      output: {
        title: 'Not closed',
        summary: 'why',
        annotations: [
          { path: 'docs/wave-1.md', start_line: 1, end_line: 1, annotation_level: 'failure', message: 'm0' },
        ],
      },
    },
  ]);
  expect(checkBodies({ state: { status: 'in_progress' } })).toEqual([{ status: 'in_progress' }]);
});

test.each([
  [0, [0]],
  [50, [50]],
  [51, [50, 1]],
  [120, [50, 50, 20]],
])('%i annotations', (count, sizes) => {
  const bodies = checkBodies({ output: { title: 't', summary: 's', annotations: annotations(count) } });
  const lists = bodies.map((body) => (body.output as { annotations?: unknown[] }).annotations ?? []);
  expect(lists.map((list) => list.length)).toEqual(sizes);
});

test('texts over the limit are cut, and say so', () => {
  const [body] = checkBodies({
    output: { title: 'ü'.repeat(300), summary: 'ü'.repeat(60_000), text: 'x'.repeat(70_000) },
  });
  const { title, summary, text } = body.output as { title: string; summary: string; text: string };
  expect(title.length).toBeLessThanOrEqual(255);
  expect([Buffer.byteLength(summary) <= 65_535, Buffer.byteLength(text) <= 65_535]).toEqual([true, true]);
  expect(summary.endsWith('ü\n… (cut)')).toBe(true);
});

test('clipBytes never exceeds and never splits a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 20, max: 60 }), (text, most) => {
      const clipped = clipBytes(text, most);
      expect(Buffer.byteLength(clipped)).toBeLessThanOrEqual(most);
      expect(clipped.includes('\ufffd')).toBe(text.includes('\ufffd') && clipped.includes('\ufffd'));
      if (clipped !== text) expect(text.startsWith(clipped.replace(/\n… \(cut\)$/, ''))).toBe(true);
    }),
  );
});
