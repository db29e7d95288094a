import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { superviseProcess } from '../supervisor.ts';
import { ownAccount } from './account.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'wave-account-'));
  await mkdir(join(dir, 'home'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Has left the group when it tells its id. */
const SERVER = 'mkfifo calls; exec 3<>calls; echo $$ >pid; echo up >up; read -r call <&3';

/** A zombie nobody has waited for yet is no process any more. */
const isAlive = async (pid: string): Promise<boolean> =>
  !['', 'Z'].includes(
    (await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')).replace(/^.*\) /, '').slice(0, 1),
  );

// Without /proc nothing tells whose a process is.
it.skipIf(!existsSync('/proc/self/environ'))(
  'ends what left the process group, and nothing else',
  async () => {
    const start = (home: string) =>
      superviseProcess(
        {
          program: '/bin/sh',
          args: ['-c', `mkfifo up; setsid sh -c '${SERVER}' >/dev/null 2>&1 & cat up; rm up calls`],
          cwd: dir,
          env: { PATH: '/usr/bin:/bin', HOME: home },
          stdinFile: null,
          logFile: join(dir, 'log'),
          timeoutMs: 20_000,
          maxOutputBytes: 1000,
          account: ownAccount(dir),
        },
        new AbortController().signal,
      );
    const pid = async (): Promise<string> => (await readFile(join(dir, 'pid'), 'utf8')).trim();

    await start(join(dir, 'home'));
    await expect.poll(async () => isAlive(await pid())).toBe(false);

    await start(`${dir}-not`);
    const stranger = await pid();
    try {
      expect(await isAlive(stranger)).toBe(true);
    } finally {
      process.kill(Number(stranger), 'SIGKILL');
    }
  },
);
