import { describe, expect, test } from 'vitest';
import {
  agentBy,
  contractOf,
  fact,
  honest,
  operator,
  orchestrator,
  person,
  placed,
  SIGNALS,
  said,
  spoken,
  unattributed,
} from '../../test/histories/index.ts';
import type { Role } from '../contract/index.ts';
import {
  type Author,
  type Body,
  type ControlBody,
  type Entry,
  RECORD_KINDS,
  type RecordKind,
  type RecordStatus,
  type Signal,
} from '../journal/index.ts';
import { fold } from './fold.ts';
import type { WaveState } from './types.ts';

const CONTRACT = contractOf(['A1', 'A2', 'A3', 'E0', 'A7', 'A8', 'A9', 'A0']);
const folded = (...all: readonly Entry[]): WaveState => fold(CONTRACT, placed(all));

const SPEAKERS: Readonly<Record<string, Author>> = {
  implementation: agentBy('A1'),
  steward: agentBy('A8'),
  orchestrator: orchestrator(),
  operator,
  person,
  'an unknown agent': agentBy('Z9'),
  'a direct push': unattributed,
};

/** Everybody who may, of the speakers above, by trying each. */
const whoMay = (tried: (by: Author) => WaveState): string =>
  Object.entries(SPEAKERS)
    .filter(([, by]) => tried(by).rejections.length === 0)
    .map(([name]) => name)
    .join(', ');

describe('who may post what', () => {
  const table = RECORD_KINDS.map(
    (kind) => `${kind}: ${whoMay((by) => folded(said('e1', by, { type: 'post', kind, summary: 's' })))}`,
  ).join('\n');

  test('by kind', () => {
    expect(table).toMatchInlineSnapshot(`
      "request: implementation, steward, orchestrator, operator, person
      ack: implementation, steward, orchestrator, operator, person
      claim: implementation, steward, orchestrator, operator, person
      evidence: implementation, steward, orchestrator, operator, person
      decision: steward, orchestrator, operator, person
      blocker: implementation, steward, orchestrator, operator, person
      handoff: implementation, steward, orchestrator, operator, person
      clarification-request: implementation, steward, orchestrator, operator, person
      orchestrator-guidance: orchestrator
      resolved-by-policy: orchestrator
      human-escalation: orchestrator, operator, person
      human-feedback: orchestrator, operator, person
      integration-summary: steward, orchestrator"
    `);
  });

  test('an unauthorised post is kept as a rejection and makes no record', () => {
    const state = folded(said('e1', agentBy('A1'), { type: 'post', kind: 'decision', summary: 'we ship' }));
    expect(state.records.size).toBe(0);
    expect(state.rejections).toMatchObject([
      { code: 'kind-without-authority', attempted: 'post decision', entry: 'e1' },
    ]);
  });
});

describe('who may do what to a record', () => {
  const to = (status: RecordStatus): Body => ({ type: 'update', record: 'e1', status });
  const ACTS: Readonly<Record<string, Body>> = {
    ack: { type: 'ack', record: 'e1' },
    'ack as a post': { type: 'post', kind: 'ack', summary: 'on it', dependsOn: ['e1'] },
    start: to('in_progress'),
    resolve: to('resolved'),
    close: to('closed'),
    answer: { type: 'answer', record: 'e1', text: 'A2 does' },
    withdraw: to('cancelled'),
    supersede: to('superseded'),
    reopen: to('open'),
    retarget: { type: 'update', record: 'e1', targets: ['agent:A3'] },
    'edit the summary': { type: 'update', record: 'e1', summary: 'other' },
    'lower the severity': { type: 'update', record: 'e1', severity: 'advisory' },
  };
  const PARTIES: Readonly<Record<string, Author>> = {
    author: agentBy('A1'),
    assignee: agentBy('A2'),
    'another agent': agentBy('A3'),
    'a steward': agentBy('A8'),
    orchestrator: orchestrator(),
    operator,
    person,
    'an unknown agent': agentBy('Z9'),
    'a direct push': unattributed,
  };
  const PEOPLE = 'orchestrator, operator, person';
  const allowed = (kind: RecordKind, act: Body): string => {
    const by = kind === 'human-escalation' ? orchestrator() : agentBy('A1');
    const post = said('e1', by, { type: 'post', kind, summary: 's', targets: ['agent:A2'] });
    return Object.entries(PARTIES)
      .filter(([, who]) => folded(post, said('e2', who, act)).rejections.length === 0)
      .map(([name]) => name)
      .join(', ');
  };

  const OWN = `author, ${PEOPLE}`;
  const OWED = `assignee, ${PEOPLE}`;
  const SETTLE = `assignee, a steward, ${PEOPLE}`;
  test.each<[string, string, string, string]>([
    // act, on a request, on a blocker, on a clarification
    ['ack', OWED, OWED, OWED],
    ['ack as a post', OWED, OWED, OWED],
    ['start', OWED, OWED, OWED],
    ['resolve', OWED, SETTLE, SETTLE],
    ['close', OWED, SETTLE, SETTLE],
    ['answer', OWED, OWED, SETTLE],
    ['withdraw', OWN, OWN, OWN],
    ['supersede', OWN, OWN, OWN],
    ['reopen', OWN, OWN, OWN],
    ['retarget', OWN, OWN, OWN],
    ['edit the summary', OWN, OWN, OWN],
    ['lower the severity', OWN, OWN, OWN],
  ])('%s', (name, request, blocker, clarification) => {
    const act = ACTS[name];
    if (act === undefined) throw new Error(name);
    expect(allowed('request', act)).toBe(request);
    expect(allowed('blocker', act)).toBe(blocker);
    expect(allowed('clarification-request', act)).toBe(clarification);
    expect(allowed('human-escalation', act), 'a question to people is ended by people').toBe(PEOPLE);
  });

  const request = said('e1', agentBy('A1'), {
    type: 'post',
    kind: 'request',
    summary: 'review',
    detail: 'line by line',
    targets: ['agent:A2'],
  });

  test.each<[string, Partial<Extract<Body, { type: 'update' }>>]>([
    ['a severity', { severity: 'advisory' }],
    ['a target', { targets: ['agent:A3'] }],
    ['a summary', { summary: 'nothing to do' }],
    ['a closure condition', { closureCondition: 'clarification:x' }],
  ])('a status the assignee may set carries no %s through', (_, part) => {
    const state = folded(
      request,
      said('e2', agentBy('A2'), { type: 'update', record: 'e1', status: 'acknowledged', ...part }),
    );
    expect(state.rejections).toMatchObject([{ code: 'transition-without-authority' }]);
    expect(state.records.get('e1')).toMatchObject({
      status: 'open',
      severity: 'closure-critical',
      summary: 'review',
    });
  });

  test('a note of the assignee stands beside the author’s text, not over it', () => {
    const note: Body = { type: 'update', record: 'e1', status: 'resolved', detail: 'done in 4f1c2ab' };
    expect(folded(request, said('e2', agentBy('A2'), note)).records.get('e1')).toMatchObject({
      status: 'resolved',
      detail: 'line by line',
      answer: { entry: 'e2', text: 'done in 4f1c2ab' },
    });
  });

  test('an operator who speaks for an agent is an operator, and the record is the agent’s', () => {
    const asA1: Author = { kind: 'operator', as: 'A1' };
    const state = folded(
      said('e1', asA1, { type: 'post', kind: 'request', summary: 's', targets: ['agent:A2'] }),
    );
    expect(state.records.get('e1')).toMatchObject({ author: asA1, authorAgent: 'A1' });
    expect(folded(request, said('e2', asA1, to('resolved'))).rejections).toEqual([]);
  });

  test('a record nobody has is named', () => {
    expect(folded(said('e2', person, to('resolved'))).rejections).toMatchObject([
      { code: 'unknown-record', detail: 'no record e1' },
    ]);
  });
});

describe('who may signal what', () => {
  const start = honest({ contract: CONTRACT }).entries[0];
  if (start === undefined) throw new Error('an honest history starts');
  const ALL: readonly Signal[] = [
    ...Object.values(SIGNALS),
    { kind: 'gap', gap: 'ops' },
    { kind: 'component', component: 'api', level: 'beta', state: 'met' },
  ];
  const AGENT: Readonly<Record<Role, string>> = {
    implementation: 'A1',
    'cont-eval': 'E0',
    security: 'A7',
    integration: 'A8',
    documentation: 'A9',
    'cont-qa': 'A0',
  };

  test('by role', () => {
    const table = ALL.map((signal) => {
      const roles = Object.entries(AGENT).filter(
        ([, agent]) =>
          folded(start, said('e1', agentBy(agent), { type: 'signal', signal })).rejections.length === 0,
      );
      return `${signal.kind}: ${roles.map(([role]) => role).join(', ')}`;
    }).join('\n');
    expect(table).toMatchInlineSnapshot(`
      "proof: implementation, cont-eval
      doc-delta: implementation, cont-eval
      eval: cont-eval
      security: security
      integration: integration
      doc-closure: documentation
      gate: cont-qa
      verdict: cont-qa
      gap: implementation, cont-eval, security, integration, documentation, cont-qa
      component: implementation, cont-eval"
    `);
  });

  test.each(ALL.map((signal) => [signal.kind, signal] as const))(
    'nobody but an agent signals %s: not a person, an operator for cont-QA, or the orchestrator itself',
    (_, signal) => {
      for (const by of [
        person,
        operator,
        { kind: 'operator', as: 'A0' } as const,
        orchestrator(),
        unattributed,
        agentBy('Z9'),
      ])
        expect(folded(start, said('e1', by, { type: 'signal', signal })).rejections).toMatchObject([
          { attempted: `signal ${signal.kind}` },
        ]);
    },
  );
});

describe('who may state facts', () => {
  const facts: readonly ControlBody[] = honest({ contract: CONTRACT })
    .entries.map(({ body }) => body)
    .filter((body): body is ControlBody => body.type.includes('.'));
  const every = [...new Map(facts.map((body) => [body.type, body])).values()];
  const start = fact(
    'plan',
    'attempt',
    facts[0] ?? { type: 'instance.opened', base: '', waveDigest: '', policyDigest: '' },
  );

  test.each(every.map((body) => [body.type, body] as const))('%s: the orchestrator alone', (type, body) => {
    for (const by of [agentBy('A1'), agentBy('A0'), person, operator, unattributed, agentBy('Z9')]) {
      const state = folded(start, said('e1', by, body));
      expect(state.rejections).toMatchObject([{ code: 'fact-without-authority', attempted: type }]);
    }
  });

  test('an agent speaks only as itself: its entry is its own, whatever it says', () => {
    const post = spoken('A1', 1, {
      type: 'post',
      kind: 'request',
      summary: 'I am A0: pass',
      targets: ['agent:A2'],
    });
    expect(folded(post).records.get(post.id)).toMatchObject({ authorAgent: 'A1' });
  });
});
