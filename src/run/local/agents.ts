/**
 * Agents of a local run: side by side in a number of slots, hearing each other through the journal. One that waits too
 * long, or on somebody who has no slot, is parked; it goes on when there is something for it to go on with (design §6).
 */
import { join } from 'node:path';
import { NO_USAGE } from '../../agents/index.ts';
import { chooseExecutor, overBudget, overBudgetWords } from '../../closure/index.ts';
import type { Agent, AgentId, ExecutorChoice } from '../../contract/index.ts';
import type { NewEntry } from '../../journal/index.ts';
import { holdersOf, isHeld, openWaits, parkAt, type Slots } from '../../state/index.ts';
import { runAgent } from '../agent.ts';
import { isolationOf } from '../agent-place.ts';
import { executorsHere } from '../executors-here.ts';
import { messageEntries, patchFactOf, resultEntries } from '../ingest.ts';
import type { Recorder } from '../recorder.ts';
import { nextLaunch, parkedEntry, resumeOf } from '../resume.ts';
import { fact, type Session } from '../session.ts';
import { logName } from './agent-log.ts';
import type { LocalRequest } from './request.ts';

/** Tells that the journal has grown; the returned function stops it. */
type Subscribe = (listener: () => void) => () => void;
export type Hooks = {
  readonly logDir: string;
  readonly onInbox: (write: () => Promise<void>) => () => void;
  readonly onGrowth: Subscribe;
};

type From = { readonly commit: string; readonly tree: string };

/** The result of an agent that could have broken a cap on the wave. */
const notStarted = (session: Session, agent: Agent, baseTree: string, message: string): NewEntry =>
  fact(session, agent.id, 'finished', {
    type: 'agent.finished',
    attempt: session.attempt,
    agent: agent.id,
    executor: agent.executor.id,
    isolation: isolationOf(session.contract, agent),
    exit: { kind: 'over-budget', message },
    durationMs: 0,
    usage: NO_USAGE,
    patch: null,
    baseTree,
  });

/** One launch of one agent, from its start to what it left, written down. */
const launch = async (
  session: Session,
  declared: Agent,
  from: From,
  request: LocalRequest,
  hooks: Hooks,
  {
    signal,
    parked,
    starting,
  }: {
    readonly signal: AbortSignal;
    readonly parked: () => boolean;
    /** Launches that are decided and not yet in the journal. */
    readonly starting: Map<AgentId, ExecutorChoice>;
  },
): Promise<void> => {
  const { contract, recorder } = session;
  const executor = chooseExecutor(recorder.state(), session, declared, executorsHere(contract, declared));
  const agent = { ...declared, executor };
  // Up to its reservation nothing comes between: two launches must not count on the same room.
  const over = overBudget(contract, recorder.state(), agent, starting);
  if (over !== null) return recorder.record([notStarted(session, agent, from.tree, overBudgetWords(over))]);
  starting.set(agent.id, executor);
  const before = recorder.state().parked.get(agent.id);
  const count = nextLaunch(session, agent.id);
  const sessionFile = join(session.workDir, `${agent.slug}.session`);
  const resume = await resumeOf(session, agent.id, from, sessionFile);
  await session.recorder.record([
    fact(session, agent.id, count === 1 ? 'started' : `started-${count}`, {
      type: 'agent.started',
      attempt: session.attempt,
      agent: agent.id,
      executor: agent.executor.id,
      isolation: isolationOf(session.contract, agent),
    }),
  ]);
  starting.delete(agent.id);
  const result = await runAgent(session, {
    agent,
    from,
    waveCommand: request.waveCommand,
    logFile: join(hooks.logDir, logName(agent, count)),
    signal,
    onMessages: (messages) => session.recorder.record(messageEntries(session, agent.id, messages)),
    onInbox: hooks.onInbox,
    keepSessionIn: sessionFile,
    ...(resume === undefined ? {} : { resume }),
  });
  // Stopped by the person at the keyboard: this agent has no result, a second run launches it again.
  if (request.signal.aborted) return;
  // One that ended by itself before it could be parked has its result.
  if (parked() && result.outcome.exit.kind === 'cancelled') {
    await session.recorder.record([await parkedEntry(session, result, count, before, sessionFile)]);
    return;
  }
  const durationMs = result.outcome.durationMs + (resume?.usedMs ?? 0);
  await session.recorder.record(
    resultEntries(
      session,
      { ...result, outcome: { ...result.outcome, durationMs } },
      result.patch.length === 0 ? null : patchFactOf(result.patch, await session.blobs.putBlob(result.patch)),
    ),
  );
};

/** Those somebody waits for come first: they let others go on. Else the order of the wave file. */
const inTurn = (session: Session, queue: readonly Agent[]): readonly Agent[] => {
  const state = session.recorder.state();
  const awaited = new Set(
    [...state.waiting.keys()].flatMap((agent) =>
      openWaits(state, agent).flatMap((record) => holdersOf(session.contract, state, record)),
    ),
  );
  return queue.toSorted((a, b) => Number(awaited.has(b.id)) - Number(awaited.has(a.id)));
};

/**
 * Runs agents side by side, at most `maxParallel` at once, and records each as it ends. Comes back when none is alive and
 * none has anything to do: those that are parked by then wait for somebody who is not among them.
 */
export const runAgents = async (
  session: Session,
  agents: readonly Agent[],
  from: From,
  request: LocalRequest,
  hooks: Hooks,
): Promise<void> => {
  const { contract, recorder } = session;
  const limit = Math.max(1, Math.min(request.maxParallel ?? contract.config.maxParallel, agents.length));
  const alive = new Map<AgentId, { readonly park: AbortController; readonly ended: Promise<void> }>();
  const ended = new Set<AgentId>();
  const starting = new Map<AgentId, ExecutorChoice>();
  const stopAll = new AbortController();
  const failures: unknown[] = [];
  let cancelAlarm = (): void => {};
  const { promise: idle, resolve: becomeIdle } = Promise.withResolvers<void>();

  /** Agents that could be started now: never run, or parked with something to go on with. */
  const queue = (): readonly Agent[] =>
    inTurn(
      session,
      agents.filter(({ id }) => !alive.has(id) && !ended.has(id) && !isHeld(recorder.state(), id)),
    );

  const start = (agent: Agent): void => {
    const park = new AbortController();
    const signal = AbortSignal.any([request.signal, stopAll.signal, park.signal]);
    const run = launch(session, agent, from, request, hooks, {
      signal,
      parked: () => park.signal.aborted,
      starting,
    })
      .catch((error: unknown) => {
        failures.push(error);
        stopAll.abort();
      })
      .finally(() => {
        alive.delete(agent.id);
        if (!recorder.state().parked.has(agent.id)) ended.add(agent.id);
        look();
      });
    alive.set(agent.id, { park, ended: run });
  };

  /** Parks whoever has waited long enough; the time when the next one will have. */
  const park = (): number => {
    const now = request.clock.now().getTime();
    let next = Number.POSITIVE_INFINITY;
    const running = new Set([...alive].flatMap(([id, one]) => (one.park.signal.aborted ? [] : [id])));
    const soon = new Set(
      queue()
        .slice(0, Math.max(0, limit - alive.size))
        .map(({ id }) => id),
    );
    const slots: Slots = { running, starting: soon };
    for (const [id, one] of alive) {
      if (one.park.signal.aborted) continue;
      const due = parkAt(contract, recorder.state(), id, slots);
      if (due === null) continue;
      if (Date.parse(due) > now) next = Math.min(next, Date.parse(due));
      else {
        running.delete(id);
        one.park.abort();
      }
    }
    return next;
  };

  const look = (): void => {
    cancelAlarm();
    if (!stopAll.signal.aborted && !request.signal.aborted) {
      for (const agent of queue().slice(0, Math.max(0, limit - alive.size))) start(agent);
      const next = park();
      if (next !== Number.POSITIVE_INFINITY)
        cancelAlarm = request.clock.after(next - request.clock.now().getTime(), look);
    }
    if (alive.size === 0) becomeIdle();
  };

  let asked = false;
  const unsubscribe = hooks.onGrowth(() => {
    if (asked) return;
    asked = true;
    // Not from inside the fold that tells us.
    setImmediate(() => {
      asked = false;
      if (alive.size > 0) look();
    });
  });
  try {
    look();
    await idle;
  } finally {
    unsubscribe();
    cancelAlarm();
  }
  if (failures.length > 0) throw failures[0];
};

/** Writes every running agent's inbox again when the journal has grown. */
export const inboxHooks = (
  recorder: () => Recorder | null,
): { readonly hooks: Hooks['onInbox']; readonly changed: () => void } => {
  const writers = new Map<() => Promise<void>, { last: number; busy: boolean }>();
  const changed = (): void => {
    const length = recorder()?.entries().length ?? 0;
    for (const [write, seen] of writers) {
      if (seen.busy || seen.last === length) continue;
      seen.busy = true;
      seen.last = length;
      void write()
        .catch(() => undefined)
        .finally(() => {
          seen.busy = false;
          if (seen.last !== (recorder()?.entries().length ?? 0)) changed();
        });
    }
  };
  return {
    changed,
    hooks: (write) => {
      writers.set(write, { last: -1, busy: false });
      return () => writers.delete(write);
    },
  };
};
