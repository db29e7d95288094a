/** How a gate says why it fails. */
import type { Agent } from '../../contract/index.ts';
import type { Signal } from '../../journal/index.ts';
import type { ReasonCode } from '../reasons.ts';
import type { GateId, Reason } from '../types.ts';

export type Blame = {
  readonly agent?: string | null;
  readonly record?: string | null;
  readonly evidence?: readonly string[];
};

export const reason = (gate: GateId, code: ReasonCode, detail: string, blame: Blame = {}): Reason => ({
  gate,
  code,
  detail,
  agent: blame.agent ?? null,
  record: blame.record ?? null,
  evidence: blame.evidence ?? [],
});

export const blames = (agent: Agent, ...evidence: readonly (string | undefined)[]): Blame => ({
  agent: agent.id,
  evidence: evidence.filter((one) => one !== undefined),
});

export const because = (detail: string | undefined): string =>
  detail === undefined || detail === '' ? '' : `: ${detail}`;

/** A gap an agent itself reports holds its gate, whatever else it says: nothing takes it back but a new attempt. */
export const gapReasons = (agent: Agent, gate: GateId, signals: readonly Signal[]): readonly Reason[] =>
  signals.flatMap((one) =>
    one.kind === 'gap'
      ? [reason(gate, 'unresolved-gap', `${one.gap} gap${because(one.detail)}`, blames(agent))]
      : [],
  );
