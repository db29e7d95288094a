import { complaint } from './process.ts';
import { call, isOid, line, output, type Repository } from './repository.ts';
import { failure, type Result, success } from './result.ts';
import { listTree } from './trees.ts';

export type CommitInput = {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  /** Author and committer; the object id is a function of the input alone. */
  readonly author: { readonly name: string; readonly email: string };
  /** ISO 8601; written with second precision, in UTC. */
  readonly date: string;
};

const resolve = async (
  repository: Repository,
  name: string,
  type: 'commit' | 'tree',
): Promise<Result<string>> => {
  const found = await call(repository, [
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${name}^{${type}}`,
  ]);
  if (!found.ok) return found;
  const oid = line(found.stdout);
  return found.exit === 0 && isOid(oid)
    ? success(oid)
    : failure('not-found', `no ${type} ${name.slice(0, 200)}`);
};

/** The commit a ref, tag or object id names in our repository. */
export const commitOf = (repository: Repository, ref: string): Promise<Result<string>> =>
  resolve(repository, ref, 'commit');

export const treeOf = (repository: Repository, commit: string): Promise<Result<string>> =>
  resolve(repository, commit, 'tree');

export const readBlob = async (repository: Repository, oid: string): Promise<Result<Buffer>> => {
  if (!isOid(oid)) return failure('bad-argument', `not an object id: ${oid.slice(0, 80)}`);
  return output(repository, ['cat-file', 'blob', oid]);
};

export const putBlob = async (
  repository: Repository,
  bytes: Uint8Array | string,
): Promise<Result<string>> => {
  const put = await output(repository, ['hash-object', '-w', '--no-filters', '--stdin'], { stdin: bytes });
  return put.ok ? success(line(put.value)) : put;
};

/** The bytes of a regular file of a tree; `not-found` for anything else (a symlink is not followed). */
export const readFileAt = async (
  repository: Repository,
  tree: string,
  path: string,
): Promise<Result<Buffer>> => {
  const listed = await listTree(repository, tree, [path]);
  if (!listed.ok) return listed;
  const entry = listed.value.get(path);
  if (entry === undefined || !entry.mode.startsWith('100'))
    return failure('not-found', `no file ${path} in ${tree}`);
  return readBlob(repository, entry.oid);
};

export const commitTree = async (repository: Repository, input: CommitInput): Promise<Result<string>> => {
  const seconds = Math.floor(Date.parse(input.date) / 1000);
  if (!Number.isFinite(seconds)) return failure('bad-argument', `not a date: ${input.date}`);
  if (![input.tree, ...input.parents].every(isOid))
    return failure('bad-argument', 'tree and parents are object ids');
  const { name, email } = input.author;
  const when = `${seconds} +0000`;
  const made = await output(
    repository,
    ['commit-tree', input.tree, ...input.parents.flatMap((parent) => ['-p', parent]), '-F', '-'],
    {
      stdin: input.message,
      env: {
        GIT_AUTHOR_NAME: name,
        GIT_AUTHOR_EMAIL: email,
        GIT_AUTHOR_DATE: when,
        GIT_COMMITTER_NAME: name,
        GIT_COMMITTER_EMAIL: email,
        GIT_COMMITTER_DATE: when,
      },
    },
  );
  return made.ok ? success(line(made.value)) : made;
};

/** Is `ancestor` reachable from `commit`? In a shallow history "no" may mean "not fetched far enough". */
export const isAncestor = async (
  repository: Repository,
  ancestor: string,
  commit: string,
): Promise<Result<boolean>> => {
  if (!isOid(ancestor) || !isOid(commit)) return failure('bad-argument', 'ancestry needs two commit ids');
  const asked = await call(repository, ['merge-base', '--is-ancestor', ancestor, commit]);
  if (!asked.ok) return asked;
  return asked.exit <= 1 ? success(asked.exit === 0) : failure('not-found', complaint(asked));
};
