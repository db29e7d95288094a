import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  agentBy,
  agentOf,
  contractOf,
  operator,
  orchestrator,
  placed,
  said,
} from '../../test/histories/index.ts';
import type { Author, Body, Entry, RecordKind } from '../journal/index.ts';
import { fold } from './fold.ts';
import { findRecord, type Lookup } from './lookup.ts';
import { handle } from './obligations.ts';
import type { WaveState } from './types.ts';

const CONTRACT = contractOf([agentOf('A1'), 'A3', 'A7', 'A0']);
const folded = (...all: readonly Entry[]): WaveState => fold(CONTRACT, placed(all));
type Post = Partial<Extract<Body, { type: 'post' }>>;
const post = (id: string, by: Author, kind: RecordKind, fields: Post = {}): Entry =>
  said(id, by, { type: 'post', kind, summary: id, ...fields });
const found = (lookup: Lookup): string | readonly string[] | null =>
  lookup.kind === 'found' ? lookup.record.id : lookup.kind === 'none' ? null : lookup.candidates;

describe('a record is found', () => {
  const named = post('r.1.A7.1', agentBy('A7'), 'clarification-request', { name: 'clarify-rollout' });
  const escalation = post('r.0.timer.esc', orchestrator(), 'human-escalation', {
    closureCondition: 'clarification:r.1.A7.1',
  });
  const state = folded(named, escalation, post('e3', agentBy('A3'), 'request'));
  const handleFor = (id: string): string => {
    const record = state.records.get(id);
    if (record === undefined) throw new Error(`no ${id}`);
    return handle(record);
  };

  test.each([
    ['its id', 'r.1.A7.1', 'r.1.A7.1'],
    ['its handle', handleFor('r.1.A7.1'), 'r.1.A7.1'],
    ['its given name', 'clarify-rollout', 'r.1.A7.1'],
    ['what it escalates, by name', 'escalation-clarify-rollout', 'r.0.timer.esc'],
    ['what it escalates, by handle', `escalation-${handleFor('r.1.A7.1')}`, 'r.0.timer.esc'],
    ['what it escalates, by id', 'escalation-r.1.A7.1', 'r.0.timer.esc'],
    ['nothing that was not said', 'A3-0000', null],
    ['nothing that was not escalated', `escalation-${handleFor('e3')}`, null],
    ['nothing of an endless name', 'escalation-'.repeat(100_000), null],
  ])('by %s', (_how, name, id) => {
    expect(found(findRecord(state, name))).toBe(id);
  });

  test('no agent can name its record over another one’s handle or id', () => {
    const victim = handleFor('r.1.A7.1');
    const more = folded(named, post('e9', agentBy('A3'), 'request', { name: victim }));
    expect(found(findRecord(more, victim))).toBe('r.1.A7.1');
  });

  test('an agent that names its record like an escalation makes the name ambiguous, not its own', () => {
    const more = folded(
      named,
      escalation,
      post('e9', agentBy('A3'), 'request', { name: 'escalation-clarify-rollout' }),
    );
    expect(found(findRecord(more, 'escalation-clarify-rollout'))).toEqual(['e9', 'r.0.timer.esc']);
  });

  test('two open records of one name are refused with the list; once one is settled the other is meant', () => {
    const again = post('r.2.A7.1', agentBy('A7'), 'clarification-request', { name: 'clarify-rollout' });
    expect(found(findRecord(folded(named, again), 'clarify-rollout'))).toEqual(['r.1.A7.1', 'r.2.A7.1']);
    const settled = said('e2', operator, { type: 'answer', record: 'r.1.A7.1', text: 'so' });
    expect(found(findRecord(folded(named, settled, again), 'clarify-rollout'))).toBe('r.2.A7.1');
  });

  test('any text finds a record of the state, a list of them, or nothing', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `escalation-${text}`),
        ),
        (name) => {
          const lookup = findRecord(state, name);
          if (lookup.kind === 'found') expect(state.records.get(lookup.record.id)).toBe(lookup.record);
          if (lookup.kind === 'ambiguous') expect(lookup.candidates.length).toBeGreaterThan(1);
        },
      ),
    );
  });
});
