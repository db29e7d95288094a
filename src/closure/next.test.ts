import { describe, expect, test } from 'vitest';
import {
  adding,
  agentOf,
  BASE,
  type Change,
  changing,
  contractOf,
  digest,
  evidenceOf,
  fact,
  finishedBody,
  type History,
  honest,
  inWorld,
  oid,
  orchestrator,
  person,
  placed,
  proofBody,
  removing,
  resignalling,
  SIGNALS,
  said,
  signalled,
  spoken,
  T0,
  T0_SUBJECT,
} from '../../test/histories/index.ts';
import type { Entry, EntryId } from '../journal/index.ts';
import { fold } from '../state/index.ts';
import { signalsOf } from './gates/agent-run.ts';
import { failing } from './gates/evaluate.ts';
import { next } from './next.ts';
import { selectAgents } from './selection.ts';
import type { Step } from './types.ts';

const NOW = '2026-11-22T12:00:00Z';
const CONTRACT = contractOf(['A1', 'A2', 'E0', 'A7', 'A8', 'A9', 'A0']);
const step = ({ contract, entries, evidence }: History): Step =>
  next(contract, fold(contract, entries), evidence, NOW);
const told = (one: Step): string => {
  switch (one.do) {
    case 'run-agents':
      return `run-agents ${one.agents.join(' ')}`;
    case 'run-stage':
      return `run-stage ${one.stage} ${one.agents.join(' ')}`;
    case 'prove':
      return `prove ${one.subject.slice(0, 4)} ${one.commands.join(', ')}`;
    case 'stop':
    case 'wait':
      return `${one.do}: ${failing(one.gates)
        .map(({ code }) => code)
        .join(' ')}`;
    default:
      return one.do;
  }
};

/** Every step of an honest wave, asked before it is taken. */
const walk = (history: ReturnType<typeof honest>): readonly string[] => {
  const world = { ...history.world, ships: null };
  return [...history.chapters, null].map((_, i) => {
    const entries = history.chapters.slice(0, i).flatMap((one) => one.entries);
    return told(
      next(
        history.contract,
        fold(history.contract, entries),
        evidenceOf(history.contract, entries, world),
        NOW,
      ),
    );
  });
};

describe('an honest wave, step by step', () => {
  test('§14.41, §14.49: stewards one after the other, and proof again when documentation changed the tree', () => {
    expect(walk(honest({ contract: CONTRACT }))).toEqual([
      'run-agents A1 A2',
      'admit',
      'prove 3333 npm test',
      'run-stage cont-eval E0',
      'run-stage security A7',
      'run-stage integration A8',
      'run-stage documentation A9',
      'prove 4444 npm test',
      'run-stage cont-qa A0',
      'finish',
    ]);
  });

  test('nothing is proved again when documentation changed nothing', () => {
    expect(walk(honest({ contract: contractOf(['A1', 'A9', 'A0']), docs: 'unchanged' }))).toEqual([
      'run-agents A1',
      'admit',
      'prove 3333 npm test',
      'run-stage documentation A9',
      'run-stage cont-qa A0',
      'finish',
    ]);
  });

  test('a wave without commands has nothing to prove', () => {
    const contract = contractOf([agentOf('A1', { exitContract: null }), 'A0'], { verify: [] });
    expect(walk(honest({ contract }))).toEqual(['run-agents A1', 'admit', 'run-stage cont-qa A0', 'finish']);
  });

  test('an interrupted one goes on where it was: only what is missing', () => {
    const history = honest({ contract: CONTRACT });
    const begun = { ...history, entries: history.entries.slice(0, 4) };
    const again = inWorld({ ships: null })(begun);
    expect(told(step(again))).toBe('run-agents A2');
    const unjudged = history.entries.slice(
      0,
      history.entries.findIndex(({ id }) => id === 'local-1.1.cont-eval.judged'),
    );
    expect(told(step(inWorld({ ships: null })({ ...history, entries: unjudged })))).toBe(
      'run-stage cont-eval ',
    );
  });
});

describe('it stops, or waits', () => {
  const upTo = (id: EntryId, ...changes: readonly Change[]): History => {
    const whole = honest({ contract: CONTRACT });
    const entries = whole.entries.slice(0, whole.entries.findIndex((one) => one.id === id) + 1);
    const cut = inWorld({ ships: null })({ ...whole, entries });
    return changes.reduce((history, change) => change(history), cut);
  };
  const admitted = 'local-1.1.trees.implementation';
  const proved = 'local-1.1.prove.3333-0';
  const escalation = said('o.1', orchestrator(), {
    type: 'post',
    kind: 'human-escalation',
    summary: 'who rounds?',
  });

  test.each<[string, History, string]>([
    [
      '§14.41: a failed builder before anything is proved',
      upTo(admitted, removing('local-1.1.A1.1')),
      'stop: missing-wave-proof',
    ],
    [
      'a failed command before any steward',
      upTo(proved, changing(proved, { exit: { kind: 'exited', code: 1 } })),
      'stop: verify-failed',
    ],
    [
      'a steward that says no',
      upTo('local-1.1.security.judged', resignalling('local-1.1.A7.1', { state: 'blocked' })),
      'stop: security-blocked',
    ],
    ['only a person can go on', upTo(proved, adding([escalation])), 'wait: human-feedback-open'],
    [
      'a request nobody answers to waits for a person',
      upTo(
        proved,
        adding([
          spoken('A1', 9, { type: 'post', kind: 'request', summary: 's', targets: ['capability:db'] }),
        ]),
      ),
      'wait: helper-assignment-unresolved',
    ],
    [
      'a question to nobody in particular waits for a person',
      upTo(proved, adding([spoken('A1', 9, { type: 'post', kind: 'clarification-request', summary: 's' })])),
      'wait: clarification-open',
    ],
    [
      'a person and a builder both owe: another attempt can do its part',
      upTo(
        proved,
        adding([
          escalation,
          spoken('A1', 9, { type: 'post', kind: 'request', summary: 's', targets: ['A2'] }),
        ]),
      ),
      'stop: helper-assignment-open human-feedback-open',
    ],
    [
      'a person is asked and a command failed',
      upTo(proved, adding([escalation]), changing(proved, { exit: { kind: 'exited', code: 1 } })),
      'stop: verify-failed human-feedback-open',
    ],
    [
      'the person answered',
      upTo(
        proved,
        adding([escalation, said('gh.1.0', person, { type: 'answer', record: 'o.1', text: 'A1' })]),
      ),
      'run-stage cont-eval E0',
    ],
    [
      '§14.50: a judgement made stale stops at the next stage',
      upTo(
        'local-1.1.cont-eval.judged',
        adding([escalation, said('gh.1.0', person, { type: 'answer', record: 'o.1', text: 'A1' })]),
      ),
      'stop: stale-verdict',
    ],
  ])('%s', (_, history, expected) => {
    expect(told(step(history))).toBe(expected);
  });

  test('what it waits for is named', () => {
    const waiting = step(upTo(proved, adding([escalation])));
    expect(waiting).toMatchObject({
      do: 'wait',
      owed: [{ record: { id: 'o.1', summary: 'who rounds?' }, owedBy: [] }],
    });
  });
});

describe('a result that is used again', () => {
  const first = honest({ contract: CONTRACT });
  const where = { attempt: 2 };
  const second = (...names: ('start' | 'results' | 'admission' | 'tree')[]): History => {
    const told: Readonly<Record<string, readonly Entry[]>> = {
      start: [
        fact(
          'plan',
          'attempt',
          {
            type: 'attempt.started',
            attempt: 2,
            base: oid('a'),
            baseTree: BASE,
            agents: [],
            waveDigest: CONTRACT.digests.wave,
            policyDigest: CONTRACT.digests.policy,
          },
          where,
        ),
      ],
      results: ['A1', 'A2'].map((agent) =>
        fact(
          agent,
          'finished',
          { ...finishedBody(agent, BASE, 2), reusedFrom: `local-1.1.${agent}.finished` },
          where,
        ),
      ),
      admission: ['A1', 'A2'].map((agent) =>
        fact(
          agent,
          'admission',
          { type: 'patch.admitted', attempt: 2, agent, patch: digest('a'), tree: T0, paths: [] },
          where,
        ),
      ),
      tree: [
        fact(
          'trees',
          'implementation',
          { type: 'tree.fixed', attempt: 2, stage: 'implementation', tree: T0, subject: T0_SUBJECT },
          where,
        ),
      ],
    };
    const entries = placed([...first.entries, ...names.flatMap((name) => told[name] ?? [])]);
    return inWorld({ attempt: 2, ships: null })({ ...first, entries });
  };

  test('is offered from where it came', () => {
    expect(step(second())).toMatchObject({
      do: 'run-agents',
      agents: [],
      kept: [
        { agent: 'A1', from: 'local-1.1.A1.finished' },
        { agent: 'A2', from: 'local-1.1.A2.finished' },
      ],
    });
  });

  test('is admitted and proved again, and brings its words with it', () => {
    expect(told(step(second('start', 'results')))).toBe('admit');
    expect(told(step(second('start', 'results', 'tree')))).toBe(
      'stop: patch-not-admitted patch-not-admitted',
    );
    // No verdict and no proof of the first attempt counts in the second.
    expect(told(step(second('start', 'results', 'admission', 'tree')))).toBe('prove 3333 npm test');
    const proof = fact('prove', '3333-0', proofBody(T0_SUBJECT, 'npm test', 0, 2), where);
    expect(told(step(adding([proof])(second('start', 'results', 'admission', 'tree'))))).toBe(
      'run-stage cont-eval E0',
    );
  });

  test('used a third time it still names the first', () => {
    const { entries } = second('start', 'results', 'admission', 'tree');
    const written = entries.map((one) =>
      one.body.type === 'patch.admitted' && one.body.attempt === 2
        ? { ...one, body: { ...one.body, paths: [`src/${one.body.agent.toLowerCase()}.ts`] } }
        : one,
    );
    const base = { tree: BASE, waveDigest: CONTRACT.digests.wave, policyDigest: CONTRACT.digests.policy };
    expect(selectAgents(CONTRACT, fold(CONTRACT, written), base).kept).toEqual([
      { agent: 'A1', from: 'local-1.1.A1.finished' },
      { agent: 'A2', from: 'local-1.1.A2.finished' },
    ]);
  });

  test('results that name each other, or themselves, in a circle are followed once', () => {
    const start = second('start').entries.filter(({ body }) => body.type === 'attempt.started');
    const circle = [
      said('x.1', orchestrator(), { ...finishedBody('A1'), reusedFrom: 'x.2' }),
      said('x.2', orchestrator(), { ...finishedBody('A1', BASE, 2), reusedFrom: 'x.1' }),
    ];
    const state = fold(CONTRACT, placed([...start, ...circle]));
    for (const attempt of state.attempts.values()) expect(signalsOf(state, attempt, 'A1')).toEqual([]);
  });

  test('words of another attempt come with no result of their own', () => {
    const fresh = ['A1', 'A2'].map((agent) => fact(agent, 'finished', finishedBody(agent, BASE, 2), where));
    const history = adding(fresh)(second('start', 'admission', 'tree'));
    expect(told(step(history))).toContain('stop: missing-wave-proof');
    expect(told(step(adding([signalled('A1', 1, SIGNALS.proof, where)])(history)))).toContain(
      'missing-doc-delta',
    );
  });
});
