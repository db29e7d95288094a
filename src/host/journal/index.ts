/**
 * Where a journal lives: a directory on a laptop, an orphan branch on GitHub. Both are a `JournalStore` and pass one
 * test suite.
 */
export { replaceFile } from './directory-files.ts';
export { type DirectoryStore, type DirectoryStoreOptions, directoryStore } from './directory-store.ts';
export type { ForeignLine } from './instance-reader.ts';
export {
  MAX_STATE_BLOB_BYTES,
  type StateBranchStoreOptions,
  stateBranchStore,
} from './state-branch-store.ts';
