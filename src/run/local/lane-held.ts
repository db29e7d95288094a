/** Two runs of one lane at once: the second is told of the first (contract.md §3.1, exit 32). */
import { hostname } from 'node:os';
import type { LockHolder } from '../../host/index.ts';
import { EXIT_LANE_HELD, WaveFailure } from '../failure/index.ts';

/** @param here this machine; a process of another one cannot be seen, nor stopped, from here */
export const laneHeld = (
  lane: string,
  by: LockHolder,
  lockFile: string,
  here: string = hostname(),
): WaveFailure => {
  // No process has that number: the file does not say who holds it.
  if (by.pid === 0)
    return new WaveFailure(
      'lane-held',
      `lane ${lane} is in use, and ${lockFile} cannot be read to say by whom`,
      `If no wave runs in this lane, remove ${lockFile}.`,
      EXIT_LANE_HELD,
    );
  const elsewhere = by.host !== here;
  return new WaveFailure(
    'lane-held',
    `lane ${lane} is in use: ${by.purpose}, process ${by.pid} on ${by.host}, since ${by.startedAt}`,
    elsewhere
      ? `Wait until it is done. It runs on another machine, so nobody here can see whether it still lives: if it does not, remove ${lockFile}.`
      : 'Wait until it is done, or stop that process.',
    EXIT_LANE_HELD,
  );
};
