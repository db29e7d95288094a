import { describe, expect, test } from 'vitest';
import {
  agentBy,
  BASE,
  contractOf,
  evidenceOf,
  fact,
  finishedBody,
  honest,
  operator,
  placed,
  said,
} from '../../test/histories/index.ts';
import type { Entry } from '../journal/index.ts';
import { fold } from '../state/index.ts';
import { failing } from './gates/evaluate.ts';
import { next } from './next.ts';

const CONTRACT = contractOf(['A1', 'A2', 'A3', 'A9', 'A0']);
const RUN = 'local-1';
const HISTORY = honest({ contract: CONTRACT });

/** What is to be done after an attempt has begun and this has happened. */
const step = (...entries: readonly Entry[]): string => {
  const begun = HISTORY.entries.filter(({ body }) => body.type === 'attempt.started');
  const all = placed([...begun, ...entries]);
  const evidence = evidenceOf(CONTRACT, all, { ...HISTORY.world, ships: null });
  const one = next(CONTRACT, fold(CONTRACT, all), evidence, '2026-11-22T12:00:00Z');
  switch (one.do) {
    case 'run-agents':
      return `run ${one.agents.join(' ')}`;
    case 'wait':
    case 'stop':
      return `${one.do} ${failing(one.gates)
        .map(({ code, agent, record }) => `${code}:${agent ?? record}`)
        .join(' ')}`;
    default:
      return one.do;
  }
};

const asks = (id: string, from: string, to: string): Entry =>
  said(id, agentBy(from, 1, RUN), {
    type: 'post',
    kind: 'clarification-request',
    summary: id,
    targets: [to],
  });
const waits = (agent: string, records: readonly string[], seen: readonly string[] = []): Entry =>
  said(`${agent}-waits`, agentBy(agent, 1, RUN), { type: 'wait', records, seen });
const parked = (agent: string): Entry =>
  fact(agent, 'parked-1', {
    type: 'agent.parked',
    attempt: 1,
    agent,
    launch: 1,
    executor: 'local',
    durationMs: 5,
    usage: 'unknown',
    patch: null,
    baseTree: BASE,
    session: null,
  });
const finished = (agent: string): Entry => fact(agent, 'finished', finishedBody(agent));
const signalsOf = (agent: string): readonly Entry[] =>
  HISTORY.entries.filter(
    ({ by, body }) => body.type === 'signal' && by.kind === 'agent' && by.agent === agent,
  );
const well = (...agents: readonly string[]): readonly Entry[] =>
  agents.flatMap((agent) => [...signalsOf(agent), finished(agent)]);
const escalated = (id: string): Entry =>
  said(`up-${id}`, operator, { type: 'post', kind: 'human-escalation', summary: id, dependsOn: [id] });
const answer = (id: string): Entry => said(`a-${id}`, operator, { type: 'answer', record: id, text: 'so' });

describe('agents that wait', () => {
  const B = [asks('q', 'A1', 'A2'), waits('A1', ['q']), parked('A1')];

  test('one that is parked is not run, the others are', () => {
    expect(step(...B)).toBe('run A2 A3');
  });

  test('nor again before what it waits for is settled', () => {
    expect(step(...B, ...well('A2', 'A3'))).toBe('stop agent-parked:A1 clarification-open:A1');
    expect(step(...B, ...well('A2', 'A3'), answer('q'))).toBe('run A1');
  });

  test('what only a person can settle is waited for, with nothing else against it', () => {
    expect(step(...B, ...well('A2', 'A3'), escalated('q'))).toBe(
      'wait agent-parked:A1 clarification-open:A1 human-feedback-open:up-q',
    );
    expect(step(...B, ...well('A3'), finished('A2'), escalated('q'))).toMatch(
      /^stop .*missing-wave-proof:A2/,
    );
  });

  test('a row of them, the last of which waits for a person', () => {
    const row = [
      asks('q1', 'A1', 'A2'),
      asks('q2', 'A2', 'A3'),
      asks('q3', 'A3', 'nobody'),
      waits('A1', ['q1']),
      waits('A2', ['q2'], ['q1']),
      waits('A3', ['q3'], ['q2']),
      ...['A1', 'A2', 'A3'].map(parked),
    ];
    expect(step(...row)).toMatch(/^wait /);
    expect(step(...row, answer('q3'))).toBe('run A3');
    expect(step(...row, answer('q3'), ...well('A3'), answer('q2'))).toBe('run A2');
  });
});
