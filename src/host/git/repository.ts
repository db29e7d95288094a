import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanEnvironment, complaint, type GitExit, runGit, settings } from './process.ts';
import { recentPerOwner } from './recent.ts';
import { type Failure, failure, type GitFailureCode, type Result, success } from './result.ts';

/** Our own bare repository, as the functions of this folder see it. */
export type Repository = {
  /** Absolute; the value of GIT_DIR. */
  readonly dir: string;
  /** Proxy and certificate variables, given only to processes that use the network. */
  readonly networkEnv: Readonly<Record<string, string>>;
};

export type CallOptions = {
  readonly stdin?: Uint8Array | string;
  readonly index?: string;
  readonly workTree?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly set?: readonly string[];
  readonly timeoutMs?: number;
  readonly maxOutputBytes?: number;
};

/** Runs git on the repository, whatever its exit code. */
export const call = (
  repository: Repository,
  args: readonly string[],
  options: CallOptions = {},
): Promise<GitExit | Failure<GitFailureCode>> =>
  runGit({
    args: [...settings(options.set), ...args],
    cwd: options.workTree ?? repository.dir,
    env: cleanEnvironment({
      GIT_DIR: repository.dir,
      // A call that has no index of its own must not find one; git takes a missing file for an empty index.
      GIT_INDEX_FILE: options.index ?? join(repository.dir, 'no-index'),
      ...(options.workTree === undefined ? {} : { GIT_WORK_TREE: options.workTree }),
      ...options.env,
    }),
    ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    ...(options.maxOutputBytes === undefined ? {} : { maxOutputBytes: options.maxOutputBytes }),
  });

/** Runs git and gives its output; any exit code but 0 is the failure `git-failed` with git's complaint. */
export const output = async (
  repository: Repository,
  args: readonly string[],
  options: CallOptions = {},
): Promise<Result<Buffer>> => {
  const exit = await call(repository, args, options);
  if (!exit.ok) return exit;
  return exit.exit === 0 ? success(exit.stdout) : failure(failureCode(exit), complaint(exit));
};

const failureCode = (exit: GitExit): GitFailureCode =>
  /not a valid object name|bad object|not a tree object|unable to read|could not get object|invalid object|Not a valid/i.test(
    exit.stderr,
  )
    ? 'not-found'
    : 'git-failed';

export const line = (bytes: Buffer): string => bytes.toString('utf8').trimEnd();

export const isOid = (text: string): boolean => /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text);

/** Runs `use` with the name of an index file that nobody else has and that is gone afterwards. */
export const withIndex = async <T>(
  repository: Repository,
  use: (index: string) => Promise<T>,
): Promise<T> => {
  const folder = join(repository.dir, 'wave-index');
  await mkdir(folder, { recursive: true });
  const index = join(folder, randomUUID());
  try {
    return await use(index);
  } finally {
    await rm(index, { force: true });
    await rm(`${index}.lock`, { force: true });
  }
};

const MAX_SEED_BYTES = 8 * 1024 * 1024;
const seeds = recentPerOwner<Repository, Result<Buffer>>(
  4,
  (seed) => seed.ok && seed.value.length <= MAX_SEED_BYTES,
);

/** Makes `index`, which does not exist yet, hold `tree` and nothing about any worktree; git is asked once for a tree. */
export const readTreeInto = async (
  repository: Repository,
  tree: string,
  index: string,
): Promise<Result<null>> => {
  const seed = await seeds(repository).of(tree, () =>
    withIndex(repository, async (own) => {
      const read = await output(repository, ['read-tree', tree], { index: own });
      return read.ok ? success(await readFile(own)) : read;
    }),
  );
  if (!seed.ok) return seed;
  await writeFile(index, seed.value);
  return success(null);
};

/** The tree that `index` holds, written; whoever builds on that tree next starts from this index. */
export const writeTreeFrom = async (repository: Repository, index: string): Promise<Result<string>> => {
  const written = await output(repository, ['write-tree'], { index });
  if (!written.ok) return written;
  const tree = line(written.value);
  await seeds(repository).of(tree, async () => success(await readFile(index)));
  return success(tree);
};
