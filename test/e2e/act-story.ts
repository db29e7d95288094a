/** A repository on the twin with the demo wave in a pull request, and the shipped workflow run on it by act. */
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from '../../scripts/build.ts';
import { BREAKS, type DemoPlan, repositoryFiles, writeScripts } from '../../src/demo/index.ts';
import {
  type ActResult,
  type ActSkipped,
  pullRequestEvent,
  runWorkflow,
  startTwin,
  type Twin,
} from '../twin/index.ts';
import { pairStory } from './pair-story.ts';
import { DEMO_AGENT } from './wave-process.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
export const REPOSITORY = 'acme/amounts';
const OWNER = 'acme/wave-orchestration';

/** What a user adds to the default branch. */
export const CALLER = `name: wave
on:
  pull_request_target:
    types: [opened, synchronize, reopened, labeled, closed]
permissions: {}
jobs:
  wave:
    uses: ${OWNER}/.github/workflows/wave.yml@v1
    with:
      poll-seconds: 1
    permissions:
      actions: write
      checks: write
      contents: write
      issues: write
      pull-requests: write
`;

/** A folder that holds just what a release holds. */
export const makeRelease = async (dir: string): Promise<string> => {
  const release = join(dir, 'release');
  await mkdir(release, { recursive: true });
  await cp(join(PROJECT, 'action.yml'), join(release, 'action.yml'));
  const built = process.env['WAVE_TEST_BUILT'];
  if (built === undefined) await build(join(release, 'dist'));
  else await cp(join(built, 'dist'), join(release, 'dist'), { recursive: true });
  return release;
};

export type Stage = {
  readonly dir: string;
  readonly twin: Twin;
  readonly release: string;
  readonly close: () => Promise<void>;
};

export const openStage = async (): Promise<Stage> => {
  const dir = await mkdtemp(join(tmpdir(), 'wave-act-'));
  const release = await makeRelease(dir);
  const twin = await startTwin({ root: join(dir, 'twin') });
  return {
    dir,
    twin,
    release,
    close: async () => {
      await twin.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
};

export type Told = {
  readonly plan: DemoPlan;
  readonly base: string;
  readonly head: string;
  readonly number: number;
};

/** The library and the configuration on main, the wave in a pull request; broken in a named way if one is given. */
export const tell = async ({ dir, twin }: Stage, repository: string, wrong: string | null): Promise<Told> => {
  const honest = pairStory();
  const change = BREAKS.find((one) => one.name === wrong)?.change;
  const plan =
    change === undefined
      ? honest
      : change(honest, { repository: join(dir, 'nowhere'), journal: join(dir, 'nowhere') });
  const program = await writeScripts(join(dir, `scripts-${repository.replace('/', '-')}`), plan, [
    process.execPath,
    DEMO_AGENT,
  ]);
  const files = repositoryFiles(plan, program);
  const waveFile = `docs/plans/waves/wave-${plan.wave}.md`;
  const { [waveFile]: wave = '', ...rest } = files;
  await twin.model.addRepository({ fullName: repository, roles: { ada: 'write' } });
  const base = await twin.model.commit(repository, {
    branch: 'main',
    files: { ...rest, '.github/workflows/wave.yml': CALLER },
  });
  const head = await twin.model.commit(repository, {
    branch: 'topic',
    from: 'main',
    files: { [waveFile]: wave },
  });
  const pull = await twin.model.openPullRequest(repository, {
    head: 'topic',
    user: 'ada',
    labels: ['wave:3'],
  });
  return { plan, base: String(base), head: String(head), number: pull.number };
};

export const shippedWorkflow = (): Promise<string> =>
  readFile(join(PROJECT, '.github/workflows/wave.yml'), 'utf8');

/** A person puts the label on. */
export const label = async (
  { twin, release }: Stage,
  repository: string,
  number: number,
): Promise<ActResult | ActSkipped> => {
  const pull = twin.model.pulls.find((one) => one.number === number && one.repository === repository);
  if (pull === undefined) throw new Error(`no pull request ${number}`);
  return runWorkflow({
    twin,
    repository,
    workflow: '.github/workflows/wave.yml',
    event: 'pull_request_target',
    payload: await pullRequestEvent(twin, pull, { action: 'labeled', label: 'wave:3' }),
    action: { uses: `${OWNER}@v1`, dir: release },
    reusable: { [`${OWNER}/.github/workflows/wave.yml@v1`]: await shippedWorkflow() },
  });
};
