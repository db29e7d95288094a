/** The deadlines a record is under (coordination.md §5.1): to be taken up, until it is, and to be resolved. */
import type { Contract } from '../contract/index.ts';
import type { EntryId, Instant, RecordKind } from '../journal/index.ts';
import { assignmentsOf } from './assignment.ts';
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

const timer = (contract: Contract, record: CoordinationRecord, clock: Timer['clock']): Timer | null => {
  const { ackMs, resolveMs } = contract.config.clocks;
  const due = new Date(Date.parse(record.clockFrom) + (clock === 'ack' ? ackMs : resolveMs));
  // A date nobody can read, or beyond the calendar, has no deadline.
  return Number.isNaN(due.getTime())
    ? null
    : { record: record.id, clock, cycle: record.cycle, at: due.toISOString() };
};

/** While an attempt goes on, nobody is late who was not started in it yet. */
const isAwaited = (state: WaveState, record: CoordinationRecord): boolean => {
  const attempt = [...state.attempts.values()].at(-1);
  const assigned = assignmentsOf(state, record);
  if (attempt === undefined || attempt.ended !== null || assigned.length === 0) return true;
  return assigned.some(
    ({ assignee }) => assignee === null || attempt.started.has(assignee) || attempt.finished.has(assignee),
  );
};

/** The clocks a record is under, the next to run out first. */
const running = (state: WaveState, record: CoordinationRecord): readonly Timer['clock'][] =>
  !hasClocks(record.kind) || !isAwaited(state, record)
    ? []
    : record.acknowledgedAt === null
      ? ['ack', 'resolve']
      : ['resolve'];

/** All of them, the next one first. */
export const timersOf = (
  contract: Contract,
  state: WaveState,
  record: CoordinationRecord,
): readonly Timer[] => running(state, record).flatMap((clock) => timer(contract, record, clock) ?? []);

/** The deadline a record is under now: to be taken up, and once taken up to be resolved. */
export const deadlineOf = (
  contract: Contract,
  state: WaveState,
  record: CoordinationRecord,
): Timer | null => {
  for (const clock of running(state, record)) {
    const next = timer(contract, record, clock);
    if (next !== null) return next;
  }
  return null;
};
