import type { Result, Scratch, SnapshotFailure } from '../../host/git/index.ts';

export type Extracted = {
  /** Empty when nothing changed. */
  readonly patch: Uint8Array;
  readonly tree: string;
  /** In tree order. */
  readonly changedPaths: readonly string[];
};

/**
 * What an agent did to its worktree since `baseTree`, as the patch that {@link parsePatch} reads. Our index and our
 * repository do the looking: nothing in the worktree's `.git`, and no filter or hook, is read or started
 * (platform.md S15). It describes; whether it may be applied is admission's business.
 */
export const extractPatch = async ({
  scratch,
  worktree,
  baseTree,
}: {
  readonly scratch: Pick<Scratch, 'snapshotWorktree' | 'diffPatch' | 'diffRaw'>;
  readonly worktree: string;
  readonly baseTree: string;
}): Promise<Result<Extracted, SnapshotFailure>> => {
  const tree = await scratch.snapshotWorktree(worktree, baseTree);
  if (!tree.ok) return tree;
  const [patch, changes] = await Promise.all([
    scratch.diffPatch(baseTree, tree.value),
    scratch.diffRaw(baseTree, tree.value),
  ]);
  if (!patch.ok) return patch;
  if (!changes.ok) return changes;
  return {
    ok: true,
    value: { patch: patch.value, tree: tree.value, changedPaths: changes.value.map(({ path }) => path) },
  };
};
