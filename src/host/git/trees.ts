import { randomUUID } from 'node:crypto';
import { treeOf } from './commits.ts';
import { conversationPerRepository } from './conversation.ts';
import { complaint } from './process.ts';
import {
  call,
  isOid,
  line,
  output,
  type Repository,
  readTreeInto,
  withIndex,
  writeTreeFrom,
} from './repository.ts';
import { failure, type GitFailureCode, type Result, success } from './result.ts';
import {
  asBytes,
  asText,
  compareTrees,
  editTree,
  fileAt,
  listNames,
  type TreeEntry,
} from './tree-objects.ts';

/** One changed path; renames are never guessed, so a rename is a deletion and an addition. An absent side has mode `000000`. */
export type RawChange = {
  readonly status: 'A' | 'M' | 'D' | 'T';
  readonly path: string;
  readonly oldMode: string;
  readonly newMode: string;
  readonly oldOid: string;
  readonly newOid: string;
};

const ABSENT = '000000';
const kindOf = (mode: string): string => mode.slice(0, 3);

/** In tree order. */
export const diffRaw = async (
  repository: Repository,
  a: string,
  b: string,
): Promise<Result<readonly RawChange[]>> => {
  if (!isOid(a) || !isOid(b)) return failure('bad-argument', 'a diff needs two object ids');
  const none: TreeEntry = { mode: ABSENT, oid: '0'.repeat(a.length) };
  const changes: RawChange[] = [];
  const compared = await compareTrees(repository, a, b, '', (path, before, after) => {
    const [was, is] = [before ?? none, after ?? none];
    changes.push({
      status: before === null ? 'A' : after === null ? 'D' : kindOf(was.mode) === kindOf(is.mode) ? 'M' : 'T',
      path: asText(path),
      oldMode: was.mode,
      newMode: is.mode,
      oldOid: was.oid,
      newOid: is.oid,
    });
  });
  return compared.ok ? success(changes) : compared;
};

const patches = conversationPerRepository([
  'diff-tree',
  '--stdin',
  '-r',
  '--no-renames',
  '--no-ext-diff',
  '--no-textconv',
  '--no-color',
  '--ignore-submodules=none',
  '-p',
  '--binary',
  '--full-index',
  '--src-prefix=a/',
  '--dst-prefix=b/',
  '--unified=3',
  '--diff-algorithm=myers',
  '--submodule=short',
]);

/** The patch from `a` to `b` in the one dialect that admission parses: binary, full object ids, no renames. */
export const diffPatch = async (repository: Repository, a: string, b: string): Promise<Result<Buffer>> => {
  if (!isOid(a) || !isOid(b)) return failure('bad-argument', 'a diff needs two object ids');
  if (a === b) return success(Buffer.alloc(0));
  // What is no object id is printed as it came: that tells where the patch ends, and no patch can know it.
  const end = `end ${randomUUID()}\n`;
  return patches(repository).ask(`${a} ${b}\n${end}`, async (from) => {
    const echo = await from.line();
    if (echo !== `${a} ${b}`) throw new Error(`diff-tree answered ${echo.slice(0, 100)}`);
    return from.upTo(end);
  });
};

/** The tree after the patch. An empty patch changes nothing. */
export const applyPatch = async (
  repository: Repository,
  tree: string,
  patch: Uint8Array,
): Promise<Result<string, GitFailureCode | 'patch-does-not-apply'>> => {
  if (patch.length === 0) return success(tree);
  if (!isOid(tree)) return failure('bad-argument', `not an object id: ${tree.slice(0, 80)}`);
  return withIndex(repository, async (index) => {
    const read = await readTreeInto(repository, tree, index);
    if (!read.ok) return read;
    const applied = await call(repository, ['apply', '--cached', '--binary', '--whitespace=nowarn', '-'], {
      index,
      stdin: patch,
    });
    if (!applied.ok) return applied;
    if (applied.exit !== 0) return failure('patch-does-not-apply', complaint(applied));
    return writeTreeFrom(repository, index);
  });
};

/**
 * `tree` with the changes of a comparison, or null where it has something else at one of their paths than they were made
 * from: then it takes a patch to say whether both go together.
 */
export const applyChanges = async (
  repository: Repository,
  tree: string,
  changes: readonly RawChange[],
): Promise<Result<string | null>> => {
  const none: TreeEntry = { mode: ABSENT, oid: '0'.repeat(tree.length) };
  const edits = new Map(
    changes.map(({ path, newMode, newOid }): [string, TreeEntry | null] => [
      asBytes(path),
      newMode === ABSENT ? null : { mode: newMode, oid: newOid },
    ]),
  );
  const goes = (name: string): boolean => edits.get(name) === null;
  for (const { path, oldMode, oldOid } of changes) {
    const name = asBytes(path);
    const standing = await fileAt(repository, tree, name);
    if (!standing.ok) return standing;
    const { mode, oid } = standing.value ?? none;
    if (mode !== oldMode || oid !== oldOid) return success(null);
    if (oldMode !== ABSENT) continue;
    // A new file: no folder may stand there, and no file where one of its folders will, unless these go too.
    const below = await listNames(repository, tree, [name]);
    if (!below.ok) return below;
    if (![...below.value.keys()].every(goes)) return success(null);
    for (let cut = name.indexOf('/'); cut > 0; cut = name.indexOf('/', cut + 1)) {
      const above = await fileAt(repository, tree, name.slice(0, cut));
      if (!above.ok) return above;
      if (above.value !== null && !goes(name.slice(0, cut))) return success(null);
    }
  }
  return editTree(repository, tree, edits);
};

/** The tree without these files; a path that names a folder takes all below it. Used for the subject tree. */
export const withoutPaths = async (
  repository: Repository,
  tree: string,
  paths: readonly string[],
): Promise<Result<string>> => {
  const present = await listNames(repository, tree, paths.map(asBytes));
  if (!present.ok) return present;
  return editTree(repository, tree, new Map([...present.value.keys()].map((path) => [path, null])));
};

/** `tree` with `paths` (files or folders) exactly as `from` has them: present, changed or absent. */
export const overlay = async (
  repository: Repository,
  tree: string,
  from: string,
  paths: readonly string[],
): Promise<Result<string>> => {
  const names = paths.map(asBytes);
  const before = await listNames(repository, tree, names);
  if (!before.ok) return before;
  const after = await listNames(repository, from, names);
  if (!after.ok) return after;
  const gone = [...before.value.keys()].map((path): [string, null] => [path, null]);
  return editTree(repository, tree, new Map<string, TreeEntry | null>([...gone, ...after.value]));
};

/**
 * Both sides' changes since their merge base, or the paths that stand in the way. A rename is never followed: where
 * git would carry one side's change to the other side's new name, onto a path nobody admitted, that path is a
 * conflict. (merge-ort of git 2.39 guesses renames whatever `merge.renames` says.)
 */
export const mergeTrees = async (
  repository: Repository,
  ours: string,
  theirs: string,
): Promise<Result<{ readonly tree: string } | { readonly conflicts: readonly string[] }>> => {
  if (!isOid(ours) || !isOid(theirs)) return failure('bad-argument', 'a merge needs two commit ids');
  const merged = await call(repository, [
    'merge-tree',
    '--write-tree',
    '--no-messages',
    '--name-only',
    '-z',
    ours,
    theirs,
  ]);
  if (!merged.ok) return merged;
  const [tree = '', ...conflicts] = nulSeparated(merged.stdout);
  if (merged.exit > 1) return failure('git-failed', complaint(merged));
  if (merged.exit === 1) return success({ conflicts: sortedSet(conflicts.filter((path) => path !== '')) });
  const base = await output(repository, ['merge-base', ours, theirs]);
  if (!base.ok) return base;
  const trees: string[] = [];
  for (const commit of [ours, theirs, line(base.value)]) {
    const found = await treeOf(repository, commit);
    if (!found.ok) return found;
    trees.push(found.value);
  }
  const [oursTree = '', theirsTree = '', baseTree = ''] = trees;
  const carried: string[] = [];
  for (const [side, other] of [
    [oursTree, theirsTree],
    [theirsTree, oursTree],
  ] as const) {
    const [effect, cause] = await Promise.all([
      diffRaw(repository, side, tree),
      diffRaw(repository, baseTree, other),
    ]);
    if (!effect.ok) return effect;
    if (!cause.ok) return cause;
    const changed = new Set(cause.value.map(({ path }) => path));
    carried.push(...effect.value.map(({ path }) => path).filter((path) => !changed.has(path)));
  }
  return success(carried.length === 0 ? { tree } : { conflicts: sortedSet(carried) });
};

const nulSeparated = (bytes: Buffer): string[] => {
  const parts = bytes.toString('utf8').split('\0');
  if (parts.at(-1) === '') parts.pop();
  return parts;
};

const sortedSet = (paths: readonly string[]): string[] => [...new Set(paths)].sort();
