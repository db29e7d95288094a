/**
 * What time makes true (design §4): computed here, written only by trusted jobs, with ids and bytes that are the same
 * whoever writes them. The clocks are injected through the contract's configuration.
 */
import type { Contract } from '../contract/index.ts';
import { type EntryId, type Instant, type NewEntry, type RecordKind, timerId } from '../journal/index.ts';
import type { CoordinationRecord, WaveState } from './types.ts';

export type Timer = { readonly record: EntryId; readonly clock: 'ack' | 'resolve'; readonly at: Instant };

/** Kinds somebody has to take up (coordination.md §5.1). */
const ACK_TRACKED: ReadonlySet<RecordKind> = new Set<RecordKind>([
  'request',
  'clarification-request',
  'human-escalation',
  'human-feedback',
]);

/** Whoever writes a timer down writes these bytes, so the second one adds nothing. */
const BY = { kind: 'orchestrator', run: 'timer', job: 'clocks' } as const;

const timer = (record: CoordinationRecord, clock: Timer['clock'], ms: number): readonly Timer[] => {
  const due = Date.parse(record.createdAt) + ms;
  // A date nobody can read, or beyond the calendar, has no deadline.
  return Number.isNaN(new Date(due).getTime())
    ? []
    : [{ record: record.id, clock, at: new Date(due).toISOString() }];
};

/** The deadlines a record is under: to be taken up, until it is; and to be resolved, all along. */
const timersOf = (contract: Contract, record: CoordinationRecord): readonly Timer[] => {
  if (!ACK_TRACKED.has(record.kind)) return [];
  const { ackMs, resolveMs } = contract.config.clocks;
  return [
    ...(record.acknowledgedAt === null ? timer(record, 'ack', ackMs) : []),
    ...timer(record, 'resolve', resolveMs),
  ];
};

/** The deadline a record is under now: to be taken up, and once taken up to be resolved. */
export const timerOf = (contract: Contract, record: CoordinationRecord): Timer | null =>
  timersOf(contract, record)[0] ?? null;

/** Timers that ran out at `now` and have not been written down, and the next one to come. */
export const clocks = (
  contract: Contract,
  state: WaveState,
  now: Instant,
): { readonly due: readonly NewEntry[]; readonly next: Timer | null } => {
  const due: NewEntry[] = [];
  let next: Timer | null = null;
  const { instance } = state;
  if (instance === null) return { due, next };
  for (const id of state.open) {
    const record = state.records.get(id);
    for (const { clock, at } of record === undefined ? [] : timersOf(contract, record)) {
      const fired = timerId(id, clock, 0);
      if (state.firedTimers.has(fired)) continue;
      if (Date.parse(at) <= Date.parse(now)) {
        const body = { type: 'timer.fired', record: id, clock, cycle: 0 } as const;
        due.push({ id: fired, at, by: BY, instance, family: 'control', body });
      } else if (next === null || Date.parse(at) < Date.parse(next.at)) next = { record: id, clock, at };
    }
  }
  return { due, next };
};
