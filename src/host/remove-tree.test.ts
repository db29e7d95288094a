import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { removeTree } from './remove-tree.ts';

let root = '';
let dir = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'wave-remove-'));
  dir = join(root, 'run');
  mkdirSync(dir);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const isRoot = process.getuid?.() === 0;

it('removes what is there, and takes what is not for removed', async () => {
  writeFileSync(join(dir, 'file'), 'x');
  await removeTree(dir);
  await removeTree(dir);
  expect(readdirSync(root)).toEqual([]);
});

it('removes paths longer than the system takes at once', async () => {
  const script =
    "for (let i = 0; i < 30; i++) { fs.mkdirSync('d'.repeat(200)); process.chdir('d'.repeat(200)); }";
  execFileSync(process.execPath, ['-e', `${script} fs.writeFileSync('f', '');`], { cwd: dir });
  await removeTree(dir);
  expect(readdirSync(root)).toEqual([]);
});

// Root may write everywhere, so there is nothing to see.
it.skipIf(isRoot)('removes read-only folders, and changes nothing a link leads to', async () => {
  const other = join(root, 'other');
  mkdirSync(other, { mode: 0o500 });
  mkdirSync(join(dir, 'mod'));
  writeFileSync(join(dir, 'mod', 'file'), 'x');
  symlinkSync(other, join(dir, 'mod', 'link'));
  chmodSync(join(dir, 'mod'), 0o555);
  await removeTree(dir);
  expect(readdirSync(root)).toEqual(['other']);
  expect(execFileSync('stat', ['-c', '%a', other], { encoding: 'utf8' }).trim()).toBe('500');
});

// As root on a machine that lets us: a file nobody may remove.
it('puts aside what cannot be removed', async () => {
  const stuck = join(dir, 'stuck');
  writeFileSync(stuck, 'x');
  try {
    execFileSync('chattr', ['+i', stuck], { stdio: 'ignore' });
  } catch {
    return;
  }
  try {
    await removeTree(dir);
    expect(existsSync(dir)).toBe(false);
    expect(readdirSync(root)).toEqual([expect.stringMatching(/^run\.left-/)]);
  } finally {
    const [left = ''] = readdirSync(root);
    execFileSync('chattr', ['-i', join(root, left, 'stuck')]);
  }
});
