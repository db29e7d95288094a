import { access, copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import {
  type CommitInput,
  commitOf,
  commitTree,
  isAncestor,
  readBlob,
  readFileAt,
  treeOf,
} from './commits.ts';
import { layOut } from './layout.ts';
import { readBlobs, sizes, writeObject } from './objects.ts';
import { type CloneOptions, clonePrivate } from './private-clone.ts';
import { type FetchOptions, fetchFrom, push, refAt } from './remote.ts';
import type { Repository } from './repository.ts';
import { failure, type Result, success } from './result.ts';
import { checkout, type SnapshotLimits, snapshotWorktree } from './snapshot.ts';
import { listTree } from './tree-objects.ts';
import {
  applyChanges,
  applyPatch,
  diffPatch,
  diffRaw,
  mergeTrees,
  overlay,
  type RawChange,
  withoutPaths,
} from './trees.ts';

export type ScratchOptions = {
  /** Absolute path of another repository's `objects` folder, read through alternates and never written. */
  readonly objectsFrom?: string;
  /** Must be that of `objectsFrom`; `sha1` when left out. */
  readonly objectFormat?: 'sha1' | 'sha256';
  /** Where proxies and certificates are taken from; other variables in it are ignored. */
  readonly networkEnv?: Readonly<Record<string, string | undefined>>;
};

const NETWORK_VARIABLES = /^((https?|all|no)_proxy|SSL_CERT_(FILE|DIR)|GIT_SSL_CAINFO)$/i;

/**
 * Trusted git on a bare repository of our own. No process of it sees a configuration, hook, filter, credential or
 * environment variable of the account, of a user's repository or of an agent's clone. Every function answers
 * expected failures as values. Trees, blobs and commits are full object ids.
 */
export type Scratch = ReturnType<typeof methods> & { readonly dir: string };

const methods = (repository: Repository) => ({
  /** The commit a ref or id names; see {@link commitOf}. */
  commitOf: (ref: string) => commitOf(repository, ref),
  treeOf: (commit: string) => treeOf(repository, commit),
  isAncestor: (ancestor: string, commit: string) => isAncestor(repository, ancestor, commit),
  listTree: (tree: string, paths?: readonly string[]) => listTree(repository, tree, paths),
  readBlob: (oid: string) => readBlob(repository, oid),
  /** Writes a blob (SHA-1) and gives its id. */
  writeBlob: (bytes: Uint8Array) => writeObject(repository, 'blob', bytes, 40),
  readBlobs: (oids: readonly string[]) => readBlobs(repository, oids),
  sizes: (oids: readonly string[]) => sizes(repository, oids),
  readFileAt: (tree: string, path: string) => readFileAt(repository, tree, path),
  diffRaw: (a: string, b: string) => diffRaw(repository, a, b),
  diffPatch: (a: string, b: string) => diffPatch(repository, a, b),
  applyPatch: (tree: string, patch: Uint8Array) => applyPatch(repository, tree, patch),
  applyChanges: (tree: string, changes: readonly RawChange[]) => applyChanges(repository, tree, changes),
  withoutPaths: (tree: string, paths: readonly string[]) => withoutPaths(repository, tree, paths),
  overlay: (tree: string, from: string, paths: readonly string[]) => overlay(repository, tree, from, paths),
  mergeTrees: (ours: string, theirs: string) => mergeTrees(repository, ours, theirs),
  snapshotWorktree: (worktree: string, baseTree: string, limits?: Partial<SnapshotLimits>) =>
    snapshotWorktree(repository, worktree, baseTree, limits),
  checkout: (tree: string, dir: string) => checkout(repository, tree, dir),
  commitTree: (input: CommitInput) => commitTree(repository, input),
  clonePrivate: (commit: string, dir: string, options: CloneOptions) =>
    clonePrivate(repository, commit, dir, options),
  fetchFrom: (url: string, refspecs: readonly string[], options?: FetchOptions) =>
    fetchFrom(repository, url, refspecs, options),
  refAt: (url: string, ref: string, options?: Pick<FetchOptions, 'auth' | 'timeoutMs'>) =>
    refAt(repository, url, ref, options),
  push: (url: string, commit: string, ref: string, options?: Omit<FetchOptions, 'depth'>) =>
    push(repository, url, commit, ref, options),
});

/** Opens the bare repository at `dir`, making it when it is not there. */
export const openScratch = async (dir: string, options: ScratchOptions = {}): Promise<Result<Scratch>> => {
  const { objectsFrom, objectFormat = 'sha1', networkEnv = {} } = options;
  if (objectsFrom !== undefined && (!isAbsolute(objectsFrom) || objectsFrom.includes('\n')))
    return failure('bad-argument', 'objectsFrom is an absolute path');
  const repository: Repository = {
    dir: resolve(dir),
    networkEnv: Object.fromEntries(
      Object.entries(networkEnv).flatMap(([name, value]) =>
        value !== undefined && NETWORK_VARIABLES.test(name) ? [[name, value]] : [],
      ),
    ),
  };
  await makeOnce(repository.dir, objectFormat);
  if (objectsFrom !== undefined) {
    await mkdir(join(repository.dir, 'objects', 'info'), { recursive: true });
    await writeFile(join(repository.dir, 'objects', 'info', 'alternates'), `${objectsFrom}\n`);
    // Without its list of cut-off commits, a shallow repository's history looks corrupt.
    await copyFile(join(dirname(objectsFrom), 'shallow'), join(repository.dir, 'shallow')).catch(
      ignoreMissing,
    );
  }
  return success({ dir: repository.dir, ...methods(repository) });
};

/**
 * Makes the repository beside its place and moves it there whole: whoever is killed while making it leaves no half of
 * one, and no lock, where the next one looks.
 */
const makeOnce = async (dir: string, objectFormat: 'sha1' | 'sha256'): Promise<void> => {
  if (await isThere(join(dir, 'HEAD'))) return;
  await mkdir(dirname(dir), { recursive: true });
  const draft = await mkdtemp(`${dir}-`);
  try {
    await layOut(draft, { bare: true, objectFormat, branch: 'main' });
    await rename(draft, dir).catch(async (error: unknown) => {
      // Somebody made it meanwhile.
      if (!(await isThere(join(dir, 'HEAD')))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
};

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const ignoreMissing = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'ENOENT') throw error;
};
