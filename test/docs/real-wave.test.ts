/** The page about real models, done: with a stand-in for the CLI that asks a scripted model on loopback. */
import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MAIN, makePlace, type Place, ROOT, wave } from '../e2e/wave-process.ts';
import { type ScriptedModel, type Step, startScriptedModel } from '../executors/scripted-model.ts';
import { DOCUMENTS } from './documents.ts';

const blocks = DOCUMENTS.find(({ path }) => path === 'docs/real-wave.md')?.blocks ?? [];
const KEY = 'sk-ant-api03-not-a-real-key-0123456789';
const WORK = `mkdir -p src
printf '%s\\n' 'export const greet = (name) => "Hello, " + name;' >src/greet.mjs
printf '%s\\n' 'import { test } from "node:test"; import assert from "node:assert/strict"; import { greet } from "./greet.mjs";' \\
  'test("greets", () => assert.equal(greet("Ada"), "Hello, Ada"));' >src/greet.test.mjs
env >src/environment.txt
wave signal proof --completion integrated --durability none --proof unit --state met
wave signal doc-delta --state none
rm src/environment.txt`;
const JUDGE = `mkdir -p docs/reviews && printf 'Looked at it.\\n\\nVerdict: PASS\\n' >docs/reviews/wave-1-cont-qa.md
wave signal gate --architecture pass --integration pass --durability pass --live pass --docs pass
wave signal verdict pass`;
const STEPS: readonly Step[] = [
  { run: `env; ${WORK}` },
  { say: 'Done.' },
  { run: JUDGE },
  { say: 'Judged.' },
];

let place: Place;
let repository: string;
let model: ScriptedModel;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  place = await makePlace();
  repository = join(place.dir, 'own');
  const bin = join(place.dir, 'bin');
  mkdirSync(bin);
  mkdirSync(repository);
  writeFileSync(join(bin, 'wave'), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
  cpSync(join(ROOT, 'test/executors/stand-in-claude.mjs'), join(bin, 'stand-in-claude.mjs'));
  writeFileSync(
    join(bin, 'claude'),
    `#!/bin/sh\nexec '${process.execPath}' '${join(bin, 'stand-in-claude.mjs')}' "$@"\n`,
  );
  for (const name of ['wave', 'claude']) chmodSync(join(bin, name), 0o755);
  model = await startScriptedModel(STEPS);
  env = {
    ...place.env,
    PATH: `${bin}${delimiter}${place.env['PATH'] ?? ''}`,
    ANTHROPIC_API_KEY: KEY,
    ANTHROPIC_BASE_URL: model.url,
  };
  await shell('git init -q -b main\ngit config user.name Ada\ngit config user.email ada@example.invalid');
});
afterAll(async () => {
  await model?.stop();
  await place?.remove();
});

const shell = (script: string): Promise<string> =>
  new Promise((resolve, reject) =>
    execFile('/bin/sh', ['-euc', script], { cwd: repository, env }, (error, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(new Error(`${script}\n${stdout}${stderr}`)),
    ),
  );

/** Every byte the run left on disk. */
const leftBehind = (): string =>
  readdirSync(repository, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => readFileSync(join(one.parentPath, one.name), 'latin1'))
    .join('\n');

test('from a key to a closed wave, and the key is nowhere', { timeout: 120_000 }, async () => {
  const done: string[] = [];
  for (const { meta, text } of blocks) {
    const file = /^file=(\S+)$/.exec(meta)?.[1];
    if (file !== undefined) {
      mkdirSync(dirname(join(repository, file)), { recursive: true });
      writeFileSync(join(repository, file), `${text}\n`);
    } else if (meta === 'run') done.push(await shell(text));
    else if (meta === 'run=wave') {
      expect(text).toBe('wave run 1');
      const ended = await wave(place, ['run', '1'], { cwd: repository, env });
      expect(ended.stderr).toBe('');
      expect(ended.stdout).toContain('wave 1 is closed');
    }
  }
  const [validated = '', after = ''] = done;
  expect(validated).toContain('no findings');
  expect(after).toContain('A1 Greeter: Greeter (A1, wave 1)');
  expect(after).toContain('.tmp/main-wave-launcher/reports/wave-1.html');
  // The provider got the key with every request, and nothing else has it.
  expect(model.asked.map(({ key }) => key)).toEqual(STEPS.map(() => KEY));
  expect(model.asked.map(({ body }) => body).join('\n')).not.toContain(KEY);
  expect(model.asked.at(0)?.body).toContain('Write src/greet.mjs');
  expect(leftBehind()).not.toContain(KEY);
  const report = readFileSync(join(repository, '.tmp/main-wave-launcher/reports/wave-1.html'), 'utf8');
  expect(report).toContain('All agents ran without isolation.');
});

test('no example is left out by a misspelt mark', () => {
  expect(blocks.map(({ meta }) => meta)).toEqual([
    'file=wave.config.json',
    'file=docs/plans/waves/wave-1.md',
    'run',
    'run=wave',
    'run',
    'config',
  ]);
});
