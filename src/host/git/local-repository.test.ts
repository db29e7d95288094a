import { chmodSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type GitSandbox, gitSandbox } from './git-sandbox.fixture.ts';
import { describe as describeRepository, fastForward, importCommit } from './local-repository.ts';
import { must } from './result.ts';
import { openScratch, type Scratch } from './scratch.ts';

let box: GitSandbox;
let scratch: Scratch;
let count = 0;
let root: string;
let from: string;
let to: string;

beforeAll(() => {
  box = gitSandbox();
});
afterAll(() => box.remove());
beforeEach(async () => {
  ({ root, head: from } = box.repository(`user-${count++}`, {
    'a.txt': 'one\n',
    'b.txt': 'b\n',
    '.gitignore': 'ignored\n',
  }));
  const place = must(await describeRepository(root));
  scratch = must(await openScratch(box.path(`scratch-${count}`), { objectsFrom: place.objects }));
  const work = box.path(`work-${count}`);
  const base = must(await scratch.treeOf(from));
  must(await scratch.checkout(base, work));
  box.write(work, { 'a.txt': 'two\n', 'new/file.txt': 'n\n', 'x.txt': 'x\n' });
  const tree = must(await scratch.snapshotWorktree(work, base));
  const author = { name: 'n', email: 'e@example.com' };
  to = must(
    await scratch.commitTree({
      tree,
      parents: [from],
      message: 'wave',
      author,
      date: '2026-11-03T10:00:00Z',
    }),
  );
});
const move = (over: Partial<Parameters<typeof fastForward>[1]> = {}) =>
  fastForward(root, { branch: 'main', from, to, ...over });
const imported = async () => must(await importCommit(root, scratch, to));

describe('describe', () => {
  it('tells the root, the branch and unsaved work', async () => {
    box.write(root, { 'sub/untracked': 'u', ignored: 'i' });
    expect(must(await describeRepository(`${root}/sub`))).toMatchObject({
      root,
      head: from,
      branch: 'main',
      dirty: [],
      objectFormat: 'sha1',
    });
    box.write(root, { 'a.txt': 'changed\n', 'sub/staged é': 's' });
    box.git(root, 'add', 'sub/staged é');
    expect(must(await describeRepository(root)).dirty).toEqual(['a.txt', 'sub/staged é']);
    box.git(root, 'checkout', '-q', '--detach');
    expect(must(await describeRepository(root)).branch).toBeNull();
  });
  it('knows an unborn branch, and no repository', async () => {
    box.git(box.dir, 'init', '-q', '-b', 'start', `unborn-${count}`);
    expect(must(await describeRepository(box.path(`unborn-${count}`)))).toMatchObject({
      head: null,
      branch: 'start',
    });
    expect(await describeRepository(box.dir)).toMatchObject({ code: 'not-a-repository' });
  });
});

describe('importCommit', () => {
  it('adds objects and nothing else', async () => {
    const refs = box.git(root, 'for-each-ref');
    await imported();
    expect(box.git(root, 'cat-file', '-t', to)).toBe('commit');
    expect(box.git(root, 'for-each-ref')).toBe(refs);
    expect(existsSync(`${root}/.git/FETCH_HEAD`)).toBe(false);
    expect(box.git(root, 'status', '--porcelain')).toBe('');
  });
});

it('works on a shallow clone', async () => {
  await imported();
  expect(await move()).toMatchObject({ ok: true });
  const shallow = box.path(`shallow-${count}`);
  box.git(box.dir, 'clone', '-q', '--depth=1', `file://${root}`, shallow);
  const { objects } = must(await describeRepository(shallow));
  const own = must(await openScratch(box.path(`own-${count}`), { objectsFrom: objects }));
  const tree = must(await own.treeOf(to));
  const author = { name: 'n', email: 'e@example.com' };
  const next = must(
    await own.commitTree({ tree, parents: [to], message: 'm', author, date: '2026-11-03T11:00:00Z' }),
  );
  expect(must(await own.isAncestor(to, next))).toBe(true);
  must(await own.clonePrivate(next, box.path(`clone-${count}`), { agent: 'A1' }));
  must(await importCommit(shallow, own, next));
  expect(await fastForward(shallow, { branch: 'main', from: to, to: next })).toMatchObject({ ok: true });
});

describe('fastForward', () => {
  it('moves the branch and the files, and runs no hook', async () => {
    await imported();
    for (const name of ['post-merge', 'post-checkout', 'reference-transaction', 'post-index-change']) {
      box.write(root, { [`.git/hooks/${name}`]: `#!/bin/sh\ntouch ${box.path(`canary-${count}`)}\n` });
      chmodSync(`${root}/.git/hooks/${name}`, 0o755);
    }
    box.write(root, { untracked: 'stays\n', ignored: 'stays\n' });
    expect(await move()).toEqual({ ok: true, value: null });
    expect(existsSync(box.path(`canary-${count}`))).toBe(false);
    expect(readFileSync(`${root}/a.txt`, 'utf8')).toBe('two\n');
    expect(readFileSync(`${root}/untracked`, 'utf8')).toBe('stays\n');
    expect(must(await describeRepository(root))).toMatchObject({ head: to, branch: 'main', dirty: [] });
  });
  it('moves a branch that is not checked out, and leaves the files', async () => {
    await imported();
    box.git(root, 'checkout', '-q', '-b', 'elsewhere');
    box.write(root, { 'a.txt': 'unsaved\n' });
    expect(await move()).toMatchObject({ ok: true });
    expect(box.git(root, 'rev-parse', 'main')).toBe(to);
    expect(readFileSync(`${root}/a.txt`, 'utf8')).toBe('unsaved\n');
  });
  it('moves the files of a linked worktree that has the branch', async () => {
    await imported();
    box.git(root, 'checkout', '-q', '-b', 'elsewhere');
    box.git(root, 'worktree', 'add', '-q', box.path(`linked-${count}`), 'main');
    expect(await move()).toMatchObject({ ok: true });
    expect(readFileSync(box.path(`linked-${count}/a.txt`), 'utf8')).toBe('two\n');
  });

  it.each<[string, () => void, object]>([
    [
      'an unsaved change',
      () => box.write(root, { 'b.txt': 'mine\n' }),
      { code: 'uncommitted-changes', files: ['b.txt'] },
    ],
    [
      'a staged file',
      () => {
        box.write(root, { s: 's' });
        box.git(root, 'add', 's');
      },
      { code: 'uncommitted-changes', files: ['s'] },
    ],
    [
      'an untracked file in the way',
      () => box.write(root, { 'x.txt': 'mine\n' }),
      { code: 'would-overwrite-untracked', files: ['x.txt'] },
    ],
    [
      'the same, ignored',
      () => box.write(root, { '.git/info/exclude': 'x.txt\n', 'x.txt': 'mine\n' }),
      { code: 'would-overwrite-untracked', files: ['x.txt'] },
    ],
    [
      'a file where a folder goes',
      () => box.write(root, { new: 'mine\n' }),
      { code: 'would-overwrite-untracked', files: ['new'] },
    ],
    [
      'a link where a folder goes',
      () => symlinkSync('/nowhere', `${root}/new`),
      { code: 'would-overwrite-untracked', files: ['new'] },
    ],
    [
      'a folder where a file goes',
      () => box.write(root, { 'x.txt/in': 'mine\n' }),
      { code: 'would-overwrite-untracked', files: ['x.txt'] },
    ],
    [
      'a branch that moved',
      () => box.git(root, 'commit', '-q', '--allow-empty', '-m', 'm'),
      { code: 'branch-moved' },
    ],
  ])('refuses %s', async (_, disturb, refusal) => {
    await imported();
    disturb();
    const before = [box.git(root, 'rev-parse', 'main'), box.git(root, 'status', '--porcelain')];
    expect(await move()).toMatchObject({ ok: false, ...refusal });
    expect([box.git(root, 'rev-parse', 'main'), box.git(root, 'status', '--porcelain')]).toEqual(before);
  });
  it('refuses a branch that is not there, a commit that does not come from it, and options', async () => {
    await imported();
    expect(await move({ branch: 'none' })).toMatchObject({ code: 'branch-moved' });
    expect(await move({ to: from, from: to })).toMatchObject({ code: 'branch-moved' });
    expect(await move({ to: '--help' })).toMatchObject({ code: 'bad-argument' });
    const stranger = box.git(root, 'commit-tree', '-m', 's', `${from}^{tree}`);
    expect(await move({ to: stranger })).toMatchObject({ code: 'not-a-fast-forward' });
  });
});
