import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Built, build, PROGRAMS } from './build.ts';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const ACTION_ENTRY_BYTES = 1_000_000;

let root: string;
let built: Built;
const out = (name: string): string => join(root, name, 'dist');
const bytesOf = (dir: string, files: Iterable<string>): ReadonlyMap<string, string> =>
  new Map([...files].map((file) => [file, readFileSync(join(dir, file), 'base64')]));
const wave = (...args: readonly string[]): string =>
  execFileSync(process.execPath, [join(out('first'), 'cli', 'main.js'), ...args], {
    encoding: 'utf8',
    cwd: root,
  });

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'build-'));
  built = await build(out('first'));
  copyFileSync(join(PROJECT, 'package.json'), join(root, 'first', 'package.json'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('the build', () => {
  it('is the same bytes every time', async () => {
    const again = await build(out('second'));
    expect([...again.files.keys()]).toEqual([...built.files.keys()]);
    expect(bytesOf(out('second'), again.files.keys())).toEqual(bytesOf(out('first'), built.files.keys()));
  });

  it('has every program whose source is there', () => {
    const expected = PROGRAMS.filter(({ source }) => existsSync(join(PROJECT, source)));
    expect(expected.length).toBeGreaterThan(0);
    for (const { folder, name } of expected) expect(built.files.has(join(folder, `${name}.js`))).toBe(true);
    expect(built.skipped).toEqual(
      PROGRAMS.filter((one) => !expected.includes(one)).map(({ source }) => source),
    );
  });

  it('makes a program that runs without node_modules and finds its package', () => {
    const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(readFileSync(join(out('first'), 'cli', 'main.js'), 'utf8').split('\n')[0]).toBe(
      '#!/usr/bin/env node',
    );
    expect(wave('--version')).toBe(`${version}\n`);
    expect(wave('--help')).toContain('wave demo');
    expect(wave('explain')).toContain('missing-deliverable');
  });

  it('starts on a node that is too old, to say so', () => {
    const entry = readFileSync(join(out('first'), 'cli', 'main.js'), 'utf8');
    expect(entry).toContain('node-too-old');
    // Named imports of what an older node lacks are refused before our first line runs.
    expect([...entry.matchAll(/^import .* from "(node:.*)";$/gm)].map(([, from]) => from)).toEqual([]);
  });

  it('keeps what a command does not need out of the entry', () => {
    expect(built.files.get(join('cli', 'main.js'))).toBeLessThan(16_000);
    const action = built.files.get(join('action', 'main.js'));
    if (action !== undefined) expect(action).toBeLessThanOrEqual(ACTION_ENTRY_BYTES);
  });

  it('says whose code is in it', () => {
    const text = readFileSync(join(out('first'), 'licenses.txt'), 'utf8');
    expect(built.packages.some((id) => id.startsWith('commander@'))).toBe(true);
    for (const id of built.packages) expect(text).toContain(`${id} (`);
    // Its README says MIT/X11. Another package of this kind has to be looked at by a person first.
    const unnamed = [...text.matchAll(/^(\S+) \(no licence named\)$/gm)].map(([, id]) => id);
    expect(unnamed.filter((id) => id !== 'buffers@0.1.1')).toEqual([]);
    expect(text).not.toContain(PROJECT);
  });

  it('names no path of the machine it was built on', () => {
    for (const file of readdirSync(join(out('first'), 'cli')))
      expect(readFileSync(join(out('first'), 'cli', file), 'utf8')).not.toContain(PROJECT);
  });
});
