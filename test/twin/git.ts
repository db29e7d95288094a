/** Running git on the twin's bare repositories, with nothing of the machine's own git configuration. */
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** An environment in which git reads no configuration but the repository's. */
export const GIT_ENV = {
  PATH: process.env.PATH ?? '/usr/bin:/bin',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'twin',
  GIT_AUTHOR_EMAIL: 'twin@example.invalid',
  GIT_COMMITTER_NAME: 'twin',
  GIT_COMMITTER_EMAIL: 'twin@example.invalid',
  LC_ALL: 'C',
} as const;

/** stdout of a git command in `cwd`; rejects with git's stderr in the message. */
export async function git(cwd: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run('git', args, { cwd, env: GIT_ENV, maxBuffer: 64 << 20 });
  return stdout;
}

/** Like `git`, as bytes. */
export async function gitBytes(cwd: string, ...args: readonly string[]): Promise<Buffer> {
  const { stdout } = await run('git', args, { cwd, env: GIT_ENV, maxBuffer: 64 << 20, encoding: 'buffer' });
  return stdout;
}

/** stdout, or `null` when git exits non-zero. */
export async function tryGit(cwd: string, ...args: readonly string[]): Promise<string | null> {
  try {
    return await git(cwd, ...args);
  } catch {
    return null;
  }
}

/** Runs a command with `input` on stdin; resolves with its whole stdout when it has ended, whatever its exit code. */
export function pipeThrough(
  command: string,
  args: readonly string[],
  options: {
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
    readonly input: Uint8Array;
  },
): Promise<{ code: number | null; stdout: Buffer; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: options.cwd, env: { ...options.env } });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    // A server process may answer and end before it has read its input to the end.
    child.stdin.on('error', () => {});
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({ code, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString('utf8') }),
    );
    child.stdin.end(options.input);
  });
}
