/** Implementation gate (closure.md §3.2): every owner, every reason, with or without an exit contract. */
import {
  type Agent,
  COMPLETION_LEVELS,
  type Contract,
  DOC_IMPACTS,
  DURABILITY_LEVELS,
  PROOF_LEVELS,
  requiredArtifacts,
  type SourceSpan,
} from '../../contract/index.ts';
import type { Signal, SignalKind } from '../../journal/index.ts';
import { type Attempt, handle, leftToPeople, openWaits, type WaveState } from '../../state/index.ts';
import type { ReasonCode } from '../reasons.ts';
import type { Evidence, Reason } from '../types.ts';
import { currentAttempt, endedWell, runReasons, signalsOf } from './agent-run.ts';
import { because, blames, gapReasons, malformedReasons, reason } from './reason.ts';

const GATE = 'implementation';

/** Is `actual` at least `required` in an order from weakest to strongest? Nothing required is always met. */
const meets = <T>(order: readonly T[], actual: T, required: T | undefined): boolean =>
  required === undefined || order.indexOf(actual) >= order.indexOf(required);

const lastOf = <K extends Signal['kind']>(
  signals: readonly Signal[],
  kind: K,
): Extract<Signal, { kind: K }> | undefined =>
  signals.findLast((signal): signal is Extract<Signal, { kind: K }> => signal.kind === kind);

const contractReasons = (agent: Agent, signals: readonly Signal[]): readonly Reason[] => {
  const { exitContract } = agent;
  const reasons: Reason[] = [];
  const proof = lastOf(signals, 'proof');
  if (proof === undefined)
    reasons.push(reason(GATE, 'missing-wave-proof', 'ended without a proof signal', blames(agent)));
  else {
    if (proof.state !== 'met')
      reasons.push(
        reason(
          GATE,
          'wave-proof-gap',
          `reports its own proof as a gap${because(proof.detail)}`,
          blames(agent),
        ),
      );
    if (!meets(COMPLETION_LEVELS, proof.completion, exitContract?.completion))
      reasons.push(
        reason(
          GATE,
          'completion-gap',
          `contract asks ${exitContract?.completion}, agent reported ${proof.completion}`,
          blames(agent),
        ),
      );
    if (!meets(DURABILITY_LEVELS, proof.durability, exitContract?.durability))
      reasons.push(
        reason(
          GATE,
          'durability-gap',
          `contract asks ${exitContract?.durability}, agent reported ${proof.durability}`,
          blames(agent),
        ),
      );
    if (!meets(PROOF_LEVELS, proof.proof, exitContract?.proof))
      reasons.push(
        reason(
          GATE,
          'proof-level-gap',
          `contract asks ${exitContract?.proof}, agent reported ${proof.proof}`,
          blames(agent),
        ),
      );
  }
  const docDelta = lastOf(signals, 'doc-delta');
  if (exitContract?.docImpact !== undefined && docDelta === undefined)
    reasons.push(
      reason(
        GATE,
        'missing-doc-delta',
        `contract asks ${exitContract.docImpact}, agent reported nothing`,
        blames(agent),
      ),
    );
  if (docDelta !== undefined && !meets(DOC_IMPACTS, docDelta.state, exitContract?.docImpact))
    reasons.push(
      reason(
        GATE,
        'doc-impact-gap',
        `contract asks ${exitContract?.docImpact}, agent reported ${docDelta.state}`,
        blames(agent),
      ),
    );
  return [...reasons, ...gapReasons(agent, GATE, signals)];
};

/** What an agent declared has to be a file with something in it; what was there before it is left to Verify. */
const fileReasons = (
  agent: Agent,
  evidence: Evidence,
  promised: readonly { readonly path: string; readonly at: SourceSpan }[],
  [missing, empty]: readonly [ReasonCode, ReasonCode],
): readonly Reason[] =>
  promised.flatMap(({ path, at }) => {
    const file = evidence.candidate?.files.get(path);
    const blame = blames(agent, `${at.file}:${at.line}`, evidence.candidate?.tree);
    if (file === undefined) return [reason(GATE, missing, `${path} is declared, not in the tree`, blame)];
    return file.size === 0 ? [reason(GATE, empty, `${path} is an empty file`, blame)] : [];
  });

const treeReasons = (contract: Contract, agent: Agent, evidence: Evidence): readonly Reason[] => [
  ...fileReasons(agent, evidence, agent.deliverables, ['missing-deliverable', 'empty-deliverable']),
  ...fileReasons(agent, evidence, requiredArtifacts(agent, contract.promotions), [
    'missing-proof-artifact',
    'empty-proof-artifact',
  ]),
];

const OWED: ReadonlySet<SignalKind> = new Set<SignalKind>(['proof', 'doc-delta', 'component', 'gap']);

const parkedReason = (contract: Contract, state: WaveState, agent: Agent): Reason => {
  const waits = openWaits(state, agent.id);
  const left = leftToPeople(contract, state);
  const record = waits.find(({ id }) => left.has(id)) ?? waits[0];
  const what = record === undefined ? 'goes on in the next run' : `waits for ${handle(record)}`;
  const detail = `${agent.id} is parked and ${what}; its work so far is kept`;
  return reason(GATE, 'agent-parked', detail, { ...blames(agent), record: record?.id ?? null });
};

/** What an agent's run and its own words say against it; what the tree says is not asked here. */
export const ownReasons = (
  contract: Contract,
  state: WaveState,
  attempt: Attempt | null,
  agent: Agent,
): readonly Reason[] => {
  if (attempt?.finished.has(agent.id) !== true && state.parked.has(agent.id))
    return [parkedReason(contract, state, agent)];
  const run = runReasons(contract, attempt, agent, GATE, 'agent-not-run');
  const finished = attempt?.finished.get(agent.id);
  // What a run that did not end well said about itself would only bury the reason it did not.
  if (attempt === null || finished === undefined || !endedWell(finished.exit)) return run;
  const signals = signalsOf(state, attempt, agent.id).map((one) => one.signal);
  return [
    ...run,
    ...malformedReasons(agent, GATE, attempt, signals, OWED),
    ...contractReasons(agent, signals),
  ];
};

export const implementationGate = (
  contract: Contract,
  state: WaveState,
  evidence: Evidence,
): readonly Reason[] => {
  const attempt = currentAttempt(state, evidence);
  const agents = contract.agents.filter((agent) => agent.role === 'implementation');
  // Patches are looked at when all have ended: before that, nothing is missing in a tree that is not there.
  const complete = agents.every(({ id }) => attempt?.finished.has(id) === true);
  return agents.flatMap((agent) => [
    ...ownReasons(contract, state, attempt, agent).filter(
      ({ code }) => complete || code !== 'patch-not-admitted',
    ),
    ...(complete ? treeReasons(contract, agent, evidence) : []),
  ]);
};
