/**
 * A run that was killed while git moved the user's branch leaves their working tree half way: new files here and there,
 * an index that runs ahead of the branch, git's own lock files. When all of it is explained by the merge that was written
 * down as intended, it is put back to what it was, and the run goes on as if it had been killed a moment earlier. What the
 * intended merge does not explain is the user's own and is left alone.
 */
import { lstat, readdir, readFile, readlink, rm, rmdir } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { superviseProcess } from '../agents/index.ts';
import type { LocalRepository, RawChange, Scratch } from '../host/index.ts';
import type { WaveState } from '../state/index.ts';
import { orFail, WaveFailure } from './failure/index.ts';

type Intent = NonNullable<WaveState['intent']>;

/** How a path of the merge lies in the working tree. */
type Lies = 'as-before' | 'moved' | 'unexplained';

const absent = (error: NodeJS.ErrnoException): null => {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
  throw error;
};

const bytesOf = async (scratch: Scratch, mode: string, oid: string): Promise<Buffer | null> =>
  mode.startsWith('100') ? Buffer.from(orFail(await scratch.readBlob(oid), 'a file of the merge')) : null;

const lies = async (scratch: Scratch, root: string, change: RawChange, midway: boolean): Promise<Lies> => {
  const file = join(root, change.path);
  const facts = await lstat(file).catch(absent);
  const before = await bytesOf(scratch, change.oldMode, change.oldOid);
  // git takes a file away before it writes the new one.
  if (facts === null)
    return change.status === 'A' ? 'as-before' : change.status === 'D' || midway ? 'moved' : 'unexplained';
  if (!facts.isFile()) return 'unexplained';
  const now = await readFile(file);
  if (before?.equals(now)) return 'as-before';
  const after = await bytesOf(scratch, change.newMode, change.newOid);
  if (after === null) return 'unexplained';
  return after.equals(now) || (midway && after.subarray(0, now.length).equals(now)) ? 'moved' : 'unexplained';
};

/** Is a git at work in this repository? Null where the machine cannot tell us. */
const gitAtWork = async (root: string): Promise<boolean | null> => {
  const pids = await readdir('/proc').catch(() => null);
  if (pids === null) return null;
  for (const pid of pids.filter((name) => /^\d+$/.test(name))) {
    const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
    if (!name.startsWith('git')) continue;
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    if (cwd === root || cwd.startsWith(root + sep)) return true;
  }
  return false;
};

/** Lock files a `git merge --ff-only` holds, in the order it takes them. */
const locksOf = ({ gitDir, objects }: LocalRepository, branch: string): readonly string[] => [
  join(gitDir, 'index.lock'),
  join(gitDir, 'HEAD.lock'),
  join(gitDir, 'ORIG_HEAD.lock'),
  join(dirname(objects), `refs/heads/${branch}.lock`),
];

const present = async (files: readonly string[]): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const file of files) if ((await lstat(file).catch(absent)) !== null) found.push(file);
  return found;
};

const resetTo = async (repository: LocalRepository, commit: string, workDir: string): Promise<void> => {
  const settings = ['core.hooksPath=/dev/null', 'core.fsmonitor=false', 'submodule.recurse=false'].flatMap(
    (one) => ['-c', one],
  );
  const env: Record<string, string> = { LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0' };
  for (const name of ['PATH', 'HOME', 'XDG_CONFIG_HOME']) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  const logFile = join(workDir, 'put-back.log');
  const { exit } = await superviseProcess(
    {
      program: 'git',
      args: [...settings, 'reset', '--hard', '--quiet', commit],
      cwd: repository.root,
      env,
      stdinFile: null,
      logFile,
      timeoutMs: 120_000,
      maxOutputBytes: 1024 * 1024,
    },
    new AbortController().signal,
  );
  if (exit.kind === 'exited' && exit.code === 0) return;
  const said = (await readFile(logFile, 'utf8').catch(() => '')).trim().slice(0, 300);
  throw new WaveFailure(
    'merge-cut-off',
    `a merge was cut off and the working tree could not be put back: ${said}`,
    `Look at git status; git reset --hard ${commit.slice(0, 7)} puts it back by hand.`,
  );
};

/**
 * @param workDir a folder for the log of git
 * @returns whether anything was put back: then the repository has to be described anew
 */
export const putBackCutOffMerge = async (
  scratch: Scratch,
  repository: LocalRepository,
  intent: Intent,
  workDir: string,
): Promise<boolean> => {
  const { parent } = intent;
  if (repository.head !== parent || repository.branch !== intent.target) return false;
  const commitTree = await scratch.treeOf(intent.commit);
  if (!commitTree.ok) return false;
  const changes = orFail(
    await scratch.diffRaw(
      orFail(await scratch.treeOf(parent), 'the commit before the merge'),
      commitTree.value,
    ),
    'what the merge changes',
  );
  const locks = await present(locksOf(repository, intent.target));
  // git writes files only while it holds the index; after that every file is the old or the new one, whole.
  const midway = locks.some((lock) => lock.endsWith(`${sep}index.lock`));
  const standing = await Promise.all(
    changes.map(async (change) => ({ change, lies: await lies(scratch, repository.root, change, midway) })),
  );
  const named = new Set(changes.map((change) => change.path));
  if (standing.some((one) => one.lies === 'unexplained') || repository.dirty.some((path) => !named.has(path)))
    return false;
  const moved = standing.filter((one) => one.lies === 'moved');
  if (moved.length === 0 && locks.length === 0 && repository.dirty.length === 0) return false;

  if (locks.length > 0) {
    if ((await gitAtWork(repository.root)) !== false)
      throw new WaveFailure(
        'repository-locked',
        `git may be at work in the repository: ${locks.join(', ')}`,
        'Wait until it is done. If no git is running, a merge was cut off: remove the file and run the wave again.',
      );
    for (const lock of locks) await rm(lock, { force: true });
  }
  for (const { change } of moved) if (change.status === 'A') await removeFile(repository.root, change.path);
  await resetTo(repository, parent, workDir);
  return true;
};

/** A file, and the folders that only it was in. */
const removeFile = async (root: string, path: string): Promise<void> => {
  await rm(join(root, path), { force: true });
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
    try {
      await rmdir(join(root, folder));
    } catch {
      return;
    }
  }
};
