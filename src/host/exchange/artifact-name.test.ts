import fc from 'fast-check';
import { expect, test } from 'vitest';
import { artifactName, nameProblem, parseArtifactName } from './artifact-name.ts';

test.each([
  ['wave-result-r1-A1', { what: 'result', attempt: 1, agent: 'A1', serial: 1 }],
  ['wave-hello-r12-cont-qa.x', { what: 'hello', attempt: 12, agent: 'cont-qa.x', serial: 1 }],
  ['wave-outbox-r2-A1~10', { what: 'outbox', attempt: 2, agent: 'A1', serial: 10 }],
])('%s', (text, parts) => {
  expect(parseArtifactName(text)).toEqual(parts);
  expect(artifactName(parts)).toBe(text);
});

test.each([
  'wave-result-A1',
  'wave-result-r0-A1',
  'wave-result-r01-A1',
  'wave-result-r1-',
  'wave-result-r1-A1~1',
  'wave-result-r1-A1~01',
  'wave-result-r1-A1\n',
  'wave-RESULT-r1-A1',
  'wave-two-words-r1-A1',
  'xwave-result-r1-A1',
  'wave-result-r1-../A1',
  '',
])('%j is none of ours', (text) => expect(parseArtifactName(text)).toBeNull());

test('every name we make can be stored and reads back as what it was made of', () => {
  const parts = fc.record({
    what: fc.stringMatching(/^[a-z][a-z0-9]{0,23}$/),
    attempt: fc.integer({ min: 1, max: 99_999 }),
    agent: fc.stringMatching(/^[A-Za-z][A-Za-z0-9._-]{0,30}[A-Za-z0-9]$/),
    serial: fc.integer({ min: 1, max: 999 }),
  });
  fc.assert(
    fc.property(parts, (one) => {
      expect(parseArtifactName(artifactName(one))).toEqual(one);
      expect(nameProblem(artifactName(one))).toBeNull();
    }),
  );
});

test('whatever parses is spelled in one way', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^wave-[a-z]{1,3}-r\d{1,3}-A\d(~\d{1,2})?$/), (text) => {
      const parts = parseArtifactName(text);
      if (parts !== null) expect(artifactName(parts)).toBe(text);
    }),
  );
});

test.each([
  { what: 'result', attempt: 0, agent: 'A1' },
  { what: 'r/x', attempt: 1, agent: 'A1' },
  { what: 'result', attempt: 1, agent: '../A1' },
  { what: 'result', attempt: 1.5, agent: 'A1' },
  { what: 'result', attempt: 1, agent: 'A1', serial: 1_000 },
])('no name is made of %j', (parts) => expect(() => artifactName(parts)).toThrow(RangeError));

test.each(['', '.', '..', '.hidden', 'a/b', 'a\\b', 'a:b', 'a"b', 'a\nb', ' a', 'a.', 'x'.repeat(201)])(
  '%j cannot be stored',
  (name) => expect(nameProblem(name)).not.toBeNull(),
);
