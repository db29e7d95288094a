/** The action as it is released: the bundle, started as a runner starts it. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { build } from '../../scripts/build.ts';
import { DEFAULT_LIMITS } from '../../src/host/exchange/types.ts';
import { unzip } from '../../src/host/exchange/unzip.ts';
import type { Permissions } from '../twin/index.ts';
import { gitIn, openWorld, type Setting, type Told, tellSmall, type World } from './jobs-world.ts';
import { smallWaveMarkdown } from './small-wave.ts';

let world: World;
let action: string;
beforeAll(async () => {
  world = await openWorld();
  await build(join(world.dir, 'dist'));
  action = join(world.dir, 'dist', 'action', 'main.js');
}, 120_000);
afterAll(() => world?.close());

type Ran = {
  readonly code: number | null;
  readonly output: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly run: string;
  readonly told: Told;
};

/** One step in a job of its own: a checkout of the pull request's head, and the environment of a runner. */
const step = async (
  inputs: Readonly<Record<string, string>>,
  options: { readonly setting?: Setting; readonly permissions?: Permissions } = {},
): Promise<Ran> => {
  const { model, apiUrl, resultsUrl, url } = world.twin;
  const told = await tellSmall(world, options.setting);
  const run = model.addRun({ repository: told.repository, event: 'pull_request' }).id;
  const job = String(model.addJob({ run, key: 'wave' }).id);
  const token = model.mintToken({
    run,
    job,
    permissions: options.permissions ?? { contents: 'read' },
    repository: told.repository,
  });
  const dir = await mkdtemp(join(world.dir, 'step-'));
  const [workspace, temp, home] = await Promise.all(
    ['workspace', 'temp', 'home'].map(async (name) => {
      await mkdir(join(dir, name));
      return join(dir, name);
    }),
  );
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', workspace ?? '', ...args], { encoding: 'utf8' });
  execFileSync('git', ['clone', '--quiet', model.repository(told.repository).gitDir, workspace ?? '']);
  git('checkout', '--quiet', '--detach', told.head);
  const files = {
    event: join(dir, 'event.json'),
    output: join(dir, 'output'),
    summary: join(dir, 'summary'),
  };
  await Promise.all([
    writeFile(files.event, '{}'),
    writeFile(files.output, ''),
    writeFile(files.summary, ''),
  ]);
  model.forgetLog();
  const child = spawn(process.execPath, [action], {
    cwd: workspace,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_REPOSITORY: told.repository,
      GITHUB_RUN_ID: run,
      GITHUB_RUN_ATTEMPT: '1',
      GITHUB_EVENT_NAME: 'pull_request',
      GITHUB_EVENT_PATH: files.event,
      // The artifact client refuses every other server by its name; its calls go to ACTIONS_RESULTS_URL.
      GITHUB_SERVER_URL: url.replace('127.0.0.1', 'github.localhost'),
      GITHUB_API_URL: apiUrl,
      GITHUB_WORKSPACE: workspace,
      GITHUB_OUTPUT: files.output,
      GITHUB_STEP_SUMMARY: files.summary,
      RUNNER_TEMP: temp,
      ACTIONS_RESULTS_URL: resultsUrl,
      ACTIONS_RUNTIME_TOKEN: model.mintRuntimeToken({ run, job }),
      INPUT_TOKEN: token,
      ...Object.fromEntries(
        Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
      ),
    },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const said = await readFile(files.output, 'utf8');
  return {
    code,
    output,
    outputs: Object.fromEntries(
      [...said.matchAll(/^(\w+)<<(\S+)\n([\s\S]*?)\n\2$/gm)].map((one) => [one[1] ?? '', one[3] ?? '']),
    ),
    summary: await readFile(files.summary, 'utf8'),
    run,
    told,
  };
};

/** Asking whether the token may write is refused three times. */
const PROBES = {
  what: 'denied',
  times: 'any',
  where: { path: /\/(?:git\/refs|check-runs|issues\/0\/comments)$/ },
} as const;
const errorsIn = (output: string): readonly string[] =>
  output.split('\n').filter((line) => line.startsWith('::error'));

describe('phase all', () => {
  test('closes the wave in one job, publishes nothing, and hands over the trace with the patch', async () => {
    const { code, output, outputs, summary, run, told } = await step({ phase: 'all', wave: '1' });
    expect(code, output).toBe(0);
    expect(outputs).toMatchObject({ closed: 'true' });
    expect(summary).toContain('Wave 1');
    world.twin.model.assertSilence([PROBES]);
    expect(
      gitIn(world, told, 'for-each-ref', '--format=%(refname)', 'refs/heads').trim().split('\n'),
    ).toEqual(['refs/heads/main', 'refs/heads/topic']);
    expect(gitIn(world, told, 'rev-parse', 'topic').trim()).toBe(told.head);
    const [trace, ...others] = world.twin.model.artifacts.filter((one) => one.run === run);
    expect([trace?.name, others.length]).toEqual(['wave-trace-r1-step', 0]);
    const unpacked = unzip(trace?.bytes ?? new Uint8Array(), DEFAULT_LIMITS);
    const files = 'files' in unpacked ? unpacked.files : new Map<string, Uint8Array>();
    expect([...files.keys()]).toEqual(
      expect.arrayContaining(['wave.patch', 'journal.jsonl', 'report.html', 'run-metadata.json']),
    );
    expect(Buffer.from(files.get('wave.patch') ?? []).toString('utf8')).toContain(
      '+++ b/lib/first-1/first.ts',
    );
  });

  test('a wave that is refused fails the job with its code', async () => {
    const { code, output, outputs } = await step(
      { phase: 'all', wave: '1' },
      {
        setting: {
          head: {
            'docs/plans/waves/wave-1.md': smallWaveMarkdown(1).replace('node --version', 'node missing.js'),
          },
        },
      },
    );
    expect(code).toBe(1);
    expect(outputs).toMatchObject({ closed: 'false' });
    expect(errorsIn(output).join('\n')).toContain('the wave is not closed: verify-failed');
    world.twin.model.assertSilence([PROBES]);
  });

  test.each<readonly [string, Permissions]>([
    ['contents', { contents: 'write' }],
    ['checks', { contents: 'read', checks: 'write' }],
    ['pull-requests', { contents: 'read', 'pull-requests': 'write' }],
  ])('a token that may write %s is refused before anything runs', async (scope, permissions) => {
    const { code, output, run } = await step({ phase: 'all', wave: '1' }, { permissions });
    expect(code).toBe(1);
    expect(errorsIn(output)).toEqual([expect.stringMatching(/^::error::token-can-write: .+fix: /)]);
    expect(output).toContain(scope);
    expect(world.twin.model.artifacts.filter((one) => one.run === run)).toEqual([]);
  });
});

describe('inputs that are wrong', () => {
  test.each<readonly [Readonly<Record<string, string>>, string]>([
    [{ phase: 'everything' }, 'bad-input'],
    [{ phase: 'all', wave: 'three' }, 'bad-input'],
    [{ phase: 'agent', plan: '{', agent: 'A1' }, 'ticket-invalid'],
    [{ phase: 'record', plan: '', token: '' }, 'bad-input'],
  ])('%j: one clear error', async (inputs, code) => {
    const ran = await step(inputs);
    expect(ran.code).toBe(1);
    expect(errorsIn(ran.output)).toEqual([
      expect.stringMatching(new RegExp(`^::error::${code}: .+%0Afix: `)),
    ]);
    world.twin.model.assertSilence([]);
  });
});
