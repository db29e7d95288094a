import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { everybodyChanges, everybodyEnters, everybodyReads, shutPath } from './reach.ts';

let dir: string;
beforeEach(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'wave-reach-')));
  await chmod(dir, 0o755);
  await mkdir(join(dir, 'above', 'bin'), { recursive: true });
  await writeFile(join(dir, 'above', 'bin', 'tool'), '');
  await symlink(join(dir, 'above'), join(dir, 'link'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe.each([
  ['all closed to writing', 0o755, 0o755, 0o755, { reads: true, enters: true, changes: false }],
  ['a private folder above', 0o700, 0o755, 0o755, { reads: false, enters: false, changes: false }],
  ['a private file', 0o755, 0o755, 0o700, { reads: false, enters: false, changes: false }],
  ['a file of all', 0o755, 0o755, 0o777, { reads: true, enters: true, changes: true }],
  ['a folder of all', 0o755, 0o777, 0o755, { reads: true, enters: true, changes: true }],
  ['a folder of all further up', 0o777, 0o755, 0o755, { reads: true, enters: true, changes: true }],
  [
    'a folder of all where each keeps its own',
    0o1777,
    0o755,
    0o755,
    { reads: true, enters: true, changes: false },
  ],
] as const)('%s', (_, above, bin, file, { reads, enters, changes }) => {
  beforeEach(async () => {
    await chmod(join(dir, 'above', 'bin', 'tool'), file);
    await chmod(join(dir, 'above', 'bin'), bin);
    await chmod(join(dir, 'above'), above);
  });
  it.each(['above', 'link'])('seen through %s', (way) => {
    const path = join(dir, way, 'bin', 'tool');
    expect([everybodyReads(path), everybodyEnters(path), everybodyChanges(path)]).toEqual([
      reads,
      enters,
      changes,
    ]);
  });
});

it('what is not there is nobody’s to read and everybody’s to make', () => {
  const path = join(dir, 'no', 'such');
  expect([everybodyReads(path), everybodyEnters(path), everybodyChanges(path)]).toEqual([false, false, true]);
});

it('a PATH keeps the folders nobody can plant a program in', async () => {
  await chmod(join(dir, 'above', 'bin'), 0o777);
  const open = join(dir, 'above', 'bin');
  expect(shutPath(`${open}:relative::${dir}:/no/such/folder`)).toBe(dir);
});
