/** The quickstart, done: its files written, its commands run, its question answered from beside. */

import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MAIN, makePlace, type Place, startWave, wave } from '../e2e/wave-process.ts';
import { type Block, DOCUMENTS } from './documents.ts';

const blocks = DOCUMENTS.find(({ path }) => path === 'docs/quickstart.md')?.blocks ?? [];
let place: Place;
let repository: string;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  place = await makePlace();
  repository = join(place.dir, 'own');
  const bin = join(place.dir, 'bin');
  mkdirSync(bin);
  mkdirSync(repository);
  writeFileSync(join(bin, 'wave'), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
  chmodSync(join(bin, 'wave'), 0o755);
  env = { ...place.env, PATH: `${bin}${delimiter}${place.env['PATH'] ?? ''}` };
  await shell('git init -q -b main\ngit config user.name Ada\ngit config user.email ada@example.invalid');
});
afterAll(() => place?.remove());

const shell = (script: string): Promise<string> =>
  new Promise((resolve, reject) =>
    execFile('/bin/sh', ['-euc', script], { cwd: repository, env }, (error, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(new Error(`${script}\n${stdout}${stderr}`)),
    ),
  );

/** The handle of what the agent asks, once it has. */
const handleOfQuestion = async (ended: () => boolean): Promise<string> => {
  for (;;) {
    const { stdout } = await wave(place, ['coord', 'show'], { cwd: repository, env });
    const handle = /\bA1-[a-z2-7]{4}\b/.exec(stdout)?.[0];
    if (handle !== undefined) return handle;
    if (ended()) throw new Error('the wave ended before it asked');
    await wait(100);
  }
};

const fileOf = ({ meta }: Block): string | null => /^file=(\S+)$/.exec(meta)?.[1] ?? null;

test('from three files to a closed wave', { timeout: 120_000 }, async () => {
  let running: ReturnType<typeof startWave> | null = null;
  let over = false;
  const done: string[] = [];
  for (const block of blocks) {
    const file = fileOf(block);
    if (file !== null) {
      mkdirSync(dirname(join(repository, file)), { recursive: true });
      writeFileSync(join(repository, file), `${block.text}\n`);
    } else if (block.meta === 'run') {
      done.push(await shell(block.text));
    } else if (block.meta === 'run=start') {
      expect(block.text).toBe('wave run 1');
      running = startWave(place, ['run', '1'], { cwd: repository, env });
      void running.ended.then(() => {
        over = true;
      });
    } else if (block.meta === 'run=beside') {
      const handle = await handleOfQuestion(() => over);
      expect(block.text).toContain('A1-k7mq');
      const said = await shell(block.text.replaceAll('A1-k7mq', handle));
      expect(said).toContain(handle);
      expect(said).toContain('Which word greets?');
      const ended = await running?.ended;
      expect(ended?.stderr).toBe('');
      expect(ended?.stdout).toContain('wave 1 is closed');
      expect(ended?.code).toBe(0);
    }
  }
  const [validated = '', after = ''] = done;
  expect(validated).toContain('no findings');
  expect(after.split('\n').slice(0, 3)).toEqual([
    'wave: feat: greet people',
    'A1 Greeter: Greeter (A1, wave 1)',
    'Ada: A wave',
  ]);
  expect(after).toContain('Closed: published');
  expect(after).toContain('.tmp/main-wave-launcher/reports/wave-1.html');
  expect(
    await shell("node -e \"import('./src/greet.mjs').then(({ greet }) => console.log(greet('Ada')))\""),
  ).toBe('Hello, Ada\n');
});

test('no example is left out by a misspelt mark', () => {
  expect(
    blocks.map(({ meta }) => meta.split('=')[0]).filter((meta) => !['', 'file', 'run'].includes(meta ?? '')),
  ).toEqual([]);
  expect(blocks.filter(({ meta }) => meta.startsWith('run')).map(({ meta }) => meta)).toEqual([
    'run',
    'run=start',
    'run=beside',
    'run',
  ]);
});
