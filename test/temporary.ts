/**
 * Where the tests make their throwaway places: in memory, where the machine has room there and lets programs be run from
 * it, since making and removing tens of thousands of small files is a third of what some of them cost; else where the
 * machine keeps temporary files.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** tmpfs on Linux (tmpfs(5)); a container may give it few bytes or forbid programs there. */
const MEMORY = '/dev/shm';
const ROOM = 2 * 2 ** 30;

const PREFIX = 'wave-tests-';

/** What killed test runs left: it would hold memory until the machine is started again. */
const sweep = (): void => {
  for (const name of readdirSync(MEMORY)) {
    const [, pid] = new RegExp(`^${PREFIX}(\\d+)-`).exec(name) ?? [];
    if (pid !== undefined && !existsSync(`/proc/${pid}`))
      rmSync(join(MEMORY, name), { recursive: true, force: true });
  }
};

const inMemory = (): string | null => {
  let dir: string | null = null;
  try {
    sweep();
    const { bavail, bsize } = statfsSync(MEMORY);
    if (bavail * bsize < ROOM) return null;
    dir = mkdtempSync(join(MEMORY, `${PREFIX}${process.pid}-`));
    // Agents that run as a user of their own get their places below it.
    chmodSync(dir, 0o1777);
    const probe = join(dir, 'probe');
    writeFileSync(probe, '#!/bin/sh\n', { mode: 0o700 });
    execFileSync(probe, { stdio: 'ignore' });
    return dir;
  } catch {
    if (dir !== null) rmSync(dir, { recursive: true, force: true });
    return null;
  }
};

export default (): (() => void) | undefined => {
  // Somebody chose a place already: whoever called us, or the setup of the tests before these.
  if (process.env['TMPDIR'] !== undefined) return;
  const dir = inMemory();
  if (dir === null) return;
  // Workers are started after this and inherit it.
  process.env['TMPDIR'] = dir;
  return () => {
    delete process.env['TMPDIR'];
    rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
  };
};
