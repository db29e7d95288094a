/** Finding act and running it with nothing of this process's environment. */
import { execFile, spawn } from 'node:child_process';
import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const exec = promisify(execFile);

/** The path of act: on PATH, where `go install` puts it, or `null`. */
export async function findAct(): Promise<string | null> {
  const gopath = await exec('go', ['env', 'GOPATH']).then(
    (done) => done.stdout.trim(),
    () => join(homedir(), 'go'),
  );
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    join(gopath, 'bin'),
    join(homedir(), 'go', 'bin'),
  ];
  for (const folder of folders.filter(Boolean)) {
    const path = join(folder, 'act');
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return null;
}

/** Runs act in `scratch`; after `limit` milliseconds it and what it started are killed. */
export function spawnAct(
  act: string,
  scratch: string,
  args: readonly string[],
  limit: number,
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const home = join(scratch, 'home');
  return new Promise((resolve, reject) => {
    // The whole environment: steps inherit what act has. act's job folders are maps shared by its threads without a
    // lock (LocalRepositoryCache), so it gets one; its children are not bound by that.
    const env = {
      PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? '/usr/bin:/bin'}`,
      HOME: home,
      GIT_CONFIG_NOSYSTEM: '1',
      LANG: 'C.UTF-8',
      GOMAXPROCS: '1',
    };
    const child = spawn(act, args, { cwd: scratch, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    const kill = (): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // Its group has ended.
      }
    };
    const timer = setTimeout(() => {
      err.push(Buffer.from(`\n[twin] act was stopped after ${limit} ms\n`));
      kill();
    }, limit);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      kill();
      const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('utf8');
      resolve({ exitCode: code ?? 137, stdout: text(out), stderr: text(err) });
    });
  });
}
