import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contractOf } from '../../test/histories/contract.ts';
import { checkOutboxBody, entryProblem } from '../journal/index.ts';
import { readResult } from './handover.ts';
import { messageEntries, patchFactOf, resultEntries } from './ingest.ts';
import { sessionOf } from './session.fixture.ts';

const session = sessionOf(contractOf(['A1', 'A2', 'A9', 'A0']));

test('an agent’s message is its own word, under an id that stays the same however often it is told', () => {
  const messages = [{ n: 3, body: { type: 'ack', record: 'l1abc.1.A2.1' } }];
  const [entry] = messageEntries(session, 'A1', messages);
  expect(entry).toMatchObject({
    id: 'l1abc.2.A1.3',
    by: { kind: 'agent', agent: 'A1', run: 'l1abc', attempt: 2 },
    family: 'coordination',
    body: { type: 'ack', record: 'l1abc.1.A2.1' },
  });
  expect(messageEntries(session, 'A1', messages)).toEqual([entry]);
});

test.each([
  [
    'a fact of the orchestrator',
    { type: 'attempt.ended', attempt: 2, outcome: 'closed', code: 'closed' },
    'attempt.ended',
  ],
  [
    'a verdict with a key too many',
    { type: 'signal', signal: { kind: 'verdict', verdict: 'pass', by: 'A0' } },
    'signal verdict',
  ],
  ['a word that drives a terminal', { type: '\u001b]0;owned\u0007', kind: '\u0000' }, ''],
  ['an author of its own', { type: 'ack', record: 'x', by: { kind: 'operator' } }, 'ack'],
  ['no object', 'signal verdict pass', ''],
])('%s is kept as the fact that it came', (_name, body, claims) => {
  const [entry, ...others] = messageEntries(session, 'A1', [{ n: 1, body }]);
  expect(others).toEqual([]);
  expect(entry).toMatchObject({
    family: 'control',
    by: { kind: 'orchestrator' },
    body: { type: 'line.quarantined', file: 'outbox/A1/1.json', code: 'invalid-entry' },
  });
  expect(entry?.body.type === 'line.quarantined' ? entry.body.claims : null).toContain(claims);
  expect(entry === undefined ? '' : entryProblem(entry)).toBeNull();
});

test('whatever lies in an outbox becomes entries that can be appended, one each', () => {
  const text = fc.string({ unit: 'binary', maxLength: 300 });
  const body = fc.oneof(
    fc.jsonValue(),
    fc.record(
      {
        type: fc.oneof(text, fc.constantFrom('post', 'ack', 'signal', 'publish.done')),
        kind: text,
        summary: text,
        record: text,
      },
      { requiredKeys: [] },
    ),
    fc.record({
      type: fc.constant('signal'),
      signal: fc.oneof(fc.jsonValue(), fc.record({ kind: text, verdict: text })),
    }),
  );
  fc.assert(
    fc.property(fc.array(body, { maxLength: 8 }), (bodies) => {
      const entries = messageEntries(
        session,
        'A1',
        bodies.map((one, i) => ({ n: i + 1, body: one })),
      );
      expect(entries).toHaveLength(bodies.length);
      expect(entries.map((entry) => entryProblem(entry)).filter((problem) => problem !== null)).toEqual([]);
      for (const [i, entry] of entries.entries())
        if (entry.by.kind === 'agent') expect(checkOutboxBody(bodies[i], '')).toBeNull();
    }),
    { numRuns: 500 },
  );
});

test('a patch is counted by its lines', () => {
  const patch = [
    'diff --git a/x b/x',
    '--- a/x',
    '+++ b/x',
    '@@ -1,2 +1,2 @@',
    ' same',
    '-gone',
    '+come',
    '+more',
    '',
  ].join('\n');
  expect(patchFactOf(new TextEncoder().encode(patch), 'f'.repeat(64))).toEqual({
    sha256: 'f'.repeat(64),
    files: 1,
    added: 2,
    removed: 1,
  });
  expect(patchFactOf(new Uint8Array(), 'f'.repeat(64))).toMatchObject({ files: 0, added: 0, removed: 0 });
});

test('what it left and nobody can read is said, so that a missing signal is not a riddle', () => {
  const bundle = new Map([
    [
      'result.json',
      new TextEncoder().encode(
        JSON.stringify({
          outcome: {
            exit: { kind: 'exited', code: 0 },
            finalMessage: null,
            finalMessageProblem: 'the final message is larger than 65536 bytes',
          },
          unheard: [{ file: '79.json', problem: 'is not JSON in UTF-8' }],
          baseTree: 'b'.repeat(40),
        }),
      ),
    ],
  ]);
  const entries = resultEntries(session, readResult(session, 'A1', bundle), null);
  expect(
    entries.flatMap(({ body }) =>
      body.type === 'signal.malformed' ? [[body.kind, body.line, body.problem]] : [],
    ),
  ).toEqual([
    [null, 'final message', 'the final message is larger than 65536 bytes'],
    [null, 'outbox/79.json', 'is not JSON in UTF-8'],
  ]);
  expect(entries.map(entryProblem).filter((problem) => problem !== null)).toEqual([]);
});
