import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { complaint, type GitExit, runGit } from './process.ts';
import { isOid } from './repository.ts';
import { type Failure, failure, type GitFailureCode, type Result, success } from './result.ts';
import type { Scratch } from './scratch.ts';

/** The user's own repository, which we read, add objects to, and fast-forward; nothing else. */
export type LocalRepository = {
  readonly root: string;
  readonly gitDir: string;
  /** The folder other repositories may read objects from (`openScratch`'s `objectsFrom`). */
  readonly objects: string;
  readonly objectFormat: 'sha1' | 'sha256';
  /** null before the first commit. */
  readonly head: string | null;
  /** null when HEAD is detached. */
  readonly branch: string | null;
  /** Tracked files modified and changes staged; untracked files are not dirt. */
  readonly dirty: readonly string[];
};

/**
 * Git as the user runs it, except that no hook and no fsmonitor starts. Their own settings count here: without
 * their line-ending and LFS settings their unchanged files would look modified.
 */
const SET = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.quotePath=false',
  'submodule.recurse=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'merge.autoStash=false',
  'merge.verifySignatures=false',
  'protocol.ext.allow=never',
].flatMap((setting) => ['-c', setting]);

const git = (
  repoDir: string,
  args: readonly string[],
  allowProtocol = '',
): Promise<GitExit | Failure<GitFailureCode>> => {
  const env: Record<string, string> = {
    PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    // Looking is not writing: without this, status refreshes the user's index.
    GIT_OPTIONAL_LOCKS: '0',
    GIT_ALLOW_PROTOCOL: allowProtocol,
    GIT_LITERAL_PATHSPECS: '1',
  };
  for (const name of ['HOME', 'XDG_CONFIG_HOME']) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return runGit({ args: [...SET, ...args], cwd: repoDir, env });
};

const ask = async (repoDir: string, args: readonly string[]): Promise<Result<string>> => {
  const exit = await git(repoDir, args);
  if (!exit.ok) return exit;
  return exit.exit === 0 ? success(exit.stdout.toString('utf8')) : failure('git-failed', complaint(exit));
};

/** What the repository around `repoDir` is and whether work in it is unsaved; `not-a-repository` if there is none. */
export const describe = async (
  repoDir: string,
): Promise<Result<LocalRepository, GitFailureCode | 'not-a-repository'>> => {
  const place = await ask(repoDir, [
    'rev-parse',
    '--path-format=absolute',
    '--show-object-format',
    '--show-toplevel',
    '--git-dir',
    '--git-path',
    'objects',
  ]);
  if (!place.ok) return place.code === 'git-failed' ? failure('not-a-repository', place.message) : place;
  const [objectFormat, root = '', gitDir = '', objects = ''] = place.value.trimEnd().split('\n');
  const status = await ask(root, [
    'status',
    '--porcelain=v2',
    '--branch',
    '-z',
    '--no-renames',
    '--untracked-files=no',
    '--ignore-submodules=dirty',
  ]);
  if (!status.ok) return status;
  const records = status.value.split('\0').filter((record) => record !== '');
  const header = (name: string): string | null =>
    records.find((record) => record.startsWith(`# branch.${name} `))?.slice(`# branch.${name} `.length) ??
    null;
  const [head, branch] = [header('oid'), header('head')];
  return success({
    root,
    gitDir,
    objects,
    objectFormat: objectFormat === 'sha256' ? 'sha256' : 'sha1',
    head: head === '(initial)' ? null : head,
    branch: branch === '(detached)' ? null : branch,
    dirty: records.flatMap((record) => {
      const fields = FIELDS_BEFORE_PATH[record.slice(0, 2)];
      return fields === undefined ? [] : [record.split(' ').slice(fields).join(' ')];
    }),
  });
};

/** git-status(1), "Porcelain Format Version 2": changed, and not merged. */
const FIELDS_BEFORE_PATH: Readonly<Record<string, number>> = { '1 ': 8, 'u ': 10 };

/** Adds a commit's objects to the user's repository; no ref, no FETCH_HEAD, no file of theirs changes. */
export const importCommit = async (
  repoDir: string,
  scratch: Pick<Scratch, 'dir'>,
  commit: string,
): Promise<Result<null>> => {
  if (!isOid(commit)) return failure('bad-argument', `not an object id: ${commit.slice(0, 80)}`);
  const fetched = await git(
    repoDir,
    [
      '-c',
      'protocol.version=2',
      'fetch',
      '--quiet',
      '--no-tags',
      '--no-write-fetch-head',
      '--no-recurse-submodules',
      '--no-prune',
      scratch.dir,
      commit,
    ],
    'file',
  );
  if (!fetched.ok) return fetched;
  return fetched.exit === 0 ? success(null) : failure('git-failed', complaint(fetched));
};

export type FastForward = { readonly branch: string; readonly from: string; readonly to: string };
export type FastForwardRefusal =
  | (Failure<'uncommitted-changes' | 'would-overwrite-untracked'> & { readonly files: readonly string[] })
  | Failure<'branch-moved' | 'not-a-fast-forward' | 'not-a-repository' | GitFailureCode>;

/**
 * Moves `branch` from commit `from` to its descendant `to`, in the working tree too where the branch is checked out
 * (here or in a linked worktree). All or nothing as far as git goes; the user's unsaved work refuses it first.
 */
export const fastForward = async (
  repoDir: string,
  { branch, from, to }: FastForward,
): Promise<{ readonly ok: true; readonly value: null } | FastForwardRefusal> => {
  if (!isOid(from) || !isOid(to)) return failure('bad-argument', 'from and to are object ids');
  const ref = `refs/heads/${branch}`;
  const tip = await ask(repoDir, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`]);
  if (!tip.ok && tip.code !== 'git-failed') return tip;
  const current = tip.ok ? tip.value.trim() : 'gone';
  if (current !== from) return failure('branch-moved', `${branch} is at ${current}, not at ${from}`);
  const descends = await git(repoDir, ['merge-base', '--is-ancestor', from, to]);
  if (!descends.ok) return descends;
  if (descends.exit !== 0) return failure('not-a-fast-forward', `${to} does not come from ${from}`);

  const worktree = await worktreeOf(repoDir, ref);
  if (!worktree.ok) return worktree;
  if (worktree.value === null) {
    const moved = await git(repoDir, ['update-ref', '-m', 'wave: fast-forward', ref, to, from]);
    if (!moved.ok) return moved;
    return moved.exit === 0 ? success(null) : failure('branch-moved', complaint(moved));
  }
  const place = await describe(worktree.value);
  if (!place.ok) return place;
  if (place.value.dirty.length > 0)
    return {
      ...failure('uncommitted-changes', 'the working tree has uncommitted changes'),
      files: place.value.dirty,
    };
  const inTheWay = await untrackedInTheWay(place.value.root, from, to);
  if (!inTheWay.ok) return inTheWay;
  if (inTheWay.value.length > 0)
    return {
      ...failure('would-overwrite-untracked', 'untracked files are where new ones go'),
      files: inTheWay.value,
    };
  const merged = await git(place.value.root, ['merge', '--ff-only', '--quiet', '--no-stat', to]);
  if (!merged.ok) return merged;
  if (merged.exit === 0) return success(null);
  if (merged.stderr.includes('untracked'))
    return { ...failure('would-overwrite-untracked', complaint(merged)), files: tabbedLines(merged.stderr) };
  const now = await ask(place.value.root, ['rev-parse', ref]);
  if (now.ok && now.value.trim() !== from)
    return failure('branch-moved', `${branch} is at ${now.value.trim()}`);
  return failure('git-failed', complaint(merged));
};

/** The folder in which `ref` is checked out, or null. */
const worktreeOf = async (repoDir: string, ref: string): Promise<Result<string | null>> => {
  const listed = await ask(repoDir, ['worktree', 'list', '--porcelain', '-z']);
  if (!listed.ok) return listed;
  for (const record of listed.value.split('\0\0')) {
    const lines = record.split('\0');
    const folder = lines.find((text) => text.startsWith('worktree '))?.slice('worktree '.length);
    if (folder !== undefined && lines.includes(`branch ${ref}`)) return success(folder);
  }
  return success(null);
};

/** Files, ignored ones too (git would overwrite those silently), that lie where `to` adds a file or a folder. */
const untrackedInTheWay = async (root: string, from: string, to: string): Promise<Result<string[]>> => {
  const added = await ask(root, [
    'diff-tree',
    '-r',
    '-z',
    '--no-renames',
    '--name-only',
    '--diff-filter=A',
    from,
    to,
  ]);
  if (!added.ok) return added;
  const tracked = await ask(root, ['ls-tree', '-r', '-z', '--name-only', '--full-tree', from]);
  if (!tracked.ok) return tracked;
  const known = new Set(tracked.value.split('\0'));
  const folders = new Set([...known].flatMap(foldersOf));
  const found = new Set<string>();
  for (const path of added.value.split('\0').filter((name) => name !== '')) {
    for (const name of [path, ...foldersOf(path)]) {
      const entry = await lstat(join(root, name)).catch(() => null);
      if (entry === null || known.has(name)) continue;
      // A folder of tracked files may give way to a file; git itself looks for untracked ones in it.
      const gives = entry.isDirectory() && (name !== path || folders.has(name));
      if (!gives) found.add(name);
    }
  }
  return success([...found].sort());
};

const foldersOf = (path: string): string[] => {
  const segments = path.split('/').slice(0, -1);
  return segments.map((_, depth) => segments.slice(0, depth + 1).join('/'));
};

/** git lists the paths it complains about one a line, behind a tab. */
const tabbedLines = (stderr: string): string[] =>
  stderr
    .split('\n')
    .filter((text) => text.startsWith('\t'))
    .map((text) => text.trim());
