/**
 * Trees as git stores them (gitformat: sorted `mode name NUL id`), read, walked, compared and changed without an index. In
 * here a name is bytes, kept apart as latin1; the functions for other files take and give UTF-8 paths.
 */
import { readObject, writeObject } from './objects.ts';
import { recentPerOwner } from './recent.ts';
import { isOid, type Repository } from './repository.ts';
import { failure, type Result, success } from './result.ts';

/** Modes as git writes them: `100644`, `100755`, `120000` (symlink), `160000` (gitlink). */
export type TreeEntry = { readonly mode: string; readonly oid: string };
type Named = TreeEntry & { readonly name: string };
type Tree = ReadonlyMap<string, Named>;

const FOLDER = '040000';
const NOTHING: Tree = new Map();

export const asBytes = (path: string): string => Buffer.from(path).toString('latin1');
export const asText = (path: string): string => Buffer.from(path, 'latin1').toString('utf8');

/** What old versions wrote, as git reads it: a file is executable or not. */
const canonical = (mode: string): string => {
  const padded = mode.padStart(6, '0');
  if (!padded.startsWith('100')) return padded;
  return (Number.parseInt(padded, 8) & 0o100) === 0 ? '100644' : '100755';
};

const parse = (bytes: Buffer, oidLength: number): Tree | null => {
  const entries = new Map<string, Named>();
  for (let at = 0; at < bytes.length; ) {
    const blank = bytes.indexOf(32, at);
    const nul = bytes.indexOf(0, blank);
    const end = nul + 1 + oidLength / 2;
    if (blank < 0 || nul < 0 || end > bytes.length) return null;
    const name = bytes.toString('latin1', blank + 1, nul);
    entries.set(name, {
      name,
      mode: canonical(bytes.toString('latin1', at, blank)),
      oid: bytes.toString('hex', nul + 1, end),
    });
    at = end;
  }
  return entries;
};

/** Folders sort as if their names ended in a slash. */
const sortKey = ({ name, mode }: Named): string => (mode === FOLDER ? `${name}/` : name);
const inOrder = (tree: Tree): readonly Named[] => {
  const keyed = [...tree.values()].map((entry) => [sortKey(entry), entry] as const);
  return keyed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, entry]) => entry);
};

const encode = (tree: Tree): Buffer =>
  Buffer.concat(
    inOrder(tree).flatMap(({ mode, name, oid }) => [
      Buffer.from(`${mode.replace(/^0/, '')} ${name}\0`, 'latin1'),
      Buffer.from(oid, 'hex'),
    ]),
  );

const trees = recentPerOwner<Repository, Result<Tree>>(2048, (tree) => tree.ok);

const readTree = (repository: Repository, oid: string): Promise<Result<Tree>> =>
  trees(repository).of(oid, async () => {
    const bytes = await readObject(repository, oid, 'tree');
    if (!bytes.ok) return bytes;
    const tree = parse(bytes.value, oid.length);
    return tree === null ? failure('git-failed', `the tree ${oid} cannot be read`) : success(tree);
  });

/** Sees every file below a tree, in order, gitlinks too; a failure stops the walk. */
const walk = async (
  repository: Repository,
  oid: string,
  prefix: string,
  see: (path: string, entry: TreeEntry) => void,
): Promise<Result<null>> => {
  const tree = await readTree(repository, oid);
  if (!tree.ok) return tree;
  for (const entry of tree.value.values()) {
    if (entry.mode !== FOLDER) see(prefix + entry.name, entry);
    else {
      const below = await walk(repository, entry.oid, `${prefix}${entry.name}/`, see);
      if (!below.ok) return below;
    }
  }
  return success(null);
};

/** What stands at a path (bytes), folders too; null where nothing does, or a file where a folder would have to be. */
const entryAt = async (
  repository: Repository,
  tree: string,
  path: string,
): Promise<Result<TreeEntry | null>> => {
  let at: TreeEntry = { mode: FOLDER, oid: tree };
  for (const name of path.split('/')) {
    if (at.mode !== FOLDER) return success(null);
    const folder = await readTree(repository, at.oid);
    if (!folder.ok) return folder;
    const found = folder.value.get(name);
    if (found === undefined) return success(null);
    at = found;
  }
  return success(at);
};

/** The file, link or gitlink at a path (bytes); null for a folder and for nothing. */
export const fileAt = async (
  repository: Repository,
  tree: string,
  path: string,
): Promise<Result<TreeEntry | null>> => {
  const found = await entryAt(repository, tree, path);
  return found.ok && found.value?.mode === FOLDER ? success(null) : found;
};

/** {@link listTree} with the names as bytes. */
export const listNames = async (
  repository: Repository,
  tree: string,
  paths?: readonly string[],
): Promise<Result<Map<string, TreeEntry>>> => {
  if (!isOid(tree)) return failure('bad-argument', `not an object id: ${tree.slice(0, 80)}`);
  const entries = new Map<string, TreeEntry>();
  const see = (path: string, { mode, oid }: TreeEntry): void => void entries.set(path, { mode, oid });
  if (paths === undefined) {
    const walked = await walk(repository, tree, '', see);
    return walked.ok ? success(entries) : walked;
  }
  for (const path of paths) {
    const name = path.replace(/\/+$/, '');
    const found = await entryAt(repository, tree, name);
    if (!found.ok) return found;
    if (found.value === null) continue;
    if (found.value.mode === FOLDER) {
      const walked = await walk(repository, found.value.oid, `${name}/`, see);
      if (!walked.ok) return walked;
    } else if (name === path) see(path, found.value);
  }
  return success(entries);
};

/** Everything below `paths` (files or folders; all when left out), by path. */
export const listTree = async (
  repository: Repository,
  tree: string,
  paths?: readonly string[],
): Promise<Result<Map<string, TreeEntry>>> => {
  const listed = await listNames(repository, tree, paths?.map(asBytes));
  return listed.ok
    ? success(new Map([...listed.value].map(([path, entry]) => [asText(path), entry])))
    : listed;
};

/** Sees every path at which two trees differ, in order; null is absent. */
export const compareTrees = async (
  repository: Repository,
  a: string | null,
  b: string | null,
  prefix: string,
  see: (path: string, before: TreeEntry | null, after: TreeEntry | null) => void,
): Promise<Result<null>> => {
  if (a === b) return success(null);
  const before = a === null ? success(NOTHING) : await readTree(repository, a);
  const after = b === null ? success(NOTHING) : await readTree(repository, b);
  if (!before.ok) return before;
  if (!after.ok) return after;
  const one = new Map([...before.value.values()].map((entry) => [sortKey(entry), entry]));
  const two = new Map([...after.value.values()].map((entry) => [sortKey(entry), entry]));
  for (const key of [...new Set([...one.keys(), ...two.keys()])].sort()) {
    const [was = null, is = null] = [one.get(key), two.get(key)];
    if (was?.mode === is?.mode && was?.oid === is?.oid) continue;
    if (!key.endsWith('/')) see(prefix + key, was, is);
    else {
      const below = await compareTrees(repository, was?.oid ?? null, is?.oid ?? null, prefix + key, see);
      if (!below.ok) return below;
    }
  }
  return success(null);
};

/** What becomes of paths (bytes): a file, or null to be gone. A folder is never named, it is there while something is in it. */
export type TreeEdits = ReadonlyMap<string, TreeEntry | null>;

/**
 * The tree after the edits. A file takes the place of a folder, and a folder that of a file, as `git update-index
 * --replace` has it; what is to go and is not a file stays.
 */
export const editTree = async (
  repository: Repository,
  tree: string,
  edits: TreeEdits,
): Promise<Result<string>> => {
  if (!isOid(tree)) return failure('bad-argument', `not an object id: ${tree.slice(0, 80)}`);
  if (edits.size === 0) return success(tree);
  const edited = await edit(repository, tree, edits, tree.length);
  if (!edited.ok || edited.value !== null) return edited as Result<string>;
  return success(writeObject(repository, 'tree', Buffer.alloc(0), tree.length));
};

/** Null when nothing is left. */
const edit = async (
  repository: Repository,
  oid: string | null,
  edits: TreeEdits,
  oidLength: number,
): Promise<Result<string | null>> => {
  const standing = oid === null ? success(NOTHING) : await readTree(repository, oid);
  if (!standing.ok) return standing;
  const entries = new Map(standing.value);
  const below = new Map<string, Map<string, TreeEntry | null>>();
  for (const [path, to] of edits) {
    const cut = path.indexOf('/');
    if (cut < 0) {
      if (to !== null) entries.set(path, { name: path, mode: to.mode, oid: to.oid });
      else if (entries.get(path)?.mode !== FOLDER) entries.delete(path);
      continue;
    }
    const name = path.slice(0, cut);
    const inside = below.get(name) ?? new Map<string, TreeEntry | null>();
    below.set(name, inside.set(path.slice(cut + 1), to));
  }
  for (const [name, inside] of below) {
    const was = entries.get(name);
    const adds = [...inside.values()].some((to) => to !== null);
    // Nothing is taken out of a folder that is not there.
    if (was?.mode !== FOLDER && !adds) continue;
    const made = await edit(repository, was?.mode === FOLDER ? was.oid : null, inside, oidLength);
    if (!made.ok) return made;
    if (made.value === null) entries.delete(name);
    else entries.set(name, { name, mode: FOLDER, oid: made.value });
  }
  return success(entries.size === 0 ? null : writeObject(repository, 'tree', encode(entries), oidLength));
};
