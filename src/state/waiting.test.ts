import { describe, expect, test } from 'vitest';
import {
  agentBy,
  contractOf,
  fact,
  finishedBody,
  instant,
  oid,
  operator,
  person,
  placed,
  said,
} from '../../test/histories/index.ts';
import type { Author, CoordinationBody, Entry, RecordFields, RecordKind } from '../journal/index.ts';
import { clocks } from './clocks.ts';
import { fold } from './fold.ts';
import type { WaveState } from './types.ts';
import { circles, isHeld, leftToPeople, openWaits, parkAt } from './waiting.ts';

const CONTRACT = contractOf(['A1', 'A2', 'A3', 'A10', 'A9', 'A0']);
const RUN = 'local-1';
const by = (agent: string): Author => agentBy(agent, 1, RUN);
const attempt = (n = 1): Entry =>
  fact(
    'plan',
    'attempt',
    {
      type: 'attempt.started',
      attempt: n,
      base: oid('b'),
      baseTree: oid('b'),
      agents: ['A1', 'A2', 'A3', 'A10'],
      waveDigest: CONTRACT.digests.wave,
      policyDigest: CONTRACT.digests.policy,
    },
    { attempt: n },
  );
const started = (agent: string, launch = 1): Entry =>
  fact(agent, `started-${launch}`, {
    type: 'agent.started',
    attempt: 1,
    agent,
    executor: 'local',
    isolation: 'none',
  });
const parked = (agent: string, launch = 1): Entry =>
  fact(agent, `parked-${launch}`, {
    type: 'agent.parked',
    attempt: 1,
    agent,
    launch,
    executor: 'local',
    durationMs: 5,
    usage: 'unknown',
    patch: null,
    baseTree: oid('b'),
    session: null,
  });
const finished = (agent: string): Entry => fact(agent, 'finished', finishedBody(agent));
const asks = (
  id: string,
  from: string,
  to: string,
  kind: RecordKind = 'request',
  fields: RecordFields = {},
): Entry => said(id, by(from), { type: 'post', kind, summary: `who ${id}?`, targets: [to], ...fields });
let n = 0;
const waits = (agent: string, records: readonly string[], seen: readonly string[] = []): Entry => {
  n += 1;
  return said(`w${n}`, by(agent), { type: 'wait', records, seen });
};
const answer = (record: string, who: Author): Entry =>
  said(`answer-${record}`, who, { type: 'answer', record, text: 'so' });
const folded = (...all: readonly Entry[]): WaveState => fold(CONTRACT, placed([attempt(), ...all]));

const HOLD = 180;
const slots = (running: readonly string[], starting: readonly string[] = []) => ({
  running: new Set(running),
  starting: new Set(starting),
});

describe('waiting', () => {
  const asked = [started('A1'), started('A2'), asks('q', 'A1', 'A2')];

  test('an agent waits until all it named is settled, or it says that it goes on without', () => {
    const waiting = folded(...asked, asks('p', 'A1', 'A3'), waits('A1', ['q', 'p']));
    expect(openWaits(waiting, 'A1').map(({ id }) => id)).toEqual(['q', 'p']);
    const one = folded(...asked, asks('p', 'A1', 'A3'), waits('A1', ['q', 'p']), answer('q', by('A2')));
    expect(openWaits(one, 'A1').map(({ id }) => id)).toEqual(['p']);
    expect(openWaits(folded(...asked, waits('A1', ['q']), waits('A1', [])), 'A1')).toEqual([]);
    expect(openWaits(folded(...asked, waits('A1', ['q']), started('A1', 2)), 'A1')).toEqual([]);
    expect(openWaits(folded(...asked, waits('A1', ['q']), finished('A1')), 'A1')).toEqual([]);
  });

  test.each<[string, Entry, string]>([
    ['a record nobody posted', waits('A1', ['nothing']), 'unknown-record'],
    ['a person', said('x', person, { type: 'wait', records: ['q'], seen: [] }), 'kind-without-authority'],
    [
      'an agent of another run',
      said('x', agentBy('A1', 1, 'r9'), { type: 'wait', records: ['q'], seen: [] }),
      'fact-without-authority',
    ],
    ['a stranger', said('x', agentBy('Z9'), { type: 'wait', records: ['q'], seen: [] }), 'unknown-agent'],
  ])('%s waits for nothing', (_, wait, code) => {
    const state = folded(...asked, wait);
    expect(state.rejections).toMatchObject([{ code }]);
    expect(state.waiting.size).toBe(0);
  });

  test('what ended waits no more, and is not parked afterwards', () => {
    const state = folded(...asked, finished('A1'), waits('A1', ['q']), parked('A1'));
    expect(state.rejections).toMatchObject([{ code: 'superseded' }, { code: 'superseded' }]);
    expect(state.parked.size).toBe(0);
  });
});

describe('parking', () => {
  const ask = [started('A1'), asks('q', 'A1', 'A2'), waits('A1', ['q'])];
  const SINCE = 4;

  test('an agent holds while somebody who could answer has a slot', () => {
    const state = folded(...ask);
    expect(parkAt(CONTRACT, state, 'A1', slots(['A1', 'A2']))).toBe(instant(SINCE + HOLD));
    expect(parkAt(CONTRACT, state, 'A1', slots(['A1'], ['A2']))).toBe(instant(SINCE + HOLD));
  });

  test('nobody waits on one that has no slot', () => {
    expect(parkAt(CONTRACT, folded(...ask), 'A1', slots(['A1', 'A3']))).toBe(instant(SINCE));
  });

  test('a person is given as long as an agent', () => {
    const up = said('up', operator, {
      type: 'post',
      kind: 'human-escalation',
      summary: 's',
      dependsOn: ['q'],
    });
    const state = folded(
      started('A1'),
      asks('q', 'A1', 'agent:Z9', 'clarification-request'),
      up,
      waits('A1', ['q']),
    );
    expect(parkAt(CONTRACT, state, 'A1', slots(['A1']))).toBe(instant(SINCE + 1 + HOLD));
  });

  test('who does not wait, or waits for what is settled, keeps its slot', () => {
    expect(parkAt(CONTRACT, folded(started('A1')), 'A1', slots(['A1']))).toBeNull();
    expect(parkAt(CONTRACT, folded(...ask, answer('q', person)), 'A1', slots(['A1']))).toBeNull();
  });
});

describe('going on', () => {
  const base = [started('A1'), asks('q', 'A1', 'A2'), waits('A1', ['q']), parked('A1')];

  test('a parked agent is held until all it waits for is settled', () => {
    expect(isHeld(folded(...base), 'A1')).toBe(true);
    expect(isHeld(folded(...base, answer('q', by('A2'))), 'A1')).toBe(false);
    expect(isHeld(folded(...base, started('A1', 2)), 'A1')).toBe(false);
  });

  test('or until it owes something it was not shown', () => {
    expect(isHeld(folded(...base, asks('p', 'A3', 'A1')), 'A1')).toBe(false);
    expect(isHeld(folded(...base, asks('p', 'A3', 'A1'), answer('p', person)), 'A1')).toBe(true);
    const shown = [started('A1'), asks('q', 'A1', 'A2'), asks('p', 'A3', 'A1'), waits('A1', ['q'], ['p'])];
    expect(isHeld(folded(...shown, parked('A1')), 'A1')).toBe(true);
  });

  test('it is still held in the next attempt, unless it was only waiting', () => {
    expect(isHeld(folded(...base, attempt(2)), 'A1')).toBe(true);
    const live = folded(started('A1'), asks('q', 'A1', 'A2'), waits('A1', ['q']), attempt(2));
    expect(openWaits(live, 'A1')).toEqual([]);
  });
});

describe('circles', () => {
  const three = [
    asks('q1', 'A1', 'A2', 'clarification-request'),
    asks('q2', 'A2', 'A10', 'clarification-request'),
    asks('q3', 'A10', 'A1', 'clarification-request'),
  ];
  const closed = [
    ...three,
    waits('A1', ['q1'], ['q3']),
    waits('A2', ['q2'], ['q1']),
    waits('A10', ['q3'], ['q2']),
  ];
  const named = (state: WaveState): readonly string[] =>
    circles(CONTRACT, state).map((one) => one.map(({ agent, record }) => `${agent} ${record.id}`).join(', '));

  test('three who wait for each other are one circle, parked or not', () => {
    expect(named(folded(...closed))).toEqual(['A1 q1, A2 q2, A10 q3']);
    expect(named(folded(...closed, parked('A2'), parked('A1')))).toEqual(['A1 q1, A2 q2, A10 q3']);
  });

  test.each<[string, readonly Entry[]]>([
    ['one of them was not shown what it owes', [...three, ...closed.slice(3, 5), waits('A10', ['q3'])]],
    ['one of them does not wait', closed.slice(0, -1)],
    ['one of them goes on without', [...closed, waits('A2', [])]],
    ['one of them is answered', [...closed, answer('q2', person)]],
    [
      'a person is asked already',
      [
        ...closed,
        said('up', operator, { type: 'post', kind: 'human-escalation', summary: 's', dependsOn: ['q3'] }),
      ],
    ],
    [
      'somebody outside could answer one',
      [
        ...three,
        asks('r', 'A9', 'A3', 'request', { closureCondition: 'clarification:q2' }),
        ...closed.slice(3),
      ],
    ],
  ])('no circle when %s', (_, entries) => {
    expect(named(folded(...entries))).toEqual([]);
  });

  test('who only waits into a circle is not part of it', () => {
    const tail = [asks('q0', 'A3', 'A1'), waits('A3', ['q0'])];
    const state = folded(
      ...three,
      asks('q0', 'A3', 'A1'),
      waits('A1', ['q1'], ['q3', 'q0']),
      ...closed.slice(4),
      ...tail.slice(1),
    );
    expect(named(state)).toEqual(['A1 q1, A2 q2, A10 q3']);
  });

  test('one escalation names it; its answer settles all they wait for; it is never made again', () => {
    const all = placed([attempt(), ...closed]);
    const { due } = clocks(CONTRACT, fold(CONTRACT, all), instant(20));
    expect(due.map(({ body }) => body)).toMatchInlineSnapshot(`
      [
        {
          "dependsOn": [
            "q1",
            "q2",
            "q3",
          ],
          "detail": "A1 waits for A1-y5o6: who q1?
      A2 waits for A2-x3uy: who q2?
      A10 waits for A10-ldrh: who q3?",
          "kind": "human-escalation",
          "priority": "high",
          "summary": "A1 → A2 → A10 → A1 wait for each other",
          "type": "post",
        },
      ]
    `);
    const written = [...all, ...due.map((entry, i) => ({ ...entry, seq: all.length + 1 + i }))];
    expect(
      clocks(CONTRACT, fold(CONTRACT, written), instant(9_999)).due.filter(
        ({ family }) => family === 'coordination',
      ),
    ).toEqual([]);
    const id = due[0]?.id ?? '';
    const after = fold(CONTRACT, [...written, { ...answer(id, person), seq: written.length + 1 }]);
    expect([...after.open]).toEqual([]);
    for (const q of ['q1', 'q2', 'q3']) expect(after.records.get(q)?.answer?.text).toBe('so');
  });
});

describe('what is left to people', () => {
  const left = (...entries: readonly Entry[]): readonly string[] => [
    ...leftToPeople(CONTRACT, folded(...entries)),
  ];
  const up = (of: string): Entry =>
    said(`up-${of}`, operator, { type: 'post', kind: 'human-escalation', summary: 's', dependsOn: [of] });

  test('what nobody owes, and what a person was asked', () => {
    expect(left(asks('q', 'A1', 'A2'))).toEqual([]);
    expect(left(asks('q', 'A1', 'agent:Z9'))).toEqual(['q']);
    expect(left(asks('q', 'A1', 'A2'), up('q'))).toEqual(['q', 'up-q']);
  });

  test('and what is owed by one who is parked until a person answered', () => {
    const chain = [
      asks('q1', 'A1', 'A2'),
      asks('q2', 'A2', 'agent:Z9'),
      waits('A1', ['q1']),
      waits('A2', ['q2'], ['q1']),
      parked('A1'),
    ];
    expect(left(...chain)).toEqual(['q2']);
    expect(left(...chain, parked('A2'))).toEqual(['q2', 'q1']);
    expect(left(...chain, parked('A2'), asks('q3', 'A3', 'A2'))).toEqual(['q2']);
  });

  test('a routed question is in the hands of who it is routed to', () => {
    const q = said('q', by('A1'), { type: 'post', kind: 'clarification-request', summary: 's' });
    const route: CoordinationBody = {
      type: 'post',
      kind: 'request',
      summary: 's',
      targets: ['A2'],
      closureCondition: 'clarification:q',
    };
    expect(left(q)).toEqual(['q']);
    expect(left(q, said('route', operator, route))).toEqual([]);
  });
});
