/**
 * A wave on one machine: the same steps the jobs of a workflow take, asked of the same `next`, one after the other
 * (design §7). Killed at any point, a second call goes on from what is proven.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stopStrayProcesses } from '../agents/index.ts';
import { blamedAgents, failing, type Gate, gates, leading, next, type Step } from '../closure/index.ts';
import { type Agent, type Contract, type ExecutorId, sha256 } from '../contract/index.ts';
import {
  acquireLock,
  type Clock,
  type DirectoryStore,
  directoryStore,
  fastForward,
  importCommit,
  randomHex,
} from '../host/index.ts';
import { instanceId, type JournalStore } from '../journal/index.ts';
import type { WaveState } from '../state/index.ts';
import { fixImplementationTree } from './admit.ts';
import { runAgent } from './agent.ts';
import { buildCommits, ontoHead } from './commit.ts';
import { putBackCutOffMerge } from './cut-off-merge.ts';
import { EXIT_CONT_QA, EXIT_LANE_HELD, EXIT_WAITING, orFail, WaveFailure } from './failure.ts';
import { messageEntries, patchFactOf, resultEntries, reusedEntry } from './ingest.ts';
import { type Lane, openLane, type Reading, readWave, wavesAt, workRoot } from './lane.ts';
import { prove } from './prove.ts';
import { journalRecorder, type Listener, type Recorder } from './recorder.ts';
import { evidenceOf, fact, type Session, treeFact } from './session.ts';
import { judge, stageCommit } from './stage.ts';

export type LocalRequest = {
  readonly repoDir: string;
  readonly wave: number;
  readonly lane?: string;
  readonly executorOverride?: ExecutorId;
  readonly maxParallel?: number;
  readonly waveCommand: readonly string[];
  /** False: a wave that closes moves no branch; its commit is only built (the step form). */
  readonly publish?: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly listen: Listener;
  /** Called once, when there is something to show. */
  readonly onStart?: (session: Session) => void;
};

export type LocalOutcome =
  | { readonly kind: 'invalid'; readonly reading: Reading }
  | {
      readonly kind: 'complete';
      readonly commit: string;
      readonly contract: Contract;
      readonly state: WaveState;
    }
  | {
      readonly kind: 'closed' | 'refused' | 'waiting' | 'interrupted';
      readonly session: Session;
      readonly state: WaveState;
      readonly gates: readonly Gate[];
      readonly tree: string;
      readonly commit: string | null;
      readonly exitCode: number;
      readonly stateDir: string;
    };

/** Waves run in order: a lower-numbered one that is not complete comes first (design §4). */
const refuseOutOfOrder = async (
  lane: Lane,
  wave: number,
  read: (wave: number) => Promise<WaveState | null>,
): Promise<void> => {
  for (const lower of await wavesAt(lane.scratch, lane.repository.head ?? '', lane.config)) {
    if (lower >= wave) return;
    const state = await read(lower);
    if (state?.published === undefined || state.published === null)
      throw new WaveFailure(
        'out-of-order',
        `wave ${lower} is not complete, wave ${wave} comes after it`,
        `Run wave ${lower} first.`,
      );
  }
};

const stateOf = async (lane: Lane, store: JournalStore, wave: number): Promise<WaveState | null> => {
  const reading = await readWave(lane.scratch, { wave, lane: lane.lane, commit: lane.repository.head ?? '' });
  return reading.contract === null
    ? null
    : (
        await journalRecorder(reading.contract, instanceId(lane.lane, wave, { kind: 'local' }), store)
      ).state();
};

/** A published commit that the target branch really holds. */
const alreadyPublished = async (lane: Lane, state: WaveState): Promise<string | null> => {
  const { published } = state;
  if (published === null || lane.repository.head === null) return null;
  const held = await lane.scratch.isAncestor(published.commit, lane.repository.head);
  return held.ok && held.value ? published.commit : null;
};

/** A run that died between the merge and its record: the merge stands, so it is written down. */
const finishIntent = async (session: Session, lane: Lane): Promise<void> => {
  const { intent, published } = session.recorder.state();
  if (
    intent === null ||
    published !== null ||
    lane.repository.head === null ||
    lane.repository.branch !== intent.target
  )
    return;
  const held = await session.scratch.isAncestor(intent.commit, lane.repository.head);
  const tree = await session.scratch.treeOf(intent.commit);
  if (held.ok && held.value && tree.ok && tree.value === intent.tree)
    await session.recorder.record([
      {
        ...fact(session, 'close', `published-${intent.commit.slice(0, 12)}`, {
          type: 'publish.done',
          attempt: intent.attempt,
          commit: intent.commit,
          target: intent.target,
        }),
      },
    ]);
};

/** Lines in the journal that this run did not write and that claim a fact of closure: named, and kept out for good. */
const recordForeignLines = async (session: Session, store: DirectoryStore): Promise<void> => {
  await session.recorder.refresh();
  const foreign = await store.foreign(session.instance);
  if ('kind' in foreign) throw new WaveFailure(foreign.code, foreign.message, foreign.fix);
  await session.recorder.record(
    foreign.map((line) =>
      fact(session, 'guard', `line-${line.sha256.slice(0, 12)}`, {
        type: 'line.quarantined',
        file: line.file,
        line: line.line,
        sha256: line.sha256,
        code: line.code,
        claims: line.claims,
      }),
    ),
  );
};

/** Runs agents side by side, at most `maxParallel` at once, and records each as it ends. */
const runAgents = async (
  session: Session,
  agents: readonly Agent[],
  from: { commit: string; tree: string },
  request: LocalRequest,
  hooks: Hooks,
): Promise<void> => {
  const waiting = [...agents];
  const limit = Math.max(
    1,
    Math.min(request.maxParallel ?? session.contract.config.maxParallel, agents.length),
  );
  const stopAll = new AbortController();
  const signal = AbortSignal.any([request.signal, stopAll.signal]);
  const worker = async (): Promise<void> => {
    for (let agent = waiting.shift(); agent !== undefined && !signal.aborted; agent = waiting.shift()) {
      const one = agent;
      await session.recorder.record([
        fact(session, one.id, 'started', {
          type: 'agent.started',
          attempt: session.attempt,
          agent: one.id,
          executor: one.executor.id,
          isolation: 'none',
        }),
      ]);
      const result = await runAgent(session, {
        agent: one,
        from,
        waveCommand: request.waveCommand,
        logFile: join(hooks.logDir, `wave-${one.slug}.log`),
        signal,
        onMessages: (messages) => session.recorder.record(messageEntries(session, one.id, messages)),
        onInbox: hooks.onInbox,
      });
      // Stopped by the person at the keyboard: this agent has no result, a second run launches it again.
      if (request.signal.aborted) return;
      await session.recorder.record(
        resultEntries(
          session,
          result,
          result.patch.length === 0
            ? null
            : patchFactOf(result.patch, await session.blobs.putBlob(result.patch)),
        ),
      );
    }
  };
  try {
    await Promise.all(Array.from({ length: limit }, worker));
  } catch (error) {
    stopAll.abort();
    throw error;
  }
};

type Hooks = { readonly logDir: string; readonly onInbox: (write: () => Promise<void>) => () => void };

const start = async (session: Session, step: Extract<Step, { do: 'run-agents' }>): Promise<void> => {
  const { contract, base } = session;
  const started = fact(session, 'plan', 'attempt', {
    type: 'attempt.started',
    attempt: session.attempt,
    base: base.commit,
    baseTree: base.tree,
    agents: step.agents,
    waveDigest: contract.digests.wave,
    policyDigest: contract.digests.policy,
  });
  await session.recorder.record([started]);
  await session.recorder.record(
    step.kept.flatMap(({ agent, from }) => reusedEntry(session, agent, from) ?? []),
  );
};

const exitCodeOf = (all: readonly Gate[], kind: 'refused' | 'waiting'): number =>
  kind === 'waiting'
    ? EXIT_WAITING
    : failing(all).length > 0 &&
        failing(all).every((one) => one.code.startsWith('cont-qa-') || one.code === 'missing-cont-qa-verdict')
      ? EXIT_CONT_QA
      : 1;

/** Merges what was judged, or says why not. The order is design §5's: commit, intent, move the branch, published. */
const publish = async (
  session: Session,
  lane: Lane,
  request: LocalRequest,
  store: DirectoryStore,
): Promise<{ readonly gates: readonly Gate[]; readonly tree: string; readonly commit: string | null }> => {
  const chain = await buildCommits(session);
  const described = await openLane(request.repoDir, { lane: lane.lane, scratchDir: lane.scratch.dir });
  const { head, branch } = described.repository;
  if (head === null || (branch === null && request.publish !== false))
    throw new WaveFailure(
      'detached-head',
      'the branch the wave started on is gone',
      'Check out the branch again and run the wave again.',
    );
  const ships = await ontoHead(session, chain, head);
  const current = await readWave(session.scratch, {
    wave: request.wave,
    lane: lane.lane,
    commit: head,
    ...(request.executorOverride === undefined ? {} : { executorOverride: request.executorOverride }),
  });
  await recordForeignLines(session, store);
  const evidence = await evidenceOf(session, {
    ships: await treeFact(session, ships.tree, ships.subject),
    waveDigest: current.contract?.digests.wave ?? sha256(''),
    policyDigest: current.contract?.digests.policy ?? sha256(''),
  });
  const all = gates(session.contract, session.recorder.state(), evidence, 'close');
  if (failing(all).length > 0) return { gates: all, tree: ships.tree, commit: null };
  if ('conflicts' in ships)
    throw new WaveFailure(
      'merge-conflict',
      `${branch} moved and conflicts with the wave in ${ships.conflicts.slice(0, 5).join(', ')}`,
      'Run the wave again: it starts from the new head.',
    );
  if (request.publish === false || branch === null) {
    await session.recorder.record([
      fact(session, 'close', 'ended', {
        type: 'attempt.ended',
        attempt: session.attempt,
        outcome: 'closed',
        code: 'closed',
        blamed: [],
      }),
    ]);
    return { gates: all, tree: ships.tree, commit: ships.commit };
  }
  orFail(
    await importCommit(request.repoDir, session.scratch, ships.commit),
    'bringing the wave’s commits into the repository',
  );
  await session.recorder.record([
    fact(session, 'close', `intent-${ships.commit.slice(0, 12)}`, {
      type: 'publish.intent',
      attempt: session.attempt,
      commit: ships.commit,
      tree: ships.tree,
      parent: head,
      target: branch,
    }),
  ]);
  const moved = await fastForward(request.repoDir, { branch, from: head, to: ships.commit });
  if (!moved.ok)
    throw new WaveFailure(
      moved.code,
      `every gate holds, but ${branch} could not be moved: ${moved.message}`,
      moved.code === 'uncommitted-changes'
        ? 'Commit or stash these changes and run the wave again: nothing is lost, proven work is kept.'
        : 'Run the wave again: proven work is kept.',
    );
  await session.recorder.record([
    fact(session, 'close', `published-${ships.commit.slice(0, 12)}`, {
      type: 'publish.done',
      attempt: session.attempt,
      commit: ships.commit,
      target: branch,
    }),
    fact(session, 'close', 'ended', {
      type: 'attempt.ended',
      attempt: session.attempt,
      outcome: 'closed',
      code: 'closed',
      blamed: [],
    }),
  ]);
  return { gates: all, tree: ships.tree, commit: ships.commit };
};

/** Takes steps until the wave is closed, refused, waiting or interrupted. */
const drive = async (
  session: Session,
  lane: Lane,
  request: LocalRequest,
  store: DirectoryStore,
  hooks: Hooks,
): Promise<LocalOutcome> => {
  const { contract, recorder } = session;
  const base = { session, stateDir: lane.stateDir };
  const ended = async (
    kind: 'refused' | 'waiting',
    all: readonly Gate[],
    tree: string,
  ): Promise<LocalOutcome> => {
    await recorder.record([
      fact(session, 'close', 'ended', {
        type: 'attempt.ended',
        attempt: session.attempt,
        outcome: kind,
        code: leading(all)?.code ?? kind,
        blamed: blamedAgents(contract, all),
      }),
    ]);
    return {
      ...base,
      kind,
      state: recorder.state(),
      gates: all,
      tree,
      commit: null,
      exitCode: exitCodeOf(all, kind),
    };
  };
  for (;;) {
    await recordForeignLines(session, store);
    const evidence = await evidenceOf(session);
    const step = next(contract, recorder.state(), evidence, request.clock.now().toISOString());
    const tree = evidence.candidate?.tree ?? session.base.tree;
    if (request.signal.aborted)
      return {
        ...base,
        kind: 'interrupted',
        state: recorder.state(),
        gates: [],
        tree,
        commit: null,
        exitCode: 130,
      };
    switch (step.do) {
      case 'run-agents': {
        if (!recorder.state().attempts.has(session.attempt)) await start(session, step);
        const agents = contract.agents.filter((agent) => step.agents.includes(agent.id));
        await runAgents(session, agents, session.base, request, hooks);
        break;
      }
      case 'admit':
        await fixImplementationTree(session);
        break;
      case 'prove':
        await prove(session, request.signal);
        break;
      case 'run-stage': {
        await runAgents(
          session,
          contract.agents.filter((agent) => step.agents.includes(agent.id)),
          await stageCommit(session, step.stage),
          request,
          hooks,
        );
        if (!request.signal.aborted) await judge(session, step.stage);
        break;
      }
      case 'finish': {
        const published = await publish(session, lane, request, store);
        if (published.commit === null) return ended('refused', published.gates, published.tree);
        return {
          ...base,
          kind: 'closed',
          state: recorder.state(),
          gates: published.gates,
          tree: published.tree,
          commit: published.commit,
          exitCode: 0,
        };
      }
      case 'wait':
        return ended('waiting', step.gates, tree);
      case 'stop':
        return ended('refused', step.gates, tree);
    }
  }
};

const inboxHooks = (
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

/** Milliseconds between looks at what people wrote into the journal from another shell. */
const JOURNAL_POLL_MS = 300;

export const runLocally = async (request: LocalRequest): Promise<LocalOutcome> => {
  const lane = await openLane(request.repoDir, request.lane === undefined ? {} : { lane: request.lane });
  const { stateDir } = lane;
  await mkdir(stateDir, { recursive: true });
  const lock = acquireLock(join(stateDir, 'launcher.lock'), { purpose: `wave ${request.wave}` });
  if (lock.kind === 'held')
    throw new WaveFailure(
      'lane-held',
      `lane ${lane.lane} is in use: ${lock.by.purpose}, process ${lock.by.pid}, since ${lock.by.startedAt}`,
      'Wait until it is done, or stop that process.',
      EXIT_LANE_HELD,
    );
  const root = join(workRoot(stateDir), 'run');
  try {
    stopStrayProcesses(root);
    await rm(root, { recursive: true, force: true });
    await mkdir(root, { recursive: true });
    return await holdingTheLane(request, lane, root);
  } finally {
    await rm(root, { recursive: true, force: true });
    lock.release();
  }
};

const holdingTheLane = async (request: LocalRequest, lane: Lane, workDir: string): Promise<LocalOutcome> => {
  const { repository, scratch, stateDir } = lane;
  const head = repository.head ?? '';
  if (repository.branch === null && request.publish !== false)
    throw new WaveFailure(
      'detached-head',
      'HEAD is detached, so there is no branch to close the wave on',
      'Check out a branch.',
    );
  const reading = await readWave(scratch, {
    wave: request.wave,
    lane: lane.lane,
    commit: head,
    ...(request.executorOverride === undefined ? {} : { executorOverride: request.executorOverride }),
  });
  const { contract } = reading;
  if (contract === null) return { kind: 'invalid', reading };
  const history = directoryStore({ dir: stateDir, lane: lane.lane, guard: 'none' });
  await refuseOutOfOrder(lane, request.wave, (wave) => stateOf(lane, history, wave));
  const instance = instanceId(lane.lane, request.wave, { kind: 'local' });
  const store = directoryStore({ dir: stateDir, lane: lane.lane, guard: 'live-run' });
  let recorder: Recorder | null = null;
  const inboxes = inboxHooks(() => recorder);
  recorder = await journalRecorder(contract, instance, store, (entry, state) => {
    request.listen(entry, state);
    inboxes.changed();
  });
  const run = `l${request.clock.now().getTime().toString(36)}${randomHex(3)}`;
  const attempt = Math.max(0, ...recorder.state().attempts.keys()) + 1;
  const tree = orFail(await scratch.treeOf(head), 'the current commit');
  const session: Session = {
    contract,
    instance,
    run,
    attempt,
    take: 1,
    base: { commit: head, tree },
    scratch,
    recorder,
    blobs: store,
    clock: request.clock,
    workDir,
  };
  await finishIntent(session, lane);
  const done = await alreadyPublished(lane, recorder.state());
  if (done !== null) return { kind: 'complete', commit: done, contract, state: recorder.state() };
  const { intent, published } = recorder.state();
  const putBack =
    intent !== null && published === null && (await putBackCutOffMerge(scratch, repository, intent, workDir));
  const { dirty } = putBack
    ? (await openLane(request.repoDir, { lane: lane.lane, scratchDir: scratch.dir })).repository
    : repository;
  if (dirty.length > 0)
    throw new WaveFailure(
      'uncommitted-changes',
      `uncommitted changes in ${dirty.slice(0, 5).join(', ')}${dirty.length > 5 ? ` and ${dirty.length - 5} more` : ''}`,
      'Commit or stash them: the wave starts from a commit and ends in a merge.',
    );
  refusePolicy(contract);
  await recorder.record([
    {
      ...fact(session, 'plan', 'instance', {
        type: 'instance.opened',
        base: head,
        waveDigest: contract.digests.wave,
        policyDigest: contract.digests.policy,
      }),
    },
  ]);
  request.onStart?.(session);
  const logDir = join(stateDir, 'logs');
  await mkdir(logDir, { recursive: true });
  const poll = setInterval(() => void recorder?.refresh().catch(() => undefined), JOURNAL_POLL_MS);
  try {
    return await drive(session, lane, request, store, { logDir, onInbox: inboxes.hooks });
  } finally {
    clearInterval(poll);
  }
};

/** What this machine cannot give is said before anything is spent. */
const refusePolicy = (contract: Contract): void => {
  if (contract.policy.isolation !== 'none')
    throw new WaveFailure(
      'isolation-below-policy',
      `the base policy asks for isolation “${contract.policy.isolation}”, this run has none`,
      'Set "policy": { "isolation": "none" } in the committed wave.config.json if that is what you want on this machine.',
    );
};
