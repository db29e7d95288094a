import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SupervisedProcess, superviseProcess } from './supervisor.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'supervisor-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const never = new AbortController().signal;
const sh = (script: string, change: Partial<SupervisedProcess> = {}): SupervisedProcess => ({
  program: 'sh',
  args: ['-c', script],
  cwd: dir,
  env: { PATH: process.env['PATH'] ?? '' },
  stdinFile: null,
  logFile: join(dir, 'log'),
  secrets: [],
  timeoutMs: 30_000,
  maxOutputBytes: 100_000,
  graceMs: 50,
  ...change,
});
const log = () => readFile(join(dir, 'log'), 'utf8');
/** Resolves when the process is gone (or a zombie nobody has collected yet). */
async function gone(pid: number): Promise<void> {
  for (;;) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
    if (stat === null || /\) [ZX] /.test(stat)) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('an ordinary end', () => {
  it('gives stdin from the file, exactly the environment given, and both streams in the log', async () => {
    await writeFile(join(dir, 'prompt'), 'the prompt\n');
    const end = await superviseProcess(
      sh('cat; env | sort; echo problem >&2; exit 3', {
        stdinFile: join(dir, 'prompt'),
        env: { PATH: process.env['PATH'] ?? '', ONLY: 'this' },
      }),
      never,
    );
    expect(end.exit).toEqual({ kind: 'exited', code: 3 });
    const lines = (await log())
      .split('\n')
      .filter((line) => !/^(PATH|PWD|OLDPWD|SHLVL|_)=/.test(line))
      .sort();
    expect(lines).toEqual(['', 'ONLY=this', 'problem', 'the prompt']);
    expect(end.log).toEqual({ bytes: expect.any(Number), truncated: false });
  });
  it('a signal that was not ours is told as such', async () => {
    expect((await superviseProcess(sh('kill -9 $$'), never)).exit).toEqual({
      kind: 'signalled',
      signal: 'SIGKILL',
    });
  });
  it('words in the output decide nothing', async () => {
    expect((await superviseProcess(sh('echo "timed out: Reached max turns"; exit 0'), never)).exit).toEqual({
      kind: 'exited',
      code: 0,
    });
  });
  it('a redacted log', async () => {
    await superviseProcess(
      sh('printf "a s3cr"; printf "et-value b\\n"; echo s3cret-value >&2', { secrets: ['s3cret-value'] }),
      never,
    );
    expect(await log()).not.toContain('s3cret');
    expect(await log()).toContain('a [redacted:secret] b');
  });
});

describe('what does not start', () => {
  it.each<readonly [string, Partial<SupervisedProcess>]>([
    ['no program', { program: '' }],
    ['a program nobody has', { program: 'no-such-program-anywhere' }],
    ['a folder that is not there', { cwd: '/no/such/folder' }],
    ['a prompt that is not there', { stdinFile: '/no/such/prompt' }],
    ['an argument with NUL', { args: ['a\0b'] }],
  ])('%s', async (_, change) => {
    const end = await superviseProcess(sh('true', change), never);
    expect(end.exit).toEqual({ kind: 'failed-to-start', message: expect.stringMatching(/./) });
  });
  it('cancelled before it began', async () => {
    expect((await superviseProcess(sh('true'), AbortSignal.abort())).exit).toEqual({ kind: 'cancelled' });
  });
});

describe('what has to be ended', () => {
  it('time: SIGTERM first, and the reason is ours even when it then exits with 0', async () => {
    const end = await superviseProcess(
      sh('trap "echo bye; exit 0" TERM; while :; do sleep 0.05; done', { timeoutMs: 150, graceMs: 20_000 }),
      never,
    );
    expect(end.exit).toEqual({ kind: 'timed-out', afterMs: 150 });
    expect(await log()).toContain('bye');
  });
  it('a process that ignores SIGTERM is killed after the grace', async () => {
    const end = await superviseProcess(
      sh('trap "" TERM; while :; do sleep 0.05; done', { timeoutMs: 100 }),
      never,
    );
    expect(end.exit).toEqual({ kind: 'timed-out', afterMs: 100 });
  });
  it('abort', async () => {
    const stop = new AbortController();
    const running = superviseProcess(sh('sleep 30'), stop.signal);
    setImmediate(() => stop.abort());
    expect((await running).exit).toEqual({ kind: 'cancelled' });
  });
  it('output without end', async () => {
    const end = await superviseProcess(sh('yes "a line"', { maxOutputBytes: 20_000 }), never);
    expect(end.exit).toEqual({ kind: 'output-capped', bytes: 20_000 });
    expect(end.log.truncated).toBe(true);
    const text = await log();
    expect(text.length).toBeLessThan(20_100);
    expect(text).toContain('[output cut after 20000 bytes]');
  });
  it('fifty children, some ignoring SIGTERM', async () => {
    const end = await superviseProcess(
      sh('i=0; while [ $i -lt 50 ]; do (trap "" TERM; exec sleep 60) & echo $!; i=$((i+1)); done; wait', {
        timeoutMs: 400,
      }),
      never,
    );
    expect(end.exit.kind).toBe('timed-out');
    const pids = (await log()).trim().split('\n').map(Number);
    expect(pids).toHaveLength(50);
    await Promise.all(pids.map(gone));
  });
});

describe('what is left behind', () => {
  it('a background child of the group is killed after the exit', async () => {
    const end = await superviseProcess(sh('sleep 60 & echo $!; exit 0'), never);
    expect(end.exit).toEqual({ kind: 'exited', code: 0 });
    await gone(Number(await log()));
  });
  it('a child that left the group cannot hold the call', async () => {
    // It says its number once it is out of the group, and keeps the pipes open.
    const left = `setsid sh -c 'echo $$ > away; mv away left; exec sleep 60' &`;
    const end = await superviseProcess(
      sh(`${left} while [ ! -e left ]; do sleep 0.02; done; echo started`),
      never,
    );
    process.kill(Number(await readFile(join(dir, 'left'), 'utf8')), 'SIGKILL');
    expect(end.exit).toEqual({ kind: 'exited', code: 0 });
    expect(await log()).toBe('started\n');
  });
});
