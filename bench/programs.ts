/** What the built programs cost to start, and how large the action's entry is. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from '../scripts/build.ts';
import { type Benchmark, type Measurement, median, medianRatio, time } from './measure.ts';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));

const start = (args: readonly string[], env: NodeJS.ProcessEnv = process.env): void => {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { stdio: 'pipe', env });
  if (status !== 0)
    throw new Error(`node ${args.join(' ')} ended with ${status}: ${`${stdout}${stderr}`.slice(0, 500)}`);
};
const bare = (): void => start(['-e', '0']);

/** An edited comment starts nothing: the action reads it, says so and ends. */
const NO_OP_EVENT = { action: 'edited', issue: { number: 1, pull_request: {} } };

const action = async (dist: string): Promise<readonly Measurement[]> => {
  const entry = join(dist, 'action', 'main.js');
  const names = { size: 'action: entry bundle', start: 'action: no-op phase over bare node' } as const;
  if (!existsSync(entry)) {
    const note = 'src/action/main.ts is not there';
    return [
      { name: names.size, measured: null, budget: 1, unit: 'MB', note },
      { name: names.start, measured: null, budget: 150, unit: 'ms', note },
    ];
  }
  const home = mkdtempSync(join(tmpdir(), 'wave-action-'));
  try {
    const event = join(home, 'event.json');
    const files = ['output', 'state', 'summary', 'env', 'path'].map(
      (name) =>
        [`GITHUB_${name === 'summary' ? 'STEP_SUMMARY' : name.toUpperCase()}`, join(home, name)] as const,
    );
    for (const [, file] of files) writeFileSync(file, '');
    writeFileSync(event, JSON.stringify(NO_OP_EVENT));
    const env = {
      PATH: process.env['PATH'],
      HOME: home,
      RUNNER_TEMP: home,
      ...Object.fromEntries(files),
      GITHUB_ACTIONS: 'true',
      GITHUB_EVENT_NAME: 'issue_comment',
      GITHUB_RUN_ID: '1',
      GITHUB_SERVER_URL: 'https://github.invalid',
      GITHUB_API_URL: 'https://api.github.invalid',
      ACTIONS_RESULTS_URL: 'https://results.invalid',
      ACTIONS_RUNTIME_TOKEN: `e30.${Buffer.from('{"scp":"Actions.Results:1:2"}').toString('base64url')}.none`,
      GITHUB_EVENT_PATH: event,
      GITHUB_REPOSITORY: 'octo/amounts',
      GITHUB_WORKSPACE: home,
      INPUT_PHASE: 'plan',
      INPUT_TOKEN: 'none',
    };
    const extra: number[] = [];
    for (let i = 0; i < 8; i++) {
      const without = await time(bare);
      const took = (await time(() => start([entry], env))) - without;
      if (i > 0) extra.push(took);
    }
    return [
      { name: names.size, measured: statSync(entry).size / 1e6, budget: 1, unit: 'MB' },
      { name: names.start, measured: median(extra), budget: 150, unit: 'ms' },
    ];
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
};

export const programs: Benchmark = {
  id: 'programs',
  run: async () => {
    // Inside the project, so that the programs find its package.json where the package has it.
    const root = mkdtempSync(join(PROJECT, '.tmp-bench-'));
    try {
      const dist = join(root, 'dist');
      await build(dist);
      const help = join(dist, 'cli', 'main.js');
      const ratio = await medianRatio(11, () => start([help, '--help']), bare, 2);
      return [
        { name: 'wave --help over node -e 0', measured: ratio, budget: 2, unit: 'x' },
        ...(await action(dist)),
      ];
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  },
};
