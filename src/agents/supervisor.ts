/**
 * Runs one program as a process group of its own and answers for how it ended (platform.md S16, S37). The reason comes
 * from what we did and what the kernel says, never from words in the output; nothing of the group outlives the call.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import type { ExitReason } from '../journal/index.ts';
import { type Account, type EndSignal, OWN_ACCOUNT } from './isolation/account.ts';
import { createRedactor, redact } from './redact.ts';

export type SupervisedProcess = {
  /** Found on the PATH of `env`. No shell. */
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment, nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Becomes standard input; null gives an empty one. */
  readonly stdinFile: string | null;
  /** Standard output and error, redacted, in the order they came. Created or emptied. */
  readonly logFile: string;
  /** Literal values to redact, besides the known shapes. */
  readonly secrets?: readonly string[];
  readonly timeoutMs: number;
  /** Bytes of both streams together, before redaction. */
  readonly maxOutputBytes: number;
  /** Sees standard output as it comes, unredacted, up to `maxOutputBytes`. Must not throw. */
  readonly onStdout?: (chunk: Buffer) => void;
  /** Writes after what the log already holds. */
  readonly appendToLog?: boolean;
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs?: number;
  /** Whose power it runs with; left out: ours. */
  readonly account?: Account;
};
export type SupervisedEnd = {
  readonly exit: ExitReason;
  readonly durationMs: number;
  /** `bytes` came out of the program; `truncated` when not all of them are in the log. */
  readonly log: { readonly bytes: number; readonly truncated: boolean };
};

/** What the supervisor needs of time; the real one by default. */
export type Timers = {
  now(): number;
  /** Runs `act` once after `ms`; the result cancels it. */
  after(ms: number, act: () => void): () => void;
};
const realTimers: Timers = {
  now: () => performance.now(),
  after(ms, act) {
    const timer = setTimeout(act, Math.min(ms, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
};

const GRACE_MS = 5000;
/** How long pipes may stay open once the group is dead: only a process that left the group can still hold them. */
const DRAIN_MS = 1000;

/** Joins both streams into the log. Each has its own redactor, since each is cut into chunks on its own. */
function logTo(task: SupervisedProcess, onCapped: () => void) {
  const { maxOutputBytes: maxBytes, secrets = [] } = task;
  const out = createWriteStream(task.logFile, { mode: 0o600, flags: task.appendToLog ? 'a' : 'w' });
  const broken = finished(out).catch((error: unknown) => error);
  let bytes = 0;
  let kept = 0;
  return {
    broken,
    follow(stream: NodeJS.ReadableStream, seen: (part: Buffer) => void): () => void {
      const decoder = new StringDecoder('utf8');
      const redactor = createRedactor(secrets);
      stream.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        const part = chunk.subarray(0, Math.max(0, maxBytes - kept));
        kept += part.length;
        if (part.length > 0) seen(part);
        if (bytes > maxBytes) onCapped();
        if (out.destroyed || part.length === 0) return;
        if (!out.write(redactor.push(decoder.write(part)))) {
          stream.pause();
          out.once('drain', () => stream.resume());
        }
      });
      return () => {
        if (!out.destroyed) out.write(redactor.push(decoder.end()) + redactor.end());
      };
    },
    async close(): Promise<{ bytes: number; truncated: boolean }> {
      if (bytes > kept) out.write(`\n[output cut after ${kept} bytes]\n`);
      out.end();
      const error = await broken;
      return { bytes, truncated: bytes > kept || error !== undefined };
    },
  };
}

/**
 * Starts the program, waits for its end, then kills what is left of its group, or of its account where that is its alone.
 *
 * @returns `exited` or `signalled` as the kernel says; `timed-out`, `output-capped` or `cancelled` when that is why we
 *   ended it, however it then exited; `failed-to-start` when there was nothing to end. Never rejects for anything the
 *   program does.
 */
export async function superviseProcess(
  task: SupervisedProcess,
  signal: AbortSignal,
  timers: Timers = realTimers,
): Promise<SupervisedEnd> {
  const began = timers.now();
  const log = { bytes: 0, truncated: false };
  const failed = (message: string): SupervisedEnd => ({
    exit: { kind: 'failed-to-start', message: redact(message, task.secrets ?? []).slice(0, 500) },
    durationMs: Math.round(timers.now() - began),
    log,
  });
  if (task.program === '') return failed('no program is named');
  if (signal.aborted) return { exit: { kind: 'cancelled' }, durationMs: 0, log };

  const { account = OWN_ACCOUNT } = task;
  const stdin = await open(task.stdinFile ?? '/dev/null', 'r').catch((error: Error) => error);
  if (stdin instanceof Error) return failed(stdin.message);
  try {
    const { program, args, cwd, env } = await account.command(task);
    const child = spawn(program, [...args], {
      cwd,
      env: { ...env },
      detached: true,
      stdio: [stdin.fd, 'pipe', 'pipe'],
    });
    return await watch(child, task, account, signal, timers, began, failed);
  } catch (error) {
    // What spawn itself refuses, such as a NUL in an argument.
    return failed((error as Error).message);
  } finally {
    await stdin.close();
  }
}

/** Listens before it waits for anything: an early `exit` would otherwise pass unheard. */
async function watch(
  child: ChildProcess,
  task: SupervisedProcess,
  account: Account,
  signal: AbortSignal,
  timers: Timers,
  began: number,
  failed: (message: string) => SupervisedEnd,
): Promise<SupervisedEnd> {
  const { pid } = child;
  const ended = new Promise<ExitReason | Error>((resolve) => {
    child.once('error', resolve);
    child.once('exit', (code, name) =>
      resolve(name === null ? { kind: 'exited', code: code ?? 0 } : { kind: 'signalled', signal: name }),
    );
  });
  if (pid === undefined) {
    const error = await ended;
    return failed(error instanceof Error ? error.message : 'the program did not start');
  }
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));

  const end = (how: EndSignal): Promise<void> => account.end(pid, how);
  let reason: ExitReason | null = null;
  let cancelKill = () => {};
  const stop = (why: ExitReason) => {
    // The first cause stands: a process ended for its time must not be told to have been cancelled a moment later.
    if (reason !== null) return;
    reason = why;
    void end('SIGTERM');
    cancelKill = timers.after(task.graceMs ?? GRACE_MS, () => void end('SIGKILL'));
  };
  const cancelTimeout = timers.after(task.timeoutMs, () =>
    stop({ kind: 'timed-out', afterMs: task.timeoutMs }),
  );
  const onAbort = () => stop({ kind: 'cancelled' });
  signal.addEventListener('abort', onAbort, { once: true });
  // It may have been aborted while the program was being started.
  if (signal.aborted) onAbort();
  const capped = () => stop({ kind: 'output-capped', bytes: task.maxOutputBytes });
  const log = logTo(task, capped);
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  const flushes = streams.map((stream) =>
    log.follow(stream, stream === child.stdout ? (task.onStdout ?? (() => {})) : () => {}),
  );

  const exit = await ended;
  cancelTimeout();
  cancelKill();
  signal.removeEventListener('abort', onAbort);
  const durationMs = Math.round(timers.now() - began);
  await end('SIGKILL');
  const cancelDrain = timers.after(DRAIN_MS, () => {
    for (const stream of streams) stream.destroy();
  });
  await closed;
  cancelDrain();
  for (const flush of flushes) flush();
  const written = await log.close();
  const natural: ExitReason =
    exit instanceof Error
      ? { kind: 'failed-to-start', message: redact(exit.message, task.secrets ?? []) }
      : exit;
  return { exit: reason ?? natural, durationMs, log: written };
}
