/** Runs a repository's real workflow files with act, on the host, against the twin. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { checkoutAction, noopAction, productAction } from './act-actions.ts';
import { type KnownJob, serveIdentities } from './act-identities.ts';
import { type JobResult, readJobs, readLines } from './act-log.ts';
import { findAct, spawnAct } from './act-process.ts';
import { type JobUse, type Rewritten, rewriteWorkflow, startupProblems } from './act-workflows.ts';
import { git } from './git.ts';
import { resolveCommit } from './repositories.ts';
import type { Twin } from './server.ts';
import type { WorkflowRun } from './types.ts';

export type WorkflowOptions = {
  readonly twin: Twin;
  /** `owner/name` of the calling repository, in the model. */
  readonly repository: string;
  /** Path of the calling workflow in it. */
  readonly workflow: string;
  readonly event: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** What users write under `uses:`, and the release it stands for: a folder with `action.yml` and `dist/`. */
  readonly action: { readonly uses: string; readonly dir: string };
  /** Reusable workflows by what a job's `uses:` says: `owner/name/.github/workflows/x.yml@ref`. Text as shipped. */
  readonly reusable?: Readonly<Record<string, string>>;
  /** Other actions by what `uses:` says: a folder with an `action.yml`, or `noop`. */
  readonly actions?: Readonly<Record<string, string>>;
  /** The branch whose workflow file runs and the commit it is at; the default branch and its tip when not said. */
  readonly ref?: string;
  readonly sha?: string;
  /** A run of the model to be (a dispatched one, or a new attempt); a new one when not said. */
  readonly run?: WorkflowRun;
  /** Who caused it; the payload's sender when not said. */
  readonly actor?: string;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly vars?: Readonly<Record<string, string>>;
  /** Labels of `runs-on` that mean this machine. */
  readonly runsOn?: readonly string[];
  readonly timeoutMs?: number;
};

export type ActResult = {
  readonly exitCode: number;
  readonly run: WorkflowRun;
  readonly jobs: readonly JobResult[];
  /** Everything act and the steps printed, in order. */
  readonly output: string;
  readonly durationMs: number;
  /** Lines of the workflows act did not see, as `<file>:<line>: <text>` (`hideFromAct`). */
  readonly hidden: readonly string[];
};
export type ActSkipped = { readonly skipped: 'act' };

type Prepared = {
  readonly uses: readonly JobUse[];
  readonly foreign: readonly string[];
  readonly hidden: readonly string[];
};

/** Rewrites the caller's files in place and writes the reusable ones under `local/`; see `rewriteWorkflow`. */
async function prepareWorkflows(
  checkout: string,
  local: string,
  options: WorkflowOptions,
): Promise<Prepared> {
  const taken = new Set<string>();
  const keyFor = (file: string) => (job: string) => {
    const key = taken.has(job) ? `${file.replace(/\.ya?ml$/, '')}--${job}` : job;
    taken.add(job).add(key);
    return key;
  };
  const done: Rewritten[] = [];
  const hidden: string[] = [];
  const put = async (path: string, file: string, text: string): Promise<void> => {
    const rewritten = rewriteWorkflow(text, options.action.uses, keyFor(file));
    done.push(rewritten);
    hidden.push(...rewritten.hidden.map((line) => `${file}:${line}`));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, rewritten.text);
  };
  for (const [uses, text] of Object.entries(options.reusable ?? {})) {
    const found = /^([^/]+\/[^/]+)\/\.github\/workflows\/([^@/]+)@(.+)$/.exec(uses);
    if (found === null) throw new Error(`${uses} is no owner/name/.github/workflows/file@ref`);
    const file = found[2] ?? '';
    await put(join(local, `${found[1]}@${found[3]}`, '.github', 'workflows', file), file, text);
  }
  const folder = join(checkout, '.github', 'workflows');
  for (const file of (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name))) {
    const path = join(folder, file);
    const text = await readFile(path, 'utf8');
    const problems =
      path === join(checkout, options.workflow) ? startupProblems(text, options.reusable ?? {}) : [];
    if (problems.length > 0) throw new Error(`GitHub would not start this run:\n${problems.join('\n')}`);
    await put(path, file, text);
  }
  return { uses: done.flatMap((one) => one.jobs), foreign: done.flatMap((one) => one.foreign), hidden };
}

/**
 * Runs one event through a workflow. Rejects when the harness itself finds a fault: an action that is not mapped, or
 * something of an ended job that a later one could read. A failing workflow is a result (`exitCode`).
 */
export async function runWorkflow(options: WorkflowOptions): Promise<ActResult | ActSkipped> {
  const act = await findAct();
  if (act === null) return { skipped: 'act' };
  // Outside the repository: act copies everything under it into each job.
  const scratch = await mkdtemp(join(tmpdir(), 'twin-act-'));
  try {
    return await runIn(scratch, act, options);
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function runIn(scratch: string, act: string, options: WorkflowOptions): Promise<ActResult> {
  const { twin, repository } = options;
  const repo = twin.model.repository(repository);
  const branch = options.ref ?? repo.defaultBranch;
  const sha = options.sha ?? (await resolveCommit(repo.gitDir, `refs/heads/${branch}`));
  if (sha === null) throw new Error(`${repository} has no branch ${branch}`);
  const run =
    options.run ??
    twin.model.addRun({
      repository,
      workflow: options.workflow,
      event: options.event,
      headSha: sha,
      headBranch: branch,
    });
  run.status = 'in_progress';

  const checkout = join(scratch, 'repository');
  await git(scratch, 'clone', '-q', '--no-checkout', repo.gitDir, checkout);
  await git(checkout, 'checkout', '-q', '--detach', sha);
  const local = join(scratch, 'local');
  const { uses, foreign, hidden } = await prepareWorkflows(checkout, local, options);
  const product = options.action.uses;
  const identities = await serveIdentities(twin, { scratch, run: run.id, repository, uses, product });
  try {
    const mapped: string[] = [];
    for (const key of Object.keys(options.reusable ?? {})) {
      const [path, ref] = key.split('/.github/workflows/');
      const at = `${path}@${(ref ?? '').split('@')[1]}`;
      mapped.push(`${at}=${join(local, at)}`);
    }
    for (const use of uses) {
      const folder = join(local, 'twin', use.key);
      if (use.product) await productAction(folder, options.action.dir, identities.control, use.key);
      if (use.checkout) await checkoutAction(`${folder}--checkout`, identities.control, use.key);
      if (use.product) mapped.push(`twin/${use.key}@v1=${folder}`);
      if (use.checkout) mapped.push(`twin/${use.key}--checkout@v1=${folder}--checkout`);
    }
    for (const name of foreign) {
      const dir = options.actions?.[name];
      if (dir === undefined) {
        throw new Error(
          `act would fetch ${name} from the network. Map it: actions: { '${name}': folder or 'noop' }.`,
        );
      }
      const noop = join(local, 'noop');
      if (dir === 'noop') await noopAction(noop);
      const [path, ref] = name.split('@');
      mapped.push(`${(path ?? '').split('/').slice(0, 2).join('/')}@${ref}=${dir === 'noop' ? noop : dir}`);
    }
    await writeFile(join(scratch, 'event.json'), JSON.stringify(options.payload));
    const started = performance.now();
    const done = await spawnAct(
      act,
      scratch,
      actArguments(scratch, options, run, branch, sha, mapped, identities.placeholder),
      options.timeoutMs ?? 120_000,
    );
    const durationMs = performance.now() - started;
    const lines = readLines(done.stdout);
    const jobs = readJobs(lines, identities.jobs);
    const output = [
      ...lines.map((line) => `[${String(line.job ?? 'act').trim()}] ${line.msg ?? ''}`),
      done.stderr,
    ].join('\n');
    refuseLeaks(output, twin, identities.jobs);
    for (const job of jobs) {
      const made = twin.model.jobs.find((one) => one.id === job.identity?.id);
      if (made === undefined) continue;
      made.name = job.name;
      made.status = 'completed';
      made.conclusion = job.result;
    }
    run.status = 'completed';
    run.conclusion ??= done.exitCode === 0 ? 'success' : 'failure';
    return { exitCode: done.exitCode, run, jobs, output, durationMs, hidden };
  } finally {
    await identities.close();
  }
}

/** No job's canary may be in what any job printed or published, and no ended job's files readable by a later one. */
function refuseLeaks(output: string, twin: Twin, jobs: readonly KnownJob[]): void {
  const leak = /^.*\[twin\] leak: .*$/m.exec(output);
  if (leak !== null) throw new Error(leak[0]);
  const published = [
    output,
    ...twin.model.comments.map((comment) => comment.body),
    ...twin.model.checkRuns.flatMap((check) => [check.output.summary ?? '', check.output.text ?? '']),
  ].join('\n');
  const shown = jobs.find((job) => published.includes(job.canary));
  if (shown !== undefined) throw new Error(`The canary in the HOME of ${shown.key} was read and published.`);
}

function actArguments(
  scratch: string,
  options: WorkflowOptions,
  run: WorkflowRun,
  branch: string,
  sha: string,
  mapped: readonly string[],
  placeholder: string,
): string[] {
  const { twin, repository } = options;
  const sender = options.payload.sender as { readonly login?: string } | undefined;
  const actor = options.actor ?? sender?.login ?? 'author';
  const env = {
    GITHUB_SERVER_URL: twin.serverUrl,
    GITHUB_API_URL: twin.apiUrl,
    GITHUB_GRAPHQL_URL: `${twin.apiUrl}/graphql`,
    GITHUB_REPOSITORY: repository,
    GITHUB_REPOSITORY_OWNER: twin.model.repository(repository).owner,
    GITHUB_RUN_ID: run.id,
    GITHUB_RUN_ATTEMPT: String(run.attempt),
    GITHUB_REF: `refs/heads/${branch}`,
    GITHUB_TRIGGERING_ACTOR: actor,
    GITHUB_WORKFLOW_REF: `${repository}/${options.workflow}@refs/heads/${branch}`,
    GITHUB_WORKFLOW_SHA: sha,
    RUNNER_ENVIRONMENT: 'github-hosted',
    // act reads github.sha from this name.
    SHA_REF: sha,
  };
  const runsOn = options.runsOn ?? ['ubuntu-latest', 'ubuntu-24.04'];
  const pairs = (flag: string, values: Readonly<Record<string, string>>): string[] =>
    Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
  return [
    options.event,
    ...['-C', join(scratch, 'repository'), '-W', join(scratch, 'repository', options.workflow)],
    ...['-e', join(scratch, 'event.json'), '-a', actor, '--json'],
    ...runsOn.flatMap((label) => ['-P', `${label}=-self-hosted`]),
    // Checkouts go over the wire with the job's token instead of copying the caller's folder.
    '--no-skip-checkout',
    // Without it act leaves the folders of a failed job where the next one can read them.
    '--rm',
    // A masked leak is a leak the test cannot see.
    '--insecure-secrets',
    ...['--no-cache-server', '--container-daemon-socket', '-', '--pull=false'],
    ...['--action-cache-path', join(scratch, 'cache'), '--concurrent-jobs', '4'],
    ...mapped.flatMap((one) => ['--local-repository', one]),
    ...pairs('--env', env),
    ...pairs('--secret', { GITHUB_TOKEN: placeholder, ...options.secrets }),
    ...pairs('--var', options.vars ?? {}),
  ];
}
