/**
 * Writes down what time makes true while a run is alive: timers that ran out, and what becomes of questions nobody
 * answers. It looks when the journal has grown and when the next timer is due, and at no other time.
 */
import type { Contract } from '../contract/index.ts';
import type { AlarmClock } from '../host/index.ts';
import { clocks } from '../state/index.ts';
import type { Recorder } from './recorder.ts';

export type Timekeeper = {
  /** The journal has grown. */
  readonly changed: () => void;
  /** Resolves when all that is due by now stands in the journal; rejects with why it could not be written. */
  readonly settle: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** What is due may follow from what was; no honest journal needs nearly as many rounds. */
const MOST_ROUNDS = 1000;
/** Milliseconds until what could not be written is tried again. */
const RETRY_MS = 1000;

export const keepTime = (
  contract: Contract,
  recorder: Pick<Recorder, 'state' | 'record'>,
  clock: AlarmClock,
): Timekeeper => {
  let stopped = false;
  let cancelAlarm = (): void => {};
  let last: Promise<void> = Promise.resolve();
  let asked = false;
  const round = async (): Promise<void> => {
    cancelAlarm();
    for (let n = 0; n < MOST_ROUNDS && !stopped; n++) {
      const { due, next } = clocks(contract, recorder.state(), clock.now().toISOString());
      if (due.length > 0) {
        await recorder.record(due);
        continue;
      }
      if (next !== null) cancelAlarm = clock.after(Date.parse(next.at) - clock.now().getTime(), changed);
      return;
    }
  };
  const settle = (): Promise<void> => {
    const done = last.then(round);
    last = done.catch(() => undefined);
    return done;
  };
  const changed = (): void => {
    if (asked || stopped) return;
    asked = true;
    // Out of whatever told us: a journal tells of its growth while it is being folded.
    setImmediate(() => {
      asked = false;
      settle().catch(() => {
        cancelAlarm = clock.after(RETRY_MS, changed);
      });
    });
  };
  return {
    changed,
    settle,
    stop: async () => {
      stopped = true;
      await last;
      cancelAlarm();
    },
  };
};
