/**
 * Trusted git. Two doors: {@link openScratch}, a bare repository of our own in which trees are compared, patched,
 * merged and sent without reading anybody's configuration; and the user's own repository, which is described, given
 * objects and fast-forwarded, and otherwise left alone.
 */

export type { CommitInput } from './commits.ts';
export {
  describe as describeRepository,
  type FastForward,
  type FastForwardRefusal,
  fastForward,
  importCommit,
  type LocalRepository,
} from './local-repository.ts';
export type { CloneOptions } from './private-clone.ts';
export {
  classifyPush,
  type FetchFailure,
  type FetchOptions,
  type PushOutcome,
  type RemoteAuth,
} from './remote.ts';
export { type Failure, type GitFailureCode, must, type Result } from './result.ts';
export { openScratch, type Scratch, type ScratchOptions } from './scratch.ts';
export type { SnapshotFailure, SnapshotLimits } from './snapshot.ts';
export type { TreeEntry } from './tree-objects.ts';
export type { RawChange } from './trees.ts';
