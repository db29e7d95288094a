/** Every reason a gate can give: an honest history plus one named change is refused with that code; without it, it closes. */
import { describe, expect, test } from 'vitest';
import {
  adding,
  agentBy,
  agentOf,
  all,
  type Change,
  changing,
  contractOf,
  digest,
  honest,
  inWorld,
  oid,
  orchestrator,
  person,
  removing,
  resignalling,
  said,
  signalled,
  spoken,
  underContract,
  withFile,
} from '../../../test/histories/index.ts';
import { type Contract, STAGES } from '../../contract/index.ts';
import type { CoordinationBody, ExitReason, RecordFields, RecordKind } from '../../journal/index.ts';
import { fold } from '../../state/index.ts';
import { type GateId, next, REASONS, type ReasonCode } from '../index.ts';
import { allHold, failing, gates, leading } from './evaluate.ts';

const CONTRACT = contractOf([
  agentOf('A1', { components: ['api'] }),
  agentOf('A2'),
  'E0',
  'A7',
  'A8',
  'A9',
  'A0',
]);
const NOW = '2026-11-22T12:00:00Z';
const id = (rest: string): string => `local-1.1.${rest}`;
const PROOF_T1 = id('prove.4444-0');

const refused = (agent: string, code: string): Change =>
  changing(id(`${agent}.admission`), {
    type: 'patch.refused',
    refusals: [{ code, path: 'src/other.ts', detail: 'is not its own' }],
  });
const ended = (exit: ExitReason): Change => changing(id('A1.finished'), { exit });
const posting = (agent: string, kind: RecordKind, fields: RecordFields = {}): Change =>
  adding([spoken(agent, 90, { type: 'post', kind, summary: 'please', ...fields })]);
const policy = (part: Partial<Contract['policy']>): Change =>
  underContract((contract) => ({ ...contract, policy: { ...contract.policy, ...part } }));
const resolves = (record: string): CoordinationBody => ({ type: 'update', record, status: 'resolved' });
const askedAndDone = adding([
  spoken('A1', 90, { type: 'post', kind: 'request', summary: 'review', targets: ['A2'] }),
  spoken('A2', 91, resolves(id('A1.90'))),
]);
const reportSays =
  (...verdicts: ('pass' | 'blocked')[]): Change =>
  (history) => {
    const reports = new Map(history.world.reports).set('A0', { path: 'docs/reports/a0.md', verdicts });
    return inWorld({ reports })(history);
  };
const unwritten =
  (agent: string): Change =>
  (history) =>
    inWorld({ reports: new Map([...history.world.reports].filter(([one]) => one !== agent)) })(history);

type Row = readonly [what: string, gate: GateId, code: ReasonCode, agent: string | null, change: Change];

const ROWS: readonly Row[] = [
  ['an agent left no result', 'implementation', 'agent-not-run', 'A1', removing(id('A1.finished'))],
  ['an agent was cancelled', 'implementation', 'agent-not-run', 'A1', ended({ kind: 'cancelled' })],
  ['an exit code other than 0', 'implementation', 'agent-crashed', 'A1', ended({ kind: 'exited', code: 3 })],
  [
    'a signal ended it',
    'implementation',
    'agent-crashed',
    'A1',
    ended({ kind: 'signalled', signal: 'SIGSEGV' }),
  ],
  [
    'the deadline ended it',
    'implementation',
    'agent-timed-out',
    'A1',
    ended({ kind: 'timed-out', afterMs: 1000 }),
  ],
  [
    'it printed too much',
    'implementation',
    'agent-output-capped',
    'A1',
    ended({ kind: 'output-capped', bytes: 9 }),
  ],
  [
    'it did not start',
    'implementation',
    'agent-start-failed',
    'A1',
    ended({ kind: 'failed-to-start', message: 'ENOENT' }),
  ],
  ['its job was lost', 'implementation', 'agent-lost', 'A1', ended({ kind: 'lost' })],
  [
    'simulated work under a strict policy',
    'implementation',
    'simulated-not-allowed',
    'A1',
    policy({ allowSimulated: false }),
  ],
  [
    'less isolation than asked',
    'implementation',
    'isolation-below-policy',
    'A1',
    policy({ isolation: 'user' }),
  ],
  [
    '§14.113, §14.21: exit 0 and files, and no proof signal',
    'implementation',
    'missing-wave-proof',
    'A1',
    removing(id('A1.1')),
  ],
  [
    'a proof that says gap',
    'implementation',
    'wave-proof-gap',
    'A1',
    resignalling(id('A1.1'), { state: 'gap' }),
  ],
  [
    '§14.20: proof met and a gap reported after it',
    'implementation',
    'unresolved-gap',
    'A1',
    adding([signalled('A1', 3, { kind: 'gap', gap: 'ops' })], id('A1.2')),
  ],
  [
    'a steward that reports a gap and is ready',
    'integration',
    'unresolved-gap',
    'A8',
    adding([signalled('A8', 3, { kind: 'gap', gap: 'docs' })], id('A8.1')),
  ],
  [
    'a component that says gap',
    'implementation',
    'component-gap',
    'A1',
    adding(
      [signalled('A1', 3, { kind: 'component', component: 'api', level: 'beta', state: 'gap' })],
      id('A1.2'),
    ),
  ],
  [
    'completion below the contract',
    'implementation',
    'completion-gap',
    'A1',
    resignalling(id('A1.1'), { completion: 'contract' }),
  ],
  [
    'durability below the contract',
    'implementation',
    'durability-gap',
    'A1',
    resignalling(id('A1.1'), { durability: 'none' }),
  ],
  [
    'proof level below the contract',
    'implementation',
    'proof-level-gap',
    'A1',
    resignalling(id('A1.1'), { proof: 'unit' }),
  ],
  ['§14.36: no doc-delta is not “none”', 'implementation', 'missing-doc-delta', 'A1', removing(id('A1.2'))],
  [
    'documentation below the contract',
    'implementation',
    'doc-impact-gap',
    'A1',
    resignalling(id('A1.2'), { state: 'none' }),
  ],
  [
    '§14.111: a deliverable that is not in the tree',
    'implementation',
    'missing-deliverable',
    'A1',
    withFile('src/a1.ts', null),
  ],
  [
    '§14.34: a deliverable that is empty',
    'implementation',
    'empty-deliverable',
    'A1',
    withFile('src/a1.ts', 0),
  ],
  [
    '§14.33: a deliverable missing without an exit contract',
    'implementation',
    'missing-deliverable',
    'A1',
    all(
      underContract((one) => ({
        ...one,
        agents: one.agents.map((agent) => ({ ...agent, exitContract: null })),
      })),
      withFile('src/a1.ts', null),
    ),
  ],
  ['a path it does not own', 'implementation', 'path-not-owned', 'A1', refused('A1', 'path-not-owned')],
  ['a protected path', 'implementation', 'protected-path', 'A1', refused('A1', 'protected-path')],
  [
    'a manifest',
    'implementation',
    'manifest-not-owned-exactly',
    'A1',
    refused('A1', 'manifest-not-owned-exactly'),
  ],
  ['a steward that wrote code', 'security', 'not-a-report', 'A7', refused('A7', 'not-a-report')],
  ['documentation that wrote code', 'documentation', 'not-markdown', 'A9', refused('A9', 'not-markdown')],
  [
    'a patch of a form that is never admitted',
    'implementation',
    'patch-refused',
    'A1',
    refused('A1', 'symlink'),
  ],
  [
    'a refusal that names nothing',
    'implementation',
    'patch-refused',
    'A1',
    changing(id('A1.admission'), { type: 'patch.refused', refusals: [] }),
  ],
  ['a patch that does not apply', 'implementation', 'patch-conflict', 'A1', refused('A1', 'patch-conflict')],
  ['a patch nobody looked at', 'implementation', 'patch-not-admitted', 'A1', removing(id('A1.admission'))],
  [
    'another patch admitted than the one it left',
    'implementation',
    'patch-not-admitted',
    'A1',
    changing(id('A1.admission'), { patch: digest('9') }),
  ],
  [
    'a steward’s patch nobody looked at',
    'documentation',
    'patch-not-admitted',
    'A9',
    removing(id('A9.admission')),
  ],

  ['a command that was not run on what ships', 'verify', 'verify-not-run', null, removing(PROOF_T1)],
  [
    'a command that was run on another tree',
    'verify',
    'verify-not-run',
    null,
    changing(PROOF_T1, { subject: oid('9') }),
  ],
  [
    'a command that fails',
    'verify',
    'verify-failed',
    null,
    changing(PROOF_T1, { exit: { kind: 'exited', code: 1 } }),
  ],
  [
    'a command that was stopped',
    'verify',
    'verify-failed',
    null,
    changing(PROOF_T1, { exit: { kind: 'signalled', signal: 'SIGKILL' } }),
  ],
  [
    'a command out of time',
    'verify',
    'verify-timed-out',
    null,
    changing(PROOF_T1, { exit: { kind: 'timed-out', afterMs: 5000 } }),
  ],
  [
    'integration proof asked and nothing to prove it',
    'verify',
    'proof-level-unproven',
    'A1',
    underContract((one) => ({ ...one, verify: [] })),
  ],

  [
    'a request nobody answers to',
    'helper-assignments',
    'helper-assignment-unresolved',
    null,
    posting('A1', 'request', { targets: ['capability:db'] }),
  ],
  [
    'a request without a target',
    'helper-assignments',
    'helper-assignment-unresolved',
    null,
    posting('A1', 'request'),
  ],
  [
    '§14.58: a request the integration steward opened',
    'helper-assignments',
    'helper-assignment-open',
    'A1',
    posting('A8', 'request', { targets: ['A1'] }),
  ],
  ['an open question', 'clarifications', 'clarification-open', 'A1', posting('A1', 'clarification-request')],
  [
    '§14.60: a question whose routed request is open',
    'clarifications',
    'clarification-follow-up-open',
    'A2',
    adding([
      spoken('A1', 90, { type: 'post', kind: 'clarification-request', summary: 'who rounds?' }),
      said('route', orchestrator(), {
        type: 'post',
        kind: 'request',
        summary: 'say who rounds',
        targets: ['A2'],
        closureCondition: `clarification:${id('A1.90')}`,
      }),
    ]),
  ],
  [
    'a person who was asked',
    'clarifications',
    'human-feedback-open',
    null,
    adding([said('ask', orchestrator(), { type: 'post', kind: 'human-escalation', summary: 'who rounds?' })]),
  ],
  [
    '§14.63: a hard blocker',
    'blockers',
    'blocker-open',
    'A1',
    posting('A1', 'blocker', { priority: 'high' }),
  ],
  ['a soft blocker', 'blockers', 'blocker-open', 'A1', posting('A1', 'blocker', { priority: 'low' })],

  [
    '§14.43: a required stage without a run',
    'security',
    'missing-closure-run',
    'A7',
    removing(id('A7.finished')),
  ],
  ['a verdict bound to no tree', 'security', 'missing-closure-run', 'A7', removing(id('security.judged'))],
  [
    'a judgement that leaves the reviewer out',
    'security',
    'missing-closure-run',
    'A7',
    changing(id('security.judged'), { agents: [] }),
  ],
  [
    'a steward that crashed after it spoke',
    'cont-qa',
    'agent-crashed',
    'A0',
    changing(id('A0.finished'), { exit: { kind: 'exited', code: 1 } }),
  ],
  ['no eval', 'cont-eval', 'missing-wave-eval', 'E0', removing(id('E0.1'))],
  [
    'an eval that is not satisfied',
    'cont-eval',
    'cont-eval-not-satisfied',
    'E0',
    resignalling(id('E0.1'), { state: 'needs-more-work' }),
  ],
  ['regressions', 'cont-eval', 'cont-eval-regressions', 'E0', resignalling(id('E0.1'), { regressions: 2 })],
  ['no security signal', 'security', 'missing-wave-security', 'A7', removing(id('A7.1'))],
  [
    'a reviewer that blocks',
    'security',
    'security-blocked',
    'A7',
    resignalling(id('A7.1'), { state: 'blocked', findings: 1 }),
  ],
  [
    '§14.53: clear with findings',
    'security',
    'invalid-security-clear-state',
    'A7',
    resignalling(id('A7.1'), { findings: 1 }),
  ],
  [
    'clear with approvals asked',
    'security',
    'invalid-security-clear-state',
    'A7',
    resignalling(id('A7.1'), { approvals: 1 }),
  ],
  ['no integration signal', 'integration', 'missing-wave-integration', 'A8', removing(id('A8.1'))],
  [
    'integration is not ready',
    'integration',
    'integration-needs-more-work',
    'A8',
    resignalling(id('A8.1'), { state: 'needs-more-work' }),
  ],
  [
    '§14.52: ready with conflicts',
    'integration',
    'invalid-integration-ready-state',
    'A8',
    resignalling(id('A8.1'), { conflicts: 4 }),
  ],
  [
    '§14.52: ready with blockers',
    'integration',
    'invalid-integration-ready-state',
    'A8',
    resignalling(id('A8.1'), { blockers: 5 }),
  ],
  ['no doc-closure signal', 'documentation', 'missing-doc-closure', 'A9', removing(id('A9.1'))],
  [
    'documentation left to do',
    'documentation',
    'doc-closure-open',
    'A9',
    resignalling(id('A9.1'), { state: 'delta' }),
  ],
  ['a report that was not written', 'security', 'missing-closure-report', 'A7', unwritten('A7')],
  [
    'a report that stands in no admitted patch',
    'cont-qa',
    'missing-closure-report',
    'A0',
    changing(id('A0.admission'), { paths: [] }),
  ],
  ['no gate signal', 'cont-qa', 'missing-wave-gate', 'A0', removing(id('A0.1'))],
  ['no verdict', 'cont-qa', 'missing-cont-qa-verdict', 'A0', removing(id('A0.2'))],
  [
    'a verdict another agent gave',
    'cont-qa',
    'verdict-without-authority',
    'A0',
    all(removing(id('A0.2')), adding([signalled('A1', 9, { kind: 'verdict', verdict: 'pass' })], id('A1.2'))),
  ],
  [
    'a verdict somebody wrote into the journal',
    'cont-qa',
    'verdict-without-authority',
    'A0',
    all(
      removing(id('A0.2')),
      adding([
        said('guard', orchestrator(), {
          type: 'line.quarantined',
          file: 'coordination/wave-3.jsonl',
          line: 9,
          sha256: digest('9'),
          code: 'foreign-line',
          claims: 'signal verdict by A0, id local-1.1.A0.9',
        }),
      ]),
    ),
  ],
  [
    '§14.16: pass and then blocked',
    'cont-qa',
    'conflicting-verdicts',
    'A0',
    adding([signalled('A0', 3, { kind: 'verdict', verdict: 'blocked' })], id('A0.2')),
  ],
  [
    '§14.16: blocked and then pass',
    'cont-qa',
    'conflicting-verdicts',
    'A0',
    adding([signalled('A0', 3, { kind: 'verdict', verdict: 'blocked' })], id('A0.1')),
  ],
  ['§14.17: a report that says blocked', 'cont-qa', 'report-verdict-mismatch', 'A0', reportSays('blocked')],
  ['a report that says both', 'cont-qa', 'report-verdict-mismatch', 'A0', reportSays('pass', 'blocked')],
  ['a report without a verdict', 'cont-qa', 'report-verdict-mismatch', 'A0', reportSays()],
  ['concerns', 'cont-qa', 'cont-qa-concerns', 'A0', resignalling(id('A0.2'), { verdict: 'concerns' })],
  [
    '§14.18: hold is its own verdict',
    'cont-qa',
    'cont-qa-hold',
    'A0',
    resignalling(id('A0.2'), { verdict: 'hold' }),
  ],
  ['blocked', 'cont-qa', 'cont-qa-blocked', 'A0', resignalling(id('A0.2'), { verdict: 'blocked' })],
  [
    '§14.19: live is a gap',
    'cont-qa',
    'gate-dimension-not-pass',
    'A0',
    resignalling(id('A0.1'), { live: 'gap' }),
  ],
  [
    'a dimension with concerns',
    'cont-qa',
    'gate-dimension-not-pass',
    'A0',
    resignalling(id('A0.1'), { docs: 'concerns' }),
  ],

  [
    '§14.50: another tree than cont-EVAL judged',
    'cont-eval',
    'stale-verdict',
    'E0',
    changing(id('cont-eval.judged'), { subject: oid('9') }),
  ],
  [
    'another tree ships than cont-QA judged',
    'cont-qa',
    'stale-verdict',
    'A0',
    inWorld({ ships: { tree: oid('8'), subject: oid('9'), files: new Map() } }),
  ],
  ['the wave file changed', 'cont-eval', 'stale-verdict', 'E0', inWorld({ waveDigest: digest('9') })],
  ['the policy changed', 'cont-eval', 'stale-verdict', 'E0', inWorld({ policyDigest: digest('9') })],
  ['§14.50: what is owed changed', 'cont-eval', 'stale-verdict', 'E0', askedAndDone],
  [
    'a judgement of another wave file',
    'cont-qa',
    'stale-verdict',
    'A0',
    changing(id('cont-qa.judged'), { waveDigest: digest('9') }),
  ],
  [
    'a judgement under another policy',
    'cont-qa',
    'stale-verdict',
    'A0',
    changing(id('cont-qa.judged'), { policyDigest: digest('9') }),
  ],
  [
    'a judgement on another state',
    'cont-qa',
    'stale-verdict',
    'A0',
    changing(id('cont-qa.judged'), { stateDigest: digest('9') }),
  ],
];

describe('an honest history', () => {
  const history = honest({ contract: CONTRACT });
  const state = fold(history.contract, history.entries);

  test('closes', () => {
    const result = gates(history.contract, state, history.evidence, 'close');
    expect(failing(result)).toEqual([]);
    expect(allHold(result)).toBe(true);
    expect(next(history.contract, state, history.evidence, NOW)).toEqual({ do: 'finish' });
    expect(state.rejections).toEqual([]);
  });

  test.each(ROWS)('with one change, %s: %s refuses with %s, naming %s', (_, gate, code, agent, change) => {
    const changed = change(history);
    const after = fold(changed.contract, changed.entries);
    const reasons = failing(gates(changed.contract, after, changed.evidence, 'close'));
    const given = reasons.filter((one) => one.gate === gate && one.code === code);
    expect(
      given.length,
      reasons.map((one) => `${one.gate} ${one.code} ${one.detail}`).join('\n'),
    ).toBeGreaterThan(0);
    if (agent !== null) expect(given.map((one) => one.agent)).toContain(agent);
    // The named change is why, and not something before it.
    expect(reasons.some((one) => STAGES.includes(gate as never) && !STAGES.includes(one.gate as never))).toBe(
      false,
    );
    expect(next(changed.contract, after, changed.evidence, NOW).do).not.toBe('finish');
  });

  test('every published reason stands in this table', () => {
    expect([...new Set(ROWS.map(([, , code]) => code))].toSorted()).toEqual(Object.keys(REASONS).toSorted());
  });

  test('concerns of security, and advisory or stale records, do not hold it open (§14.63)', () => {
    const noted = [
      resignalling(id('A7.1'), { state: 'concerns', findings: 2 }),
      ...(['advisory', 'stale'] as const).map((severity) => posting('A1', 'blocker', { severity })),
      posting('A1', 'claim'),
      posting('A1', 'handoff', { targets: ['A2'] }),
    ];
    for (const change of noted) {
      const changed = change(history);
      const result = gates(
        changed.contract,
        fold(changed.contract, changed.entries),
        changed.evidence,
        'close',
      );
      expect(failing(result)).toEqual([]);
    }
  });
});

describe('all that is wrong, the earliest first', () => {
  test('§14.77: every failing owner is reported at once', () => {
    const change = all(
      removing(id('A1.1')),
      resignalling(id('A2.1'), { proof: 'unit' }),
      withFile('src/a2.ts', null),
    );
    const changed = change(honest({ contract: CONTRACT }));
    const result = gates(CONTRACT, fold(CONTRACT, changed.entries), changed.evidence, 'close');
    expect(failing(result).map(({ agent, code }) => `${agent} ${code}`)).toEqual([
      'A1 missing-wave-proof',
      'A2 proof-level-gap',
      'A2 missing-deliverable',
    ]);
  });

  test('§14.57: a later stage is not asked when an earlier one failed, so it cannot mask it', () => {
    const change = all(resignalling(id('A8.1'), { state: 'needs-more-work' }), removing(id('A0.finished')));
    const changed = change(honest({ contract: CONTRACT }));
    const result = gates(CONTRACT, fold(CONTRACT, changed.entries), changed.evidence, 'close');
    expect(leading(result)?.code).toBe('integration-needs-more-work');
    expect(result.map(({ id: gate, status }) => `${gate} ${status}`)).toEqual([
      'implementation held',
      'verify held',
      'helper-assignments held',
      'clarifications held',
      'blockers held',
      'cont-eval held',
      'security held',
      'integration failed',
      'documentation not-asked',
      'cont-qa not-asked',
    ]);
  });

  test('coordination is asked even when the implementation failed', () => {
    const change = all(removing(id('A1.1')), posting('A1', 'blocker'));
    const changed = change(honest({ contract: CONTRACT }));
    const reasons = failing(gates(CONTRACT, fold(CONTRACT, changed.entries), changed.evidence, 'close'));
    expect(reasons.map(({ code }) => code)).toEqual(['missing-wave-proof', 'blocker-open']);
  });

  test('what a crashed agent said about itself does not bury that it crashed', () => {
    const changed = all(
      ended({ kind: 'exited', code: 1 }),
      removing(id('A1.1')),
    )(honest({ contract: CONTRACT }));
    const reasons = failing(gates(CONTRACT, fold(CONTRACT, changed.entries), changed.evidence, 'close'));
    expect(reasons.map(({ code }) => code)).toEqual(['agent-crashed']);
  });
});

describe('whose stages there are', () => {
  test('§14.44: a stage the wave has not and nobody asks for holds', () => {
    const history = honest();
    const result = gates(
      history.contract,
      fold(history.contract, history.entries),
      history.evidence,
      'close',
    );
    expect(result.find((one) => one.id === 'security')).toMatchObject({
      status: 'held',
      note: 'the wave has no such stage',
    });
    expect(allHold(result)).toBe(true);
  });

  test.each(['cont-eval', 'security', 'integration'] as const)(
    '§14.43: %s asked by the base policy and absent is refused',
    (role) => {
      const contract = contractOf(['A1', 'A9', 'A0']);
      const history = honest({
        contract: { ...contract, policy: { ...contract.policy, requiredRoles: ['cont-qa', role] } },
      });
      const result = gates(
        history.contract,
        fold(history.contract, history.entries),
        history.evidence,
        'close',
      );
      expect(failing(result)).toMatchObject([{ gate: role, code: 'missing-closure-run' }]);
    },
  );

  test('a wave without cont-QA never closes, whatever the policy says', () => {
    const contract = contractOf(['A1', 'A9']);
    const history = honest({ contract: { ...contract, policy: { ...contract.policy, requiredRoles: [] } } });
    const result = gates(
      history.contract,
      fold(history.contract, history.entries),
      history.evidence,
      'close',
    );
    expect(failing(result)).toMatchObject([{ gate: 'cont-qa', code: 'missing-closure-run' }]);
  });

  test('§14.46, §14.48: roles are roles under any id', () => {
    const contract = contractOf([
      'A1',
      agentOf('Sec', {
        role: 'security',
        reportPath: 'docs/reports/sec.md',
        deliverables: [],
        exitContract: null,
      }),
      agentOf('Judge', {
        role: 'cont-qa',
        reportPath: 'docs/reports/judge.md',
        deliverables: [],
        exitContract: null,
      }),
    ]);
    const history = honest({ contract });
    expect(next(contract, fold(contract, history.entries), history.evidence, NOW)).toEqual({ do: 'finish' });
    const silent = removing(id('Sec.1'))(history);
    const reasons = failing(gates(contract, fold(contract, silent.entries), silent.evidence, 'close'));
    expect(reasons).toMatchObject([{ agent: 'Sec', code: 'missing-wave-security' }]);
  });

  test('two reviewers are both heard', () => {
    const contract = contractOf([
      'A1',
      'A7',
      agentOf('B7', { ...agentOf('A7'), id: 'B7', reportPath: null }),
      'A0',
    ]);
    const history = resignalling(id('B7.1'), { state: 'blocked' })(honest({ contract }));
    const reasons = failing(gates(contract, fold(contract, history.entries), history.evidence, 'close'));
    expect(reasons).toMatchObject([{ agent: 'B7', code: 'security-blocked' }]);
  });
});

describe('this run and this attempt', () => {
  const history = honest({ contract: CONTRACT });
  const state = fold(CONTRACT, history.entries);

  test.each([
    ['another run', { run: 'local-2' }],
    ['§14.35: another attempt', { attempt: 2 }],
  ])('what %s proved and judged counts for nothing', (_, part) => {
    const result = gates(CONTRACT, state, { ...history.evidence, ...part }, 'close');
    expect(
      failing(result)
        .filter((one) => one.code === 'agent-not-run')
        .map((one) => one.agent),
    ).toEqual(['A1', 'A2']);
    expect(next(CONTRACT, state, { ...history.evidence, ...part }, NOW).do).toBe('run-agents');
  });

  test('a verdict that names this attempt and comes from another run is rejected', () => {
    const foreign = all(
      removing(id('A0.2')),
      adding([
        said('x', agentBy('A0', 1, 'r9'), { type: 'signal', signal: { kind: 'verdict', verdict: 'pass' } }),
      ]),
    )(history);
    const reasons = failing(gates(CONTRACT, fold(CONTRACT, foreign.entries), foreign.evidence, 'close'));
    expect(reasons.map(({ code }) => code)).toContain('missing-cont-qa-verdict');
  });

  test('an operator cannot speak the verdict, nor a person', () => {
    for (const by of [person, { kind: 'operator', as: 'A0' } as const]) {
      const forged = all(
        removing(id('A0.2')),
        adding([said('x', by, { type: 'signal', signal: { kind: 'verdict', verdict: 'pass' } })]),
      )(history);
      const reasons = failing(gates(CONTRACT, fold(CONTRACT, forged.entries), forged.evidence, 'close'));
      expect(reasons.map(({ code }) => code)).toEqual([
        'verdict-without-authority',
        'missing-cont-qa-verdict',
      ]);
    }
  });
});
