import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  agentBy,
  agentOf,
  contractOf,
  fact,
  finishedBody,
  instant,
  oid,
  operator,
  orchestrator,
  person,
  placed,
  said,
} from '../../test/histories/index.ts';
import type { Contract } from '../contract/index.ts';
import type { Author, Body, CoordinationBody, Entry, RecordFields, RecordKind } from '../journal/index.ts';
import { clocks } from './clocks.ts';
import { fold } from './fold.ts';
import { triage } from './triage.ts';
import type { WaveState } from './types.ts';

const CONTRACT = contractOf([
  'A1',
  'A2',
  agentOf('A3', { components: ['ledger'] }),
  agentOf('A4', { capabilities: ['rates'] }),
  'A8',
  'A9',
  'A0',
]);
const ACK = 300;
const RESOLVE = 1800;

const post = (id: string, by: Author, kind: RecordKind, fields: RecordFields = {}): Entry =>
  said(id, by, { type: 'post', kind, summary: id, ...fields });
const question = (fields: RecordFields = {}, by: Author = agentBy('A1')): Entry =>
  post('q', by, 'clarification-request', fields);
const act = (id: string, by: Author, body: Body): Entry => said(id, by, body);
const attempt = (n = 1): Entry =>
  fact('plan', `attempt-${n}`, {
    type: 'attempt.started',
    attempt: n,
    base: oid('b'),
    baseTree: oid('b'),
    agents: ['A1', 'A2', 'A3', 'A4'],
    waveDigest: CONTRACT.digests.wave,
    policyDigest: CONTRACT.digests.policy,
  });
const started = (agent: string, launch = 1): Entry =>
  fact(agent, `started-${launch}`, {
    type: 'agent.started',
    attempt: 1,
    agent,
    executor: 'local',
    isolation: 'none',
  });
const finished = (agent: string): Entry => fact(agent, 'finished', finishedBody(agent));
const ALL_STARTED = [attempt(), ...['A1', 'A2', 'A3', 'A4'].map((agent) => started(agent))];

/** Entries placed one a second, then whatever triage and the clocks say at the given seconds, written down in turn. */
const history = (
  entries: readonly Entry[],
  at: readonly (number | Entry)[] = [],
  contract: Contract = CONTRACT,
): { readonly state: WaveState; readonly said: readonly string[] } => {
  let all = [...placed(entries)];
  const told: string[] = [];
  const write = (more: readonly Entry[], seconds: number): void => {
    all = [...all, ...more.map((one, i) => ({ ...one, seq: all.length + 1 + i, at: instant(seconds) }))];
  };
  let now = entries.length;
  for (const one of at) {
    if (typeof one !== 'number') {
      now += 1;
      write([one], now);
      continue;
    }
    now = one;
    for (let round = 0; ; round++) {
      if (round > 20) throw new Error('what is due never ends');
      const { due } = clocks(contract, fold(contract, all), instant(now));
      if (due.length === 0) break;
      all = [...all, ...due.map((entry, i) => ({ ...entry, seq: all.length + 1 + i }))];
      told.push(...due.filter(({ family }) => family === 'coordination').map(({ id }) => id));
    }
  }
  const state = fold(contract, all);
  expect(state.rejections).toEqual([]);
  return { state, said: told };
};

const bodies = (state: WaveState, id: string): Partial<CoordinationBody> & { status?: string } => {
  const record = state.records.get(id);
  if (record === undefined) throw new Error(`no record ${id}`);
  const { kind, status, summary, detail, targets, closureCondition, dependsOn } = record;
  return { kind, status, summary, detail, targets, closureCondition, dependsOn } as never;
};

describe('policy answers', () => {
  const withAnswers: Contract = {
    ...CONTRACT,
    config: { ...CONTRACT.config, answers: { 'rounding rule': 'Half to even.', empty: ' ' } },
  };
  const decision = (fields: RecordFields, by: Author = person): Entry =>
    post('d', by, 'decision', { detail: 'A2 rounds, half to even.', ...fields });

  test('the repository’s own answer closes the question and says where it is from', () => {
    const { state, said: told } = history(
      [question({ targets: ['agent:A2'], refs: ['policy:rounding rule'] })],
      [2],
      withAnswers,
    );
    expect(told).toEqual(['triage.q.policy']);
    expect(state.records.get('q')).toMatchObject({
      status: 'resolved',
      answer: { text: 'Half to even.' },
      closedBy: 'triage.q.policy',
    });
    expect(bodies(state, 'triage.q.policy')).toMatchInlineSnapshot(`
      {
        "closureCondition": "",
        "dependsOn": [
          "q",
        ],
        "detail": "Half to even.",
        "kind": "resolved-by-policy",
        "status": "resolved",
        "summary": "Answered by the repository's policy on rounding rule",
        "targets": [
          "agent:A1",
        ],
      }
    `);
    expect(state.open.size).toBe(0);
  });

  test.each<[string, Entry, boolean]>([
    ['a decision on its topic', decision({ refs: ['policy:rounding'] }), true],
    ['a steward’s decision', decision({ refs: ['policy:rounding'] }, agentBy('A8')), true],
    ['a decision that is marked for no question (W8)', decision({ refs: ['rounding', 'src/a2.ts'] }), false],
    ['a decision on another topic', decision({ refs: ['policy:round'] }), false],
    ['an empty topic (W8)', decision({ refs: ['policy:'] }), false],
    ['a claim, whatever it says', post('d', agentBy('A2'), 'claim', { refs: ['policy:rounding'] }), false],
  ])('%s', (_, standing, answers) => {
    const asked = question({ refs: ['policy:rounding', 'src/a2.ts'] });
    const { said: told } = history([standing, asked], [3]);
    expect(told).toEqual(answers ? ['triage.q.policy'] : ['triage.q.route.1']);
  });

  test('an implementer’s decision is none, so it answers nothing', () => {
    const state = fold(CONTRACT, placed([decision({ refs: ['policy:x'] }, agentBy('A2')), question()]));
    expect(state.rejections).toMatchObject([{ code: 'kind-without-authority' }]);
    expect(triage(CONTRACT, state, instant(3)).map(({ id }) => id)).toEqual(['triage.q.escalation']);
  });

  test.each<['cancelled' | 'superseded' | 'resolved', string]>([
    ['cancelled', 'triage.q.escalation'],
    ['superseded', 'triage.q.escalation'],
    ['resolved', 'triage.q.policy'],
  ])('a decision that is %s (W8)', (status, expected) => {
    const taken = act('e', person, { type: 'update', record: 'd', status });
    expect(
      history([decision({ refs: ['policy:rounding'] }), taken, question({ refs: ['policy:rounding'] })], [4])
        .said,
    ).toEqual([expected]);
  });

  test.each<[string, boolean]>([
    ['Which Rounding rule applies?', true],
    ['What is the surrounding rule?', false],
    ['rounding: which rule?', false],
  ])('the topic’s words, whole and in a row: “%s” (W15)', (summary, answers) => {
    const asked = said('q', agentBy('A1'), { type: 'post', kind: 'clarification-request', summary });
    expect(history([asked], [2], withAnswers).said).toEqual([
      answers ? 'triage.q.policy' : 'triage.q.escalation',
    ]);
  });

  test('the newest decision on a topic answers', () => {
    const later = post('e', person, 'decision', { refs: ['policy:rounding'], detail: 'A3 rounds.' });
    const asked = question({ refs: ['policy:rounding'] });
    const { state } = history([decision({ refs: ['policy:rounding'] }), later, asked], [4]);
    expect(state.records.get('q')?.answer?.text).toBe('A3 rounds.');
  });
});

describe('routes', () => {
  test.each<[string, RecordFields, string | null]>([
    ['a path it refers to', { refs: ['src/a2.ts'] }, 'A2'],
    ['a component it refers to', { refs: ['ledger'] }, 'A3'],
    ['a path its text names', { detail: 'May I change `src/a3.ts`?' }, 'A3'],
    ['a part of a word (W15)', { detail: 'ledgers, and lib/src/a3.ts' }, null],
    ['a capability it refers to', { refs: ['capability:rates'] }, 'A4'],
    ['its own path: never back to the asker (W11)', { refs: ['src/a1.ts'] }, null],
    ['what nobody owns', { refs: ['src/a99.ts'] }, null],
    ['an agent that is not there (W11)', { targets: ['agent:Z9'] }, null],
  ])('%s', (_, fields, owner) => {
    const { state, said: told } = history([...ALL_STARTED, question(fields)], [10]);
    expect(told).toEqual([owner === null ? 'triage.q.escalation' : 'triage.q.route.1']);
    if (owner !== null)
      expect(state.assignments.get('triage.q.route.1')?.map(({ assignee }) => assignee)).toEqual([owner]);
  });

  test('a route carries the question on, and its answer closes the chain', () => {
    const asked = question({ refs: ['src/a2.ts'], detail: 'Two modules could.' });
    const { state } = history([...ALL_STARTED, asked], [10]);
    expect(bodies(state, 'triage.q.route.1')).toMatchInlineSnapshot(`
      {
        "closureCondition": "clarification:q",
        "dependsOn": [
          "q",
        ],
        "detail": "A1 asks. Two modules could.",
        "kind": "request",
        "status": "open",
        "summary": "q",
        "targets": [
          "agent:A2",
        ],
      }
    `);
    const { state: after } = history(
      [...ALL_STARTED, asked],
      [10, act('a', agentBy('A2'), { type: 'answer', record: 'triage.q.route.1', text: 'A2 does.' }), 5000],
    );
    expect(after.records.get('q')).toMatchObject({ status: 'resolved', answer: { text: 'A2 does.' } });
    expect([...after.open]).toEqual([]);
  });

  test('nobody answers: the next owner, then a person, once and for all (W9, W12)', () => {
    const asked = question({ refs: ['src/a2.ts', 'ledger', 'capability:rates'] });
    const times = [10, 10 + ACK, 10 + 2 * ACK, 10 + 3 * ACK, 9 * ACK, 90 * ACK];
    const { state, said: told } = history([...ALL_STARTED, asked], times);
    expect(told).toEqual([
      'triage.q.route.1',
      'triage.q.route.1.given-up',
      'triage.q.route.2',
      'triage.q.escalation',
    ]);
    expect(state.records.get('triage.q.route.1')?.status).toBe('superseded');
    expect([...state.open.keys()]).toEqual(['q', 'triage.q.route.2', 'triage.q.escalation']);
    expect(bodies(state, 'triage.q.escalation')).toMatchInlineSnapshot(`
      {
        "closureCondition": "clarification:q",
        "dependsOn": [
          "q",
        ],
        "detail": "A1 asks; A2 and A3 did not answer in time.",
        "kind": "human-escalation",
        "status": "open",
        "summary": "q",
        "targets": [],
      }
    `);
  });

  test('a question put to somebody is theirs until its time is over', () => {
    const asked = question({ targets: ['agent:A2'], refs: ['ledger'] });
    expect(history([...ALL_STARTED, asked], [ACK]).said).toEqual([]);
    expect(history([...ALL_STARTED, asked], [10 + ACK]).said).toEqual(['triage.q.route.1']);
    expect(history([...ALL_STARTED, question({ targets: ['A2'] })], [10 + ACK]).said).toEqual([
      'triage.q.escalation',
    ]);
  });

  test('taken up, it has until its resolve clock ran out; silence after that ends with a person (W12)', () => {
    const asked = question({ refs: ['src/a2.ts'] });
    const ack = act('a', agentBy('A2'), { type: 'ack', record: 'triage.q.route.1' });
    expect(history([...ALL_STARTED, asked], [10, ack, 10 + ACK, RESOLVE]).said).toEqual(['triage.q.route.1']);
    expect(history([...ALL_STARTED, asked], [10, ack, 10 + RESOLVE]).said).toEqual([
      'triage.q.route.1',
      'triage.q.escalation',
    ]);
  });

  test('a route that is taken back goes on to the next, and the number of routes is bounded (W12)', () => {
    const cancel = (n: number): Entry =>
      act(`c${n}`, operator, { type: 'update', record: `triage.q.route.${n}`, status: 'cancelled' });
    const asked = question({ refs: ['src/a2.ts', 'ledger', 'capability:rates'] });
    expect(history([...ALL_STARTED, asked], [10, cancel(1), 20, cancel(2), 30, 40]).said).toEqual([
      'triage.q.route.1',
      'triage.q.route.2',
      'triage.q.escalation',
    ]);
  });

  test('nobody is late before they were started; then their time begins', () => {
    const asked = question({ targets: ['A2'] });
    const early = [attempt(), started('A1'), asked];
    expect(history(early, [9 * ACK]).said).toEqual([]);
    expect(history(early, [ACK, started('A2'), 2 * ACK]).said).toEqual([]);
    expect(history(early, [ACK, started('A2'), 2 * ACK + 1]).said).toEqual(['triage.q.escalation']);
  });

  test('a steward whose turn has not come is not late, and is asked in its turn', () => {
    const asked = question({ targets: ['agent:A8'], refs: ['src/a2.ts'] });
    expect(history([...ALL_STARTED, asked], [9 * ACK]).said).toEqual([]);
  });

  test('who ended is passed over at once when another is there, else waited for', () => {
    const asked = question({ targets: ['A2'], refs: ['ledger'] });
    expect(history([...ALL_STARTED, finished('A2'), asked], [12]).said).toEqual(['triage.q.route.1']);
    const only = question({ targets: ['A2'] });
    expect(history([...ALL_STARTED, finished('A2'), only], [12]).said).toEqual([]);
    expect(history([...ALL_STARTED, finished('A2'), only], [20 + ACK]).said).toEqual(['triage.q.escalation']);
  });

  test('a question given to somebody else starts anew', () => {
    const asked = question({ targets: ['A2'] });
    const given = act('g', operator, { type: 'update', record: 'q', targets: ['A3'] });
    expect(history([...ALL_STARTED, asked], [ACK, given, ACK + 9, 2 * ACK + 9]).said).toEqual([
      'triage.g.escalation',
    ]);
  });

  test('an advisory question is nobody’s duty', () => {
    expect(history([question({ severity: 'advisory' })], [9 * ACK]).said).toEqual([]);
  });

  test('what an operator escalated is not escalated a second time, and is answered there (W18)', () => {
    const asked = question({ refs: ['src/a2.ts'] });
    const up = post('up', operator, 'human-escalation', { dependsOn: ['q'] });
    const { said: told } = history([...ALL_STARTED, asked], [10, up, 10 + ACK, 99 * ACK]);
    expect(told).toEqual(['triage.q.route.1']);
    const answered = act('a', person, { type: 'answer', record: 'up', text: 'A2.' });
    const { state } = history([...ALL_STARTED, asked], [10, up, answered]);
    expect([...state.open.keys()]).toEqual([]);
  });

  test('an operator may escalate a request or a blocker too: the answer closes it (W18)', () => {
    for (const kind of ['request', 'blocker'] as const) {
      const { state } = history([
        post('r', agentBy('A1'), kind, { targets: ['A2'] }),
        post('up', operator, 'human-escalation', { dependsOn: ['r'] }),
        act('a', person, { type: 'answer', record: 'up', text: 'Do without.' }),
      ]);
      expect(state.records.get('r')).toMatchObject({ status: 'resolved', answer: { text: 'Do without.' } });
      expect([...state.open.keys()]).toEqual([]);
    }
  });
});

test('whoever computes it writes the same bytes, and the second adds nothing', () => {
  const all = placed([...ALL_STARTED, question({ refs: ['src/a2.ts'] })]);
  const early = clocks(CONTRACT, fold(CONTRACT, all), instant(20)).due;
  const late = clocks(CONTRACT, fold(CONTRACT, all), instant(200)).due;
  expect(JSON.stringify(late)).toBe(JSON.stringify(early));
  const twice = [...early, ...late].map((entry, i) => ({ ...entry, seq: all.length + 1 + i }));
  const state = fold(CONTRACT, [...all, ...twice]);
  expect(state.rejections).toEqual([]);
  expect(clocks(CONTRACT, state, instant(20)).due).toEqual([]);
});

test('every chain ends: whatever is done to routes, at most two are made and one person is asked', () => {
  const step = fc.oneof(
    fc.integer({ min: 1, max: 2000 }),
    fc.record({
      record: fc.constantFrom('triage.q.route.1', 'triage.q.route.2', 'triage.q.escalation'),
      status: fc.constantFrom('cancelled', 'superseded', 'acknowledged', 'in_progress'),
    } as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      let all = [
        ...placed([...ALL_STARTED, question({ refs: ['src/a2.ts', 'ledger', 'capability:rates'] })]),
      ];
      let now = all.length;
      for (const [i, one] of steps.entries()) {
        now += typeof one === 'number' ? one : 1;
        const more =
          typeof one === 'number'
            ? clocks(CONTRACT, fold(CONTRACT, all), instant(now)).due
            : [act(`s${i}`, orchestrator(), { type: 'update', ...one })];
        all = [...all, ...more.map((entry, k) => ({ ...entry, seq: all.length + 1 + k, at: instant(now) }))];
      }
      const made = [...fold(CONTRACT, all).records.values()].map(({ kind }) => kind);
      expect(made.filter((kind) => kind === 'request').length).toBeLessThanOrEqual(2);
      expect(made.filter((kind) => kind === 'human-escalation').length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 60 },
  );
});
