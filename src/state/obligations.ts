/** What is still owed, by whom, and what a stage may leave to a later one (design §7). */
import {
  type AgentId,
  type Contract,
  canonicalJson,
  type Role,
  STAGES,
  type Stage,
  type StewardRole,
  sha256,
} from '../contract/index.ts';
import { handleOf, type RecordKind, type Severity } from '../journal/index.ts';
import { assignmentsOf } from './assignment.ts';
import { roleOf } from './authority.ts';
import { isLeftToIntegration } from './contradictions.ts';
import type { Assignment, CoordinationRecord, WaveState } from './types.ts';

const BLOCKING_KINDS: ReadonlySet<RecordKind> = new Set<RecordKind>([
  'request',
  'blocker',
  'clarification-request',
  'human-escalation',
  'human-feedback',
]);
/** Which severities hold a wave open (coordination.md §1.2): all but what its author or a person has set aside. */
export const BLOCKS: Readonly<Record<Severity, boolean>> = {
  hard: true,
  soft: true,
  'proof-critical': true,
  'closure-critical': true,
  stale: false,
  advisory: false,
};

export type Obligation = {
  readonly record: CoordinationRecord;
  readonly assignments: readonly Assignment[];
  /** The agents that owe it; empty when nobody does, or a person. */
  readonly owedBy: readonly AgentId[];
};

/** Kinds and severities that can hold a wave open, whether or not they are open now. */
export const isGateRelevant = (record: CoordinationRecord): boolean =>
  BLOCKING_KINDS.has(record.kind) && BLOCKS[record.severity] && record.dependency?.required !== false;

const obligation = (state: WaveState, record: CoordinationRecord): Obligation => {
  const assignments = assignmentsOf(state, record);
  return {
    record,
    assignments,
    owedBy: assignments.flatMap((one) => (one.assignee === null ? [] : [one.assignee])),
  };
};

/** Everything open that blocks, in the order it came. */
export const openObligations = (state: WaveState): readonly Obligation[] => {
  const found: Obligation[] = [];
  for (const record of state.open.values()) if (isGateRelevant(record)) found.push(obligation(state, record));
  return found;
};

const stageIndex = (role: Role | null): number =>
  role === null || role === 'implementation' ? -1 : STAGES.indexOf(role);

/**
 * Deferred before stage `at`: every agent that owes it is the steward of that stage or of a later one. What nobody or
 * a person owes never waits, and `close` counts everything.
 */
export const isDeferred = (contract: Contract, one: Obligation, at: Stage): boolean => {
  if (at === 'close' || one.owedBy.length === 0 || one.owedBy.length < one.assignments.length) return false;
  const limit = STAGES.indexOf(at);
  return one.owedBy.every((agent) => stageIndex(roleOf(contract, agent)) >= limit);
};

/** What counts at a stage. */
export const obligationsAt = (contract: Contract, state: WaveState, at: Stage): readonly Obligation[] =>
  openObligations(state).filter((one) => !isDeferred(contract, one, at));

/**
 * The part of the state a verdict of `stage` rests on: every gate-relevant record that was not left to that stage or
 * a later one, with its status. Work a later steward does on what was left to it does not make the verdict stale.
 */
export const stateDigest = (contract: Contract, state: WaveState, stage: StewardRole): string => {
  const relevant: (readonly [string, ...unknown[]])[] = [];
  for (const record of state.records.values()) {
    if (!isGateRelevant(record)) continue;
    const one = obligation(state, record);
    if (one.owedBy.length > 0 && isDeferred(contract, one, stage)) continue;
    relevant.push([record.id, record.kind, record.status, record.severity, one.owedBy]);
  }
  if (!isLeftToIntegration(contract, stage))
    for (const { id, end } of state.contradictions.values())
      relevant.push([id, 'contradiction', end?.how ?? 'open']);
  // By id: a provisional view lists records in another order than the journal it becomes.
  relevant.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return sha256(canonicalJson(relevant));
};

/** The short name people type for a record. */
export const handle = (record: CoordinationRecord): string =>
  handleOf(record.authorAgent ?? (record.author.kind === 'orchestrator' ? 'wave' : 'person'), record.id);
