import { describe, expect, test } from 'vitest';
import {
  agentBy,
  agentOf,
  contractOf,
  instant,
  operator,
  orchestrator,
  person,
  placed,
  said,
} from '../../test/histories/index.ts';
import type { Contract } from '../contract/index.ts';
import type { Author, Body, Entry, RecordFields, RecordKind } from '../journal/index.ts';
import { clocks } from './clocks.ts';
import { fold } from './fold.ts';
import type { WaveState } from './types.ts';

const api = { capabilities: ['api'] };
const CONTRACT = contractOf([agentOf('A10', api), agentOf('A2', api), agentOf('A1', api), 'A3', 'A9', 'A0']);
const folded = (contract: Contract, ...all: readonly Entry[]): WaveState => fold(contract, placed(all));
const post = (id: string, by: Author, kind: RecordKind, fields: RecordFields = {}): Entry =>
  said(id, by, { type: 'post', kind, summary: id, ...fields });
const ask = (id: string, target: string, by: Author = agentBy('A3')): Entry =>
  post(id, by, 'request', { targets: [target] });
const act = (id: string, by: Author, body: Body): Entry => said(id, by, body);
const owners = (state: WaveState, id: string): readonly (string | null)[] =>
  (state.assignments.get(id) ?? []).map((one) => one.assignee);

describe('a record through its life', () => {
  test('an update keeps what it leaves out (§1.6)', () => {
    const state = folded(
      CONTRACT,
      post('e1', agentBy('A3'), 'request', {
        targets: ['A1'],
        detail: 'why',
        priority: 'high',
        refs: ['src/a1.ts'],
      }),
      act('e2', agentBy('A3'), { type: 'update', record: 'e1', summary: 'now shorter' }),
    );
    expect(state.records.get('e1')).toMatchObject({
      summary: 'now shorter',
      detail: 'why',
      priority: 'high',
      refs: ['src/a1.ts'],
      targets: ['A1'],
      status: 'open',
      createdAt: instant(1),
      updatedAt: instant(2),
    });
  });

  test('a dependency that is settled holds nothing open (W1)', () => {
    const dependency = {
      ownerLane: 'main',
      ownerWave: 3,
      requesterLane: 'web',
      requesterWave: 4,
      required: true,
    };
    const asked = said('e1', person, {
      type: 'post',
      kind: 'request',
      summary: 'publish it',
      targets: ['A1'],
      dependency,
    });
    expect([...folded(CONTRACT, asked).open.keys()]).toEqual(['e1']);
    const done = act('e2', agentBy('A1'), { type: 'update', record: 'e1', status: 'resolved' });
    expect(folded(CONTRACT, asked, done).open.size).toBe(0);
  });

  test('an ack does not set back work that has begun', () => {
    const state = folded(
      CONTRACT,
      ask('e1', 'agent:A1'),
      act('e2', agentBy('A1'), { type: 'update', record: 'e1', status: 'in_progress' }),
      act('e3', agentBy('A1'), { type: 'ack', record: 'e1' }),
    );
    expect(state.records.get('e1')).toMatchObject({ status: 'in_progress', acknowledgedAt: instant(2) });
  });

  test('what its owner resolved stays resolved, however often the asker’s words are delivered again (W7)', () => {
    const asked = ask('e1', 'agent:A1', orchestrator());
    const done = act('e2', agentBy('A1'), { type: 'update', record: 'e1', status: 'resolved' });
    const state = folded(CONTRACT, asked, done, asked, asked);
    expect(state.records.get('e1')).toMatchObject({ status: 'resolved', closedBy: 'e2' });
    expect(state.open.size).toBe(0);
  });

  test('assignments are derived: no refresh adds an entry or a record (W5)', () => {
    const state = folded(CONTRACT, ask('e1', 'agent:A1'));
    expect([...state.records.keys()]).toEqual(['e1']);
    expect(clocks(CONTRACT, state, instant(2)).due).toEqual([]);
  });

  test('a late answer is superseded and pointed to the one that stands', () => {
    const state = folded(
      CONTRACT,
      post('e1', agentBy('A1'), 'clarification-request', { targets: ['A2'] }),
      act('e2', agentBy('A2'), { type: 'answer', record: 'e1', text: 'A2 rounds' }),
      act('gh.1.0', person, { type: 'answer', record: 'e1', text: 'A1 rounds' }),
    );
    expect(state.records.get('e1')).toMatchObject({
      status: 'resolved',
      answer: { entry: 'e2', text: 'A2 rounds' },
    });
    expect(state.rejections).toMatchObject([
      { code: 'superseded', detail: 'A1-rnom was settled before by e2' },
    ]);
  });

  test('a closed record takes no ack and no second end', () => {
    const resolve: Body = { type: 'update', record: 'e1', status: 'resolved' };
    const state = folded(
      CONTRACT,
      ask('e1', 'agent:A1'),
      act('e2', agentBy('A1'), resolve),
      act('e3', agentBy('A1'), resolve),
      act('e4', agentBy('A1'), { type: 'ack', record: 'e1' }),
    );
    expect(state.rejections.map(({ code }) => code)).toEqual(['not-open', 'not-open']);
    expect(state.records.get('e1')?.closedBy).toBe('e2');
  });

  test('a person who settles a question with a word about it has answered it, and has not written over it', () => {
    const state = folded(
      CONTRACT,
      post('e1', agentBy('A1'), 'clarification-request', { targets: ['A2'], detail: 'two could' }),
      act('e2', operator, { type: 'update', record: 'e1', status: 'resolved', detail: 'A2 does' }),
    );
    expect(state.records.get('e1')).toMatchObject({
      detail: 'two could',
      answer: { entry: 'e2', text: 'A2 does' },
    });
  });

  test('a question asked again can be answered again', () => {
    const state = folded(
      CONTRACT,
      post('e1', agentBy('A1'), 'clarification-request', { targets: ['A2'] }),
      act('e2', agentBy('A2'), { type: 'answer', record: 'e1', text: 'first' }),
      act('e3', agentBy('A1'), { type: 'update', record: 'e1', status: 'open' }),
      act('e4', agentBy('A2'), { type: 'answer', record: 'e1', text: 'second' }),
    );
    expect(state.rejections).toEqual([]);
    expect(state.records.get('e1')).toMatchObject({
      status: 'resolved',
      answer: { text: 'second' },
      closedBy: 'e4',
    });
  });

  test.each<[RecordKind, RecordFields, string]>([
    ['request', {}, 'closure-critical'],
    ['clarification-request', {}, 'closure-critical'],
    ['blocker', {}, 'hard'],
    ['blocker', { priority: 'low' }, 'soft'],
    ['blocker', { severity: 'advisory' }, 'advisory'],
    ['evidence', {}, 'advisory'],
  ])('%s with %j is %s', (kind, fields, severity) => {
    expect(folded(CONTRACT, post('e1', agentBy('A1'), kind, fields)).records.get('e1')?.severity).toBe(
      severity,
    );
  });
});

describe('clarification chains', () => {
  const LINK = 'clarification:q';
  const CHAIN = [
    post('q', agentBy('A1'), 'clarification-request'),
    post('route', orchestrator(), 'request', { targets: ['A2'], closureCondition: LINK }),
    post('people', orchestrator(), 'human-escalation', { closureCondition: LINK }),
  ];
  const resolved = (record: string): Body => ({ type: 'update', record, status: 'resolved' });

  test.each<[string, Author, Body]>([
    ['the question is answered by a person', person, { type: 'answer', record: 'q', text: 'A2 rounds' }],
    ['the question is resolved by hand (W17)', operator, resolved('q')],
    ['the asker withdraws the question', agentBy('A1'), { type: 'update', record: 'q', status: 'cancelled' }],
    ['the routed request is resolved by its owner', agentBy('A2'), resolved('route')],
    ['the escalation is answered (W10)', person, { type: 'answer', record: 'people', text: 'A2 rounds' }],
  ])('the whole chain closes when %s', (_, by, body) => {
    const state = folded(CONTRACT, ...CHAIN, act('end', by, body));
    expect(state.rejections).toEqual([]);
    expect([...state.open.keys()]).toEqual([]);
    for (const id of ['q', 'route', 'people']) expect(state.records.get(id)?.closedBy).toBe('end');
  });

  test('an answer given at one end stands at all of them', () => {
    const state = folded(
      CONTRACT,
      ...CHAIN,
      act('end', person, { type: 'answer', record: 'people', text: 'A2 rounds' }),
    );
    expect(state.records.get('q')?.answer?.text).toBe('A2 rounds');
    const late = folded(
      CONTRACT,
      ...CHAIN,
      act('end', person, { type: 'answer', record: 'people', text: 'A2 rounds' }),
      act('late', agentBy('A0'), { type: 'answer', record: 'q', text: 'no' }),
    );
    expect(late.rejections).toMatchObject([
      { code: 'superseded', detail: 'A1-ry24 was settled before by end' },
    ]);
  });

  test('a route that is given up or replaced settles nothing', () => {
    for (const status of ['superseded', 'cancelled'] as const) {
      const state = folded(
        CONTRACT,
        ...CHAIN,
        act('end', orchestrator(), { type: 'update', record: 'route', status }),
      );
      expect([...state.open.keys()]).toEqual(['q', 'people']);
    }
  });

  test('a link may also be a dependency, or come with an edit', () => {
    const question = post('q', agentBy('A1'), 'clarification-request');
    const tied = post('route', orchestrator(), 'request', { targets: ['A2'], dependsOn: ['q'] });
    const untied = ask('route', 'agent:A2', orchestrator());
    const tie = act('tie', orchestrator(), { type: 'update', record: 'route', closureCondition: LINK });
    const end = act('end', agentBy('A2'), resolved('route'));
    expect(folded(CONTRACT, question, tied, end).open.size).toBe(0);
    expect(folded(CONTRACT, question, untied, tie, end).open.size).toBe(0);
  });

  test('an agent cannot close a stranger’s question through a request of its own', () => {
    const own = post('mine', agentBy('A3'), 'request', { targets: ['A3'], closureCondition: LINK });
    const state = folded(CONTRACT, ...CHAIN, own, act('end', agentBy('A3'), resolved('mine')));
    expect([...state.open.keys()]).toEqual(['q', 'route', 'people']);
  });

  test.each<RecordKind>(['human-escalation', 'blocker', 'request'])(
    'a steward’s own request is no way to end a %s: only questions have chains',
    (kind) => {
      const victim = post('q', orchestrator(), kind, { targets: ['A2'] });
      const own = post('mine', agentBy('A9'), 'request', { targets: ['A9'], closureCondition: LINK });
      const state = folded(CONTRACT, victim, own, act('end', agentBy('A9'), resolved('mine')));
      expect(state.records.get('mine')?.status).toBe('resolved');
      expect([...state.open.keys()]).toEqual(['q']);
    },
  );

  test('work that waits for somebody else’s question is not done when it is answered', () => {
    const waiting = post('work', agentBy('A3'), 'request', { targets: ['A2'], dependsOn: ['q'] });
    const state = folded(
      CONTRACT,
      ...CHAIN,
      waiting,
      act('end', person, { type: 'answer', record: 'q', text: 'yes' }),
    );
    expect([...state.open.keys()]).toEqual(['work']);
  });

  test('a question given to somebody else leaves no route to the one before (W19)', () => {
    const state = folded(
      CONTRACT,
      ...CHAIN,
      act('r1', person, { type: 'update', record: 'q', targets: ['A3'] }),
      act('r2', person, { type: 'update', record: 'q', targets: ['A9'] }),
    );
    expect(owners(state, 'q')).toEqual(['A9']);
    expect(state.records.get('route')).toMatchObject({ status: 'superseded', closedBy: 'r1' });
    expect([...state.open.keys()]).toEqual(['q', 'people']);
  });

  test('questions that depend on each other in a circle end', () => {
    const a = post('a', agentBy('A1'), 'clarification-request', {
      dependsOn: ['b'],
      closureCondition: 'clarification:b',
    });
    const b = post('b', agentBy('A1'), 'clarification-request', {
      dependsOn: ['a'],
      closureCondition: 'clarification:a',
    });
    const self = post('c', orchestrator(), 'request', { dependsOn: ['c', 'a', 'b'] });
    const state = folded(
      CONTRACT,
      a,
      b,
      self,
      act('end', person, { type: 'answer', record: 'a', text: 'yes' }),
    );
    expect([...state.open.keys()]).toEqual(['b']);
  });
});
