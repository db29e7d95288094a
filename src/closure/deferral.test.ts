/** An open obligation counts before a stage unless that stage or a later one is to settle it (design §7). */
import { describe, expect, test } from 'vitest';
import {
  adding,
  agentBy,
  contractOf,
  honest,
  orchestrator,
  person,
  placed,
  said,
  spoken,
} from '../../test/histories/index.ts';
import { STAGES, type Stage } from '../contract/index.ts';
import type { CoordinationBody, Entry, RecordFields, RecordKind } from '../journal/index.ts';
import { fold, obligationsAt, stateDigest } from '../state/index.ts';
import { failing, gates } from './gates/evaluate.ts';
import { next } from './next.ts';

const CONTRACT = contractOf(['A1', 'A2', 'E0', 'A7', 'A8', 'A9', 'A0']);
const ALL: readonly Stage[] = [...STAGES, 'close'];
const post = (by: string, kind: RecordKind, fields: RecordFields): Entry => {
  const body: CoordinationBody = { type: 'post', kind, summary: 's', ...fields };
  return by === 'orchestrator' ? said('o.1', orchestrator(), body) : spoken(by, 50, body);
};

/** Where it counts, in the order of the stages. */
const countsAt = (entry: Entry): readonly Stage[] => {
  const state = fold(CONTRACT, placed([entry]));
  return ALL.filter((at) => obligationsAt(CONTRACT, state, at).length > 0);
};
const later = (stage: Stage): readonly Stage[] => ALL.slice(ALL.indexOf(stage) + 1);

describe('where an open obligation counts', () => {
  test.each<[string, Entry, readonly Stage[]]>([
    ['owed by a builder', post('A2', 'request', { targets: ['A1'] }), ALL],
    ['owed by the first steward', post('A1', 'request', { targets: ['E0'] }), later('cont-eval')],
    ['owed by security', post('A1', 'request', { targets: ['A7'] }), later('security')],
    ['owed by integration', post('A1', 'clarification-request', { targets: ['A8'] }), later('integration')],
    ['owed by documentation', post('A1', 'request', { targets: ['A9'] }), later('documentation')],
    ['opened by documentation for cont-QA', post('A9', 'request', { targets: ['A0'] }), ['close']],
    ['opened by cont-QA for A1', post('A0', 'request', { targets: ['A1'] }), ALL],
    ['opened by cont-QA for integration', post('A0', 'request', { targets: ['A8'] }), later('integration')],
    ['a blocker for cont-QA', post('A1', 'blocker', { targets: ['A0'] }), ['close']],
    [
      'owed by two stewards: the earlier one decides',
      post('A1', 'request', { targets: ['A7', 'A0'] }),
      later('security'),
    ],
    ['owed by a steward and a builder', post('A1', 'request', { targets: ['A0', 'A2'] }), ALL],
    ['owed by a steward and nobody', post('A1', 'request', { targets: ['A0', 'capability:db'] }), ALL],
    ['owed by nobody', post('A1', 'request', { targets: ['capability:db'] }), ALL],
    ['a question to nobody in particular', post('A1', 'clarification-request', {}), ALL],
    ['a question to people', post('orchestrator', 'human-escalation', { targets: ['A0'] }), ALL],
    ['an advisory blocker', post('A1', 'blocker', { severity: 'advisory' }), []],
    ['a stale request', post('A1', 'request', { targets: ['A2'], severity: 'stale' }), []],
    ['a claim', post('A1', 'claim', { targets: ['A2'] }), []],
  ])('%s', (_, entry, stages) => {
    expect(countsAt(entry)).toEqual(stages);
  });
});

describe('what is left to a steward', () => {
  const history = honest({ contract: CONTRACT });
  const request = spoken('A1', 50, { type: 'post', kind: 'request', summary: 'look', targets: ['A9'] });
  const resolved = said('s.1', agentBy('A9'), { type: 'update', record: request.id, status: 'resolved' });
  const reasonsOf = (entries: readonly Entry[]): readonly string[] =>
    failing(gates(CONTRACT, fold(CONTRACT, entries), history.evidence, 'close')).map(
      ({ gate, code }) => `${gate} ${code}`,
    );

  test('holds up nothing before it, counts once it has spoken, and its own work on it makes no verdict before it stale', () => {
    const early = adding([request], 'local-1.1.A1.2')(history);
    // The stewards judged with the request open, each of them on the digest of that state.
    const rejudged = (stage: (typeof STAGES)[number], entries: readonly Entry[]): readonly Entry[] => {
      const index = entries.findIndex(({ id }) => id === `local-1.1.${stage}.judged`);
      const digest = stateDigest(CONTRACT, fold(CONTRACT, entries.slice(0, index)), stage);
      return entries.map((one, i) =>
        i === index ? { ...one, body: { ...one.body, stateDigest: digest } as Entry['body'] } : one,
      );
    };
    const open = STAGES.reduce((entries, stage) => rejudged(stage, entries), early.entries);
    expect(reasonsOf(open)).toEqual(['helper-assignments helper-assignment-open']);

    const settled = adding([resolved], 'local-1.1.A9.1')(early);
    const done = STAGES.reduce((entries, stage) => rejudged(stage, entries), settled.entries);
    expect(reasonsOf(done)).toEqual([]);
    // cont-EVAL, security and integration judged before it was settled, and need not judge again.
    const judgedOpen = (stage: string): unknown =>
      open.find(({ id }) => id === `local-1.1.${stage}.judged`)?.body;
    const judgedDone = (stage: string): unknown =>
      done.find(({ id }) => id === `local-1.1.${stage}.judged`)?.body;
    for (const stage of ['cont-eval', 'security', 'integration', 'documentation'])
      expect(judgedDone(stage)).toEqual(judgedOpen(stage));
    expect(judgedDone('cont-qa')).not.toEqual(judgedOpen('cont-qa'));
  });

  test('§14.58: a request the integration steward opens for a builder stops the chain before documentation', () => {
    const upToIntegration = history.entries.slice(
      0,
      history.entries.findIndex(({ id }) => id === 'local-1.1.integration.judged') + 1,
    );
    const asked = spoken('A8', 50, { type: 'post', kind: 'request', summary: 'mend', targets: ['A1'] });
    const world = { ...history.evidence, ships: null, candidate: history.evidence.implementation };
    const now = '2026-11-22T12:00:00Z';
    expect(next(CONTRACT, fold(CONTRACT, upToIntegration), world, now)).toMatchObject({
      do: 'run-stage',
      stage: 'documentation',
    });
    const state = fold(CONTRACT, placed([...upToIntegration, asked]));
    const step = next(CONTRACT, state, world, now);
    expect(step.do).toBe('stop');
    if (step.do === 'stop')
      expect(failing(step.gates).map(({ code, agent }) => `${code} ${agent}`)).toEqual([
        'helper-assignment-open A1',
      ]);
  });

  test('§14.108: an answer of a peer closes the escalation to a person, and the wave with it', () => {
    const question = spoken('A1', 50, {
      type: 'post',
      kind: 'clarification-request',
      summary: 'q',
      targets: ['A2'],
    });
    const escalation = said('o.1', orchestrator(), {
      type: 'post',
      kind: 'human-escalation',
      summary: 'q',
      closureCondition: `clarification:${question.id}`,
    });
    const countedAt = (...more: readonly Entry[]): readonly string[] => {
      const state = fold(CONTRACT, placed([question, escalation, ...more]));
      return failing(gates(CONTRACT, state, history.evidence, 'cont-eval'))
        .filter(({ gate }) => gate === 'clarifications')
        .map(({ code }) => code);
    };
    expect(countedAt()).toEqual(['clarification-open', 'human-feedback-open']);
    expect(
      countedAt(said('a.1', agentBy('A2'), { type: 'answer', record: question.id, text: 'A2' })),
    ).toEqual([]);
    expect(countedAt(said('gh.1.0', person, { type: 'answer', record: 'o.1', text: 'A2' }))).toEqual([]);
  });
});
