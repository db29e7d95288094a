/**
 * Launches a model CLI through the supervisor: its configuration into the agent's empty home, the prompt on standard
 * input, the key proxy's token for a key, its result out of its structured output. A provider that refuses for now is asked
 * again a bounded number of times; that it refused is read from the current try's own error, never from anybody's words.
 */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExitReason, Usage } from '../../journal/index.ts';
import { replaceFile } from '../atomic-file.ts';
import type { HostEnvironment } from '../environment.ts';
import { MAX_FINAL_MESSAGE } from '../final-message.ts';
import { type KeyProxy, startKeyProxy } from '../key-proxy/index.ts';
import type { LimitReached, ModelLimits } from '../model-launch.ts';
import { redact } from '../redact.ts';
import { superviseProcess } from '../supervisor.ts';
import type { AgentOutcome, Executor, LaunchSpec } from '../types.ts';
import { addUsage, NO_USAGE, noLessThan, usageSince } from '../usage.ts';
import { backoffMs, REFUSAL_RETRIES } from './backoff.ts';
import type { CliTry, ModelCli } from './model-cli.ts';
import { type ProviderAccess, providerAccess } from './provider-access.ts';
import { keepSession, restoreSession } from './saved-session.ts';
import { jsonLines, type Reading, sessionId } from './transcript.ts';

export type LaunchSurroundings = {
  /** Where the key is; ours, not the agent's. */
  readonly host: HostEnvironment;
  now(): number;
  random(): number;
  /** Resolves after `ms` or once the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
};
const real: LaunchSurroundings = {
  host: process.env,
  now: () => performance.now(),
  random: Math.random,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done);
      if (signal.aborted) done();
    }),
};

const OWN_RETRIES = 4;
const GO_ON = 'The provider refused the last request for a while. Go on where you stopped.\n';

function reached(
  limits: ModelLimits,
  turns: number,
  { tokens, costUsd }: Reading['seen'],
): LimitReached | null {
  const over = (limit: LimitReached['limit'], allowed: number | undefined, used: number) =>
    allowed !== undefined && used > allowed ? { limit, allowed, used } : null;
  return (
    over('turns', limits.turns, turns) ??
    over('tokens', limits.tokens, tokens) ??
    over('cost', limits.costUsd, costUsd)
  );
}

/** What the agent's instructions are called where it works; those that are links are not followed. */
async function instructionsIn(workdir: string): Promise<readonly string[]> {
  const files: string[] = [];
  for (const name of ['AGENTS.md', 'CLAUDE.md']) {
    const file = join(workdir, name);
    const facts = await lstat(file).catch(() => null);
    if (facts?.isFile()) files.push(file);
  }
  return files;
}

/** The executor of one CLI. */
export function modelCliExecutor(cli: ModelCli, around: LaunchSurroundings = real): Executor {
  return {
    id: cli.id,
    async launch(spec, signal) {
      const access = providerAccess(cli, spec, around.host);
      if (typeof access === 'string') return notStarted(access);
      const { resume } = spec.cli ?? {};
      if (resume !== undefined && !sessionId.safeParse(resume.session).success)
        return notStarted('the session to resume has no id this CLI gives');
      const over = new AbortController();
      const ceiling = spec.cli?.limits?.tokens;
      const proxy = await startKeyProxy({
        upstream: access.upstream,
        key: access.key,
        env: around.host,
        // Some CLIs tell their tokens at their end only; here they are counted as they pass.
        onUsage: () => {
          if (ceiling !== undefined && tokensThrough(proxy) > ceiling) over.abort();
        },
      });
      try {
        return await launchWith(cli, spec, { ...access, proxy, over: over.signal }, around, signal);
      } finally {
        await proxy.stop();
      }
    },
  };
}

type Guarded = ProviderAccess & {
  readonly proxy: KeyProxy;
  /** Aborted when the ceiling of tokens was passed. */
  readonly over: AbortSignal;
};

const tokensThrough = (proxy: KeyProxy): number => proxy.seen().inputTokens + proxy.seen().outputTokens;

/** What the CLI did not tell at its end, where every answer that passed did, and no less than the CLI told on the way. */
function usageThrough(proxy: KeyProxy, told: Usage, tokensTold: number): Usage {
  if (told !== 'unknown') return told;
  const { inputTokens, outputTokens, complete } = proxy.seen();
  return complete && tokensThrough(proxy) >= tokensTold
    ? { inputTokens, outputTokens, costUsd: null }
    : 'unknown';
}

const notStarted = (message: string): AgentOutcome => ({
  exit: { kind: 'failed-to-start', message },
  finalMessage: null,
  usage: NO_USAGE,
  session: null,
  problem: message,
  tries: 0,
  turns: 0,
  durationMs: 0,
  log: { bytes: 0, truncated: false },
});

async function launchWith(
  cli: ModelCli,
  spec: LaunchSpec,
  { variable, key, proxy, over: spent }: Guarded,
  around: LaunchSurroundings,
  signal: AbortSignal,
): Promise<AgentOutcome> {
  const began = around.now();
  const task = spec.cli ?? {};
  const limits = task.limits ?? {};
  const home = spec.env['HOME'];
  if (home === undefined) return notStarted('the agent has no home of its own');
  const secrets = [...(spec.secrets ?? []), key, proxy.token];
  const base: Omit<CliTry, 'limits' | 'resume'> = {
    workdir: spec.workdir,
    model: spec.model,
    keyVariable: variable,
    baseUrl: proxy.url,
    ownRetries: task.ownRetries ?? OWN_RETRIES,
    instructions: await instructionsIn(spec.workdir),
  };
  const { account } = spec;
  const place = {
    account,
    home,
    workdir: spec.workdir,
    env: { ...spec.env, ...cli.env({ ...base, limits, resume: null }) },
  };

  // Once, while the home is empty: later an agent could have put links where these go.
  for (const { path, content } of cli.home({ ...base, limits, resume: null }))
    await account.put(join(home, path), content);
  let resume: string | null = null;
  if (task.resume !== undefined) {
    const problem = await restoreSession(cli, task.resume.session, task.resume.file, place);
    if (problem !== null) return notStarted(problem);
    resume = task.resume.session;
  }

  const before = task.resume?.usageBefore ?? NO_USAGE;
  /** What is not known to be this launch's own cannot be held against its ceiling. */
  const tokensOfRun = (tokens: number): number => {
    if (cli.usageOf === 'run') return tokens;
    return before === 'unknown' ? 0 : Math.max(0, tokens - before.inputTokens - before.outputTokens);
  };
  let usage: Usage = NO_USAGE;
  let turns = 0;
  let seenTokens = 0;
  let promptFile = spec.promptFile;
  const log = { bytes: 0, truncated: false };
  for (let tries = 1; ; tries++) {
    const left: ModelLimits = {
      ...limits,
      ...(limits.turns === undefined ? {} : { turns: Math.max(1, limits.turns - turns) }),
    };
    const at: CliTry = { ...base, limits: left, resume };
    const reader = cli.reader();
    const over = new AbortController();
    let limit: LimitReached | null = null;
    const lines = jsonLines((value) => {
      reader.event(value);
      const { turns: now, seen } = reader.reading();
      const tokens = Math.max(seenTokens + tokensOfRun(seen.tokens), tokensThrough(proxy));
      limit ??= reached(limits, turns + now, { ...seen, tokens });
      if (limit !== null) over.abort();
    });
    const end = await superviseProcess(
      {
        program: cli.program,
        args: cli.args(at),
        cwd: spec.workdir,
        env: { ...place.env, [variable]: proxy.token },
        stdinFile: promptFile,
        logFile: spec.logFile,
        appendToLog: tries > 1,
        secrets,
        timeoutMs: Math.max(1, spec.timeoutMs - (around.now() - began)),
        maxOutputBytes: Math.max(1, spec.maxOutputBytes - log.bytes),
        account,
        onStdout: (chunk) => lines.push(chunk),
      },
      AbortSignal.any([signal, over.signal, spent]),
    );
    lines.end();
    if (spent.aborted) limit ??= reached(limits, 0, { tokens: tokensThrough(proxy), costUsd: 0 });
    const reading = reader.reading();
    turns += reading.turns;
    seenTokens += tokensOfRun(reading.seen.tokens);
    log.bytes += end.log.bytes;
    log.truncated ||= end.log.truncated;
    const ofTry = end.exit.kind === 'failed-to-start' ? NO_USAGE : reading.usage;
    // A session that reports as a whole includes what its earlier tries spent.
    usage = cli.usageOf === 'session' && resume !== null && tries > 1 ? ofTry : addUsage(usage, ofTry);

    let givenUp = false;
    if (
      reading.failure?.kind === 'refused-for-now' &&
      end.exit.kind === 'exited' &&
      tries <= REFUSAL_RETRIES
    ) {
      const wait = backoffMs(tries, around.random());
      if (wait < spec.timeoutMs - (around.now() - began)) {
        await around.sleep(wait, signal);
        givenUp = signal.aborted;
        if (!givenUp) {
          if (reading.session !== null && reading.turns > 0) {
            resume = reading.session;
            promptFile = `${spec.promptFile}.go-on`;
            await replaceFile(promptFile, GO_ON);
          }
          continue;
        }
      }
    }

    const session = reading.session ?? resume;
    if (session !== null && task.keepSessionIn !== undefined)
      await keepSession(cli, session, task.keepSessionIn, place);
    return {
      ...judged(givenUp ? { kind: 'cancelled' } : end.exit, reading, limit, limits, secrets),
      usage: usageThrough(
        proxy,
        // A session that was cut off may not have noted its last answer, and then its total says too little.
        resume !== null && cli.usageOf === 'session'
          ? noLessThan(usageSince(usage, before), proxy.seen())
          : usage,
        seenTokens,
      ),
      session,
      tries,
      turns,
      durationMs: Math.round(around.now() - began),
      log,
    };
  }
}

/** How the last try ended: the supervisor's reason, unless the CLI says of itself that it failed and exits with 0. */
function judged(
  exit: ExitReason,
  reading: Reading,
  seenLimit: LimitReached | null,
  limits: ModelLimits,
  secrets: readonly string[],
): Pick<AgentOutcome, 'exit' | 'finalMessage' | 'finalMessageProblem' | 'problem' | 'limit'> {
  const kind = reading.failure?.kind;
  const told: LimitReached | null =
    kind === 'turns' && limits.turns !== undefined
      ? { limit: 'turns', allowed: limits.turns, used: reading.turns }
      : kind === 'cost' && limits.costUsd !== undefined
        ? { limit: 'cost', allowed: limits.costUsd, used: reading.seen.costUsd }
        : null;
  const limit = seenLimit ?? told;
  const well = exit.kind === 'exited' && exit.code === 0;
  const problem =
    reading.failure?.message ?? (well && reading.finalMessage === null ? 'it ended without a result' : null);
  const line = problem === null ? null : redact(problem, secrets).replaceAll(/\s+/g, ' ').slice(0, 500);
  const about = { ...(line === null ? {} : { problem: line }), ...(limit === null ? {} : { limit }) };
  if (!well || problem !== null || limit !== null || reading.finalMessage === null)
    return { exit: well ? { kind: 'exited', code: 1 } : exit, finalMessage: null, ...about };
  const finalMessage = redact(reading.finalMessage, secrets);
  if (Buffer.byteLength(finalMessage) > MAX_FINAL_MESSAGE)
    return {
      exit,
      finalMessage: null,
      finalMessageProblem: `the final message is larger than ${MAX_FINAL_MESSAGE} bytes`,
    };
  return { exit, finalMessage };
}
