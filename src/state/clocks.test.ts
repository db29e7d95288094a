import { describe, expect, test } from 'vitest';
import { agentBy, agentOf, contractOf, instant, placed, said, spoken } from '../../test/histories/index.ts';
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

describe('clocks', () => {
  const asked = ask('e1', 'agent:A1');
  const ack = act('e2', agentBy('A1'), { type: 'ack', record: 'e1' });
  const ACK = 300;
  const RESOLVE = 1800;
  const due = (state: WaveState, seconds: number): readonly string[] =>
    clocks(CONTRACT, state, instant(seconds)).due.map(({ id }) => id);

  test('a request is to be taken up, and all along to be resolved', () => {
    const state = folded(CONTRACT, asked);
    expect(due(state, ACK)).toEqual([]);
    expect(due(state, ACK + 1)).toEqual(['timer.e1.ack.0']);
    expect(due(state, RESOLVE + 1)).toEqual(['timer.e1.ack.0', 'timer.e1.resolve.0']);
    expect(clocks(CONTRACT, state, instant(2)).next).toEqual({
      record: 'e1',
      clock: 'ack',
      cycle: 0,
      at: instant(ACK + 1),
    });
  });

  test('an ack stops the ack clock and leaves the resolve clock running (W2)', () => {
    const state = folded(CONTRACT, asked, ack);
    expect(due(state, ACK + 1)).toEqual([]);
    expect(due(state, RESOLVE + 1)).toEqual(['timer.e1.resolve.0']);
    expect(clocks(CONTRACT, state, instant(3)).next).toEqual({
      record: 'e1',
      clock: 'resolve',
      cycle: 0,
      at: instant(RESOLVE + 1),
    });
  });

  test('only the assignee stops it: a bystander’s or a steward’s ack does not', () => {
    for (const agent of ['A2', 'A0']) {
      const state = folded(CONTRACT, asked, act('e2', agentBy(agent), { type: 'ack', record: 'e1' }));
      expect(due(state, ACK + 1)).toEqual(['timer.e1.ack.0']);
    }
  });

  test('whoever writes a timer down writes the same bytes, and the second adds nothing', () => {
    const state = folded(CONTRACT, asked);
    const early = clocks(CONTRACT, state, instant(ACK + 1)).due;
    const late = clocks(CONTRACT, state, instant(ACK + 99)).due;
    expect(JSON.stringify(late)).toBe(JSON.stringify(early));
    const written = folded(
      CONTRACT,
      asked,
      ...early.map((one) => ({ ...one, seq: null })),
      ...late.map((one) => ({ ...one, seq: null })),
    );
    expect(written.rejections).toEqual([]);
    expect(due(written, ACK + 99)).toEqual([]);
  });

  test('nothing is due for what is closed, asks nobody, or was posted at no time', () => {
    const done = act('e2', agentBy('A1'), { type: 'update', record: 'e1', status: 'resolved' });
    expect(due(folded(CONTRACT, asked, done), RESOLVE + 1)).toEqual([]);
    expect(due(folded(CONTRACT, post('e1', agentBy('A1'), 'evidence')), RESOLVE + 1)).toEqual([]);
    const undated: Entry = {
      ...spoken('A3', 1, { type: 'post', kind: 'request', summary: 's' }),
      seq: 1,
      at: '2026-99-99T99:99:99Z',
    };
    expect(clocks(CONTRACT, fold(CONTRACT, [undated]), instant(RESOLVE))).toEqual({ due: [], next: null });
  });
});
