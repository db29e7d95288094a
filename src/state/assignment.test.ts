import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { journal } from '../../test/histories/arbitrary.ts';
import {
  agentBy,
  agentOf,
  contractOf,
  orchestrator,
  person,
  placed,
  said,
} from '../../test/histories/index.ts';
import type { Contract } from '../contract/index.ts';
import type { Author, Body, Entry, RecordFields, RecordKind } from '../journal/index.ts';
import { assignmentsOf } from './assignment.ts';
import { fold } from './fold.ts';
import { byNaturalId } from './roster.ts';
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

describe('target resolution (coordination.md §2.2)', () => {
  const routed = contractOf([agentOf('A1', api), agentOf('A2', api), 'A3', 'A0'], {
    config: { ...CONTRACT.config, capabilityRouting: { api: ['Z9', 'A3', 'A2'] } },
  });
  test.each<[string, string, Contract, string | null, string]>([
    ['nothing', '', CONTRACT, null, 'empty-target'],
    ['an agent', 'agent:A2', CONTRACT, 'A2', 'explicit-agent'],
    ['an agent that is not there', 'agent:Z9', CONTRACT, null, 'missing-agent'],
    ['a bare id', 'A2', CONTRACT, 'A2', 'exact-agent-id'],
    [
      'a capability with a preferred agent that is there and has it',
      'capability:api',
      routed,
      'A2',
      'preferred-agent',
    ],
    ['a capability, whatever its case', 'capability:API', CONTRACT, 'A1', 'least-busy-capability'],
    ['a capability nobody has', 'capability:db', CONTRACT, null, 'missing-capability-owner'],
    [
      'a capability that is a name of JavaScript',
      'capability:constructor',
      CONTRACT,
      null,
      'missing-capability-owner',
    ],
    ['another such name', 'capability:__proto__', CONTRACT, null, 'missing-capability-owner'],
    ['anything else', 'everybody', CONTRACT, null, 'unsupported-target'],
  ])('%s', (_, target, contract, assignee, reason) => {
    const state = folded(contract, ask('e1', target));
    expect(state.assignments.get('e1')).toMatchObject([{ target, assignee, reason }]);
  });

  test('a request without targets is owed by nobody, and says so', () => {
    expect(folded(CONTRACT, post('e1', agentBy('A1'), 'request')).assignments.get('e1')).toMatchObject([
      { assignee: null, reason: 'empty-target' },
    ]);
  });

  test('one assignment a target, each target once', () => {
    const state = folded(
      CONTRACT,
      post('e1', agentBy('A3'), 'request', { targets: ['A1', 'agent:A2', 'A1'] }),
    );
    expect(owners(state, 'e1')).toEqual(['A1', 'A2']);
  });

  test('the least busy gets it, load counted as records open and close', () => {
    const state = folded(
      CONTRACT,
      ask('e1', 'agent:A1'),
      ask('e2', 'agent:A2'),
      ask('e3', 'capability:api'),
      act('e4', agentBy('A1'), { type: 'update', record: 'e1', status: 'resolved' }),
      ask('e5', 'capability:api'),
    );
    expect(owners(state, 'e3')).toEqual(['A10']);
    expect(owners(state, 'e5')).toEqual(['A1']);
  });

  test('A2 comes before A10', () => {
    expect(['A10', 'A2', 'B1', 'A1', 'A2b', 'A'].toSorted(byNaturalId)).toEqual([
      'A',
      'A1',
      'A2',
      'A2b',
      'A10',
      'B1',
    ]);
    expect(byNaturalId('A01', 'A1')).not.toBe(0);
  });

  test('nobody is asked by itself', () => {
    expect(owners(folded(CONTRACT, ask('e1', 'capability:api', agentBy('A1'))), 'e1')).toEqual(['A2']);
    const asA1: Author = { kind: 'operator', as: 'A1' };
    expect(owners(folded(CONTRACT, ask('e1', 'capability:api', asA1)), 'e1')).toEqual(['A2']);
  });

  test('what is assigned stays so while others come and go (W6)', () => {
    const asked = [ask('e1', 'capability:api')];
    const more = Array.from({ length: 6 }, (_, i) => ask(`m${i}`, 'agent:A1'));
    expect(owners(folded(CONTRACT, ...asked, ...more), 'e1')).toEqual(['A1']);
    const acked = act('e9', agentBy('A1'), { type: 'ack', record: 'e1' });
    expect(owners(folded(CONTRACT, ...asked, ...more, acked), 'e1')).toEqual(['A1']);
  });

  test('a retarget keeps the assignments of targets that stay, and counts nobody twice', () => {
    const state = folded(
      CONTRACT,
      ask('e1', 'capability:api'),
      ask('e2', 'agent:A1'),
      act('e3', person, { type: 'update', record: 'e1', targets: ['capability:api', 'agent:A9'] }),
      ask('e4', 'capability:api'),
    );
    expect(owners(state, 'e1')).toEqual(['A1', 'A9']);
    expect(owners(state, 'e4')).toEqual(['A2']);
    expect([...state.open.keys()]).toEqual(['e1', 'e2', 'e4']);
  });

  test('a request of the orchestrator is an assignment like any other (W31)', () => {
    expect(owners(folded(CONTRACT, ask('e1', 'agent:A2', orchestrator())), 'e1')).toEqual(['A2']);
  });

  test('what is not looked up has no assignment in any journal', () => {
    fc.assert(
      fc.property(journal, (entries) => {
        const state = fold(CONTRACT, entries);
        for (const [id, record] of state.records)
          expect(assignmentsOf(state, record)).toEqual(state.assignments.get(id) ?? []);
      }),
    );
  });
});
