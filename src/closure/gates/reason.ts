/** How a gate says why it fails. */
import type { Agent } from '../../contract/index.ts';
import type { Signal, SignalKind } from '../../journal/index.ts';
import type { Attempt } from '../../state/index.ts';
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

/** `1 finding`, `2 findings`. */
export const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

export const because = (detail: string | undefined): string =>
  detail === undefined || detail === '' ? '' : `: ${detail}`;

/** A gap an agent itself reports holds its gate, whatever else it says: nothing takes it back but a new attempt. */
export const gapReasons = (agent: Agent, gate: GateId, signals: readonly Signal[]): readonly Reason[] =>
  signals.flatMap((one) =>
    one.kind === 'gap'
      ? [reason(gate, 'unresolved-gap', `${one.gap} gap${because(one.detail)}`, blames(agent))]
      : [],
  );

/**
 * Lines that almost were a signal the agent owes, where it gave none of that kind: one that cannot be read is told apart
 * from one that is missing (closure.md §14, row 8). A line whose kind cannot be read stands for any.
 */
export const malformedReasons = (
  agent: Agent,
  gate: GateId,
  attempt: Attempt,
  signals: readonly Signal[],
  owed: ReadonlySet<SignalKind>,
): readonly Reason[] =>
  attempt.malformed.flatMap(({ agent: speaker, entry, kind, line, problem }) => {
    const given = signals.some((one) => (kind === null ? owed.has(one.kind) : one.kind === kind));
    return speaker !== agent.id || given || (kind !== null && !owed.has(kind))
      ? []
      : [reason(gate, 'malformed-signal', `${problem}: “${line.slice(0, 120)}”`, blames(agent, entry))];
  });
