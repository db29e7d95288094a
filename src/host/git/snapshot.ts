import { lstat, mkdir, readdir } from 'node:fs/promises';
import { recentPerOwner } from './recent.ts';
import { isOid, line, output, type Repository, readTreeInto, withIndex } from './repository.ts';
import { failure, type GitFailureCode, type Result, success } from './result.ts';

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

/** What an embedded repository is recorded as: its own `.git` is hostile and stays unread. */
const GITLINK_PLACEHOLDER = (oidLength: number): string => 'e'.repeat(oidLength);

/**
 * The tree a worktree holds, on top of `baseTree`: byte-exact files, executable bits, symlinks as links. Untracked
 * files count unless a `.gitignore` of the worktree names them. Reads nothing of the worktree's `.git` and starts
 * no process in it: the index is ours, embedded repositories become gitlinks of a placeholder id, and gitlinks of
 * the base tree stay as they are (asking git about them would run git inside the submodule, with its config).
 */
export const snapshotWorktree = (
  repository: Repository,
  worktree: string,
  baseTree: string,
  limits: Partial<SnapshotLimits> = {},
): Promise<Result<string, SnapshotFailure>> =>
  withIndex(repository, async (index): Promise<Result<string, SnapshotFailure>> => {
    const { maxFileBytes, maxNewFiles, timeoutMs } = { ...DEFAULT_LIMITS, ...limits };
    if (!isOid(baseTree)) return failure('bad-argument', 'the base is not a tree id');
    const inWorktree = {
      index,
      workTree: worktree,
      timeoutMs,
      // Disguises of `.git` are recorded, so that admission can refuse them by name.
      set: ['core.protectHFS=false', 'core.protectNTFS=false'],
    };
    const read = await readTreeInto(repository, baseTree, index);
    if (!read.ok) return read;
    const tracked = await trackedIn(repository, baseTree);
    if (!tracked.ok) return tracked;
    const others = await output(repository, ['ls-files', '-o', '-z', '--exclude-standard'], inWorktree);
    if (!others.ok) return others;

    const untracked = split(others.value);
    if (untracked.length > maxNewFiles)
      return failure(
        'too-many-files',
        `${untracked.length} untracked files, more than ${maxNewFiles}; is a .gitignore missing?`,
      );
    const embedded = untracked.filter((name) => name.endsWith('/')).map((name) => name.slice(0, -1));

    const look = worktreeReader(worktree);
    const present: string[] = [];
    const absent: string[] = [];
    for (const name of [...tracked.value, ...untracked.filter((entry) => !entry.endsWith('/'))]) {
      const seen = await look(name);
      if (seen === 'absent') absent.push(name);
      else if (seen.size > maxFileBytes)
        return failure(
          'file-too-large',
          `${printable(name)} has ${seen.size} bytes, more than ${maxFileBytes}`,
        );
      else present.push(name);
    }

    const oidLength = baseTree.length;
    const zero = '0'.repeat(oidLength);
    const removals = absent.map((name) => `0 ${zero}\t${name}\0`);
    const links = embedded.map((name) => `160000 ${GITLINK_PLACEHOLDER(oidLength)}\t${name}\0`);
    const gone = await updateIndex(['--index-info'], removals.join(''));
    if (!gone.ok) return gone;
    const added = await updateIndex(['--stdin'], present.map((name) => `${name}\0`).join(''));
    if (!added.ok) return added;
    const linked = await updateIndex(['--index-info'], links.join(''));
    if (!linked.ok) return linked;
    const tree = await output(repository, ['write-tree'], { index });
    return tree.ok ? success(line(tree.value)) : tree;

    async function updateIndex(
      mode: readonly string[],
      stdin: string,
    ): Promise<Result<null, SnapshotFailure>> {
      if (stdin === '') return success(null);
      const done = await output(
        repository,
        ['update-index', '--add', '--replace', '--remove', '-z', ...mode],
        {
          ...inWorktree,
          stdin: Buffer.from(stdin, 'latin1'),
        },
      );
      if (done.ok) return success(null);
      return done.code === 'git-failed' ? failure('worktree-unreadable', done.message) : done;
    }
  });

/** File names are bytes; latin1 keeps each one apart. */
const split = (bytes: Buffer): string[] =>
  bytes
    .toString('latin1')
    .split('\0')
    .filter((name) => name !== '');

const trackedLists = recentPerOwner<Repository, Result<readonly string[]>>(4, (list) => list.ok);

/** The names of a tree's files and symlinks, gitlinks left out. */
const trackedIn = (repository: Repository, tree: string): Promise<Result<readonly string[]>> =>
  trackedLists(repository).of(tree, async () => {
    const listed = await output(repository, ['ls-tree', '-r', '-z', '--full-tree', tree]);
    if (!listed.ok) return listed;
    return success(
      split(listed.value).flatMap((record) => {
        const [meta = '', ...path] = record.split('\t');
        return meta.startsWith('160000') ? [] : [path.join('\t')];
      }),
    );
  });

type Seen = 'absent' | { readonly size: number };

/**
 * Looks at names below a worktree without following any link: a file below a symlinked folder is absent, and so is
 * what is neither a regular file nor a symlink (a FIFO, a socket, a folder where a file was).
 */
const worktreeReader = (worktree: string): ((name: string) => Promise<Seen>) => {
  const root = Buffer.from(`${worktree}/`);
  const stat = (name: string) => lstat(Buffer.concat([root, Buffer.from(name, 'latin1')])).catch(() => null);
  const folders = new Map<string, Promise<boolean>>();
  const isFolder = (name: string): Promise<boolean> => {
    const known = folders.get(name);
    if (known !== undefined) return known;
    const cut = name.lastIndexOf('/');
    const parent = cut < 0 ? Promise.resolve(true) : isFolder(name.slice(0, cut));
    const answer = parent.then(async (ok) => ok && ((await stat(name))?.isDirectory() ?? false));
    folders.set(name, answer);
    return answer;
  };
  return async (name) => {
    const cut = name.lastIndexOf('/');
    if (cut >= 0 && !(await isFolder(name.slice(0, cut)))) return 'absent';
    const found = await stat(name);
    if (found === null || !(found.isFile() || found.isSymbolicLink())) return 'absent';
    return { size: found.size };
  };
};

const printable = (name: string): string => JSON.stringify(Buffer.from(name, 'latin1').toString('utf8'));

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
