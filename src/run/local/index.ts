/**
 * A wave on one machine: the same steps the jobs of a workflow take, asked of the same `next`, one after the other
 * (design §7). Killed at any point, a second call goes on from what is proven.
 */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeStaleAccounts, stopStrayProcesses } from '../../agents/index.ts';
import { afterRefusal, failing } from '../../closure/index.ts';
import type { Contract, RunOverrides } from '../../contract/index.ts';
import { acquireLock, type DirectoryStore, directoryStore, randomHex, removeTree } from '../../host/index.ts';
import { instanceId, type JournalStore } from '../../journal/index.ts';
import { prepareIsolation } from '../agent-place.ts';
import { putBackCutOffMerge } from '../cut-off-merge.ts';
import { executorsHere, refuseMissingExecutors } from '../executors-here.ts';
import { orFail, WaveFailure } from '../failure/index.ts';
import { type Lane, launcherLock, openLane, readWave, repositoryAt, wavesAt, workRoot } from '../lane.ts';
import { type KnownWave, projector } from '../projector.ts';
import { journalRecorder, type Recorder } from '../recorder.ts';
import { fact, type Session, thisAttempt } from '../session.ts';
import { keepTime, type Timekeeper } from '../timekeeper.ts';
import { logFolder } from './agent-log.ts';
import { type Hooks, inboxHooks } from './agents.ts';
import { drive } from './drive.ts';
import { laneHeld } from './lane-held.ts';
import { alreadyPublished, fewOf, finishIntent } from './publish.ts';
import type { LocalOutcome, LocalRequest } from './request.ts';

export type { LocalOutcome, LocalRequest } from './request.ts';

/**
 * The waves before this one. Waves run in order: a lower-numbered one that is not complete comes first (design §4), and
 * is what the refusal names.
 */
const completeWaves = async (
  lane: Lane,
  wave: number,
  read: (wave: number) => Promise<KnownWave | null>,
): Promise<readonly KnownWave[]> => {
  const complete: KnownWave[] = [];
  for (const lower of await wavesAt(lane.scratch, lane.repository.head ?? '', lane.config)) {
    if (lower >= wave) break;
    const known = await read(lower);
    if (known === null || known.state.published === null)
      throw new WaveFailure(
        'out-of-order',
        `wave ${lower} is not complete, wave ${wave} comes after it`,
        `Run wave ${lower} first.`,
      );
    complete.push(known);
  }
  return complete;
};

const knownWave = async (lane: Lane, store: JournalStore, wave: number): Promise<KnownWave | null> => {
  const { contract } = await readWave(lane.scratch, {
    wave,
    lane: lane.lane,
    commit: lane.repository.head ?? '',
  });
  if (contract === null) return null;
  const recorder = await journalRecorder(contract, instanceId(lane.lane, wave, { kind: 'local' }), store);
  return { contract, state: recorder.state() };
};

/** Milliseconds between looks at what people wrote into the journal from another shell. */
const JOURNAL_POLL_MS = 300;

export const runLocally = async (request: LocalRequest): Promise<LocalOutcome> => {
  const lane = await openLane(request.repoDir, request.lane === undefined ? {} : { lane: request.lane });
  const { stateDir } = lane;
  await mkdir(stateDir, { recursive: true });
  const lockFile = launcherLock(stateDir);
  const lock = acquireLock(lockFile, { purpose: request.commandLine });
  if (lock.kind === 'held') throw laneHeld(lane.lane, lock.by, lockFile);
  const root = join(workRoot(stateDir), 'run');
  try {
    await removeStaleAccounts();
    stopStrayProcesses(root);
    await removeTree(root);
    await mkdir(root, { recursive: true });
    for (const ours of [root, stateDir, lane.scratch.dir]) await chmod(ours, 0o700);
    // Our own state is nobody's change, whatever the repository ignores.
    await writeFile(join(stateDir, '.gitignore'), '*\n');
    return await holdingTheLane(request, lane, root);
  } finally {
    await removeTree(root);
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
    ...(request.overrides === undefined ? {} : { overrides: request.overrides }),
  });
  const { contract } = reading;
  if (contract === null) return { kind: 'invalid', reading };
  refuseUnknownAgents(contract, request.overrides ?? {});
  const history = directoryStore({ dir: stateDir, lane: lane.lane, guard: 'none' });
  const earlier = await completeWaves(lane, request.wave, (wave) => knownWave(lane, history, wave));
  const instance = instanceId(lane.lane, request.wave, { kind: 'local' });
  const store = directoryStore({ dir: stateDir, lane: lane.lane, guard: 'live-run' });
  let recorder: Recorder | null = null;
  const inboxes = inboxHooks(() => recorder);
  const listeners = new Set<() => void>();
  const projections = projector(stateDir, contract, earlier);
  recorder = await journalRecorder(contract, instance, store, (entry, state) => {
    request.listen(entry, state);
    inboxes.changed();
    if (entry.family === 'control') projections.due();
    for (const listener of listeners) listener();
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
    law: tree,
    scratch,
    recorder,
    blobs: store,
    clock: request.clock,
    workDir,
    guarded: { hidden: [stateDir, scratch.dir], unwritable: [repository.root] },
  };
  await finishIntent(session, lane);
  const done = await alreadyPublished(lane, recorder.state());
  if (done !== null) {
    projections.write(recorder.state());
    return { kind: 'complete', commit: done, contract, state: recorder.state() };
  }
  const { intent, published } = recorder.state();
  const putBack =
    intent !== null && published === null && (await putBackCutOffMerge(scratch, repository, intent, workDir));
  const { dirty } = putBack ? await repositoryAt(request.repoDir) : repository;
  if (dirty.length > 0)
    throw new WaveFailure(
      'uncommitted-changes',
      `uncommitted changes in ${fewOf(dirty)}`,
      'Commit or stash them: the wave starts from a commit and ends in a merge.',
    );
  await prepareIsolation(contract);
  refuseMissingExecutors(contract);
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
  const logDir = logFolder(stateDir);
  await mkdir(logDir, { recursive: true });
  const time = keepTime(contract, recorder, request.clock);
  listeners.add(time.changed);
  const look = async (): Promise<void> => {
    await session.recorder.refresh();
    projections.writeDue(session.recorder.state());
  };
  const poll = setInterval(() => void look().catch(() => undefined), JOURNAL_POLL_MS);
  try {
    return await untilItCloses(session, lane, request, store, time, {
      logDir,
      onInbox: inboxes.hooks,
      onGrowth: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    });
  } finally {
    clearInterval(poll);
    await time.stop();
    projections.write(session.recorder.state());
  }
};

/** Attempt after attempt of one run, as long as another one can come to something else. */
const untilItCloses = async (
  first: Session,
  lane: Lane,
  request: LocalRequest,
  store: DirectoryStore,
  time: Timekeeper,
  hooks: Hooks,
): Promise<LocalOutcome> => {
  const { contract, base } = first;
  const maxRetries = request.maxRetries ?? contract.config.maxRetriesPerWave;
  for (let session = first; ; session = { ...session, attempt: session.attempt + 1 }) {
    const outcome = await drive(session, lane, request, store, time, hooks);
    const ended = thisAttempt(session);
    if (outcome.kind !== 'refused' || outcome.gaveUp !== null || ended === null) return outcome;
    const after = afterRefusal(
      contract,
      outcome.state,
      ended,
      failing(outcome.gates),
      {
        tree: base.tree,
        waveDigest: contract.digests.wave,
        policyDigest: contract.digests.policy,
      },
      maxRetries,
      (agent) => executorsHere(contract, agent),
    );
    if (after.do === 'give-up') return { ...outcome, gaveUp: after.why };
  }
};

/** A name typed wrong would silently leave the agent on the executor that was not wanted. */
const refuseUnknownAgents = (contract: Contract, { executorByAgent = {} }: RunOverrides): void => {
  const ids = contract.agents.map(({ id }) => id);
  for (const id of Object.keys(executorByAgent))
    if (!ids.includes(id))
      throw new WaveFailure(
        'unknown-agent',
        `wave ${contract.wave} has no agent ${id}`,
        `Agents: ${ids.join(', ')}.`,
      );
};
