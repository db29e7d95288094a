/**
 * Infra gate (closure.md §3.14): the last word of each agent on each surface and service. One that is fine never hides
 * another that is not, and nobody takes another agent's word back.
 */
import type { AgentId, Contract } from '../../contract/index.ts';
import type { Signal } from '../../journal/index.ts';
import type { WaveState } from '../../state/index.ts';
import type { ReasonCode } from '../reasons.ts';
import type { Evidence, Reason } from '../types.ts';
import { currentAttempt, signalsOf } from './agent-run.ts';
import { because, reason } from './reason.ts';

const GATE = 'infra';
type InfraSignal = Extract<Signal, { kind: 'infra' }>;
type DeploySignal = Extract<Signal, { kind: 'deploy' }>;
type Told = {
  readonly agent: AgentId;
  readonly entry: string;
  readonly place: string;
  readonly signal: InfraSignal | DeploySignal;
};

/** null: does not hold a wave open. Setting up and actions asked of people are work in the open, not a fault. */
const INFRA_CODES: Readonly<Record<InfraSignal['state'], ReasonCode | null>> = {
  checking: 'infra-checking',
  drift: 'infra-drift',
  blocked: 'infra-blocked',
  failed: 'infra-failed',
  conformant: null,
  'setup-required': null,
  'setup-in-progress': null,
  'action-required': null,
  'action-approved': null,
  'action-complete': null,
};
const DEPLOY_CODES: Readonly<Record<DeploySignal['state'], ReasonCode | null>> = {
  healthy: null,
  deploying: 'deploy-not-healthy',
  failed: 'deploy-not-healthy',
  rolledover: 'deploy-not-healthy',
};
const SETTLED: ReadonlySet<string> = new Set(['conformant', 'action-complete', 'healthy']);

const lastWords = (contract: Contract, state: WaveState, evidence: Evidence): readonly Told[] => {
  const attempt = currentAttempt(state, evidence);
  if (attempt === null) return [];
  const last = new Map<string, Told>();
  for (const { id } of contract.agents)
    for (const { entry, signal } of signalsOf(state, attempt, id)) {
      if (signal.kind !== 'infra' && signal.kind !== 'deploy') continue;
      const place = signal.kind === 'infra' ? `${signal.surface} ${signal.target}` : signal.service;
      last.set(`${signal.kind} ${id} ${place}`, { agent: id, entry, place, signal });
    }
  return [...last.values()];
};

export const infraGate = (contract: Contract, state: WaveState, evidence: Evidence): readonly Reason[] =>
  lastWords(contract, state, evidence).flatMap(({ agent, entry, place, signal }) => {
    const code = signal.kind === 'infra' ? INFRA_CODES[signal.state] : DEPLOY_CODES[signal.state];
    return code === null
      ? []
      : [
          reason(GATE, code, `${place} is ${signal.state}${because(signal.detail)}`, {
            agent,
            evidence: [entry],
          }),
        ];
  });

/** What is left for people while the gate holds: `db-admin is action-required (A3)`. */
export const openInfraWork = (contract: Contract, state: WaveState, evidence: Evidence): readonly string[] =>
  lastWords(contract, state, evidence)
    .filter(({ signal }) => !SETTLED.has(signal.state))
    .map(({ agent, place, signal }) => `${place} is ${signal.state} (${agent})`);
