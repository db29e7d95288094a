/** What a job of the workflow is given, and the ticket `plan` hands to all that come after it (design §5). */
import * as z from 'zod';
import { STAGES, type StewardRole } from '../../contract/index.ts';
import type { Clock, Exchange, GitHub, GitHubEvent } from '../../host/index.ts';
import { INSTANCE_PATTERN } from '../../journal/index.ts';
import { WaveFailure } from '../failure/index.ts';

export type JobContext = {
  readonly github: GitHub;
  readonly exchange: Exchange;
  readonly event: GitHubEvent;
  readonly remote: { readonly url: string; readonly auth: { readonly header: string } };
  readonly serverUrl: string;
  /** `owner/name`. */
  readonly repository: string;
  /** GITHUB_RUN_ID and GITHUB_RUN_ATTEMPT. */
  readonly runId: string;
  readonly runAttempt: number;
  /** A fresh folder of this job alone. */
  readonly workDir: string;
  readonly clock: Clock;
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: () => number;
  /** How an agent's `wave` command is started. */
  readonly waveCommand: readonly string[];
  /** Milliseconds between looks at what sibling agents said. */
  readonly pollMs: number;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
};

const oid = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/);
const agentId = z.string().regex(/^[A-Za-z][A-Za-z0-9._-]{0,31}$/);

/** Entries of one append stand together, so there is one range and few more. */
const MAX_RANGES = 1000;

const ticketSchema = z.strictObject({
  wave: z.int().min(0),
  lane: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/),
  instance: z.string().regex(INSTANCE_PATTERN),
  /** null when a wave runs on a branch without a pull request. */
  pullRequest: z.int().positive().nullable(),
  /** Where the work is pushed: a branch name. */
  target: z.string().min(1).max(255),
  run: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/),
  attempt: z.int().min(1),
  /** Whose configuration and policy hold. */
  base: oid,
  /** What is evaluated, and what agents start from. */
  head: oid,
  /** Where the state branch stood when the attempt was claimed. */
  journal: z.strictObject({
    tip: oid,
    seq: z.int().min(0),
    ours: z.array(z.tuple([z.int().min(1), z.int().min(1)])).max(MAX_RANGES),
  }),
  agents: z.array(agentId).max(256),
  /** Numbers of the steward jobs that have something to do: 1 is cont-EVAL, 5 is cont-QA. */
  stages: z.array(z.int().min(1).max(STAGES.length)),
});

/**
 * A place in the journal: the commit of the state branch, the number of its last entry, and which entries up to there the
 * trusted job that says so wrote or found standing word for word.
 */
export type Position = {
  readonly tip: string;
  readonly seq: number;
  readonly ours: readonly (readonly [number, number])[];
};

/** As a job output, and back: `<commit>+<seq>+<from>-<to>,…`. */
export const positionText = ({ tip, seq, ours }: Position): string =>
  `${tip}+${seq}+${ours.map(([from, to]) => `${from}-${to}`).join(',')}`;
export const readPosition = (text: string): Position => {
  const found = /^((?:[0-9a-f]{40}|[0-9a-f]{64}))\+(\d{1,9})\+((?:\d{1,9}-\d{1,9}(?:,(?=\d)|$))*)$/.exec(
    text,
  );
  const ours = (found?.[3] ?? '')
    .split(',')
    .flatMap((range): (readonly [number, number])[] =>
      range === '' ? [] : [[Number(range.split('-')[0]), Number(range.split('-')[1])]],
    );
  if (found === null || ours.length > MAX_RANGES)
    throw new WaveFailure(
      'bad-input',
      'input tip is no place in the journal',
      'Use wave.yml as it is published.',
    );
  return { tip: found[1] ?? '', seq: Number(found[2]), ours };
};

/** What the attempt is, decided once by the trusted first job. */
export type Ticket = z.infer<typeof ticketSchema>;

/** Reads a ticket from a job output. It comes from our own plan job, and is checked like everything else. */
export const readTicket = (text: string): Ticket => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new WaveFailure(
      'ticket-invalid',
      'the plan output is not JSON',
      'Use wave.yml as it is published: every job gets `plan: ${{ needs.plan.outputs.plan }}`.',
    );
  }
  const read = ticketSchema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new WaveFailure(
    'ticket-invalid',
    `the plan output: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
    'Use wave.yml as it is published.',
  );
};

/** The steward job that runs a stage, from 1. */
export const stageNumber = (stage: StewardRole): number => STAGES.indexOf(stage) + 1;
export const stageOf = (number: number): StewardRole => {
  const stage = STAGES[number - 1];
  if (stage === undefined)
    throw new WaveFailure('bad-input', `there is no stage ${number}`, 'Stages are 1 to 5.');
  return stage;
};
/** The name a steward job says hello with. */
export const stewardName = (stage: StewardRole): string => `steward${stageNumber(stage)}`;
