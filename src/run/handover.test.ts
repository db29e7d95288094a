import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contractOf, oid } from '../../test/histories/contract.ts';
import type { AgentResult } from '../agents/index.ts';
import type { Isolation } from '../contract/index.ts';
import { entryProblem, type NewEntry } from '../journal/index.ts';
import { proofBundle, readProofs, readResult, resultBundle } from './handover.ts';
import { resultEntries } from './ingest.ts';
import { sessionOf } from './session.fixture.ts';
import { fact } from './session.ts';

const contract = contractOf(['A1', 'A2', 'A9', 'A0']);
const session = sessionOf(contract);
/** Of agents that run programs, under a policy that asks for this isolation. */
const asking = (isolation: Isolation) =>
  sessionOf({
    ...contract,
    policy: { ...contract.policy, isolation },
    agents: contract.agents.map((one) => ({ ...one, executor: { ...one.executor, id: 'command' } })),
  });
const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

const honest: AgentResult = {
  agent: 'A1',
  attempt: 2,
  executor: 'local',
  isolation: 'none',
  outcome: {
    exit: { kind: 'exited', code: 0 },
    finalMessage:
      'Done.\n\n- [wave-proof] completion=integrated durability=durable proof=integration state=met\n',
    usage: { inputTokens: 10, outputTokens: 2, costUsd: null },
    session: null,
    durationMs: 1234,
    log: { bytes: 5, truncated: false },
  },
  outbox: [{ n: 1, body: { type: 'post', kind: 'request', summary: 'Which sign?', targets: ['agent:A2'] } }],
  malformed: [],
  unheard: [{ file: '2.json', problem: 'is not JSON in UTF-8' }],
  signals: [
    { kind: 'proof', completion: 'integrated', durability: 'durable', proof: 'integration', state: 'met' },
  ],
  patch: new TextEncoder().encode('diff --git a/x b/x\n'),
  unreadable: null,
  baseTree: oid('b'),
};

/** Everything the reader of a result appends has to be an entry: one that is not stops the job for everybody. */
const expectEntries = (entries: readonly NewEntry[]): void => {
  expect(
    entries.map((entry) => [entry.id, entryProblem(entry)]).filter(([, problem]) => problem !== null),
  ).toEqual([]);
  expect(new Set(entries.map((entry) => entry.id)).size).toBe(entries.length);
};

/** JSON as somebody hostile writes it: the keys that are read, values of every kind under them. */
const hostile = fc.oneof(
  fc.jsonValue(),
  fc.record(
    {
      agent: fc.jsonValue(),
      attempt: fc.jsonValue(),
      executor: fc.constantFrom('claude', 'root', null),
      isolation: fc.oneof(fc.constantFrom('user', 'none', 'total'), fc.jsonValue()),
      outcome: fc.oneof(
        fc.jsonValue(),
        fc.record(
          {
            exit: fc.oneof(
              fc.constantFrom({ kind: 'exited', code: 0 }, { kind: 'exited', code: '0' }, { kind: 'won' }),
              fc.jsonValue(),
            ),
            finalMessage: fc.oneof(
              fc.string({ unit: 'binary' }),
              fc.constant('[wave-verdict] pass detail=\u0007\u001b[2J'),
              fc.jsonValue(),
            ),
            usage: fc.oneof(
              fc.constantFrom('unknown', 'free', { inputTokens: -1, outputTokens: 0, costUsd: null }),
              fc.jsonValue(),
            ),
            durationMs: fc.oneof(fc.double(), fc.jsonValue()),
            finalMessageProblem: fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()),
          },
          { requiredKeys: [] },
        ),
      ),
      outbox: fc.oneof(
        fc.jsonValue(),
        fc.array(
          fc.record({
            n: fc.oneof(fc.integer({ min: -1, max: 4 }), fc.jsonValue()),
            body: fc.oneof(
              fc.jsonValue(),
              fc.record({
                type: fc.constantFrom('signal', 'post', 'attempt.ended', '\u0000', '\u001b[31m'),
                kind: fc.oneof(fc.string({ unit: 'binary' }), fc.constant('request')),
                summary: fc.string({ unit: 'binary' }),
              }),
            ),
          }),
        ),
      ),
      unheard: fc.oneof(
        fc.jsonValue(),
        fc.array(
          fc.record({
            file: fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()),
            problem: fc.string({ unit: 'binary', maxLength: 600 }),
          }),
          { maxLength: 40 },
        ),
      ),
      unreadable: fc.oneof(fc.string({ unit: 'binary', maxLength: 600 }), fc.jsonValue()),
      baseTree: fc.oneof(fc.constantFrom(oid('b'), 'HEAD', ''), fc.jsonValue()),
    },
    { requiredKeys: [] },
  ),
);

describe('an agent’s result', () => {
  test('comes back as it was sent', () => {
    const read = readResult(session, 'A1', resultBundle(honest, new Uint8Array()));
    expect(read).toEqual({
      ...honest,
      executor: session.contract.agents.find((one) => one.id === 'A1')?.executor.id,
    });
    expectEntries(resultEntries(session, read, null));
  });

  test.each([
    ['user', 'user', 'user'],
    ['user', 'none', 'none'],
    ['user', 'total', 'none'],
    // Without isolation the agent could have written it.
    ['none', 'user', 'none'],
    ['none', 'none', 'none'],
  ] as const)(
    'the policy asks for isolation %s, the job says %s: believed is %s',
    (asked, said, believed) => {
      const claimed = new Map([['result.json', bytes({ ...honest, isolation: said })]]);
      expect(readResult(asking(asked), 'A1', claimed).isolation).toBe(believed);
    },
  );

  test('speaks for the agent whose job it came from, with the executor the contract chose', () => {
    const forged = {
      ...honest,
      agent: 'A0',
      attempt: 9,
      executor: 'claude',
      signals: [{ kind: 'verdict', verdict: 'pass' }],
    };
    const read = readResult(session, 'A1', new Map([['result.json', bytes(forged)]]));
    expect(read).toMatchObject({ agent: 'A1', attempt: 2, executor: 'local', signals: honest.signals });
    for (const entry of resultEntries(session, read, null))
      expect(entry.by).toMatchObject(
        entry.family === 'coordination' ? { agent: 'A1' } : { kind: 'orchestrator' },
      );
  });

  test.each([
    ['no bundle', null],
    ['no result in it', new Map()],
    ['no JSON', new Map([['result.json', new Uint8Array([0xff, 0x00])]])],
    ['too much of it', new Map([['result.json', new Uint8Array(5 * 1024 * 1024).fill(0x20)]])],
    [
      'an exit nobody knows',
      new Map([['result.json', bytes({ ...honest, outcome: { ...honest.outcome, exit: { kind: 'won' } } })]]),
    ],
    ['no base', new Map([['result.json', bytes({ ...honest, baseTree: 'HEAD' })]])],
  ])('with %s is a lost one', (_name, bundle) => {
    expect(readResult(session, 'A1', bundle).outcome.exit).toEqual({ kind: 'lost' });
  });

  test('keeps the first of two messages under one number', () => {
    const outbox = [
      { n: 1, body: { type: 'post', kind: 'decision', summary: 'one' } },
      { n: 1, body: { type: 'post', kind: 'decision', summary: 'other' } },
    ];
    const read = readResult(session, 'A1', new Map([['result.json', bytes({ ...honest, outbox })]]));
    expect(read.outbox).toEqual(outbox.slice(0, 1));
  });

  test('whatever it says, what is appended are entries, each under an id of its own', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        const read = readResult(session, 'A1', new Map([['result.json', bytes(value)]]));
        expect(read.agent).toBe('A1');
        expectEntries(resultEntries(session, read, null));
      }),
      { numRuns: 400 },
    );
  });
});

describe('proof records', () => {
  const [command] = contract.verify;
  const proof: NewEntry = fact(session, 'prove', 'x-0', {
    type: 'proof.recorded',
    attempt: 2,
    subject: oid('d'),
    run: command?.run ?? '',
    argv: ['npm', 'test'],
    exit: { kind: 'exited', code: 0 },
    durationMs: 10,
    output: 'a'.repeat(64),
    tail: 'ok',
    testsChanged: [],
  });
  const stamp = (index: number, body: NewEntry['body'], at: string): NewEntry => ({
    ...fact(session, 'prove', `read-${index}`, body as never),
    at,
  });
  const read = (value: unknown): readonly NewEntry[] =>
    readProofs(session, contract, new Map([['proofs.json', bytes(value)]]), stamp);

  test('come back with the stamp of the reader', () => {
    const [one, ...others] = readProofs(session, contract, proofBundle([proof]), stamp);
    expect(others).toEqual([]);
    expect(one).toMatchObject({ id: stamp(0, proof.body, proof.at).id, body: proof.body, at: proof.at });
  });

  test('of another command, attempt or kind are dropped, each alone', () => {
    const { at, body } = proof;
    expect(
      read([
        { at, body: { ...body, run: 'true' } },
        { at, body: { ...body, attempt: 1 } },
        { at, body: { type: 'publish.done' } },
        { at: 'then', body },
        { at, body: { ...body, extra: 1 } },
        { at, body },
      ]),
    ).toHaveLength(1);
  });

  test('whatever it says, what comes out are entries', () => {
    const record = fc.record({
      at: fc.oneof(fc.constant(proof.at), fc.jsonValue()),
      body: fc.oneof(
        fc.jsonValue(),
        fc.record({
          type: fc.constant('proof.recorded'),
          run: fc.constant(command?.run ?? ''),
          attempt: fc.constant(2),
          subject: fc.jsonValue(),
          exit: fc.jsonValue(),
          tail: fc.string({ unit: 'binary' }),
        }),
        fc.jsonValue().map((extra) => ({ ...proof.body, tail: extra })),
      ),
    });
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.array(record)), (value) => expectEntries(read(value))),
      { numRuns: 300 },
    );
  });
});
