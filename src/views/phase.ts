/** How far a wave has come, in one word. */
import { type Contract, STAGES } from '../contract/index.ts';
import type { WaveState } from '../state/index.ts';
import { latestAttempt } from './wording.ts';

export type Phase =
  | 'planned'
  | 'implementation'
  | (typeof STAGES)[number]
  | 'closing'
  | 'closed'
  | 'refused'
  | 'waiting';

export const phaseOf = (contract: Contract, state: WaveState): Phase => {
  const attempt = latestAttempt(state);
  if (state.published !== null) return 'closed';
  if (attempt === null) return 'planned';
  if (attempt.ended !== null) return attempt.ended.outcome;
  if (attempt.trees.implementation === null) return 'implementation';
  return (
    STAGES.find(
      (stage) => !attempt.judgements.has(stage) && contract.agents.some((agent) => agent.role === stage),
    ) ?? 'closing'
  );
};
