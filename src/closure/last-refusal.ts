/** What a relaunched agent is told: why the attempt before was refused. */
import type { AgentId } from '../contract/index.ts';
import type { EndReason } from '../journal/index.ts';
import type { WaveState } from '../state/index.ts';

export type LastRefusal = {
  readonly attempt: number;
  /** Those that name the agent. */
  readonly own: readonly EndReason[];
  /** The rest, which may be why its work is asked for again. */
  readonly others: readonly EndReason[];
};

/** Of the newest refused attempt before this one; null when the agent starts afresh. */
export const lastRefusal = (state: WaveState, before: number, agent: AgentId): LastRefusal | null => {
  const refused = [...state.attempts.values()]
    .filter((one) => one.attempt < before && one.ended?.outcome === 'refused')
    .at(-1);
  if (refused?.ended == null) return null;
  const { reasons } = refused.ended;
  return {
    attempt: refused.attempt,
    own: reasons.filter((one) => one.agent === agent),
    others: reasons.filter((one) => one.agent !== agent),
  };
};
