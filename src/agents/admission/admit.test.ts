import { chmodSync, existsSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type GitSandbox, gitSandbox } from '../../host/git/git-sandbox.fixture.ts';
import { must, openScratch, type Scratch } from '../../host/git/index.ts';
import { type ExamineRequest, examine, place } from './admit.ts';
import { contractOf } from './contract.fixture.ts';
import { extractPatch } from './extract.ts';

let box: GitSandbox;
let scratch: Scratch;
let base: string;
let head: string;
const contract = contractOf({
  A1: { owns: ['src/one/', 'big.bin', 'odd/'] },
  A2: { owns: ['src/two.ts'] },
  A3: { owns: ['SRC/', 'link', 'sub'] },
});

beforeAll(async () => {
  box = gitSandbox();
  const files = {
    'src/one/a.ts': 'a\nb\nc\n',
    'src/one/b.ts': 'b\n',
    'src/two.ts': '2\n',
    link: 'file\n',
    'img.bin': Buffer.from([0, 1]),
  };
  head = box.repository('user', files).head;
  scratch = must(await openScratch(box.path('scratch'), { objectsFrom: box.path('user/.git/objects') }));
  base = must(await scratch.treeOf(head));
});
afterAll(() => box.remove());

let count = 0;
let clone: string;
beforeEach(async () => {
  clone = box.path(`clone-${count++}`);
});
const open = async () => must(await scratch.clonePrivate(head, clone, { agent: 'A1' }));
const extract = () => extractPatch({ scratch, worktree: clone, baseTree: base });
const extracted = async () => must(await extract());
const admit = async ({ onto, ...request }: ExamineRequest & { readonly onto: string }) => {
  const examined = await examine(request);
  return examined.ok ? place(examined, onto) : examined;
};
const decide = (agent: string, patch: Uint8Array, onto = base, baseTree = base) =>
  admit({ scratch, contract, agent, baseTree, onto, patch });
const codes = async (agent: string, patch: Uint8Array, onto = base, baseTree = base) => {
  const decided = await decide(agent, patch, onto, baseTree);
  return decided.ok ? [] : decided.refusals.map(({ code, path }) => `${code} ${path}`.trim());
};

describe('an honest patch', () => {
  it('becomes part of the tree so far', async () => {
    await open();
    box.write(clone, {
      'src/one/a.ts': 'a\nB\nc\n',
      'src/one/new é "q".ts': 'x\ny\n',
      'src/one/i.bin': Buffer.from([0, 3, 0]),
    });
    box.git(clone, 'rm', '-q', 'src/one/b.ts');
    box.git(clone, 'commit', '-qam', 'what the agent commits changes nothing');
    const { patch, tree, changedPaths } = await extracted();
    expect(changedPaths).toEqual(['src/one/a.ts', 'src/one/b.ts', 'src/one/i.bin', 'src/one/new é "q".ts']);
    expect(await decide('A1', patch)).toEqual({
      ok: true,
      tree,
      paths: changedPaths,
    });

    // On top of another agent's work.
    const other = must(await scratch.overlay(base, tree, ['src/one/b.ts']));
    const two = must(await scratch.diffPatch(base, must(await scratch.withoutPaths(base, ['src/two.ts']))));
    const onto = await decide('A2', two);
    if (!onto.ok) throw new Error('A2 was refused');
    const both = await decide('A1', patch, onto.tree);
    expect(both).toMatchObject({ ok: true, paths: changedPaths });
    expect(both.ok && must(await scratch.listTree(both.tree, ['src/two.ts'])).size).toBe(0);
    // A change that is in the tree already, and one that no longer fits.
    expect(await codes('A1', patch, other)).toEqual(['patch-conflict']);
  });
  it('may be empty', async () => {
    expect(await decide('A1', new Uint8Array())).toEqual({
      ok: true,
      tree: base,
      paths: [],
    });
  });
});

describe('a patch that is refused', () => {
  it('for every reason at once, before anything is applied', async () => {
    await open();
    box.write(clone, {
      'src/two.ts': 'mine\n',
      'src/one/package.json': '{}',
      '.github/workflows/x.yml': 'on: push\n',
    });
    symlinkSync('/proc/self/environ', `${clone}/src/one/env`);
    chmodSync(`${clone}/src/one/b.ts`, 0o755);
    const { patch } = await extracted();
    expect(await codes('A1', patch)).toEqual([
      'mode-change src/one/b.ts',
      'symlink src/one/env',
      'protected-path .github/workflows/x.yml',
      'path-not-owned .github/workflows/x.yml',
      'manifest-not-owned-exactly src/one/package.json',
      'path-not-owned src/two.ts',
    ]);
    expect(await codes('A7', patch)).toEqual(['path-not-owned']);
    expect(await codes('A1', Buffer.from('no patch\n'))).toEqual(['patch-unparsable']);
  });
  it('when it was cut from something else', async () => {
    await open();
    box.write(clone, { 'src/one/a.ts': 'a\nb\nC\n' });
    const { patch } = await extracted();
    const elsewhere = must(await scratch.withoutPaths(base, ['src/one/a.ts']));
    expect(await codes('A1', patch, base, elsewhere)).toEqual(['patch-does-not-apply']);
    // Its lines fit, its object ids do not.
    const lying = Buffer.from(
      patch.toString().replace(/\.\.[0-9a-f]{40} 100644/, `..${'1'.repeat(40)} 100644`),
    );
    expect(lying.equals(patch)).toBe(false);
    expect(await codes('A1', lying)).toEqual(['patch-does-not-apply']);
  });
  it('when the tree it goes onto spells a folder otherwise', async () => {
    const tree = must(
      await scratch.applyPatch(
        base,
        Buffer.from(
          `diff --git a/SRC/x b/SRC/x\nnew file mode 100644\nindex ${'0'.repeat(40)}..ce013625030ba8dba906f756967f9e9ca394464a\n--- /dev/null\n+++ b/SRC/x\n@@ -0,0 +1 @@\n+hello\n`,
        ),
      ),
    );
    expect(await codes('A3', must(await scratch.diffPatch(base, tree)))).toEqual(['case-collision SRC/x']);
  });
  it('when git did something else than the patch says', async () => {
    const honest = must(
      await scratch.diffPatch(base, must(await scratch.withoutPaths(base, ['src/one/b.ts']))),
    );
    const bystander = must(await scratch.withoutPaths(base, ['src/one/b.ts', 'src/two.ts']));
    const deceived = { ...scratch, applyChanges: async () => ({ ok: true as const, value: bystander }) };
    const decided = await admit({
      scratch: deceived,
      contract,
      agent: 'A1',
      baseTree: base,
      onto: base,
      patch: honest,
    });
    expect(decided.ok ? [] : decided.refusals.map(({ code, path }) => `${code} ${path}`)).toEqual([
      'path-not-owned src/two.ts',
      'result-differs-from-patch src/two.ts',
    ]);
  });
});

describe('a hostile worktree', () => {
  const canary = () => box.path(`canary-${count}`);
  const touch = () => `touch ${canary()}`;

  it('starts nothing', async () => {
    await open();
    const command = touch();
    const hook = `#!/bin/sh\n${command}\ncat\n`;
    for (const [key, value] of [
      ['core.fsmonitor', command],
      ['core.hooksPath', '.githooks'],
      ['core.sshCommand', command],
      ['core.pager', command],
      ['filter.evil.clean', `${command}; cat`],
      ['filter.evil.smudge', `${command}; cat`],
      ['filter.evil.process', command],
      ['filter.evil.required', 'true'],
      ['diff.evil.textconv', command],
      ['diff.evil.command', command],
      ['diff.external', command],
      ['merge.evil.driver', command],
      ['alias.add', `!${command}`],
      ['include.path', `${clone}/evil.inc`],
    ] as const)
      box.git(clone, 'config', key, value);
    box.write(clone, {
      'evil.inc': `[core]\n\tfsmonitor = ${command}\n`,
      '.gitattributes': '* filter=evil diff=evil merge=evil text working-tree-encoding=UTF-16\n',
      '.git/info/attributes': '* filter=evil\n',
      '.gitconfig': `[core]\n\tfsmonitor = ${command}\n`,
      'src/one/a.ts': 'changed\r\n',
    });
    for (const name of [
      'post-index-change',
      'pre-commit',
      'post-checkout',
      'reference-transaction',
      'pre-applypatch',
    ]) {
      box.write(clone, { [`.githooks/${name}`]: hook, [`.git/hooks/${name}`]: hook });
      chmodSync(`${clone}/.githooks/${name}`, 0o755);
      chmodSync(`${clone}/.git/hooks/${name}`, 0o755);
    }
    const { patch, tree } = await extracted();
    expect(must(await scratch.readFileAt(tree, 'src/one/a.ts')).toString()).toBe('changed\r\n');
    must(await scratch.checkout(tree, box.path(`out-${count}`)));
    await decide('A1', patch);
    expect(existsSync(canary())).toBe(false);
    // The trap is a real one: git that reads this configuration springs it.
    expect(() => box.git(clone, 'add', '-A')).toThrow();
    expect(existsSync(canary())).toBe(true);
  });

  it('has an embedded repository, with commits or without, in a new place or at a submodule', async () => {
    const withSubmodule = must(
      await scratch.applyPatch(
        base,
        Buffer.from(
          `diff --git a/sub b/sub\nnew file mode 160000\nindex ${'0'.repeat(40)}..${head}\n--- /dev/null\n+++ b/sub\n@@ -0,0 +1 @@\n+Subproject commit ${head}\n`,
        ),
      ),
    );
    must(await scratch.checkout(withSubmodule, clone));
    for (const name of ['sub', 'src/one/inner', 'src/one/unborn']) {
      const root = `${clone}/${name}`;
      box.write(root, { f: 'x\n' });
      box.git(root, 'init', '-q');
      if (!name.endsWith('unborn')) {
        box.git(root, 'add', 'f');
        box.git(root, 'commit', '-qm', 'x');
      }
      box.git(root, 'config', 'core.fsmonitor', touch());
    }
    const { patch, changedPaths } = must(
      await extractPatch({ scratch, worktree: clone, baseTree: withSubmodule }),
    );
    expect(existsSync(canary())).toBe(false);
    expect(changedPaths).toEqual(['src/one/inner', 'src/one/unborn']);
    expect(await codes('A1', patch, withSubmodule, withSubmodule)).toEqual([
      'gitlink src/one/inner',
      'gitlink src/one/unborn',
    ]);
  });

  it.each<[string, (dir: string) => void, string[]]>([
    [
      'newline',
      (dir) => box.write(dir, { 'odd/a\nb': 'x' }),
      ['path-not-portable odd/a\nb', 'path-not-owned odd/a\nb'],
    ],
    ['quotes and unicode', (dir) => box.write(dir, { 'odd/"ü" \'x\'': 'x' }), []],
    ['pathspec magic', (dir) => box.write(dir, { 'odd/[a]*?': 'x' }), ['path-not-owned odd/[a]*?']],
    [
      'backslash',
      (dir) => box.write(dir, { 'odd/a\\b': 'x' }),
      ['path-traversal odd/a\\b', 'path-not-owned odd/a\\b'],
    ],
    [
      '.GIT',
      (dir) => box.write(dir, { 'odd/.GIT/config': 'x' }),
      ['git-path odd/.GIT/config', 'protected-path odd/.GIT/config', 'path-not-owned odd/.GIT/config'],
    ],
    [
      'git~1',
      (dir) => box.write(dir, { 'odd/git~1': 'x' }),
      ['git-path odd/git~1', 'path-not-owned odd/git~1'],
    ],
    [
      'not UTF-8',
      (dir) => writeFileSync(Buffer.concat([Buffer.from(`${dir}/bad`), Buffer.from([0xff])]), 'x'),
      ['patch-unparsable'],
    ],
    ['a link out, to a file', (dir) => symlinkSync('/etc/passwd', `${dir}/src/one/l`), ['symlink src/one/l']],
    ['a link out, to a folder', (dir) => symlinkSync('/etc', `${dir}/src/one/l`), ['symlink src/one/l']],
  ])('has a name or a link: %s', async (_, make, expected) => {
    must(await scratch.checkout(base, clone));
    make(clone);
    expect(await codes('A1', (await extracted()).patch)).toEqual(expected);
  });

  it('has a huge file, which is measured and not read', async () => {
    await open();
    writeFileSync(`${clone}/big.bin`, '');
    truncateSync(`${clone}/big.bin`, 8 * 2 ** 30);
    expect(await extract()).toMatchObject({ ok: false, code: 'file-too-large' });
  });

  it('cannot read through a folder that became a link', async () => {
    await open();
    box.write(box.dir, { 'outside/a.ts': 'SECRET\n' });
    box.git(clone, 'rm', '-rq', 'src/one');
    symlinkSync(box.path('outside'), `${clone}/src/one`);
    const { patch } = await extracted();
    expect(Buffer.from(patch).toString()).not.toContain('SECRET');
    expect(await codes('A1', patch)).toContain('symlink src/one');
  });
});
