/**
 * Gates of the stewards (closure.md §3.9–3.13). A steward's word is ANDed with machine facts: it has to come from that
 * steward, in this attempt, on what would ship.
 */
import { type Agent, type Contract, STAGES, type StewardRole } from '../../contract/index.ts';
import { GATE_DIMENSIONS, type Signal, type SignalKind, type Verdict } from '../../journal/index.ts';
import { type Attempt, stateDigest, type WaveState } from '../../state/index.ts';
import type { ReasonCode } from '../reasons.ts';
import type { Evidence, GateId, Reason } from '../types.ts';
import { currentAttempt, endedWell, runReasons, signalsOf } from './agent-run.ts';
import { contEvalSaid } from './cont-eval.ts';
import { because, blames, counted, gapReasons, malformedReasons, reason } from './reason.ts';

/** What a steward's signals say against the wave. */
type Said = (
  agent: Agent,
  signals: readonly Signal[],
  about: { readonly contract: Contract; readonly evidence: Evidence; readonly builders: readonly Signal[] },
) => readonly Reason[];
const of = <K extends Signal['kind']>(
  signals: readonly Signal[],
  kind: K,
): readonly Extract<Signal, { kind: K }>[] =>
  signals.filter((signal): signal is Extract<Signal, { kind: K }> => signal.kind === kind);

const contEval: Said = (agent, signals, { contract }) =>
  contEvalSaid(contract, agent, of(signals, 'eval').at(-1));

const security: Said = (agent, signals) => {
  const last = of(signals, 'security').at(-1);
  if (last === undefined)
    return [reason('security', 'missing-wave-security', 'gave no security signal', blames(agent))];
  if (last.state === 'blocked')
    return [
      reason(
        'security',
        'security-blocked',
        `blocks the wave with ${counted(last.findings, 'finding')}${because(last.detail)}`,
        blames(agent),
      ),
    ];
  return last.state === 'clear' && (last.findings > 0 || last.approvals > 0)
    ? [
        reason(
          'security',
          'invalid-security-clear-state',
          `says clear with ${counted(last.findings, 'finding')} and ${counted(last.approvals, 'approval')}`,
          blames(agent),
        ),
      ]
    : [];
};

const integration: Said = (agent, signals) => {
  const last = of(signals, 'integration').at(-1);
  if (last === undefined)
    return [reason('integration', 'missing-wave-integration', 'gave no integration signal', blames(agent))];
  if (last.state !== 'ready-for-doc-closure')
    return [
      reason(
        'integration',
        'integration-needs-more-work',
        `reports ${last.state}${because(last.detail)}`,
        blames(agent),
      ),
    ];
  return last.conflicts > 0 || last.blockers > 0
    ? [
        reason(
          'integration',
          'invalid-integration-ready-state',
          `says ready with ${last.conflicts} conflicts and ${last.blockers} blockers`,
          blames(agent),
        ),
      ]
    : [];
};

const documentation: Said = (agent, signals, { builders }) => {
  const last = of(signals, 'doc-closure').at(-1);
  if (last === undefined)
    return [reason('documentation', 'missing-doc-closure', 'gave no doc-closure signal', blames(agent))];
  if (last.state === 'delta')
    return [
      reason('documentation', 'doc-closure-open', `reports work left${because(last.detail)}`, blames(agent)),
    ];
  const shared = of(builders, 'doc-delta').filter(({ state }) => state === 'shared-plan');
  const paths = [...new Set(shared.flatMap((one) => one.paths))];
  return last.state === 'no-change' && shared.length > 0
    ? [
        reason(
          'documentation',
          'doc-delta-unreconciled',
          `says no-change, agents report ${paths.length === 0 ? 'a change to shared documents' : `a change to ${paths.join(', ')}`}`,
          blames(agent),
        ),
      ]
    : [];
};

const VERDICT_CODES: Readonly<Record<Exclude<Verdict, 'pass'>, ReasonCode>> = {
  concerns: 'cont-qa-concerns',
  hold: 'cont-qa-hold',
  blocked: 'cont-qa-blocked',
};

const contQa: Said = (agent, signals, { evidence }) => {
  const reasons: Reason[] = [];
  const gate = of(signals, 'gate').at(-1);
  if (gate === undefined)
    reasons.push(reason('cont-qa', 'missing-wave-gate', 'gave no gate signal', blames(agent)));
  const verdicts = [...new Set(of(signals, 'verdict').map((one) => one.verdict))];
  const [verdict] = verdicts;
  if (verdict === undefined)
    reasons.push(reason('cont-qa', 'missing-cont-qa-verdict', 'gave no verdict', blames(agent)));
  if (verdicts.length > 1)
    reasons.push(
      reason(
        'cont-qa',
        'conflicting-verdicts',
        `gave ${verdicts.join(' and ')} in one attempt`,
        blames(agent),
      ),
    );
  const report = evidence.reports.get(agent.id);
  const reported = [...new Set(report?.verdicts ?? [])];
  if (report !== undefined && verdict !== undefined && (reported.length !== 1 || reported[0] !== verdict))
    reasons.push(
      reason(
        'cont-qa',
        'report-verdict-mismatch',
        `signals ${verdict}, ${report.path} says ${reported.length === 0 ? 'nothing' : reported.join(' and ')}`,
        blames(agent, report.path),
      ),
    );
  for (const one of verdicts)
    if (one !== 'pass')
      reasons.push(
        reason(
          'cont-qa',
          VERDICT_CODES[one],
          `verdict is ${one}${because(of(signals, 'verdict').find((signal) => signal.verdict === one)?.detail)}`,
          blames(agent),
        ),
      );
  if (gate !== undefined)
    for (const dimension of GATE_DIMENSIONS)
      if (gate[dimension] !== 'pass')
        reasons.push(
          reason(
            'cont-qa',
            'gate-dimension-not-pass',
            `${dimension} is ${gate[dimension]}${because(gate.detail)}`,
            blames(agent),
          ),
        );
  return reasons;
};

const SAID: Readonly<Record<StewardRole, Said>> = {
  'cont-eval': contEval,
  security,
  integration,
  documentation,
  'cont-qa': contQa,
};
/** Signals only this stage may give: a rejected one means somebody put words into the steward's mouth. */
const OWN_SIGNALS: Readonly<Record<StewardRole, ReadonlySet<SignalKind>>> = {
  'cont-eval': new Set<SignalKind>(['eval']),
  security: new Set<SignalKind>(['security']),
  integration: new Set<SignalKind>(['integration']),
  documentation: new Set<SignalKind>(['doc-closure']),
  'cont-qa': new Set<SignalKind>(['gate', 'verdict']),
};

/** The stage's claims that came from somebody without authority, in the journal or beside it. */
const forgeries = (
  state: WaveState,
  stage: StewardRole,
): readonly { by: string; signal: SignalKind; entry: string }[] =>
  [...OWN_SIGNALS[stage]].flatMap((signal) => [
    ...state.rejections
      .filter((one) => one.attempted === `signal ${signal}`)
      .map((one) => ({
        by: one.by.kind === 'agent' ? one.by.agent : one.by.kind,
        signal,
        entry: one.entry,
      })),
    ...state.quarantined
      .filter((one) => one.claims.startsWith(`signal ${signal} `))
      .map((one) => ({ by: `a foreign line, ${one.file}:${one.line},`, signal, entry: one.entry })),
  ]);

const freshness = (
  contract: Contract,
  state: WaveState,
  evidence: Evidence,
  attempt: Attempt,
  stage: StewardRole,
  blame: Agent,
): readonly Reason[] => {
  const judged = attempt.judgements.get(stage);
  if (judged === undefined) return [];
  const stale = (what: string, then: string, now: string | undefined): Reason =>
    reason(
      stage,
      'stale-verdict',
      `judged ${what} ${then.slice(0, 7)}, now it is ${now?.slice(0, 7) ?? 'none'}`,
      blames(blame, judged.entry, now),
    );
  const reasons: Reason[] = [];
  // Everything before cont-QA judges T0; cont-QA's subject has to be the fixed tree, and what ships, byte for byte.
  const expected =
    stage === 'cont-qa'
      ? [evidence.candidate, evidence.ships ?? evidence.candidate]
      : [evidence.implementation];
  const other = expected.find((one) => one?.subject !== judged.subject);
  if (other !== undefined) reasons.push(stale('tree', judged.subject, other?.subject));
  if (judged.waveDigest !== evidence.waveDigest)
    reasons.push(stale('wave file', judged.waveDigest, evidence.waveDigest));
  if (judged.policyDigest !== evidence.policyDigest)
    reasons.push(stale('policy', judged.policyDigest, evidence.policyDigest));
  const owed = stateDigest(contract, state, stage);
  if (judged.stateDigest !== owed) reasons.push(stale('what was owed', judged.stateDigest, owed));
  return reasons;
};

export const stewardGate = (
  contract: Contract,
  state: WaveState,
  evidence: Evidence,
  stage: StewardRole,
): readonly Reason[] => {
  const gate: GateId = stage;
  const attempt = currentAttempt(state, evidence);
  const agents = contract.agents.filter((agent) => agent.role === stage);
  if (agents.length === 0)
    return contract.policy.requiredRoles.includes(stage) || stage === 'cont-qa'
      ? [reason(gate, 'missing-closure-run', `the wave has no ${stage} agent`)]
      : [];
  const builders =
    attempt === null
      ? []
      : contract.agents
          .filter((agent) => agent.role === 'implementation')
          .flatMap((agent) => signalsOf(state, attempt, agent.id).map((one) => one.signal));
  return agents.flatMap((agent) => {
    const run = runReasons(contract, attempt, agent, gate, 'missing-closure-run');
    const finished = attempt?.finished.get(agent.id);
    if (attempt === null || finished === undefined || !endedWell(finished.exit)) return run;
    const signals = signalsOf(state, attempt, agent.id).map((one) => one.signal);
    const said = [
      ...malformedReasons(agent, gate, attempt, signals, OWN_SIGNALS[stage]),
      ...SAID[stage](agent, signals, { contract, evidence, builders }),
      ...gapReasons(agent, gate, signals),
    ];
    const forged = said.some((one) => one.code.startsWith('missing-'))
      ? forgeries(state, stage).map(({ by, signal, entry }) =>
          reason(
            gate,
            'verdict-without-authority',
            `${by} gave the ${signal} of ${agent.id}; it has no effect`,
            blames(agent, entry),
          ),
        )
      : [];
    const report =
      agent.reportPath !== null && !evidence.reports.has(agent.id)
        ? [reason(gate, 'missing-closure-report', `did not write ${agent.reportPath}`, blames(agent))]
        : [];
    const unjudged =
      attempt.judgements.get(stage)?.agents.includes(agent.id) === true
        ? []
        : [reason(gate, 'missing-closure-run', `${agent.id}'s verdict is bound to no tree`, blames(agent))];
    return [
      ...run,
      ...forged,
      ...said,
      ...report,
      ...unjudged,
      ...freshness(contract, state, evidence, attempt, stage, agent),
    ];
  });
};

export const stagesBefore = (stage: StewardRole | 'close'): readonly StewardRole[] =>
  stage === 'close' ? STAGES : STAGES.slice(0, STAGES.indexOf(stage));

/** Reviewers that let the wave pass and say what worries them (closure.md §3.10). */
export const securityConcerns = (
  contract: Contract,
  state: WaveState,
  evidence: Evidence,
): readonly string[] => {
  const attempt = currentAttempt(state, evidence);
  if (attempt === null) return [];
  return contract.agents.flatMap(({ id, role }) => {
    const signals = role === 'security' ? signalsOf(state, attempt, id).map((one) => one.signal) : [];
    const last = of(signals, 'security').at(-1);
    return last?.state === 'concerns'
      ? [
          `${id} has concerns, ${counted(last.findings, 'finding')} and ${counted(last.approvals, 'approval')}${because(last.detail)}`,
        ]
      : [];
  });
};
