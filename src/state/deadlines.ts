/** The deadlines a record is under (coordination.md §5.1): to be taken up, until it is, and to be resolved. */
import type { Contract } from '../contract/index.ts';
import type { EntryId, Instant, RecordKind } from '../journal/index.ts';
import type { CoordinationRecord, WaveState } from './types.ts';

export type Timer = {
  readonly record: EntryId;
  readonly clock: 'ack' | 'resolve';
  readonly cycle: number;
  readonly at: Instant;
};

const ACK_TRACKED: ReadonlySet<RecordKind> = new Set<RecordKind>([
  'request',
  'clarification-request',
  'human-escalation',
  'human-feedback',
]);

/** Is a record of this kind for somebody to take up? */
export const hasClocks = (kind: RecordKind): boolean => ACK_TRACKED.has(kind);

const timer = (record: CoordinationRecord, clock: Timer['clock'], ms: number): readonly Timer[] => {
  const due = Date.parse(record.clockFrom) + ms;
  // A date nobody can read, or beyond the calendar, has no deadline.
  return Number.isNaN(new Date(due).getTime())
    ? []
    : [{ record: record.id, clock, cycle: record.cycle, at: new Date(due).toISOString() }];
};

/** While an attempt goes on, nobody is late who was not started in it yet. */
const isAwaited = (state: WaveState, record: CoordinationRecord): boolean => {
  const attempt = [...state.attempts.values()].at(-1);
  const assigned = state.assignments.get(record.id) ?? [];
  if (attempt === undefined || attempt.ended !== null || assigned.length === 0) return true;
  return assigned.some(
    ({ assignee }) => assignee === null || attempt.started.has(assignee) || attempt.finished.has(assignee),
  );
};

/** All of them, the next one first. */
export const timersOf = (
  contract: Contract,
  state: WaveState,
  record: CoordinationRecord,
): readonly Timer[] => {
  if (!hasClocks(record.kind) || !isAwaited(state, record)) return [];
  const { ackMs, resolveMs } = contract.config.clocks;
  return [
    ...(record.acknowledgedAt === null ? timer(record, 'ack', ackMs) : []),
    ...timer(record, 'resolve', resolveMs),
  ];
};

/** The deadline a record is under now: to be taken up, and once taken up to be resolved. */
export const deadlineOf = (contract: Contract, state: WaveState, record: CoordinationRecord): Timer | null =>
  timersOf(contract, state, record)[0] ?? null;
