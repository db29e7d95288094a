/** Every lane and wave of a repository as its journals have them, looked at again and again. Writes nothing. */
import { directoryStore, lockHolder } from '../host/index.ts';
import { instanceId, parseInstanceId } from '../journal/index.ts';
import type { WaveState } from '../state/index.ts';
import type { LaneSeen, WaveSeen } from '../views/index.ts';
import { WaveFailure } from './failure/index.ts';
import { type Lane, lanesWithJournal, launcherLock, openLane, readWave, wavesAt } from './lane.ts';
import { isAttemptAlive } from './open-wave.ts';
import { journalRecorder } from './recorder.ts';

type Look = (run: LaneSeen['run']) => Promise<WaveSeen>;

/** One wave: read once, its journal followed from there on. A wave file that cannot be read is said, once. */
const watchWave = async (
  lane: Lane,
  store: ReturnType<typeof directoryStore>,
  wave: number,
): Promise<Look> => {
  const commit = lane.repository.head ?? '';
  let problem: string | null = null;
  try {
    const { contract, diagnostics } = await readWave(lane.scratch, { wave, lane: lane.lane, commit });
    if (contract !== null) {
      const recorder = await journalRecorder(contract, instanceId(lane.lane, wave, { kind: 'local' }), store);
      return async (run) => {
        await recorder.refresh();
        const state: WaveState = recorder.state();
        return { kind: 'wave', wave, contract, state, alive: isAttemptAlive(state, run?.since ?? null) };
      };
    }
    const [first] = diagnostics.filter((one) => one.severity === 'error');
    problem =
      first === undefined ? 'the wave cannot be read' : `${first.at.file}:${first.at.line}: ${first.message}`;
  } catch (error) {
    if (!(error instanceof WaveFailure)) throw error;
    problem = error.message;
  }
  const seen: WaveSeen = { kind: 'unreadable', wave, problem };
  return async () => seen;
};

const watchLane = async (lane: Lane): Promise<() => Promise<LaneSeen>> => {
  const store = directoryStore({ dir: lane.stateDir, lane: lane.lane, guard: 'none' });
  const written = await wavesAt(lane.scratch, lane.repository.head ?? '', lane.config);
  const looks = new Map<number, Look>();
  return async () => {
    const instances = await store.instances();
    if ('kind' in instances) throw new WaveFailure(instances.code, instances.message, instances.fix);
    const begun = instances
      .map(parseInstanceId)
      .flatMap(({ wave, origin }) => (origin === 'local' ? [wave] : []));
    const holder = lockHolder(launcherLock(lane.stateDir));
    const run =
      holder === null ? null : { command: holder.purpose, pid: holder.pid, since: holder.startedAt };
    const waves: WaveSeen[] = [];
    for (const wave of [...new Set([...written, ...begun])].toSorted((a, b) => a - b)) {
      const look = looks.get(wave) ?? (await watchWave(lane, store, wave));
      looks.set(wave, look);
      waves.push(await look(run));
    }
    return { lane: lane.lane, run, waves };
  };
};

/**
 * Every lane that was written to; with `lane` that one.
 *
 * @param request.scratchDir a folder outside the repository, for our own git directory
 * @returns what to ask as often as wanted; each answer is what the journals say then
 */
export const watchLanes = async (request: {
  readonly repoDir: string;
  readonly scratchDir: string;
  readonly lane?: string;
}): Promise<() => Promise<readonly LaneSeen[]>> => {
  const open = (lane?: string): Promise<Lane> =>
    openLane(request.repoDir, { scratchDir: request.scratchDir, ...(lane === undefined ? {} : { lane }) });
  const first = await open(request.lane);
  const known = await lanesWithJournal(first);
  if (request.lane !== undefined && !known.includes(first.lane)) {
    const there = known.length === 0 ? '' : ` Lanes with a journal: ${known.join(', ')}.`;
    throw new WaveFailure(
      'no-wave',
      `lane ${first.lane} has no journal yet`,
      `Run a wave in it first.${there}`,
    );
  }
  const names = request.lane === undefined ? [...new Set([first.lane, ...known])] : [first.lane];
  const looks: (() => Promise<LaneSeen>)[] = [];
  for (const name of names) looks.push(await watchLane(name === first.lane ? first : await open(name)));
  return async () => {
    const lanes: LaneSeen[] = [];
    for (const look of looks) lanes.push(await look());
    return lanes;
  };
};
