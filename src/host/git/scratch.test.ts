import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GitSandbox, gitSandbox } from './git-sandbox.fixture.ts';
import { must } from './result.ts';
import { openScratch, type Scratch } from './scratch.ts';

let box: GitSandbox;
let scratch: Scratch;
let head: string;
let base: string;

const AUTHOR = { name: 'Wave', email: 'wave@example.com' };
const commit = async (tree: string, parents: string[], message = 'm') =>
  must(
    await scratch.commitTree({ tree, parents, message, author: AUTHOR, date: '2026-11-03T10:00:00.900Z' }),
  );
/** The id of a blob that git itself has written. */
const blobOf = (bytes: string | Uint8Array): string => {
  box.write(box.dir, { bytes });
  return box.git(scratch.dir, 'hash-object', '-w', '--no-filters', box.path('bytes'));
};
/** The base tree with some files as given. */
const treeWith = async (files: Record<string, string>, from = base): Promise<string> => {
  let tree = from;
  for (const [path, text] of Object.entries(files)) {
    const before = must(await scratch.listTree(tree, [path])).get(path);
    const oid = blobOf(text);
    const zero = '0'.repeat(40);
    const lines = text.split('\n').slice(0, -1);
    const old = before ? must(await scratch.readBlob(before.oid)).toString() : null;
    const oldLines = old === null ? [] : old.split('\n').slice(0, -1);
    const patch = [
      `diff --git a/${path} b/${path}`,
      ...(before
        ? [`index ${before.oid}..${oid} 100644`]
        : ['new file mode 100644', `index ${zero}..${oid}`]),
      before ? `--- a/${path}` : '--- /dev/null',
      `+++ b/${path}`,
      `@@ -${old === null ? 0 : 1},${oldLines.length} +1,${lines.length} @@`,
      ...oldLines.map((line) => `-${line}`),
      ...lines.map((line) => `+${line}`),
      '',
    ].join('\n');
    tree = must(await scratch.applyPatch(tree, Buffer.from(patch)));
  }
  return tree;
};
const names = async (tree: string) => [...must(await scratch.listTree(tree)).keys()];

beforeAll(async () => {
  box = gitSandbox();
  const user = box.repository('user', {
    'README.md': 'one\ntwo\nthree\n',
    'src/a.ts': 'a\n',
    'src/b.ts': 'b\n',
    'img.bin': Buffer.from([0, 1, 2, 255, 0]),
  });
  head = user.head;
  scratch = must(await openScratch(box.path('scratch'), { objectsFrom: box.path('user/.git/objects') }));
  base = must(await scratch.treeOf(head));
});
afterAll(() => box.remove());

describe('objects', () => {
  it('names what it knows and says not-found for the rest', async () => {
    expect(must(await scratch.commitOf(head))).toBe(head);
    expect(base).toBe(box.git(box.path('user'), 'rev-parse', 'HEAD^{tree}'));
    for (const ref of ['refs/heads/none', '--all', 'f'.repeat(40)])
      expect(await scratch.commitOf(ref)).toMatchObject({ ok: false, code: 'not-found' });
  });
  it('keeps blobs byte for byte', async () => {
    const bytes = Buffer.from([0, 13, 10, 255, 254]);
    expect(must(await scratch.readBlob(blobOf(bytes)))).toEqual(bytes);
    expect(must(await scratch.readFileAt(base, 'img.bin'))).toEqual(Buffer.from([0, 1, 2, 255, 0]));
    expect(await scratch.readFileAt(base, 'src')).toMatchObject({ code: 'not-found' });
    const many = must(
      await scratch.readBlobs([blobOf(bytes), 'f'.repeat(40), base, blobOf('a\n'), blobOf('a\n')]),
    );
    expect(many).toEqual(
      new Map([
        [blobOf(bytes), bytes],
        [blobOf('a\n'), Buffer.from('a\n')],
      ]),
    );
    expect(await scratch.readBlobs(['main\nHEAD'])).toMatchObject({ code: 'bad-argument' });
  });
  it('lists a folder, a file, nothing', async () => {
    expect([...must(await scratch.listTree(base, ['src/'])).keys()]).toEqual(['src/a.ts', 'src/b.ts']);
    const file = must(await scratch.listTree(base, ['src/a.ts'])).get('src/a.ts');
    expect(file).toEqual({ mode: '100644', oid: blobOf('a\n') });
    expect(must(await scratch.sizes([file?.oid ?? '', 'f'.repeat(40)]))).toEqual(
      new Map([[file?.oid ?? '', 2]]),
    );
    expect(must(await scratch.listTree(base, [])).size).toBe(0);
    // A path is a name, never a pattern.
    expect(must(await scratch.listTree(base, ['src/*'])).size).toBe(0);
  });
  it('makes the same commit of the same input', async () => {
    const [first, second] = await Promise.all([commit(base, [head]), commit(base, [head])]);
    expect(first).toBe(second);
    expect(must(await scratch.isAncestor(head, first))).toBe(true);
    expect(must(await scratch.isAncestor(first, head))).toBe(false);
    expect(
      box.git(scratch.dir, 'log', '-1', '--format=%an %ae %ad %s', '--date=iso-strict', first),
    ).toMatchInlineSnapshot(`"Wave wave@example.com 2026-11-03T10:00:00+00:00 m"`);
    expect(
      await scratch.commitTree({ tree: base, parents: [], message: '', author: AUTHOR, date: 'soon' }),
    ).toMatchObject({ code: 'bad-argument' });
  });
  it('leaves the repository it reads from alone', () => {
    expect(box.git(box.path('user'), 'count-objects')).toMatch(/^\d+ objects/);
    expect(box.git(box.path('user'), 'fsck', '--unreachable', '--no-reflogs')).toBe('');
  });
});

describe('trees', () => {
  it('round-trips a patch of text, binary, modes and odd names', async () => {
    const worktree = box.path('roundtrip');
    must(await scratch.checkout(base, worktree));
    box.write(worktree, {
      'README.md': 'one\nTWO\nthree',
      'img.bin': Buffer.from([9, 0, 9]),
      'new "quoted" \u00e9.txt': 'x\r\n',
      'a\nb': 'newline\n',
      empty: '',
    });
    chmodSync(box.path('roundtrip/src/a.ts'), 0o755);
    const tree = must(await scratch.snapshotWorktree(worktree, base));
    const patch = must(await scratch.diffPatch(base, tree));
    expect(must(await scratch.applyPatch(base, patch))).toBe(tree);
    expect(
      must(await scratch.diffRaw(base, tree)).map(
        ({ status, path, newMode }) => `${status} ${newMode} ${path}`,
      ),
    ).toEqual([
      'M 100644 README.md',
      'A 100644 a\nb',
      'A 100644 empty',
      'M 100644 img.bin',
      'A 100644 new "quoted" é.txt',
      'M 100755 src/a.ts',
    ]);
  });
  it('says that a patch does not apply', async () => {
    const changed = await treeWith({ 'src/a.ts': 'other\n' });
    const patch = must(await scratch.diffPatch(base, changed));
    const elsewhere = await treeWith({ 'src/a.ts': 'third\n' });
    expect(await scratch.applyPatch(elsewhere, patch)).toMatchObject({ code: 'patch-does-not-apply' });
    expect(await scratch.applyPatch(base, Buffer.from('nonsense'))).toMatchObject({
      code: 'patch-does-not-apply',
    });
    expect(must(await scratch.applyPatch(base, Buffer.alloc(0)))).toBe(base);
  });
  it('takes paths out and lays paths over', async () => {
    expect(await names(must(await scratch.withoutPaths(base, ['src/', 'README.md', 'not/there'])))).toEqual([
      'img.bin',
    ]);
    expect(must(await scratch.withoutPaths(base, []))).toBe(base);
    const other = must(
      await scratch.withoutPaths(await treeWith({ 'src/a.ts': 'new\n', 'x/y': '1\n' }), ['src/b.ts']),
    );
    const laid = must(await scratch.overlay(base, other, ['src/', 'x/y', 'nowhere']));
    expect(await names(laid)).toEqual(['README.md', 'img.bin', 'src/a.ts', 'x/y']);
    expect(must(await scratch.readFileAt(laid, 'src/a.ts')).toString()).toBe('new\n');
    expect(must(await scratch.overlay(laid, base, ['src/', 'x/']))).toBe(base);
    // A file where the other has a folder, and back.
    const file = await treeWith({ src: 'file\n' }, must(await scratch.withoutPaths(base, ['src/'])));
    expect(await names(must(await scratch.overlay(base, file, ['src'])))).toEqual([
      'README.md',
      'img.bin',
      'src',
    ]);
    expect(must(await scratch.overlay(file, base, ['src']))).toBe(base);
  });
  it('merges, and names what both changed', async () => {
    const [a, b] = [await treeWith({ 'src/a.ts': 'ours\n' }), await treeWith({ 'src/b.ts': 'theirs\n' })];
    const clean = must(await scratch.mergeTrees(await commit(a, [head]), await commit(b, [head])));
    expect(clean).toEqual({ tree: await treeWith({ 'src/b.ts': 'theirs\n' }, a) });
    const both = await treeWith({ 'src/a.ts': 'also\n' });
    expect(must(await scratch.mergeTrees(await commit(a, [head]), await commit(both, [head])))).toEqual({
      conflicts: ['src/a.ts'],
    });
    // A file renamed on one side does not pull the other side's change to its new name.
    const renamed = must(await scratch.withoutPaths(await treeWith({ 'moved.ts': 'a\n' }), ['src/a.ts']));
    expect(must(await scratch.mergeTrees(await commit(a, [head]), await commit(renamed, [head])))).toEqual({
      conflicts: ['moved.ts'],
    });
  });
});

describe('worktrees', () => {
  it('checks out exact bytes whatever .gitattributes asks for', async () => {
    const tree = await treeWith({
      '.gitattributes': '* text eol=crlf ident filter=evil\n',
      'f.txt': '$Id$\n',
    });
    must(await scratch.checkout(tree, box.path('exact')));
    expect(readFileSync(box.path('exact/f.txt'), 'utf8')).toBe('$Id$\n');
    expect(must(await scratch.snapshotWorktree(box.path('exact'), tree))).toBe(tree);
    expect(existsSync(box.path('exact/.git'))).toBe(false);
    expect(await scratch.checkout(tree, box.path('exact'))).toMatchObject({ code: 'directory-not-empty' });
  });
  it('records deletions, links, and what stands where something else was', async () => {
    const tree = await treeWith({ 'd/x': '1\n', 'd/y': '2\n', file: '3\n' });
    const dir = box.path('kinds');
    must(await scratch.checkout(tree, dir));
    for (const gone of ['d', 'file', 'README.md']) rmSync(box.path('kinds', gone), { recursive: true });
    symlinkSync('/etc', box.path('kinds/d'));
    mkdirSync(box.path('kinds/file'));
    box.write(dir, { 'file/in': 'x\n', '.gitignore': 'ignored\n', ignored: 'no\n' });
    const after = must(await scratch.snapshotWorktree(dir, tree));
    const changes = must(await scratch.diffRaw(tree, after)).map(
      ({ status, path, newMode }) => `${status} ${newMode} ${path}`,
    );
    expect(changes).toEqual([
      'A 100644 .gitignore',
      'D 000000 README.md',
      'A 120000 d',
      'D 000000 d/x',
      'D 000000 d/y',
      'D 000000 file',
      'A 100644 file/in',
    ]);
    must(await scratch.checkout(after, box.path('kinds-again')));
    expect(readlinkSync(box.path('kinds-again/d'))).toBe('/etc');
  });
  it('reads nothing where the worktree is gone, or a link stands in its place', async () => {
    const dir = box.path('replaced');
    const gone = { code: 'worktree-unreadable', message: 'the worktree is gone, or is no folder any more' };
    expect(await scratch.snapshotWorktree(dir, base)).toMatchObject(gone);
    symlinkSync('/etc', dir);
    expect(await scratch.snapshotWorktree(dir, base)).toMatchObject(gone);
  });
  it('bounds what it reads', async () => {
    const dir = box.path('bounds');
    must(await scratch.checkout(base, dir));
    box.write(dir, { big: 'x'.repeat(2000), small: '' });
    expect(await scratch.snapshotWorktree(dir, base, { maxFileBytes: 1000 })).toMatchObject({
      code: 'file-too-large',
      message: '"big" has 2000 bytes, more than 1000',
    });
    expect(await scratch.snapshotWorktree(dir, base, { maxNewFiles: 1 })).toMatchObject({
      code: 'too-many-files',
    });
  });
});

describe('a worktree that blocks its reader', () => {
  it('is given up', async () => {
    const dir = box.path('blocking');
    must(await scratch.checkout(base, dir));
    execFileSync('mkfifo', [`${dir}/.gitignore`]);
    expect(await scratch.snapshotWorktree(dir, base, { timeoutMs: 200 })).toMatchObject({
      code: 'timed-out',
    });
  });
});

describe('the environment', () => {
  it('is not that of the account', async () => {
    const dir = box.path('environment');
    must(await scratch.checkout(base, dir));
    const trap = `touch ${box.path('canary')}`;
    box.write(box.dir, {
      'home/.gitconfig': `[core]\n\tfsmonitor = ${trap}\n\thooksPath = ${box.path('hooks')}\n\tautocrlf = true\n`,
      'home/.config/git/ignore': '*\n',
      'home/.config/git/attributes': '* filter=evil\n',
      'hooks/post-index-change': `#!/bin/sh\n${trap}\n`,
    });
    chmodSync(box.path('hooks/post-index-change'), 0o755);
    const saved = { ...process.env };
    Object.assign(process.env, {
      HOME: box.path('home'),
      XDG_CONFIG_HOME: box.path('home/.config'),
      GIT_CONFIG_GLOBAL: box.path('home/.gitconfig'),
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'core.fsmonitor',
      GIT_CONFIG_VALUE_0: trap,
      GIT_DIR: box.path('user/.git'),
      GIT_INDEX_FILE: box.path('user/.git/index'),
      GIT_EXTERNAL_DIFF: trap,
    });
    try {
      box.write(dir, { 'crlf.txt': 'x\r\n' });
      const tree = must(await scratch.snapshotWorktree(dir, base));
      expect(must(await scratch.readFileAt(tree, 'crlf.txt')).toString()).toBe('x\r\n');
      expect(must(await scratch.diffPatch(base, tree)).toString()).toContain('crlf.txt');
    } finally {
      for (const name of Object.keys(process.env)) if (!(name in saved)) delete process.env[name];
      Object.assign(process.env, saved);
    }
    expect(existsSync(box.path('canary'))).toBe(false);
  });
});

describe('clonePrivate', () => {
  it('gives an agent a repository of its own', async () => {
    const dir = box.path('clone');
    const next = await commit(await treeWith({ 'crlf.bat': 'x\r\n', '.gitattributes': '*.bat text\n' }), [
      head,
    ]);
    expect(must(await scratch.clonePrivate(next, dir, { agent: 'A1' }))).toEqual({ branch: 'wave/A1' });
    expect(box.git(dir, 'status', '--porcelain=v1', '-b')).toBe('## wave/A1');
    expect(box.git(dir, 'rev-parse', 'HEAD')).toBe(next);
    expect(box.git(dir, 'rev-list', '--count', 'HEAD')).toBe('1');
    expect(box.git(dir, 'remote')).toBe('');
    expect(box.git(dir, 'config', 'user.email')).toBe('a1@wave.invalid');
    expect(existsSync(box.path('clone/.git/objects/info/alternates'))).toBe(false);
    expect(readFileSync(box.path('clone/.git/config'), 'utf8')).not.toContain(box.dir);
    expect(lstatSync(box.path('clone/.git/hooks'), { throwIfNoEntry: false })).toBeUndefined();
    // Works on its own, and what it commits stays in it.
    box.write(dir, { 'src/a.ts': 'mine\n' });
    box.git(dir, 'commit', '-q', '-am', 'mine');
    expect(await scratch.commitOf(box.git(dir, 'rev-parse', 'HEAD'))).toMatchObject({ code: 'not-found' });
    expect(await scratch.clonePrivate(next, dir, { agent: 'A1' })).toMatchObject({
      code: 'directory-not-empty',
    });
    expect(await scratch.clonePrivate(next, box.path('c2'), { agent: '../x' })).toMatchObject({
      code: 'bad-argument',
    });
  });
});
