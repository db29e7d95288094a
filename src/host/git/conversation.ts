import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { cleanEnvironment, firstComplaint, settings } from './process.ts';
import type { Repository } from './repository.ts';
import { type Failure, failure, type GitFailureCode, type Result, success } from './result.ts';

/** What a process prints, taken piece by piece. Each rejects when the process ends first or prints too much. */
export type Answer = {
  /** Without its line feed. */
  readonly line: () => Promise<string>;
  readonly bytes: (count: number) => Promise<Buffer>;
  /** All there is up to `end`, which is the last thing printed; `end` itself is left out. */
  readonly upTo: (end: string) => Promise<Buffer>;
};

/**
 * One git process that answers many questions: it is started by the first, ends when none was asked for a while or when
 * our process ends, and never keeps ours alive but while a question is open. Questions are answered in order.
 */
export type Conversation = {
  readonly ask: <T>(question: string, answer: (from: Answer) => Promise<T>) => Promise<Result<T>>;
};

type Limits = { readonly idleMs: number; readonly timeoutMs: number; readonly maxBytes: number };
const LIMITS: Limits = { idleMs: 1000, timeoutMs: 10 * 60_000, maxBytes: 512 * 1024 * 1024 };
const MAX_STDERR = 64 * 1024;

class TooLarge extends Error {}

const reading = (stdout: Readable, maxBytes: number): Answer & { readonly end: () => void } => {
  let chunks: Buffer[] = [];
  let size = 0;
  let ended = false;
  let wake = (): void => {};
  stdout.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    wake();
  });
  const until = async (ready: () => boolean, wanted: () => number): Promise<void> => {
    for (;;) {
      if (wanted() > maxBytes) throw new TooLarge(`git would print more than ${maxBytes} bytes`);
      if (ready()) return;
      if (ended) throw new Error('git ended before it had answered');
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  /** Everything there is, as one chunk. */
  const all = (): Buffer => {
    const [first = Buffer.alloc(0)] = chunks;
    const whole = chunks.length <= 1 ? first : Buffer.concat(chunks, size);
    chunks = [whole];
    return whole;
  };
  const take = (count: number, skip: number): Buffer => {
    const whole = all();
    const rest = whole.subarray(count + skip);
    chunks = rest.length === 0 ? [] : [rest];
    size = rest.length;
    return whole.subarray(0, count);
  };
  const endsWith = (end: Buffer): boolean => {
    let tail = chunks.at(-1) ?? Buffer.alloc(0);
    for (let i = chunks.length - 2; i >= 0 && tail.length < end.length; i--)
      tail = Buffer.concat([chunks[i] ?? Buffer.alloc(0), tail]);
    return tail.length >= end.length && tail.subarray(tail.length - end.length).equals(end);
  };
  return {
    line: async () => {
      await until(
        () => all().includes(10),
        () => size,
      );
      return take(all().indexOf(10), 1).toString('utf8');
    },
    bytes: async (count) => {
      await until(
        () => size >= count,
        () => count,
      );
      return take(count, 0);
    },
    upTo: async (end) => {
      const marker = Buffer.from(end);
      await until(
        () => endsWith(marker),
        () => size,
      );
      return take(size - marker.length, marker.length);
    },
    end: () => {
      ended = true;
      wake();
    },
  };
};

type Partner = {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly answer: Answer;
  readonly complaint: () => string;
  /** While a question is open the process keeps ours alive, otherwise not. */
  readonly hold: (open: boolean) => void;
};

const start = (repository: Repository, args: readonly string[], maxBytes: number): Partner => {
  const child = spawn('git', [...settings(), ...args], {
    cwd: repository.dir,
    env: cleanEnvironment({ GIT_DIR: repository.dir }),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const answer = reading(child.stdout, maxBytes);
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (stderr.length < MAX_STDERR) stderr += chunk.toString('utf8');
  });
  let broken: string | null = null;
  child.on('error', (error) => {
    broken = error.message;
    answer.end();
  });
  child.on('close', answer.end);
  // It may end before it has read a question; the answer that never comes says so.
  child.stdin.on('error', () => {});
  // Pipes of a child are sockets (child_process documentation); only those can be let go of.
  const handles = [child, child.stdin, child.stdout, child.stderr] as unknown as readonly Socket[];
  return {
    child,
    answer,
    complaint: () => broken ?? firstComplaint(stderr) ?? 'git ended before it had answered',
    hold: (open) => {
      for (const handle of handles) {
        if (open) handle.ref();
        else handle.unref();
      }
    },
  };
};

export const conversation = (
  repository: Repository,
  args: readonly string[],
  limits: Partial<Limits> = {},
): Conversation => {
  const { idleMs, timeoutMs, maxBytes } = { ...LIMITS, ...limits };
  let partner: Partner | null = null;
  let idle: NodeJS.Timeout | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const letGo = (): void => {
    partner?.child.stdin.end();
    partner = null;
  };
  const one = async <T>(
    question: string,
    answer: (from: Answer) => Promise<T>,
  ): Promise<Result<T> | Failure<GitFailureCode>> => {
    clearTimeout(idle);
    if (partner !== null && (partner.child.exitCode !== null || partner.child.signalCode !== null))
      partner = null;
    partner ??= start(repository, args, maxBytes);
    const { child, hold, complaint, answer: from } = partner;
    hold(true);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    try {
      child.stdin.write(question);
      return success(await answer(from));
    } catch (error) {
      child.kill('SIGKILL');
      partner = null;
      if (late) return failure('timed-out', `git did not answer in ${timeoutMs} ms`);
      if (error instanceof TooLarge) return failure('output-too-large', error.message);
      return failure('git-failed', complaint());
    } finally {
      clearTimeout(timer);
      hold(false);
      idle = setTimeout(letGo, idleMs);
      idle.unref();
    }
  };
  return {
    ask: (question, answer) => {
      const result = last.then(() => one(question, answer));
      last = result;
      return result;
    },
  };
};

/** One conversation of this kind for each repository, gone with it. */
export const conversationPerRepository = (
  args: readonly string[],
): ((repository: Repository) => Conversation) => {
  const known = new WeakMap<Repository, Conversation>();
  return (repository) => {
    const mine = known.get(repository) ?? conversation(repository, args);
    known.set(repository, mine);
    return mine;
  };
};
