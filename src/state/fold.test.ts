import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { entries, journal } from '../../test/histories/arbitrary.ts';
import {
  agentBy,
  agentOf,
  contractOf,
  fact,
  finishedBody,
  honest,
  orchestrator,
  person,
  placed,
  RUN,
  SIGNALS,
  said,
  signalled,
  spoken,
} from '../../test/histories/index.ts';
import { gates, next } from '../closure/index.ts';
import { type Contract, STAGES } from '../contract/index.ts';
import { type Entry, OPEN_STATUSES } from '../journal/index.ts';
import { clocks } from './clocks.ts';
import { fold, startFold } from './fold.ts';
import { stateDigest } from './obligations.ts';
import { serialiseState } from './serialise.ts';
import { DECIDING } from './settled.ts';

const CONTRACT = contractOf([
  agentOf('A1', { capabilities: ['api'] }),
  agentOf('A2', { capabilities: ['api'] }),
  'A9',
  'A0',
]);
const stateOf = (all: readonly Entry[], contract: Contract = CONTRACT): string =>
  serialiseState(fold(contract, all));

const shuffled = <T>(all: readonly T[], seed: number): T[] =>
  all
    .map((one, i) => [Math.imul(i + 1, seed | 1) >>> 0, one] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, one]) => one);

describe('whatever is delivered', () => {
  test('order and repetition of deliveries change nothing', () => {
    fc.assert(
      fc.property(entries, fc.integer(), fc.array(fc.nat(39), { maxLength: 10 }), (all, seed, again) => {
        const repeated = again.flatMap((i) => all[i] ?? []);
        expect(stateOf(shuffled([...all, ...repeated], seed))).toBe(stateOf(all));
      }),
      { numRuns: 300 },
    );
  });

  test('a fold that goes on is the fold of everything, however it is cut up and delivered', () => {
    fc.assert(
      fc.property(entries, fc.integer(), fc.nat(5), fc.boolean(), (all, seed, size, shuffle) => {
        const delivered = shuffle ? shuffled([...all, ...all.slice(0, size)], seed) : all;
        const running = startFold(CONTRACT);
        for (let i = 0; i < delivered.length; i += size + 1) running.add(delivered.slice(i, i + size + 1));
        expect(serialiseState(running.state())).toBe(stateOf(all));
      }),
      { numRuns: 300 },
    );
  });

  test('no entry makes the fold, the clocks, the gates or the driver throw', () => {
    const { world, evidence } = honest({ contract: CONTRACT });
    fc.assert(
      fc.property(entries, (all) => {
        const state = fold(CONTRACT, all);
        clocks(CONTRACT, state, '2026-11-22T12:00:00Z');
        for (const run of ['r1', 'r2', world.run])
          for (const attempt of [1, 2, 3]) {
            const seen = { ...evidence, run, attempt };
            for (const at of [...STAGES, 'close'] as const) gates(CONTRACT, state, seen, at);
            next(CONTRACT, state, seen, '2026-11-22T12:00:00Z');
          }
        for (const stage of STAGES) stateDigest(CONTRACT, state, stage);
      }),
      { numRuns: 300 },
    );
  });

  test('what was rejected stays rejected: a later entry never brings it back', () => {
    fc.assert(
      fc.property(journal, (all) => {
        const running = startFold(CONTRACT);
        const before: string[] = [];
        for (const one of all) {
          const now = running.add([one]).rejections.map(({ entry, code }) => `${entry} ${code}`);
          expect(now.slice(0, before.length)).toEqual(before);
          before.splice(0, before.length, ...now);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('the open set is what is open, and every routed record is assigned', () => {
    fc.assert(
      fc.property(entries, (all) => {
        const { records, open, assignments } = fold(CONTRACT, all);
        const isOpen = [...records.values()].filter(({ status }) => OPEN_STATUSES.has(status));
        expect(new Set(open.values())).toEqual(new Set(isOpen));
        for (const [id, record] of open) expect(records.get(id)).toBe(record);
        for (const { id, kind } of records.values())
          expect(assignments.has(id)).toBe(['request', 'clarification-request', 'blocker'].includes(kind));
      }),
      { numRuns: 100 },
    );
  });
});

describe('what is over', () => {
  test('stands once in the list of each it was owed by, else posted by; what decides in its own', () => {
    fc.assert(
      fc.property(entries, (all) => {
        const { records, assignments, settled } = fold(CONTRACT, all);
        const expected: string[] = [];
        for (const { id, kind, status, authorAgent } of records.values()) {
          if (OPEN_STATUSES.has(status)) continue;
          const owners = new Set((assignments.get(id) ?? []).flatMap(({ assignee }) => assignee ?? []));
          for (const owner of owners) expected.push(`owed ${owner} ${id}`);
          if (DECIDING.has(kind)) expected.push(`decided ${id}`);
          else if (authorAgent !== null && !owners.has(authorAgent))
            expected.push(`posted ${authorAgent} ${id}`);
        }
        const listed = [
          ...[...settled.owed].flatMap(([agent, ids]) => ids.map((id) => `owed ${agent} ${id}`)),
          ...[...settled.posted].flatMap(([agent, ids]) => ids.map((id) => `posted ${agent} ${id}`)),
          ...settled.decided.map((id) => `decided ${id}`),
        ];
        expect(listed.toSorted()).toEqual(expected.toSorted());
      }),
      { numRuns: 300 },
    );
  });

  test('stands in the order it ended; an edit moves nothing, opening it again takes it out', () => {
    const post = (n: number): Entry =>
      spoken('A1', n, { type: 'post', kind: 'request', summary: 's', targets: ['agent:A2'] });
    const record = (n: number): string => `local-1.1.A1.${n}`;
    const end = (n: number, of: number): Entry =>
      spoken('A2', n, { type: 'update', record: record(of), status: 'resolved' });
    const change = (n: number, of: number, what: { summary?: string; status?: 'open' }): Entry =>
      spoken('A1', n, { type: 'update', record: record(of), ...what });
    const all = [
      post(1),
      post(2),
      post(3),
      end(1, 3),
      end(2, 1),
      end(3, 2),
      change(4, 3, { summary: 'edited' }),
    ];
    expect(fold(CONTRACT, placed(all)).settled.owed.get('A2')).toEqual([3, 1, 2].map(record));
    expect(fold(CONTRACT, placed([...all, change(5, 1, { status: 'open' })])).settled.owed.get('A2')).toEqual(
      [3, 2].map(record),
    );
  });
});

describe('one id, one content', () => {
  const first = spoken('A1', 1, { type: 'post', kind: 'evidence', summary: 'one' });
  const other = spoken('A1', 1, { type: 'post', kind: 'evidence', summary: 'two' });

  test.each([
    ['in order', placed([first, other])],
    ['the other way round', placed([first, other]).toReversed()],
    ['the second one without a place', [...placed([first]), other]],
    ['the second one without a place, delivered first', [other, ...placed([first])]],
  ])('%s: the first stands and the other is named', (_, all) => {
    const state = fold(CONTRACT, all);
    expect([...state.records.values()].map(({ summary }) => summary)).toEqual(['one']);
    expect(state.rejections.map(({ code, entry }) => `${code} ${entry}`)).toEqual([
      'id-conflict local-1.1.A1.1',
    ]);
  });

  test('another time of writing is no other content', () => {
    const [one] = placed([first]);
    if (one === undefined) throw new Error('placed nothing');
    expect(fold(CONTRACT, [one, { ...one, at: '2026-11-22T11:11:11Z' }]).rejections).toEqual([]);
  });
});

describe('what has no place yet', () => {
  const question = placed([
    spoken('A1', 1, { type: 'post', kind: 'clarification-request', summary: 'who rounds?' }),
  ]);
  const record = 'local-1.1.A1.1';
  const answer = (by: 'person' | 'steward', text: string): Entry =>
    by === 'person'
      ? said('gh.5.0', person, { type: 'answer', record, text })
      : spoken('A0', 1, { type: 'answer', record, text });

  test('loses to what has one, whichever was delivered first', () => {
    const mine = { ...answer('steward', 'A1 does'), seq: null };
    const theirs = { ...answer('person', 'A2 does'), seq: 9 };
    for (const all of [
      [...question, mine, theirs],
      [theirs, mine, ...question],
    ]) {
      const state = fold(CONTRACT, all);
      expect(state.records.get(record)?.answer?.text).toBe('A2 does');
      expect(state.rejections.map(({ code, entry }) => `${code} ${entry}`)).toEqual([
        'superseded local-1.1.A0.1',
      ]);
    }
  });

  test('does not start an attempt that somebody started', () => {
    const start = (run: string) =>
      fact(
        'plan',
        'attempt',
        {
          type: 'attempt.started',
          attempt: 1,
          base: 'a'.repeat(40),
          baseTree: 'a'.repeat(40),
          agents: [],
          waveDigest: '1'.repeat(64),
          policyDigest: '2'.repeat(64),
        },
        { run },
      );
    const state = fold(CONTRACT, [start('r9'), ...placed([start('r1')])]);
    expect(state.attempts.get(1)?.run).toBe('r1');
    expect(state.rejections).toMatchObject([{ code: 'superseded', entry: 'r9.1.plan.attempt' }]);
  });

  test('comes in the order of stages, agents and numbers', () => {
    const post = (agent: string, n: number): Entry =>
      spoken(agent, n, { type: 'post', kind: 'evidence', summary: 's' });
    const all = [post('A0', 1), post('A9', 1), post('A2', 1), post('A1', 10), post('A1', 9)];
    const ids = ['A1.9', 'A1.10', 'A2.1', 'A9.1', 'A0.1'].map((one) => `local-1.1.${one}`);
    expect([...fold(CONTRACT, all).records.keys()]).toEqual(ids);
    expect([...fold(CONTRACT, all.toReversed()).records.keys()]).toEqual(ids);
  });
});

describe('exclusive facts', () => {
  const [start] = honest({ contract: CONTRACT }).entries;
  if (start === undefined) throw new Error('an honest history starts');

  test('the first result of an agent stands, the second points at it', () => {
    const again = said('local-1.1.A1.finished-again', orchestrator('A1'), {
      ...finishedBody('A1'),
      exit: { kind: 'lost' },
    });
    const state = fold(CONTRACT, placed([start, fact('A1', 'finished', finishedBody('A1')), again]));
    expect(state.attempts.get(1)?.finished.get('A1')?.exit).toEqual({ kind: 'exited', code: 0 });
    expect(state.rejections).toMatchObject([
      { code: 'superseded', detail: 'A1 ended with local-1.1.A1.finished' },
    ]);
  });

  test('another run cannot add to an attempt', () => {
    const foreign = fact('A1', 'finished', finishedBody('A1'), { run: 'r9' });
    const words = signalled('A1', 1, SIGNALS.proof, { run: 'r9' });
    const state = fold(CONTRACT, placed([start, foreign, words]));
    expect(state.attempts.get(1)?.finished.size).toBe(0);
    expect(state.attempts.get(1)?.signals.size).toBe(0);
    expect(state.rejections.map(({ code }) => code)).toEqual([
      'fact-without-authority',
      'fact-without-authority',
    ]);
  });

  test('what nothing announced is not published, and what is published is so once', () => {
    const intent = {
      attempt: 1,
      commit: 'c'.repeat(40),
      tree: 'd'.repeat(40),
      parent: 'a'.repeat(40),
      target: 'main',
    };
    const done = { type: 'publish.done', attempt: 1, commit: intent.commit, target: 'main' } as const;
    const state = fold(
      CONTRACT,
      placed([
        start,
        fact('close', 'too-early', done),
        fact('close', 'intent', { type: 'publish.intent', ...intent }),
        fact('close', 'published', done, { run: 'another-run' }),
        fact('close', 'again', done),
      ]),
    );
    expect(state.published).toEqual({ run: RUN, ...intent });
    expect(state.rejections.map(({ code }) => code)).toEqual(['fact-without-authority', 'superseded']);
  });

  test('time written by a skewed clock orders nothing (W4)', () => {
    const post = spoken('A1', 1, { type: 'post', kind: 'request', summary: 's', targets: ['agent:A2'] });
    const work = spoken('A2', 1, { type: 'update', record: post.id, status: 'in_progress' });
    const resolve = said('gh.1.0', person, { type: 'update', record: post.id, status: 'resolved' });
    const [a, b, c] = placed([post, work, resolve]);
    if (a === undefined || b === undefined || c === undefined) throw new Error('placed nothing');
    const state = fold(CONTRACT, [
      a,
      { ...b, at: '2099-01-01T00:00:00Z' },
      { ...c, at: '1999-01-01T00:00:00Z' },
    ]);
    expect(state.records.get(post.id)?.status).toBe('resolved');
  });

  test('an agent of another attempt speaks for that attempt only', () => {
    const state = fold(
      CONTRACT,
      placed([start, said('x.1', agentBy('A1', 2), { type: 'signal', signal: SIGNALS.proof })]),
    );
    expect(state.rejections).toMatchObject([{ code: 'fact-without-authority', attempted: 'signal proof' }]);
  });
});
