/** A wave as it stands: its contract, its journal folded. For commands that look, and for people’s own entries. */
import { join } from 'node:path';
import { type Gate, gates } from '../closure/index.ts';
import type { Contract, RunOverrides } from '../contract/index.ts';
import { directoryStore, lockHolder, systemClock } from '../host/index.ts';
import {
  type Author,
  type CoordinationBody,
  type Entry,
  type InstanceId,
  instanceId,
  type JournalStore,
  type NewEntry,
  parseInstanceId,
  type Quarantined,
} from '../journal/index.ts';
import type { WaveState } from '../state/index.ts';
import { WaveFailure } from './failure/index.ts';
import { type Lane, lanesWithJournal, launcherLock, openLane, type Reading, readWave } from './lane.ts';
import { rebuildTrees } from './rebuild.ts';
import { journalRecorder, provisionalRecorder } from './recorder.ts';
import { evidenceOf, NOTHING_ELSE, type Session } from './session.ts';

export type OpenWave = {
  readonly lane: Lane;
  readonly contract: Contract;
  readonly instance: InstanceId;
  readonly state: WaveState;
  /** As it is after what was said since. */
  readonly currentState: () => WaveState;
  readonly entries: readonly Entry[];
  readonly quarantined: readonly Quarantined[];
  readonly blobs: Pick<JournalStore, 'getBlob' | 'putBlob'>;
  /** Appends what a person at this machine says, under the journal’s lock. */
  readonly say: (id: string, body: CoordinationBody, as: string | undefined, at: string) => Promise<Entry>;
};

const refuseRejected = (state: WaveState, entry: string): void => {
  const rejected = state.rejections.find((one) => one.entry === entry);
  if (rejected !== undefined)
    throw new WaveFailure(
      rejected.code,
      rejected.detail,
      rejected.code === 'kind-without-authority'
        ? 'A person posts a request, a clarification-request, a decision, evidence or a claim.'
        : 'wave control task list shows what is open and whose it is.',
    );
};

/** The first finding in full, and where the others are. */
const invalid = ({ diagnostics, waveFile }: Reading, wave: number): WaveFailure => {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first === undefined)
    return new WaveFailure('wave-invalid', `${waveFile} cannot be read`, `wave validate ${wave} says why.`);
  const more = errors.length === 1 ? '' : ` (and ${errors.length - 1} more)`;
  const { file, line } = first.at;
  const fix = first.fix ?? (first.expected === undefined ? 'mend it' : `write ${first.expected}`);
  return new WaveFailure(
    'wave-invalid',
    `${file}:${line}: ${first.message}${more}`,
    `${fix.charAt(0).toUpperCase()}${fix.slice(1)}. A wave is read as it is committed; wave validate ${wave} looks at the working tree.`,
  );
};

/** Without a number: the only wave there is a journal of, else the one written to last. */
const latest = async (lane: Lane, store: ReturnType<typeof directoryStore>): Promise<number> => {
  const instances = await store.instances();
  if ('kind' in instances) throw new WaveFailure(instances.code, instances.message, instances.fix);
  const waves = instances.map((one) => parseInstanceId(one).wave).toSorted((a, b) => b - a);
  const [first] = waves;
  const others = first === undefined ? (await lanesWithJournal(lane)).filter((one) => one !== lane.lane) : [];
  if (first === undefined)
    throw new WaveFailure(
      'no-wave',
      `lane ${lane.lane} has no journal yet`,
      `Run a wave first, or name one: wave status 3.${others.length === 0 ? '' : ` Lanes with a journal: ${others.join(', ')}.`}`,
    );
  return first;
};

export const openWave = async (request: {
  readonly repoDir: string;
  readonly scratchDir: string;
  readonly lane?: string;
  readonly wave?: number;
  readonly overrides?: RunOverrides;
}): Promise<OpenWave> => {
  const lane = await openLane(request.repoDir, {
    scratchDir: request.scratchDir,
    ...(request.lane === undefined ? {} : { lane: request.lane }),
  });
  const store = directoryStore({ dir: lane.stateDir, lane: lane.lane, guard: 'none' });
  const wave = request.wave ?? (await latest(lane, store));
  const reading = await readWave(lane.scratch, {
    wave,
    lane: lane.lane,
    commit: lane.repository.head ?? '',
    ...(request.overrides === undefined ? {} : { overrides: request.overrides }),
  });
  const { contract } = reading;
  if (contract === null) throw invalid(reading, wave);
  const instance = instanceId(lane.lane, wave, { kind: 'local' });
  const recorder = await journalRecorder(contract, instance, store);
  return {
    lane,
    contract,
    instance,
    state: recorder.state(),
    currentState: recorder.state,
    entries: recorder.entries(),
    quarantined: recorder.quarantined(),
    blobs: store,
    say: async (id, body, as, at) => {
      const by: Author = { kind: 'operator', ...(as === undefined ? {} : { as }) };
      const entry: NewEntry = { id, at, by, instance, family: 'coordination', body };
      // What would have no effect is refused before anything is written.
      const trial = provisionalRecorder(contract, recorder.entries());
      await trial.record([entry]);
      refuseRejected(trial.state(), id);
      await recorder.record([entry]);
      const standing = recorder.entries().find((one) => one.id === id);
      if (standing === undefined)
        throw new WaveFailure('journal-refused', 'the entry did not come to stand', 'Run the command again.');
      // Somebody else was faster.
      refuseRejected(recorder.state(), id);
      return standing;
    },
  };
};

/** Whether the run that began the newest attempt is still at it: it holds the lane, and has since before the attempt. */
export const isAttemptAlive = (state: WaveState, laneHeldSince: string | null): boolean => {
  const attempt = [...state.attempts.values()].at(-1);
  return laneHeldSince !== null && attempt !== undefined && laneHeldSince <= attempt.startedAt;
};
export const isRunAlive = ({ lane, state }: OpenWave): boolean =>
  isAttemptAlive(state, lockHolder(launcherLock(lane.stateDir))?.startedAt ?? null);

export const reportFile = (stateDir: string, wave: number): string =>
  join(stateDir, 'reports', `wave-${wave}.html`);

/** What the newest attempt came to: its gates on its trees, and the patches that came out. */
export const standing = async ({
  lane,
  contract,
  instance,
  state,
  entries,
  blobs,
}: OpenWave): Promise<{
  readonly gates: readonly Gate[];
  readonly tree: string | null;
  readonly patches: ReadonlyMap<string, string>;
}> => {
  const attempt = [...state.attempts.values()].at(-1);
  if (attempt === undefined) return { gates: [], tree: null, patches: new Map() };
  const session: Session = {
    contract,
    instance,
    run: attempt.run,
    attempt: attempt.attempt,
    take: 1,
    base: { commit: attempt.base, tree: attempt.baseTree },
    law: attempt.baseTree,
    scratch: lane.scratch,
    recorder: provisionalRecorder(contract, entries),
    blobs,
    clock: systemClock,
    workDir: '',
    guarded: NOTHING_ELSE,
  };
  await rebuildTrees(session);
  const evidence = await evidenceOf(session);
  const patches = new Map<string, string>();
  for (const [agent, { patch }] of attempt.finished) {
    const bytes = patch === null ? null : await blobs.getBlob(patch.sha256);
    if (bytes !== null) patches.set(agent, Buffer.from(bytes).toString('utf8'));
  }
  return {
    gates: gates(contract, state, evidence, 'close'),
    // What ships has the stewards' reports in it as well.
    tree: state.published?.tree ?? evidence.candidate?.tree ?? null,
    patches,
  };
};
