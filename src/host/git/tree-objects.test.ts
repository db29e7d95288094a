import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commitTree } from './commits.ts';
import { type GitSandbox, gitSandbox } from './git-sandbox.fixture.ts';
import { writeObject } from './objects.ts';
import type { Repository } from './repository.ts';
import { must } from './result.ts';
import { openScratch } from './scratch.ts';
import { asBytes, compareTrees, editTree, listTree, type TreeEntry } from './tree-objects.ts';
import { applyChanges, diffRaw } from './trees.ts';

let box: GitSandbox;
let repository: Repository;
let empty: string;
let blobs: readonly string[];

beforeAll(async () => {
  box = gitSandbox();
  repository = { dir: must(await openScratch(box.path('scratch'))).dir, networkEnv: {} };
  empty = writeObject(repository, 'tree', Buffer.alloc(0), 40);
  blobs = ['', 'one\n', 'two\n'].map((text) => writeObject(repository, 'blob', Buffer.from(text), 40));
});
afterAll(() => box.remove());

/** git, told everything by arguments and standard input. */
const git = (
  args: readonly string[],
  input: string | Buffer = '',
  env: Record<string, string> = {},
): string =>
  execFileSync('git', ['-C', repository.dir, ...args], {
    input,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: box.dir, ...env },
  });

/** What `git update-index` makes of the same edits, in the same order: what goes first, what comes then. */
const byGit = (tree: string, edits: ReadonlyMap<string, TreeEntry | null>): string => {
  const index = { GIT_INDEX_FILE: box.path('index') };
  git(['read-tree', tree], '', index);
  const zero = '0'.repeat(40);
  const lines = [...edits]
    .toSorted(([, a], [, b]) => Number(a !== null) - Number(b !== null))
    .map(([path, to]) => `${to?.mode ?? '0'} ${to?.oid ?? zero}\t${path}\0`);
  const input = Buffer.from(lines.join(''), 'latin1');
  git(['update-index', '--add', '--replace', '-z', '--index-info'], input, index);
  return git(['write-tree'], '', index).trim();
};

const parts = (printed: string): readonly string[] => printed.split('\0').slice(0, -1);

const NAMES = ['a', 'a.b', 'a-', 'a0', 'b', 'Ä\n"'].map(asBytes);
const path = fc
  .array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 })
  .map((names) => names.join('/'));
const entry = fc.record({ mode: fc.constantFrom('100644', '100755', '120000'), at: fc.nat({ max: 2 }) });
/** A worktree never holds a file and something below it. */
const consistent = (edits: ReadonlyMap<string, TreeEntry | null>): boolean => {
  const added = [...edits].flatMap(([name, to]) => (to === null ? [] : [name]));
  return !added.some((one) => added.some((other) => other.startsWith(`${one}/`)));
};
const edits = fc
  .array(fc.tuple(path, fc.option(entry, { freq: 3 })), { minLength: 1, maxLength: 8 })
  .map(
    (all) =>
      new Map(
        all.map(([name, to]): [string, TreeEntry | null] => [
          name,
          to === null ? null : { mode: to.mode, oid: blobs[to.at] ?? '' },
        ]),
      ),
  )
  .filter(consistent);

describe('trees without an index', () => {
  it('are edited, listed and compared as git does it', async () => {
    await fc.assert(
      fc.asyncProperty(edits, edits, async (first, second) => {
        const one = must(await editTree(repository, empty, first));
        const two = must(await editTree(repository, one, second));
        expect(one).toBe(byGit(empty, first));
        expect(two).toBe(byGit(one, second));
        expect(
          [...must(await listTree(repository, two))].map(
            ([name, file]) => `${file.mode} blob ${file.oid}\t${name}`,
          ),
        ).toEqual(parts(git(['ls-tree', '-r', '-z', '--full-tree', two])));
        const changes = must(await diffRaw(repository, one, two));
        expect(
          changes.flatMap((change) => [
            `:${change.oldMode} ${change.newMode} ${change.oldOid} ${change.newOid} ${change.status}`,
            change.path,
          ]),
        ).toEqual(parts(git(['diff-tree', '-r', '-z', '--raw', '--no-abbrev', '--no-renames', one, two])));
        expect(must(await applyChanges(repository, one, changes))).toBe(two);
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  it('say so when a tree is missing or is none', async () => {
    const [blob = ''] = blobs;
    expect(await listTree(repository, 'f'.repeat(40))).toMatchObject({ code: 'not-found' });
    expect(await listTree(repository, blob)).toMatchObject({ code: 'not-found' });
    expect(await listTree(repository, 'HEAD')).toMatchObject({ code: 'bad-argument' });
    const cut = writeObject(repository, 'tree', Buffer.from('100644 a\0short'), 40);
    expect(await listTree(repository, cut)).toMatchObject({ code: 'git-failed' });
    expect(await compareTrees(repository, cut, empty, '', () => {})).toMatchObject({ code: 'git-failed' });
  });

  it.each<[string, Record<string, number>, Record<string, number | null>, string]>([
    ['that has another file there', { a: 1 }, { a: 2 }, 'a'],
    ['that has the file already', {}, { a: 1 }, 'a'],
    ['that has a folder there', {}, { 'a/b': 1 }, 'a'],
    ['that has a file where the folder would be', {}, { a: 1 }, 'a/b'],
    ['from which the file is gone', { a: 1 }, { a: null }, 'a'],
  ])('do not take a change onto one %s', async (_, base, meanwhile, target) => {
    const of = (files: Record<string, number | null>): Map<string, TreeEntry | null> =>
      new Map(
        Object.entries(files).map(([name, at]) => [
          name,
          at === null ? null : { mode: '100644', oid: blobs[at] ?? '' },
        ]),
      );
    const from = must(await editTree(repository, empty, of(base)));
    const to = must(await editTree(repository, from, of({ [target]: 0 })));
    const onto = must(await editTree(repository, from, of(meanwhile)));
    const changes = must(await diffRaw(repository, from, to));
    expect(must(await applyChanges(repository, onto, changes))).toBeNull();
    expect(must(await applyChanges(repository, from, changes))).toBe(to);
  });
});

describe('objects we write', () => {
  it.each(['sha1', 'sha256'] as const)('are those of git: %s', async (objectFormat) => {
    const dir = box.path(objectFormat);
    const scratch = must(await openScratch(dir, { objectFormat }));
    const own: Repository = { dir: scratch.dir, networkEnv: {} };
    const oidLength = objectFormat === 'sha1' ? 40 : 64;
    const run = (args: readonly string[], input: string): string =>
      execFileSync('git', ['-C', dir, ...args], { input, encoding: 'utf8', stdio: 'pipe' }).trim();
    const blob = writeObject(own, 'blob', Buffer.from('text\n'), oidLength);
    expect(blob).toBe(run(['hash-object', '--stdin'], 'text\n'));
    expect(writeObject(own, 'blob', Buffer.from('text\n'), oidLength)).toBe(blob);
    const nothing = writeObject(own, 'tree', Buffer.alloc(0), oidLength);
    const tree = must(
      await editTree(own, nothing, new Map([['folder/file', { mode: '100644', oid: blob }]])),
    );
    const author = { name: ' .A1 <Parser>,', email: 'a1@wave.invalid' };
    const date = '2026-11-03T10:00:00.900Z';
    for (const message of ['one line', 'two\nlines\n', ''])
      expect(must(await commitTree(own, { tree, parents: [], message, author, date }))).toBe(
        execFileSync('git', ['-C', dir, 'commit-tree', tree, '-F', '-'], {
          input: message,
          encoding: 'utf8',
          env: {
            PATH: process.env['PATH'],
            ...Object.fromEntries(
              ['AUTHOR', 'COMMITTER'].flatMap((who) => [
                [`GIT_${who}_NAME`, author.name],
                [`GIT_${who}_EMAIL`, author.email],
                [`GIT_${who}_DATE`, '1793700000 +0000'],
              ]),
            ),
          },
        }).trim(),
      );
    expect(run(['fsck', '--strict', '--unreachable'], '')).not.toMatch(/error|missing|corrupt/);
    const wrong = { tree, parents: [tree], message: '', author, date };
    expect(await commitTree(own, wrong)).toMatchObject({ code: 'not-found' });
    expect(await commitTree(own, { ...wrong, parents: [], tree: blob })).toMatchObject({ code: 'not-found' });
  });
});
