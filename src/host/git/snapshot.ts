import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { objectId, writeObject } from './objects.ts';
import { isOid, output, type Repository, readTreeInto, withIndex } from './repository.ts';
import { failure, type GitFailureCode, type Result, success } from './result.ts';
import { asText, editTree, listNames, type TreeEntry } from './tree-objects.ts';

export type SnapshotLimits = {
  /** Bytes of one file; GitHub refuses a push with a larger one than 100 MiB. */
  readonly maxFileBytes: number;
  /** Untracked files that no `.gitignore` names. */
  readonly maxNewFiles: number;
  /** Milliseconds for each look at the worktree: a FIFO named `.gitignore` blocks whoever reads it. */
  readonly timeoutMs: number;
};
export type SnapshotFailure = GitFailureCode | 'file-too-large' | 'too-many-files' | 'worktree-unreadable';

const DEFAULT_LIMITS: SnapshotLimits = {
  maxFileBytes: 100 * 1024 * 1024,
  maxNewFiles: 10_000,
  timeoutMs: 5 * 60_000,
};

const GITLINK = '160000';
/** What an embedded repository is recorded as: its own `.git` is hostile and stays unread. */
const GITLINK_PLACEHOLDER = (oidLength: number): string => 'e'.repeat(oidLength);

/**
 * The tree a worktree holds, on top of `baseTree`: byte-exact files, executable bits, symlinks as links. Untracked
 * files count unless a `.gitignore` of the worktree names them. Reads nothing of the worktree's `.git` and starts
 * no process in it: the index is ours, embedded repositories become gitlinks of a placeholder id, and gitlinks of
 * the base tree stay as they are (asking git about them would run git inside the submodule, with its config).
 */
export const snapshotWorktree = async (
  repository: Repository,
  worktree: string,
  baseTree: string,
  limits: Partial<SnapshotLimits> = {},
): Promise<Result<string, SnapshotFailure>> => {
  const { maxFileBytes, maxNewFiles, timeoutMs } = { ...DEFAULT_LIMITS, ...limits };
  if (!isOid(baseTree)) return failure('bad-argument', 'the base is not a tree id');
  // A link in its place would lead us to files the agent never had.
  if (!lstatSync(worktree, { throwIfNoEntry: false })?.isDirectory())
    return failure('worktree-unreadable', 'the worktree is gone, or is no folder any more');
  const tracked = await listNames(repository, baseTree);
  if (!tracked.ok) return tracked;
  const untracked = await untrackedNames(repository, worktree, baseTree, timeoutMs);
  if (!untracked.ok) return untracked;
  if (untracked.value.length > maxNewFiles)
    return failure(
      'too-many-files',
      `${untracked.value.length} untracked files, more than ${maxNewFiles}; is a .gitignore missing?`,
    );

  const edits = new Map<string, TreeEntry | null>();
  const reader = worktreeReader(worktree, maxFileBytes);
  const files = [...tracked.value]
    .flatMap(([name, { mode }]) => (mode === GITLINK ? [] : [name]))
    .concat(untracked.value.filter((name) => !name.endsWith('/')));
  for (const [count, name] of files.entries()) {
    // Reading blocks: others get their turn.
    if (count % FILES_A_TURN === FILES_A_TURN - 1) await nextTurn();
    const seen = reader(name);
    if (!seen.ok) return seen;
    const before = tracked.value.get(name);
    if (seen.value === 'absent') {
      if (before !== undefined) edits.set(name, null);
      continue;
    }
    const { mode, bytes } = seen.value;
    const same = before?.oid === objectId('blob', bytes, baseTree.length);
    if (same && before.mode === mode) continue;
    const oid = same ? before.oid : writeObject(repository, 'blob', bytes, baseTree.length);
    edits.set(name, { mode, oid });
  }
  for (const name of untracked.value)
    if (name.endsWith('/'))
      edits.set(name.slice(0, -1), { mode: GITLINK, oid: GITLINK_PLACEHOLDER(baseTree.length) });
  return editTree(repository, baseTree, edits);
};

const FILES_A_TURN = 64;

/** Names (bytes) below the worktree that the tree does not have and no `.gitignore` names; embedded repositories end in a slash. */
const untrackedNames = (
  repository: Repository,
  worktree: string,
  tree: string,
  timeoutMs: number,
): Promise<Result<readonly string[]>> =>
  withIndex(repository, async (index) => {
    const read = await readTreeInto(repository, tree, index);
    if (!read.ok) return read;
    const listed = await output(repository, ['ls-files', '-o', '-z', '--exclude-standard'], {
      index,
      workTree: worktree,
      timeoutMs,
      // Disguises of `.git` are recorded, so that admission can refuse them by name.
      set: ['core.protectHFS=false', 'core.protectNTFS=false'],
    });
    if (!listed.ok) return listed;
    return success(
      listed.value
        .toString('latin1')
        .split('\0')
        .filter((name) => name !== ''),
    );
  });

type Seen = 'absent' | { readonly mode: string; readonly bytes: Buffer };

/**
 * Reads names below a worktree without following any link: a file below a symlinked folder is absent, and so is
 * what is neither a regular file nor a symlink (a FIFO, a socket, a folder where a file was).
 */
const worktreeReader = (
  worktree: string,
  maxBytes: number,
): ((name: string) => Result<Seen, SnapshotFailure>) => {
  const root = Buffer.from(`${worktree}/`);
  const at = (name: string): Buffer => Buffer.concat([root, Buffer.from(name, 'latin1')]);
  const folders = new Map<string, boolean>();
  const isFolder = (name: string): boolean => {
    const known = folders.get(name);
    if (known !== undefined) return known;
    const cut = name.lastIndexOf('/');
    const answer =
      (cut < 0 || isFolder(name.slice(0, cut))) &&
      (lstatSync(at(name), { throwIfNoEntry: false })?.isDirectory() ?? false);
    folders.set(name, answer);
    return answer;
  };
  const read = (name: string): Result<Seen, SnapshotFailure> => {
    const cut = name.lastIndexOf('/');
    if (cut >= 0 && !isFolder(name.slice(0, cut))) return success('absent');
    const found = lstatSync(at(name), { throwIfNoEntry: false });
    if (found?.isSymbolicLink())
      return success({ mode: '120000', bytes: readlinkSync(at(name), { encoding: 'buffer' }) });
    if (!found?.isFile()) return success('absent');
    // Whatever has taken the file's place since then is not followed and not waited for.
    const file = openSync(at(name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const facts = fstatSync(file);
      if (!facts.isFile()) return success('absent');
      if (facts.size > maxBytes)
        return failure('file-too-large', `${printable(name)} has ${facts.size} bytes, more than ${maxBytes}`);
      const bytes = facts.size === 0 ? Buffer.alloc(0) : readFileSync(file);
      return success({ mode: (facts.mode & 0o100) === 0 ? '100644' : '100755', bytes });
    } finally {
      closeSync(file);
    }
  };
  return (name) => {
    try {
      return read(name);
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return success('absent');
      return failure('worktree-unreadable', `${printable(name)}: ${code || message}`);
    }
  };
};

const printable = (name: string): string => JSON.stringify(asText(name));

/**
 * Writes the tree's files into `dir`, which is made, or must be empty: a link that waits there could lead
 * outside. Byte-exact: no filter, no line-ending conversion. Symlinks are links, gitlinks empty folders.
 */
export const checkout = async (
  repository: Repository,
  tree: string,
  dir: string,
): Promise<Result<null, GitFailureCode | 'directory-not-empty'>> => {
  if (!isOid(tree)) return failure('bad-argument', `not an object id: ${tree.slice(0, 80)}`);
  await mkdir(dir, { recursive: true });
  if ((await readdir(dir)).length > 0) return failure('directory-not-empty', `${dir} is not empty`);
  return withIndex(repository, async (index) => {
    const read = await readTreeInto(repository, tree, index);
    if (!read.ok) return read;
    const written = await output(repository, ['checkout-index', '--all', '--quiet'], {
      index,
      workTree: dir,
    });
    return written.ok ? success(null) : written;
  });
};
