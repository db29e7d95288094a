import { spawn } from 'node:child_process';
import { type Failure, failure, type GitFailureCode } from './result.ts';

/** One git process. `stdout` is bytes: patches and blobs are not text. */
export type GitCall = {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin?: Uint8Array | string;
  /** Milliseconds; a file that blocks its reader (a FIFO named `.gitignore`) must not hang us. */
  readonly timeoutMs?: number;
  readonly maxOutputBytes?: number;
};
export type GitExit = {
  readonly ok: true;
  readonly exit: number;
  readonly stdout: Buffer;
  readonly stderr: string;
};

const DEFAULT_TIMEOUT_MS = 10 * 60_000;
const DEFAULT_MAX_OUTPUT = 512 * 1024 * 1024;
const MAX_STDERR = 64 * 1024;

/**
 * Settings given to every process on the command line, where they win over any configuration file.
 * None of them is about taste: each closes a way by which repository content or configuration starts a program,
 * rewrites bytes, or changes the output format.
 */
const PINNED_SETTINGS: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.untrackedCache=false',
  'core.attributesFile=/dev/null',
  'core.excludesFile=/dev/null',
  'core.autocrlf=false',
  'core.safecrlf=false',
  'core.quotePath=true',
  'core.fileMode=true',
  'core.symlinks=true',
  'core.ignoreCase=false',
  'core.precomposeUnicode=false',
  'core.splitIndex=false',
  'core.protectHFS=true',
  'core.protectNTFS=true',
  'credential.helper=',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
  'protocol.version=2',
  'protocol.ext.allow=never',
  'protocol.file.allow=never',
  'http.followRedirects=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'merge.renames=false',
  'merge.directoryRenames=false',
  'init.defaultBranch=main',
];

/** `-c` arguments: the pinned settings, then `extra`, which win. */
export const settings = (extra: readonly string[] = []): string[] =>
  [...PINNED_SETTINGS, ...extra].flatMap((setting) => ['-c', setting]);

/**
 * The whole environment of a git process of ours. Nothing is inherited but PATH; HOME is no folder, so neither
 * configuration nor credentials nor ignore rules of the account are found.
 */
export const cleanEnvironment = (extra: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
  HOME: '/dev/null',
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_LITERAL_PATHSPECS: '1',
  // An empty list allows no transport at all; calls that fetch or push name the one they need.
  GIT_ALLOW_PROTOCOL: '',
  ...extra,
});

/**
 * Runs git and collects its output. An exit code is an answer, not a failure; failures are: git is not installed,
 * the time or output limit was passed.
 */
export const runGit = (call: GitCall): Promise<GitExit | Failure<GitFailureCode>> =>
  new Promise((resolve) => {
    const limit = call.maxOutputBytes ?? DEFAULT_MAX_OUTPUT;
    const timeoutMs = call.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const child = spawn('git', call.args, { cwd: call.cwd, env: call.env, stdio: ['pipe', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    let bytes = 0;
    let stderr = '';
    let stopped: Failure<GitFailureCode> | null = null;
    const stop = (why: Failure<GitFailureCode>): void => {
      stopped ??= why;
      child.kill('SIGKILL');
    };
    const timer = setTimeout(
      () => stop(failure('timed-out', `git did not finish in ${timeoutMs} ms`)),
      timeoutMs,
    );
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > limit) stop(failure('output-too-large', `git printed more than ${limit} bytes`));
      else chunks.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (stderr.length < MAX_STDERR) stderr += chunk.toString('utf8');
    });
    // git may exit before it has read its input; the exit code then says what is wrong, EPIPE adds nothing.
    child.stdin.on('error', () => {});
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      const missing = error.code === 'ENOENT';
      resolve(
        failure(
          missing ? 'git-missing' : 'git-failed',
          missing ? 'git or its folder is missing' : error.message,
        ),
      );
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (stopped !== null) resolve(stopped);
      else if (code === null) resolve(failure('git-failed', `git was ended by ${signal ?? 'a signal'}`));
      else resolve({ ok: true, exit: code, stdout: Buffer.concat(chunks), stderr });
    });
    child.stdin.end(call.stdin ?? '');
  });

/** The first meaningful line of what git printed to its standard error, without its `fatal:` prefix. */
export const firstComplaint = (stderr: string): string | null =>
  stderr
    .split('\n')
    .find((text) => text.trim() !== '' && !text.startsWith('warning:'))
    ?.replace(/^(fatal|error): /, '')
    .slice(0, 500) ?? null;

/** What git complained about, in one line. */
export const complaint = (exit: GitExit): string => firstComplaint(exit.stderr) ?? `exit code ${exit.exit}`;
