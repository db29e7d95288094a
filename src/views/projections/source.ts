/** What every projection is made of, and the head all JSON ones share. */
import type { AgentId, Contract } from '../../contract/index.ts';
import type { Instant, Signal, SignalKind } from '../../journal/index.ts';
import type { Attempt, WaveState } from '../../state/index.ts';
import { latestAttempt, spoken } from '../wording.ts';

/** A wave with at least one entry. Its time is that of the newest entry, so the same journal gives the same bytes. */
export type Source = {
  readonly contract: Contract;
  readonly state: WaveState;
  readonly attempt: Attempt | null;
  readonly at: Instant;
};

/** null for a wave nothing happened in: there is nothing to project. */
export const sourceOf = (contract: Contract, state: WaveState): Source | null =>
  state.lastAt === null ? null : { contract, state, attempt: latestAttempt(state), at: state.lastAt };

export type Head = {
  readonly schemaVersion: number;
  readonly kind: string;
  readonly lane: string;
  readonly wave: number;
  readonly instance: string | null;
  /** When the newest entry was written down, and its place: the file says no more than the journal did then. */
  readonly generatedAt: Instant;
  readonly journalSeq: number;
};

export const head = (kind: string, { contract, state, at }: Source, schemaVersion = 1): Head => ({
  schemaVersion,
  kind,
  lane: contract.lane,
  wave: contract.wave,
  instance: state.instance,
  generatedAt: at,
  journalSeq: state.lastSeq,
});

type Of<K extends SignalKind> = Extract<Signal, { kind: K }>;

/** What an agent said of a kind in the newest attempt, kept words of a kept result included. */
export const saidBy = <K extends SignalKind>(
  { state, attempt }: Source,
  agent: AgentId,
  kind: K,
): readonly Of<K>[] =>
  attempt === null
    ? []
    : spoken(state, attempt, agent).filter((signal): signal is Of<K> => signal.kind === kind);

/** The last of them counts. */
export const lastSaid = <K extends SignalKind>(source: Source, agent: AgentId, kind: K): Of<K> | null =>
  saidBy(source, agent, kind).at(-1) ?? null;

/** Paths an agent's patch brought into the tree. */
export const admittedPaths = ({ attempt }: Source, agent: AgentId): readonly string[] => {
  const admission = attempt?.admissions.get(agent);
  return admission?.kind === 'admitted' ? admission.paths : [];
};
