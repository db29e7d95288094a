import { objectNamed, readObject, writeObject } from './objects.ts';
import { complaint } from './process.ts';
import { call, isOid, type Repository } from './repository.ts';
import { failure, type Result, success } from './result.ts';
import { asBytes, fileAt } from './tree-objects.ts';

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
  const found = await objectNamed(repository, `${name}^{${type}}`);
  if (!found.ok) return found;
  return found.value === null
    ? failure('not-found', `no ${type} ${name.slice(0, 200)}`)
    : success(found.value.oid);
};

/** The commit a ref, tag or object id names in our repository. */
export const commitOf = (repository: Repository, ref: string): Promise<Result<string>> =>
  resolve(repository, ref, 'commit');

export const treeOf = (repository: Repository, commit: string): Promise<Result<string>> =>
  resolve(repository, commit, 'tree');

export const readBlob = (repository: Repository, oid: string): Promise<Result<Buffer>> =>
  readObject(repository, oid, 'blob');

/** The bytes of a regular file of a tree; `not-found` for anything else (a symlink is not followed). */
export const readFileAt = async (
  repository: Repository,
  tree: string,
  path: string,
): Promise<Result<Buffer>> => {
  const entry = await fileAt(repository, tree, asBytes(path));
  if (!entry.ok) return entry;
  if (entry.value === null || !entry.value.mode.startsWith('100'))
    return failure('not-found', `no file ${path} in ${tree}`);
  return readBlob(repository, entry.value.oid);
};

/** A name or address as git writes it into a commit: nothing that ends a line or an address, no marks around it. */
const ident = (text: string): string =>
  text.replaceAll(/[\n<>\0]/g, '').replaceAll(/^[\x01-\x20.,:;"\\']+|[\x01-\x20.,:;"\\']+$/g, '');

export const commitTree = async (repository: Repository, input: CommitInput): Promise<Result<string>> => {
  const seconds = Math.floor(Date.parse(input.date) / 1000);
  if (!Number.isFinite(seconds)) return failure('bad-argument', `not a date: ${input.date}`);
  const [name, email] = [ident(input.author.name), ident(input.author.email)];
  if (name === '') return failure('bad-argument', 'a commit needs the name of its author');
  if (input.message.includes('\0')) return failure('bad-argument', 'a NUL in the message of a commit');
  if (![input.tree, ...input.parents].every(isOid))
    return failure('bad-argument', 'tree and parents are object ids');
  for (const [oid, type] of [
    [input.tree, 'tree'],
    ...input.parents.map((parent) => [parent, 'commit'] as const),
  ] as const) {
    const known = await readObject(repository, oid, type);
    if (!known.ok) return known;
  }
  const who = `${name} <${email}> ${seconds} +0000`;
  const text = [
    `tree ${input.tree}`,
    ...input.parents.map((parent) => `parent ${parent}`),
    `author ${who}`,
    `committer ${who}`,
    '',
    input.message,
  ].join('\n');
  return success(writeObject(repository, 'commit', Buffer.from(text), input.tree.length));
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
