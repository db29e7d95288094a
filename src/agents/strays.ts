/**
 * Processes an agent or a killed run left behind. They are known by their environment, which the run gave them: a home below the
 * run's own folder. Process ids are reused, folders of a run are not.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { sep } from 'node:path';

const environmentOf = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    // Gone meanwhile, or somebody else's.
    return '';
  }
};

/** Kills every process whose HOME lies below `root`; where there is no /proc there is nothing to know them by. */
export const stopStrayProcesses = (root: string): number => {
  let pids: readonly string[] = [];
  try {
    pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return 0;
  }
  let stopped = 0;
  for (const pid of pids) {
    if (
      !environmentOf(pid)
        .split('\0')
        .some((one) => one.startsWith(`HOME=${root}${sep}`))
    )
      continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
      stopped++;
    } catch {
      // It ended by itself between the look and the kill.
    }
  }
  return stopped;
};
