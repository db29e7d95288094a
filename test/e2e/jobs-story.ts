/**
 * The jobs of wave.yml in its order, in this process: each with a GitHub token of exactly the scopes it declares there,
 * a runtime token and a folder of its own. What act proves of the files, this proves of the jobs, fast enough to be told
 * hundreds of times with something going wrong in between.
 */
import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { artifactExchange, githubApi, readEvent } from '../../src/host/index.ts';
import {
  agentJob,
  type CloseOutcome,
  closeJob,
  type JobContext,
  type PlanOutcome,
  type Position,
  planJob,
  positionText,
  proveJob,
  readPosition,
  readTicket,
  recordJob,
  stewardJob,
  type Ticket,
  WaveFailure,
} from '../../src/run/index.ts';
import { type Permissions, pullRequestEvent } from '../twin/index.ts';
import { uploader } from './jobs-upload.ts';
import type { Told, World } from './jobs-world.ts';

import { MAIN } from './wave-process.ts';

const CLI = MAIN;

/** `plan`, `agent A1`, `record`, `prove`, `steward-4`, `prove-again`, `close`: the job, and its matrix value. */
export type Phase = string;
export type Result = 'success' | 'failure' | 'skipped';

/** What stands when a phase is about to start. */
export type Moment = {
  readonly world: World;
  readonly told: Told;
  readonly run: string;
  readonly ticket: Ticket;
  readonly tip: Position;
  readonly context: JobContext;
};

export type Play = {
  readonly event?: { readonly name: string; readonly payload: unknown };
  /** Runs just before a phase, with that phase's context. */
  readonly before?: Readonly<Record<Phase, (moment: Moment) => Promise<void> | void>>;
  /** Runs in place of a phase: a job that was taken over, or lost. */
  readonly instead?: Readonly<Record<Phase, (moment: Moment) => Promise<void> | void>>;
  /** Other scopes than wave.yml declares, by job. */
  readonly permissions?: Readonly<Record<string, Permissions>>;
  /** Changes what a phase is given. */
  readonly dress?: (phase: Phase, context: JobContext) => JobContext;
  /** The GITHUB_RUN_ID of an earlier telling. */
  readonly run?: string;
};

export type Played = {
  readonly run: string;
  readonly attempt: number;
  readonly results: Readonly<Record<Phase, Result>>;
  readonly errors: Readonly<Record<Phase, unknown>>;
  readonly plan: PlanOutcome | null;
  readonly ticket: Ticket | null;
  readonly tip: Position | null;
  readonly close: CloseOutcome | null;
  /** What the jobs printed. */
  readonly log: readonly string[];
};

/** The code a phase failed with, `null` when it did not. */
export const codeOf = (played: Played, phase: Phase): string | null => {
  const error = played.errors[phase];
  if (error === undefined) return null;
  return error instanceof WaveFailure
    ? error.code
    : `not a WaveFailure: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
};

/** What a job of this phase is given by its runner. */
export const contextFor = async (
  world: World,
  told: Told,
  run: string,
  phase: Phase,
  options: {
    readonly attempt?: number;
    readonly permissions?: Permissions;
    readonly event?: Play['event'];
    readonly log?: string[];
  } = {},
): Promise<JobContext> => {
  const { model, apiUrl, resultsUrl, url, serverUrl } = world.twin;
  const [key = ''] = phase.split(' ');
  const permissions = options.permissions ?? world.permissions[key];
  if (permissions === undefined) throw new Error(`wave.yml has no job ${key}`);
  const job = model.addJob({ run, key, name: phase });
  const token = model.mintToken({ run, job: String(job.id), permissions, repository: told.repository });
  const runtimeToken = model.mintRuntimeToken({ run, job: String(job.id) });
  const dir = await mkdtemp(join(world.dir, `${phase.replaceAll(/[^\w-]/g, '-')}-`));
  const temp = join(dir, 'temp');
  const workDir = join(dir, 'work');
  await Promise.all([temp, workDir].map((one) => mkdir(one)));
  const [owner = '', repo = ''] = told.repository.split('/');
  // A sleep takes no time, but the clock says it did: what waits for a deadline comes to it.
  let slept = 0;
  const sleep = async (ms: number): Promise<void> => {
    slept += ms;
  };
  const now = (): Date => new Date(Date.now() + slept);
  return {
    github: githubApi({ apiUrl, token, owner, repo, sleep, now, random: () => 0.5 }),
    exchange: artifactExchange({
      resultsUrl,
      runtimeToken,
      temporaryRoot: temp,
      upload: uploader(world.twin, run, String(job.id), runtimeToken),
    }),
    event:
      options.event === undefined
        ? readEvent('other', {})
        : readEvent(options.event.name, options.event.payload),
    remote: {
      url: `${url}/${told.repository}`,
      auth: { header: `Authorization: basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}` },
    },
    serverUrl,
    repository: told.repository,
    runId: run,
    runAttempt: options.attempt ?? 1,
    workDir,
    clock: { now },
    sleep,
    random: () => 0.5,
    waveCommand: [process.execPath, CLI],
    pollMs: 50,
    log: (line) => void options.log?.push(`${phase}: ${line}`),
    signal: new AbortController().signal,
  };
};

/** Somebody puts the label on. */
export const labelled = async (
  { twin }: World,
  told: Told,
  sender = 'ada',
  label = `wave:${told.wave}`,
): Promise<NonNullable<Play['event']>> => ({
  name: 'pull_request_target',
  payload: await pullRequestEvent(twin, pullOf({ twin }, told), { action: 'labeled', label, sender }),
});

export const pullOf = ({ twin }: Pick<World, 'twin'>, told: Told) => {
  const found = twin.model.pulls.find(
    (one) => one.number === told.number && one.repository === told.repository,
  );
  if (found === undefined) throw new Error(`no pull request ${told.number}`);
  return found;
};

/** Jobs take turns as `needs:` and `if:` of wave.yml say. */
const PHASES_AFTER_AGENTS: readonly Phase[] = [
  'record',
  'prove',
  'steward-1',
  'steward-2',
  'steward-3',
  'steward-4',
  'prove-again',
  'steward-5',
  'close',
];

type Draft = { -readonly [K in keyof Played]: Played[K] } & {
  results: Record<Phase, Result>;
  errors: Record<Phase, unknown>;
  log: string[];
};

const draftOf = (run: string, attempt: number, standing: Played | null): Draft => ({
  run,
  attempt,
  results: { ...standing?.results },
  errors: {},
  plan: standing?.plan ?? null,
  ticket: standing?.ticket ?? null,
  tip: standing?.tip ?? null,
  close: null,
  log: [],
});

/** Runs one job with an identity of its own, and notes how it ended. */
const takeTurn = async (
  world: World,
  told: Told,
  play: Play,
  draft: Draft,
  phase: Phase,
  job: (context: JobContext) => Promise<void>,
): Promise<void> => {
  const { run, attempt, log } = draft;
  const [key = ''] = phase.split(' ');
  const permissions = play.permissions?.[key];
  const plain = await contextFor(world, told, run, phase, {
    attempt,
    log,
    ...(permissions === undefined ? {} : { permissions }),
    ...(play.event === undefined ? {} : { event: play.event }),
  });
  const context = play.dress?.(phase, plain) ?? plain;
  try {
    if (draft.ticket !== null) {
      const moment: Moment = {
        world,
        told,
        run,
        context,
        ticket: draft.ticket,
        tip: draft.tip ?? draft.ticket.journal,
      };
      await play.before?.[phase]?.(moment);
      const other = play.instead?.[phase];
      await (other === undefined ? job(context) : other(moment));
    } else await job(context);
    draft.results[phase] = 'success';
  } catch (error) {
    draft.results[phase] = 'failure';
    draft.errors[phase] = error;
  }
  const ended = world.twin.model.jobs.findLast((one) => one.run === run && one.name === phase);
  if (ended !== undefined) Object.assign(ended, { status: 'completed', conclusion: draft.results[phase] });
};

/** Job outputs are text. */
const planning = (world: World, told: Told, play: Play, draft: Draft): Promise<void> =>
  takeTurn(world, told, play, draft, 'plan', async (context) => {
    const plan = await planJob(context);
    draft.plan = plan;
    draft.ticket = plan.kind === 'run' ? readTicket(JSON.stringify(plan.ticket)) : null;
    if (plan.kind === 'nothing' && plan.red)
      throw new WaveFailure(plan.why.split(':')[0] ?? '', plan.why, '');
  });

const theRest = async (
  world: World,
  told: Told,
  play: Play,
  draft: Draft,
  runs: (phase: Phase) => boolean,
): Promise<void> => {
  const { ticket } = draft;
  if (ticket === null) return;
  const turn = (phase: Phase, job: (context: JobContext) => Promise<void>): Promise<void> =>
    runs(phase) ? takeTurn(world, told, play, draft, phase, job) : Promise.resolve();
  await Promise.all(
    ticket.agents.map((agent) => turn(`agent ${agent}`, (context) => agentJob(context, ticket, agent))),
  );
  await turn('record', async (context) => {
    draft.tip = readPosition(positionText(await recordJob(context, ticket)));
  });
  const at = draft.tip ?? ticket.journal;
  if (draft.results['record'] === 'success') {
    await turn('prove', (context) => proveJob(context, ticket, at, false));
    for (const stage of [1, 2, 3, 4, 5]) {
      if (ticket.stages.includes(stage))
        await turn(`steward-${stage}`, (context) => stewardJob(context, ticket, at, stage));
      if (stage === 4 && draft.results['steward-4'] === 'success')
        await turn('prove-again', (context) => proveJob(context, ticket, at, true));
    }
  }
  await turn('close', async (context) => {
    draft.close = await closeJob(context, ticket, at);
    if (!draft.close.closed)
      throw new WaveFailure(draft.close.code ?? 'refused', 'the wave is not closed', '');
  });
};

const isBefore = (phase: Phase, until: Phase | undefined): boolean =>
  until === undefined ||
  (phase.startsWith('agent ')
    ? !until.startsWith('agent')
    : !until.startsWith('agent') && PHASES_AFTER_AGENTS.indexOf(phase) < PHASES_AFTER_AGENTS.indexOf(until));

/** One run of the workflow, by the label unless the play has another event; up to a phase, without it, if one is given. */
export const playRun = async (world: World, told: Told, play: Play = {}, until?: Phase): Promise<Played> => {
  const run = world.twin.model.addRun({
    repository: told.repository,
    event: 'pull_request_target',
    headSha: told.base,
  }).id;
  const draft = draftOf(run, 1, null);
  const cast = { ...play, event: play.event ?? (await labelled(world, told)) };
  await planning(world, told, cast, draft);
  if (until !== 'agent') await theRest(world, told, cast, draft, (phase) => isBefore(phase, until));
  return draft;
};

/** The same run, from where it was left. */
export const goOn = async (
  world: World,
  told: Told,
  played: Played,
  from: Phase,
  play: Play = {},
  until?: Phase,
): Promise<Played> => {
  const draft = draftOf(played.run, played.attempt, played);
  await theRest(
    world,
    told,
    play,
    draft,
    (phase) => (from === 'agent' || !isBefore(phase, from)) && isBefore(phase, until),
  );
  return draft;
};

/** “Re-run jobs”: these and every one that needs them, with the outputs that the others had. */
export const rerun = async (
  world: World,
  told: Told,
  played: Played,
  from: readonly Phase[],
  play: Play = {},
): Promise<Played> => {
  const draft = draftOf(played.run, played.attempt + 1, played);
  const first = from.find((phase) => !phase.startsWith('agent ')) ?? 'record';
  await theRest(
    world,
    told,
    play,
    draft,
    (phase) => from.includes(phase) || (!phase.startsWith('agent ') && !isBefore(phase, first)),
  );
  return draft;
};
