/** A commit of the state branch, made of objects as git has them (gitformat), without a process for it. */
import type { Result, Scratch } from '../git/index.ts';
import { FORMAT_FILE } from './state-tree.ts';

export type CommitPlan = {
  readonly parent: string | null;
  readonly files: readonly { readonly path: string; readonly bytes: Uint8Array }[];
  readonly message: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly atMs: number;
};
export type BuiltCommit = {
  readonly commit: string;
  /** Every file the commit adds: its blob by path. */
  readonly blobs: ReadonlyMap<string, string>;
};

type Files = CommitPlan['files'];

/** The first commit's author, date and message are fixed: all who create the branch at once create this one. */
const ROOT = {
  author: { name: 'wave-orchestration', email: 'wave-orchestration@noreply.invalid' },
  message: 'Start the state branch [skip ci]\n',
  date: '1970-01-01T00:00:00Z',
};
const ROOT_FILES: Files = [{ path: FORMAT_FILE, bytes: new Uint8Array() }];
const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

const person = (text: string): string =>
  text.replaceAll(/[<>\x00-\x1f\x7f]/g, '').trim() || 'wave-orchestration';

/** `tree` with files it does not have; null where something stands at one of their places. */
const withFiles = (
  scratch: Scratch,
  tree: string,
  files: Files,
  blobs: Map<string, string>,
): Promise<Result<string | null>> =>
  scratch.applyChanges(
    tree,
    files.map(({ path, bytes }) => {
      const newOid = scratch.writeBlob(bytes);
      blobs.set(path, newOid);
      return { status: 'A', path, oldMode: '000000', oldOid: '0'.repeat(40), newMode: '100644', newOid };
    }),
  );

/** Makes the commit in `scratch`, and the root before it when the branch has none. */
export const buildCommit = async (
  scratch: Scratch,
  { parent, files, message, author, atMs }: CommitPlan,
): Promise<Result<BuiltCommit>> => {
  const blobs = new Map<string, string>();
  const commitOn = async (on: string | null, added: Files, facts: typeof ROOT): Promise<Result<string>> => {
    const base = on === null ? ({ ok: true, value: EMPTY_TREE } as const) : await scratch.treeOf(on);
    if (!base.ok) return base;
    const tree = await withFiles(scratch, base.value, added, blobs);
    if (!tree.ok) return tree;
    if (tree.value === null)
      return { ok: false, code: 'git-failed', message: 'a file stands where one was to be added' };
    return scratch.commitTree({ ...facts, tree: tree.value, parents: on === null ? [] : [on] });
  };
  const root = parent === null ? await commitOn(null, ROOT_FILES, ROOT) : null;
  if (root !== null && !root.ok) return root;
  const commit = await commitOn(root?.value ?? parent, files, {
    author: { name: person(author.name), email: person(author.email) },
    message,
    date: new Date(atMs).toISOString(),
  });
  return commit.ok ? { ok: true, value: { commit: commit.value, blobs } } : commit;
};
