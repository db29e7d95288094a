/**
 * An exclusive lock between processes of one machine: one file, whose content says who holds it.
 *
 * Taking it is `link(2)` of a complete temporary file, so a lock file is never half written. A holder that died is
 * replaced, never removed: whoever wants to replace lock token T must first hold the claim `<path>.over-<T>`, looks
 * again under it, and renames its own content over T. T can only change under that claim, so two waiters cannot
 * both win, and a late one cannot remove a lock that is alive.
 */
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, uptime } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

export type LockHolder = {
  readonly pid: number;
  /** ISO 8601, when the lock was taken; the epoch when its file cannot be read. */
  readonly startedAt: string;
  readonly purpose: string;
  /** The machine it runs on. From another one (a shared disk, a container) nobody can see whether it is alive. */
  readonly host: string;
};
export type LockAttempt =
  | { readonly kind: 'acquired'; readonly release: () => void }
  | { readonly kind: 'held'; readonly by: LockHolder };
export type Locked<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'held'; readonly by: LockHolder };

type LockFile = LockHolder & { readonly token: string; readonly process: string | null };

const attempt = <T>(action: () => T, expected: readonly string[]): T | null => {
  try {
    return action();
  } catch (error) {
    if (expected.includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
};

let boot: string | null | undefined;
const bootId = (): string | null => {
  boot ??=
    attempt(
      () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
      ['ENOENT', 'EACCES', 'ENOTDIR'],
    ) ?? null;
  return boot;
};

/** What tells a process from a later one with the same pid: the boot and field 22 of proc(5) stat; null off Linux. */
const processIdentity = (pid: number): string | null => {
  const stat = attempt(
    () => readFileSync(`/proc/${pid}/stat`, 'utf8'),
    ['ENOENT', 'EACCES', 'ESRCH', 'ENOTDIR'],
  );
  if (stat === null) return null;
  // The command name, in parentheses, may itself hold blanks and parentheses.
  const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const started = afterName[19];
  // A zombie holds nothing any more.
  if (started === undefined || afterName[0] === 'Z' || afterName[0] === 'X') return null;
  return `${bootId() ?? ''}:${started}`;
};

const pidExists = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Of another machine's process nothing is known here: it counts as alive until somebody there lets go, or a person does. */
const isAlive = (holder: LockFile): boolean => {
  if (holder.host !== hostname()) return true;
  if (!pidExists(holder.pid)) return false;
  return holder.process === null || processIdentity(holder.pid) === holder.process;
};

type Seen = { readonly holder: LockFile; readonly alive: boolean };

/** Reads who holds the lock; null when nobody does. */
const look = (path: string): Seen | null => {
  const text = attempt(() => readFileSync(path, 'utf8'), ['ENOENT', 'EISDIR']);
  if (text === null && !existsSync(path)) return null;
  try {
    const value = JSON.parse(text ?? '') as Partial<LockFile> | null;
    if (
      value !== null &&
      typeof value.pid === 'number' &&
      Number.isSafeInteger(value.pid) &&
      value.pid > 0 &&
      typeof value.token === 'string' &&
      /^[0-9a-f]{16}$/.test(value.token)
    ) {
      const holder: LockFile = {
        pid: value.pid,
        startedAt: String(value.startedAt),
        purpose: String(value.purpose).slice(0, 200),
        host: typeof value.host === 'string' ? value.host.slice(0, 255) : hostname(),
        token: value.token,
        process: typeof value.process === 'string' ? value.process : null,
      };
      return { holder, alive: isAlive(holder) };
    }
  } catch {
    // Not JSON: nothing of ours writes that. Below.
  }
  // An unreadable lock is held, unless it is older than this boot: then nobody alive can hold it.
  const stats = attempt(() => statSync(path), ['ENOENT']);
  if (stats === null) return null;
  const alive = stats.mtimeMs > Date.now() - uptime() * 1000;
  const token = '0'.repeat(16);
  const startedAt = new Date(0).toISOString();
  const purpose = 'unreadable lock file';
  return { holder: { pid: 0, startedAt, purpose, host: hostname(), token, process: null }, alive };
};

const publicHolder = ({ pid, startedAt, purpose, host }: LockFile): LockHolder => ({
  pid,
  startedAt,
  purpose,
  host,
});

const releaser = (path: string, token: string): (() => void) => {
  let released = false;
  return () => {
    if (released) return;
    released = true;
    if (look(path)?.holder.token === token) attempt(() => unlinkSync(path), ['ENOENT']);
  };
};

/**
 * Tries once. `held` names the live holder. Makes the folder of `path` when it is missing. Throws what the file
 * system throws (no space, no permission). `release` may be called more than once.
 */
export const acquireLock = (path: string, { purpose }: { purpose: string }): LockAttempt => {
  mkdirSync(dirname(path), { recursive: true });
  const token = randomBytes(8).toString('hex');
  const temporary = `${path}.${process.pid}-${token}.tmp`;
  const own: LockFile = {
    pid: process.pid,
    startedAt: new Date().toISOString(),
    purpose: purpose.slice(0, 200),
    host: hostname(),
    token,
    process: processIdentity(process.pid),
  };
  writeFileSync(temporary, `${JSON.stringify(own)}\n`, { flag: 'wx' });
  try {
    for (;;) {
      if (attempt(() => linkSync(temporary, path) ?? true, ['EEXIST'])) {
        return { kind: 'acquired', release: releaser(path, token) };
      }
      const seen = look(path);
      if (seen === null) continue;
      if (seen.alive) return { kind: 'held', by: publicHolder(seen.holder) };
      const claim = acquireLock(`${path}.over-${seen.holder.token}`, { purpose: `replace dead ${purpose}` });
      if (claim.kind === 'held') return claim;
      try {
        const again = look(path);
        if (again === null || again.alive || again.holder.token !== seen.holder.token) continue;
        renameSync(temporary, path);
        return { kind: 'acquired', release: releaser(path, token) };
      } finally {
        claim.release();
      }
    }
  } finally {
    attempt(() => unlinkSync(temporary), ['ENOENT']);
  }
};

/**
 * Holds the lock while `fn` runs; waits up to `deadlineMs` milliseconds for it, looking again at random moments
 * 1 to 20 ms apart. What `fn` throws is thrown, after the lock was released.
 */
export const withLock = async <T>(
  path: string,
  deadlineMs: number,
  fn: () => Promise<T> | T,
  purpose = 'append',
): Promise<Locked<T>> => {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const lock = acquireLock(path, { purpose });
    if (lock.kind === 'acquired') {
      try {
        return { kind: 'done', value: await fn() };
      } finally {
        lock.release();
      }
    }
    if (performance.now() >= deadline) return lock;
    await wait(1 + Math.random() * 19);
  }
};

/** Who holds the lock now, without trying for it; null when nobody alive does. */
export const lockHolder = (path: string): LockHolder | null => {
  const seen = look(path);
  return seen?.alive ? publicHolder(seen.holder) : null;
};
