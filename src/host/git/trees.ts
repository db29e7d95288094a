import { complaint } from './process.ts';
import { recentPerOwner } from './recent.ts';
import { call, editTree, isOid, line, output, type Repository } from './repository.ts';
import { failure, type GitFailureCode, type Result, success } from './result.ts';

/** Modes as git writes them: `100644`, `100755`, `120000` (symlink), `160000` (gitlink), `000000` (absent). */
export type TreeEntry = { readonly mode: string; readonly oid: string; readonly size: number | null };

/** One changed path; renames are never guessed, so a rename is a deletion and an addition. */
export type RawChange = {
  readonly status: 'A' | 'M' | 'D' | 'T';
  readonly path: string;
  readonly oldMode: string;
  readonly newMode: string;
  readonly oldOid: string;
  readonly newOid: string;
};
/** `added` and `removed` are lines, null for binary files. */
export type NumstatLine = {
  readonly path: string;
  readonly added: number | null;
  readonly removed: number | null;
};

const nulSeparated = (bytes: Buffer): string[] => {
  const parts = bytes.toString('utf8').split('\0');
  if (parts.at(-1) === '') parts.pop();
  return parts;
};

/** Everything below `paths` (files or folders; all when left out), by path. */
export const listTree = async (
  repository: Repository,
  tree: string,
  paths?: readonly string[],
): Promise<Result<Map<string, TreeEntry>>> => {
  if (!isOid(tree)) return failure('bad-argument', `not an object id: ${tree.slice(0, 80)}`);
  const entries = new Map<string, TreeEntry>();
  // No paths would mean all of them to git.
  if (paths?.length === 0) return success(entries);
  const listed = await output(repository, [
    'ls-tree',
    '-r',
    '-z',
    '-l',
    '--full-tree',
    tree,
    '--',
    ...(paths ?? []),
  ]);
  if (!listed.ok) return listed;
  for (const record of nulSeparated(listed.value)) {
    const match = /^(\d{6}) \w+ ([0-9a-f]+) +(\d+|-)\t(.+)$/s.exec(record);
    if (match === null) throw new Error(`ls-tree printed ${JSON.stringify(record)}`);
    const [, mode = '', oid = '', size = '', path = ''] = match;
    entries.set(path, { mode, oid, size: size === '-' ? null : Number(size) });
  }
  return success(entries);
};

const DIFF = [
  'diff-tree',
  '-r',
  '--no-renames',
  '--no-ext-diff',
  '--no-textconv',
  '--no-color',
  '--ignore-submodules=none',
];

const diff = async (
  repository: Repository,
  format: readonly string[],
  a: string,
  b: string,
): Promise<Result<Buffer>> =>
  isOid(a) && isOid(b)
    ? output(repository, [...DIFF, ...format, a, b])
    : failure('bad-argument', 'a diff needs two object ids');

type Comparison = { readonly raw: readonly RawChange[]; readonly lines: readonly NumstatLine[] };

/** A wave’s worth: what an agent’s patch was cut by is asked again when it is admitted. */
const comparisons = recentPerOwner<Repository, Result<Comparison>>(128, (answer) => answer.ok);

/** Both listings of one comparison, from one process: who asks for one mostly asks for the other. */
const compare = (repository: Repository, a: string, b: string): Promise<Result<Comparison>> =>
  comparisons(repository).of(`${a} ${b}`, async () => {
    const printed = await diff(repository, ['--raw', '--numstat', '--no-abbrev', '-z'], a, b);
    if (!printed.ok) return printed;
    const parts = nulSeparated(printed.value);
    const raw: RawChange[] = [];
    let at = 0;
    // Raw records come first, each followed by its path; the lines of the second listing begin with a number or `-`.
    for (; parts[at]?.startsWith(':') === true; at += 2) {
      const match = /^:(\d{6}) (\d{6}) ([0-9a-f]+) ([0-9a-f]+) ([AMDT])$/.exec(parts[at] ?? '');
      const path = parts[at + 1];
      if (match === null || path === undefined)
        throw new Error(`diff-tree printed ${JSON.stringify(parts[at])}`);
      const [, oldMode = '', newMode = '', oldOid = '', newOid = '', status] = match;
      raw.push({ status: status as RawChange['status'], path, oldMode, newMode, oldOid, newOid });
    }
    const lines = parts.slice(at).map((record): NumstatLine => {
      const [added = '-', removed = '-', ...path] = record.split('\t');
      return {
        path: path.join('\t'),
        added: added === '-' ? null : Number(added),
        removed: removed === '-' ? null : Number(removed),
      };
    });
    return success({ raw, lines });
  });

export const diffRaw = async (repository: Repository, a: string, b: string): Promise<Result<RawChange[]>> => {
  const compared = await compare(repository, a, b);
  return compared.ok ? success([...compared.value.raw]) : compared;
};

export const numstat = async (
  repository: Repository,
  a: string,
  b: string,
): Promise<Result<NumstatLine[]>> => {
  const compared = await compare(repository, a, b);
  return compared.ok ? success([...compared.value.lines]) : compared;
};

/** The patch from `a` to `b` in the one dialect that admission parses: binary, full object ids, no renames. */
export const diffPatch = (repository: Repository, a: string, b: string): Promise<Result<Buffer>> =>
  diff(
    repository,
    [
      '-p',
      '--binary',
      '--full-index',
      '--src-prefix=a/',
      '--dst-prefix=b/',
      '--unified=3',
      '--diff-algorithm=myers',
      '--submodule=short',
    ],
    a,
    b,
  );

/** The tree after the patch. An empty patch changes nothing. */
export const applyPatch = async (
  repository: Repository,
  tree: string,
  patch: Uint8Array,
): Promise<Result<string, GitFailureCode | 'patch-does-not-apply'>> => {
  if (patch.length === 0) return success(tree);
  return editTree(repository, tree, async (index) => {
    const applied = await call(repository, ['apply', '--cached', '--binary', '--whitespace=nowarn', '-'], {
      index,
      stdin: patch,
    });
    if (!applied.ok) return applied;
    return applied.exit === 0 ? { ok: true } : failure('patch-does-not-apply', complaint(applied));
  });
};

type IndexLine = { readonly mode: string; readonly oid: string; readonly path: string };

const updateIndex = async (
  repository: Repository,
  index: string,
  lines: readonly IndexLine[],
): Promise<Result<Buffer>> => {
  const stdin = lines.map(({ mode, oid, path }) => `${mode} ${oid}\t${path}\0`).join('');
  return output(repository, ['update-index', '--add', '--replace', '-z', '--index-info'], { index, stdin });
};

const removal = (path: string): IndexLine => ({ mode: '0', oid: '0'.repeat(40), path });

/** The tree without these files; a path that names a folder takes all below it. Used for the subject tree. */
export const withoutPaths = (
  repository: Repository,
  tree: string,
  paths: readonly string[],
): Promise<Result<string>> =>
  editTree(repository, tree, async (index) => {
    const present = await listTree(repository, tree, paths);
    return present.ok ? updateIndex(repository, index, [...present.value.keys()].map(removal)) : present;
  });

/** `tree` with `paths` (files or folders) exactly as `from` has them: present, changed or absent. */
export const overlay = (
  repository: Repository,
  tree: string,
  from: string,
  paths: readonly string[],
): Promise<Result<string>> =>
  editTree(repository, tree, async (index) => {
    const [before, after] = await Promise.all([
      listTree(repository, tree, paths),
      listTree(repository, from, paths),
    ]);
    if (!before.ok) return before;
    if (!after.ok) return after;
    const gone = [...before.value.keys()].filter((path) => !after.value.has(path));
    const kept = [...after.value].map(([path, { mode, oid }]) => ({ mode, oid, path }));
    return updateIndex(repository, index, [...gone.map(removal), ...kept]);
  });

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
  const carried: string[] = [];
  for (const [side, other] of [
    [ours, theirs],
    [theirs, ours],
  ] as const) {
    const [effect, cause] = await Promise.all([
      diffRaw(repository, side, tree),
      diffRaw(repository, line(base.value), other),
    ]);
    if (!effect.ok) return effect;
    if (!cause.ok) return cause;
    const changed = new Set(cause.value.map(({ path }) => path));
    carried.push(...effect.value.map(({ path }) => path).filter((path) => !changed.has(path)));
  }
  return success(carried.length === 0 ? { tree } : { conflicts: sortedSet(carried) });
};

const sortedSet = (paths: readonly string[]): string[] => [...new Set(paths)].sort();
