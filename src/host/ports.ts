/** Ports that are too small for a folder: time, chance, and the program's own place. */
import { randomBytes } from 'node:crypto';

export type Clock = { readonly now: () => Date };
/** A clock that also wakes. */
export type AlarmClock = Clock & {
  /** Runs `act` once, `ms` milliseconds from now; the result cancels it. */
  readonly after: (ms: number, act: () => void) => () => void;
};

/** What a timer of the platform can hold; who waits longer looks again in between. */
const LONGEST_MS = 2 ** 31 - 1;

export const systemClock: AlarmClock = {
  now: () => new Date(),
  after: (ms, act) => {
    const timer = setTimeout(act, Math.min(Math.max(0, ms), LONGEST_MS));
    return () => clearTimeout(timer);
  },
};

/** Hex digits nobody can guess. */
export const randomHex = (bytes: number): string => randomBytes(bytes).toString('hex');
