/**
 * What time makes true (design §4): computed here, written only by trusted jobs, with ids and bytes that are the same
 * whoever writes them. The lengths of the clocks are in the contract's configuration; the time is an argument.
 */
import type { Contract } from '../contract/index.ts';
import { type Instant, type NewEntry, timerId } from '../journal/index.ts';
import { type Timer, timersOf } from './deadlines.ts';
import { triage } from './triage.ts';
import type { WaveState } from './types.ts';

/** Whoever writes it down writes these bytes, so the second one adds nothing. */
const BY = { kind: 'orchestrator', run: 'timer', job: 'clocks' } as const;

/**
 * Timers that ran out at `now` and what triage has to say, as far as it is not written down; and the next timer to come.
 * What is due may follow from what was: ask again after writing it down.
 */
export const clocks = (
  contract: Contract,
  state: WaveState,
  now: Instant,
): { readonly due: readonly NewEntry[]; readonly next: Timer | null } => {
  const { instance } = state;
  if (instance === null) return { due: [], next: null };
  const due: NewEntry[] = [];
  let next: Timer | null = null;
  for (const [id, record] of state.open) {
    for (const timer of timersOf(contract, state, record)) {
      const { clock, cycle, at } = timer;
      const fired = timerId(id, clock, cycle);
      if (state.firedTimers.has(fired)) continue;
      if (Date.parse(at) <= Date.parse(now)) {
        const body = { type: 'timer.fired', record: id, clock, cycle } as const;
        due.push({ id: fired, at, by: BY, instance, family: 'control', body });
      } else if (next === null || Date.parse(at) < Date.parse(next.at)) next = timer;
    }
  }
  for (const entry of triage(contract, state, now))
    due.push({ ...entry, by: BY, instance, family: 'coordination' });
  return { due, next };
};
