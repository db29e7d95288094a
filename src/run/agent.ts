/**
 * One agent's run: a private clone, an outbox, an inbox, an executor, and at the end the patch that comes out. Nothing
 * here decides anything; trusted code elsewhere admits what it returns.
 */
import { type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';
import {
  type AgentResult,
  agentEnvironment,
  assemblePrompt,
  type Executor,
  executorFor,
  extractPatch,
  type LaunchSpec,
  type OutboxMessage,
  type OutboxRead,
  readOutbox,
  signalsInFinalMessage,
  writeInbox,
  writePrompt,
  writeWaveShim,
} from '../agents/index.ts';
import { lastRefusal } from '../closure/index.ts';
import { type Agent, type Contract, MATURITY_LEVELS } from '../contract/index.ts';
import {
  inboxOf,
  inboxWaits,
  openAskLines,
  refusalLines,
  renderInboxMarkdown,
  sharedSummary,
} from '../views/index.ts';
import { isolationOf, type OpenPlace, openPlace } from './agent-place.ts';
import { orFail, WaveFailure } from './failure/index.ts';
import { showProposed, withBaseInstructions } from './instructions.ts';
import { type Resume, seedOutbox, worktreeCommit } from './resume.ts';
import type { Session } from './session.ts';

export type AgentLaunch = {
  readonly agent: Agent;
  /** What the clone holds, and what the patch is cut against. */
  readonly from: { readonly commit: string; readonly tree: string };
  /** How the agent's `wave` command is started: a program and its first arguments. */
  readonly waveCommand: readonly string[];
  /** Told whenever the outbox has something new, in order; awaited before the agent counts as ended. */
  readonly onMessages: (messages: readonly OutboxMessage[]) => Promise<void>;
  /** Gives the agent's inbox a chance to be written again; the returned function stops it. null: nothing reaches it. */
  readonly onInbox: ((write: () => Promise<void>) => () => void) | null;
  /** Where the redacted log is kept after the folder is gone. */
  readonly logFile: string;
  readonly signal: AbortSignal;
  /** What an earlier launch of it left when it was parked. */
  readonly resume?: Resume;
  /** Where a model CLI leaves its session, for a later launch. */
  readonly keepSessionIn?: string;
};

const MAX_OUTPUT = 16 * 1024 * 1024;
/** Milliseconds between looks at the outbox, beside the file system's own notice. */
const OUTBOX_POLL_MS = 250;

/** Follows an outbox and hands on what is new, one batch at a time. */
const followOutbox = (
  dir: string,
  onMessages: AgentLaunch['onMessages'],
  after: number,
): { readonly stop: () => Promise<OutboxRead> } => {
  const all: OutboxMessage[] = [];
  let last: Promise<void> = Promise.resolve();
  const look = (): Promise<void> => {
    last = last.then(async () => {
      const { messages } = await readOutbox(dir, { after: all.at(-1)?.n ?? after });
      if (messages.length === 0) return;
      all.push(...messages);
      await onMessages(messages);
    });
    return last;
  };
  const quietly = (): void => void look().catch(() => undefined);
  let watcher: FSWatcher | null = null;
  try {
    watcher = watch(dir, quietly);
  } catch {
    // No file system notice here: the poll below is enough.
  }
  const timer = setInterval(quietly, OUTBOX_POLL_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      watcher?.close();
      await look();
      // What was unreadable once may have been put right since.
      const { problems } = await readOutbox(dir, { after });
      return { messages: all, problems };
    },
  };
};

/** The executor, before anything is made for it. */
const executorOf = (agent: Agent): Executor => {
  const executor = executorFor(agent.executor.id);
  if (!executor.ok) throw new WaveFailure(executor.code, `${agent.id}: ${executor.message}`, executor.fix);
  return executor.value;
};

const localTask = ({ promotions, evalTargets }: Contract, agent: Agent): LaunchSpec['local'] =>
  agent.executor.id === 'local'
    ? {
        role: agent.role,
        deliverables: [...agent.deliverables, ...agent.proofArtifacts].map((one) => one.path),
        reportPath: agent.reportPath,
        exitContract: agent.exitContract,
        components: agent.components.map((component) => ({
          component,
          level: promotions.find((one) => one.component === component)?.target ?? MATURITY_LEVELS[0],
        })),
        evaluation: {
          targetIds: evalTargets.map(({ id }) => id),
          benchmarkIds: [...new Set(evalTargets.flatMap(({ benchmarks }) => benchmarks))],
        },
      }
    : null;

/**
 * For a model CLI: its ceilings, the key and the address the base branch's configuration names, the session it goes on
 * with, and where it leaves the one it has at its end. Command programs and `local` have none of it.
 */
const modelLaunch = (
  { config }: Contract,
  { executor: { id, budget } }: Agent,
  { resume, keepSessionIn }: AgentLaunch,
): Pick<LaunchSpec, 'cli'> => {
  if (id === 'local' || id === 'command') return {};
  return {
    cli: {
      ...config.executors.access[id],
      limits: {
        ...(budget.turns === null ? {} : { turns: budget.turns }),
        ...(budget.tokens === null ? {} : { tokens: budget.tokens }),
        ...(budget.cost === null ? {} : { costUsd: budget.cost }),
      },
      ...(keepSessionIn === undefined ? {} : { keepSessionIn }),
      ...(resume === undefined || resume.session === null ? {} : { resume: resume.session }),
    },
  };
};

/** What has to be on the agent's PATH; the model CLIs are called as their executor is. */
const programsOf = ({ executor: { id } }: Agent, argv: readonly string[]): readonly string[] =>
  id === 'local' ? [] : id === 'command' ? argv.slice(0, 1) : [id];

export const runAgent = async (session: Session, launch: AgentLaunch): Promise<AgentResult> => {
  const opened = await openPlace(session, {
    who: launch.agent.id,
    isolation: isolationOf(session.contract, launch.agent),
    dir: join(session.workDir, launch.agent.slug),
    waveCommand: launch.waveCommand,
  });
  try {
    return await runIn(opened, executorOf(launch.agent), session, launch);
  } finally {
    await opened.close();
  }
};

const runIn = async (
  { place, account, waveCommand, handOver }: OpenPlace,
  executor: Executor,
  session: Session,
  launch: AgentLaunch,
): Promise<AgentResult> => {
  const { agent } = launch;
  const { contract } = session;
  const { resume } = launch;
  const from = await withBaseInstructions(session, launch.from);
  const start = await worktreeCommit(session, from, resume?.patch ?? null);
  orFail(
    await session.scratch.clonePrivate(start, place.work, { agent: agent.id }),
    `the private clone of ${agent.id}`,
  );
  const writeOwnInbox = async (): Promise<void> => {
    const state = session.recorder.state();
    const inbox = inboxOf(contract, state, agent.id);
    const waits = inboxWaits(contract, state, agent.id);
    await writeInbox(place.inbox, {
      json: { ...inbox, ...waits, hears: launch.onInbox !== null },
      markdown: renderInboxMarkdown(inbox),
    });
  };
  await writeOwnInbox();
  await writeWaveShim(place.bin, waveCommand);
  const refused = lastRefusal(session.recorder.state(), session.attempt, agent.id);
  const inbox = inboxOf(contract, session.recorder.state(), agent.id);
  const prompt = assemblePrompt({
    contract,
    agent,
    attempt: session.attempt,
    inbox: renderInboxMarkdown(inbox),
    summary: sharedSummary(contract, session.recorder.state(), session.clock.now().toISOString()),
    refused: refused === null ? null : { attempt: refused.attempt, reasons: refusalLines(refused) },
    proposed: await showProposed(session, launch.from.tree, from.proposed, join(place.inbox, 'proposed')),
    relaunched: resume !== undefined,
    openAsks: session.attempt === 1 && resume === undefined ? [] : openAskLines(inbox),
  });
  await writePrompt(place.promptFile, prompt.text);
  for (const { file, full } of prompt.omitted) await writePrompt(join(place.inbox, file), full);
  const argv =
    agent.executor.program === null ? [] : (contract.config.executors.programs[agent.executor.program] ?? []);
  const spec: LaunchSpec = {
    agent: agent.id,
    attempt: session.attempt,
    run: session.run,
    workdir: place.work,
    promptFile: place.promptFile,
    argv,
    model: agent.executor.model,
    env: agentEnvironment({
      base: process.env,
      binDir: place.bin,
      home: place.home,
      tmp: place.tmp,
      lane: contract.lane,
      wave: contract.wave,
      agent: agent.id,
      role: agent.role,
      run: session.run,
      attempt: session.attempt,
      outbox: place.outbox,
      inbox: place.inbox,
      promptFile: place.promptFile,
      finalMessageFile: place.finalMessageFile,
    }),
    account,
    timeoutMs: Math.max(1000, agent.executor.timeoutMs - (resume?.usedMs ?? 0)),
    maxOutputBytes: MAX_OUTPUT,
    logFile: launch.logFile,
    finalMessageFile: place.finalMessageFile,
    local: localTask(session.contract, agent),
    ...modelLaunch(contract, agent, launch),
  };
  const spoken = await seedOutbox(session, agent.id, place.outbox);
  await handOver({ programs: programsOf(agent, argv), files: [place.promptFile] });
  const following = followOutbox(place.outbox, launch.onMessages, spoken);
  const stopInbox = launch.onInbox?.(writeOwnInbox);
  const outcome = await executor.launch(spec, launch.signal).finally(() => stopInbox?.());
  await account.reveal(place.outbox);
  const { messages: outbox, problems: unheard } = await following.stop();
  await account.reveal(place.work);
  const extracted = await extractPatch({
    scratch: session.scratch,
    worktree: place.work,
    baseTree: from.tree,
  });
  const said = signalsInFinalMessage(outcome.finalMessage ?? '');
  return {
    agent: agent.id,
    attempt: session.attempt,
    executor: agent.executor.id,
    isolation: account.isolation,
    outcome,
    outbox,
    signals: said.signals,
    malformed: said.malformed,
    unheard,
    patch: extracted.ok ? extracted.value.patch : new Uint8Array(),
    unreadable: extracted.ok ? null : `${extracted.code}: ${extracted.message}`.slice(0, 400),
    baseTree: launch.from.tree,
  };
};
