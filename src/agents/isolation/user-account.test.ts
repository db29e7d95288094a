/** A real user of this machine; where none can be made there is nothing to show. */
import { spawn } from 'node:child_process';
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { superviseProcess } from '../supervisor.ts';
import type { Demands } from './proof.ts';
import {
  type Opened,
  openUserAccount,
  removeStaleAccounts,
  type UserAccount,
  userIsolationProblem,
} from './user-account.ts';

const problem = await userIsolationProblem();
const PATH = '/usr/local/bin:/usr/bin:/bin';

describe.skipIf(problem !== null)(`a user account${problem === null ? '' : ` (skipped: ${problem})`}`, () => {
  const opened: UserAccount[] = [];
  let ours: string;
  beforeEach(async () => {
    ours = await mkdtemp(join(tmpdir(), 'wave-ours-'));
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((one) => one.close()));
    await rm(ours, { recursive: true, force: true });
  });
  const account = async (): Promise<UserAccount> => {
    const one: Opened = await openUserAccount();
    if (!one.ok) throw new Error(one.why);
    opened.push(one.account);
    return one.account;
  };
  const run = (
    { place, ...who }: UserAccount,
    script: string,
    change: { env?: Record<string, string>; timeoutMs?: number; graceMs?: number } = {},
  ) =>
    superviseProcess(
      {
        program: 'sh',
        args: ['-c', script],
        cwd: place.work,
        env: { PATH, HOME: place.home, ...change.env },
        stdinFile: null,
        logFile: join(ours, 'log'),
        timeoutMs: change.timeoutMs ?? 20_000,
        graceMs: change.graceMs ?? 5000,
        maxOutputBytes: 100_000,
        account: { ...who },
      },
      new AbortController().signal,
    );
  const log = () => readFile(join(ours, 'log'), 'utf8');
  const nothing: Demands = {
    processes: [],
    hidden: [],
    unwritable: [],
    programs: [],
    readable: [],
    own: [],
  };

  it('runs as itself alone, in its folder, with this environment and no way to more', async () => {
    const one = await account();
    await one.handOver();
    const tricky = `it's "$(id)" \\ two\nlines`;
    const { exit } = await run(one, 'id -u; id -G; pwd; printf "%s\\n" "$TRICKY"; env | cut -d= -f1 | sort', {
      env: { TRICKY: tricky },
    });
    expect(exit).toEqual({ kind: 'exited', code: 0 });
    const { uid, gid } = one.identity;
    const lines = (await log()).split('\n');
    expect(lines.slice(0, 3)).toEqual([String(uid), String(gid), one.place.work]);
    expect((await log()).includes(`\n${tricky}\n`)).toBe(true);
    expect(lines.filter((line) => /^[A-Z_]+$/.test(line))).toEqual(
      expect.arrayContaining(['HOME', 'PATH', 'TRICKY']),
    );
    for (const [name] of Object.entries(process.env))
      if (!['HOME', 'PATH', 'PWD', 'SHLVL', '_', 'OLDPWD'].includes(name)) expect(lines).not.toContain(name);
  });

  it('says how the program ended, as for any other', async () => {
    const one = await account();
    await one.handOver();
    expect((await run(one, 'exit 7')).exit).toEqual({ kind: 'exited', code: 7 });
    expect((await run(one, 'kill -SEGV $$')).exit).toEqual({ kind: 'signalled', signal: 'SIGSEGV' });
    const stubborn = await run(one, 'trap "" TERM; while :; do sleep 1; done', {
      timeoutMs: 200,
      graceMs: 100,
    });
    expect(stubborn.exit).toEqual({ kind: 'timed-out', afterMs: 200 });
  });

  it('is proven on an honest machine', async () => {
    const one = await account();
    await mkdir(join(ours, 'state'), { mode: 0o700 });
    await writeFile(one.place.promptFile, 'work');
    await one.handOver();
    const sibling = await account();
    const demands = {
      processes: [process.pid],
      hidden: [join(ours, 'state'), sibling.place.dir],
      unwritable: [ours, '/etc', one.place.bin, one.place.inbox],
      programs: ['sh'],
      readable: [one.place.promptFile],
      own: [one.place.work, one.place.home, one.place.tmp],
    };
    expect(await one.prove(demands, PATH)).toEqual({ kind: 'proven' });
  });

  describe('the proof finds what is', () => {
    it('possible: a readable state folder, a writable folder, a process it can look into, sudo', async () => {
      const one = await account();
      await one.handOver();
      await chmod(ours, 0o755);
      await mkdir(join(ours, 'state'));
      await mkdir(join(ours, 'bin'));
      await chmod(join(ours, 'bin'), 0o777);
      await writeFile(join(ours, 'bin', 'sudo'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
      const script = 'echo $$; exec sleep 60';
      const own = await one.command({ program: 'sh', args: ['-c', script], cwd: '/', env: { PATH } });
      // Its own number: through sudo it is not the one we started.
      const child = spawn(own.program, own.args, { env: {}, stdio: ['ignore', 'pipe', 'ignore'] });
      const pid = await new Promise<number>((resolve) =>
        child.stdout.once('data', (told: Buffer) => resolve(Number(told.toString()))),
      );
      const told = await one.prove(
        { ...nothing, processes: [pid], hidden: [join(ours, 'state')], unwritable: [join(ours, 'bin')] },
        `${join(ours, 'bin')}:${PATH}`,
      );
      expect(told).toEqual({
        kind: 'open',
        possible: [
          'use sudo',
          `read the environment of process ${pid}`,
          `signal process ${pid}`,
          `read ${join(ours, 'state')}`,
          `write in ${join(ours, 'bin')}`,
        ],
      });
      expect(await readdir(join(ours, 'bin'))).toEqual(['sudo']);
    });
    it('missing: a program, a file it has to read, a folder of its own', async () => {
      const one = await account();
      await writeFile(one.place.promptFile, 'work', { mode: 0o600 });
      const told = await one.prove(
        {
          ...nothing,
          programs: ['no-such-program', '/etc/passwd'],
          readable: [one.place.promptFile],
          own: [one.place.work],
        },
        PATH,
      );
      expect(told).toEqual({
        kind: 'unusable',
        missing: [
          'run no-such-program',
          'run /etc/passwd',
          `read ${one.place.promptFile}`,
          `work in ${one.place.work}`,
        ],
      });
    });
    it('not what a file name makes it seem', async () => {
      const one = await account();
      await one.handOver();
      const odd = join(ours, `$(touch ${ours}/ran)\npossible nothing`);
      expect(await one.prove({ ...nothing, hidden: [odd, '-rf'] }, PATH)).toEqual({ kind: 'proven' });
      expect(await readdir(ours)).toEqual([]);
    });
  });

  it('two of them see nothing of each other', async () => {
    const [one, other] = [await account(), await account()];
    await one.handOver();
    await other.handOver();
    await run(one, `echo secret >secret; chmod -R 777 . ; ls ${other.place.dir}; cat ${other.place.work}/*`);
    expect(await log()).not.toContain('secret');
    await run(other, `cat ${one.place.work}/secret; echo >>${one.place.inbox}/inbox.md; ls ${one.place.dir}`);
    expect(await log()).toMatch(/Permission denied/);
    expect(await log()).not.toMatch(/^secret/m);
    expect(await readdir(one.place.inbox)).toEqual([]);
  });

  it('no process outlives the run, neither a daemon nor one that forks for ever', async () => {
    const one = await account();
    await one.handOver();
    const { exit } = await run(
      one,
      `setsid sleep 300 >/dev/null 2>&1 &
       trap '' TERM; (while :; do setsid sh -c 'sleep 300 & sleep 0.01' & sleep 0.01; done) >/dev/null 2>&1 &
       sleep 0.3`,
    );
    expect(exit).toEqual({ kind: 'exited', code: 0 });
    const uids = await Promise.all(
      (await readdir('/proc'))
        .filter((name) => /^\d+$/.test(name))
        .map((pid) => readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')),
    );
    const alive = uids.filter(
      (text) => new RegExp(`^Uid:.*\\b${one.identity.uid}\\b`, 'm').test(text) && !/^State:\s+Z/m.test(text),
    );
    expect(alive).toEqual([]);
  });

  it('what it left can be read whatever modes it set, and nothing outside changes', async () => {
    const one = await account();
    await one.handOver();
    await writeFile(join(ours, 'outside'), 'ours', { mode: 0o600 });
    await run(
      one,
      `mkdir deep && echo kept >deep/file && mkfifo deep/pipe && ln -s ${join(ours, 'outside')} link &&
       ln -s / root && chmod 0 deep/file deep .`,
    );
    await one.reveal(one.place.work);
    expect((await lstat(join(one.place.work, 'deep', 'file'))).mode & 0o777).toBe(0o644);
    expect((await lstat(join(one.place.work, 'deep'))).mode & 0o777).toBe(0o755);
    expect((await lstat(join(ours, 'outside'))).mode & 0o777).toBe(0o600);
  });

  it('puts private files where the account finds them, through no link of ours', async () => {
    const one = await account();
    await one.handOver();
    const file = join(one.place.home, '.config', 'a b', 'settings.json');
    await one.put(file, '{"a":"ü"}\n');
    await run(one, `stat -c '%u %a' '${file}'; cat '${file}'`);
    expect(await log()).toBe(`${one.identity.uid} 600\n{"a":"ü"}\n`);
    await symlink(ours, join(one.place.dir, 'way'));
    await expect(one.put(join(one.place.dir, 'way', 'file'), 'x')).rejects.toThrow('writing');
  });

  it('is gone at the end, with its files in the folders of all', async () => {
    const one = await account();
    await one.handOver();
    const elsewhere = join(tmpdir(), `left-by-${one.identity.uid}`);
    await run(one, `mkdir -p ${elsewhere}/deep; chmod 0 ${elsewhere}/deep; chmod 0 .`);
    await one.close();
    await one.close();
    expect(await lstat(elsewhere).catch(() => null)).toBeNull();
    expect(await lstat(one.place.dir).catch(() => null)).toBeNull();
    expect(await readFile('/etc/passwd', 'utf8')).not.toContain(`:${one.identity.uid}:`);
  });

  it('one whose owner was killed is removed by the next run, one whose owner lives is not', async () => {
    const living = await account();
    const script = `const { openUserAccount } = await import(${JSON.stringify(new URL('user-account.ts', import.meta.url).href)});
      const { account } = await openUserAccount();
      console.log(account.place.dir);
      process.kill(process.pid, 'SIGKILL');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let dir = '';
    child.stdout.on('data', (chunk: Buffer) => {
      dir += chunk.toString();
    });
    await new Promise((resolve) => child.once('close', resolve));
    expect(dir).toMatch(/wave-agent-/);
    expect(await removeStaleAccounts()).toBeGreaterThan(0);
    expect(await lstat(dir.trim()).catch(() => null)).toBeNull();
    expect(await readFile('/etc/passwd', 'utf8')).toContain(living.place.home);
    expect(await readFile('/etc/passwd', 'utf8')).not.toContain(dir.trim());
  });
});
