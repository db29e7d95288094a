/**
 * Where a use case says what happened and reads what is known. On a laptop and in trusted jobs that is the journal; in
 * untrusted jobs a provisional view, whose entries the trusted jobs write later.
 */
import type { Contract } from '../contract/index.ts';
import type {
  Cursor,
  Entry,
  InstanceId,
  JournalRead,
  JournalStore,
  NewEntry,
  Quarantined,
  Refused,
} from '../journal/index.ts';
import { type RunningFold, startFold, type WaveState } from '../state/index.ts';
import { WaveFailure } from './failure/index.ts';

export type Recorder = {
  readonly state: () => WaveState;
  readonly entries: () => readonly Entry[];
  readonly quarantined: () => readonly Quarantined[];
  /** Says what happened. What stands already is not said twice. */
  readonly record: (entries: readonly NewEntry[]) => Promise<void>;
  /** Takes in what others wrote. */
  readonly refresh: () => Promise<void>;
};

export type Listener = (entry: Entry, state: WaveState) => void;

const failed = (result: {
  kind: string;
  code?: string;
  message?: string;
  fix?: string;
  tries?: number;
}): WaveFailure =>
  result.kind === 'lost-race'
    ? new WaveFailure(
        'journal-contended',
        `the journal could not be appended to in ${result.tries} tries`,
        'Run it again when the other writers are done.',
      )
    : new WaveFailure(
        result.code ?? 'journal-refused',
        result.message ?? 'the journal refused',
        result.fix ?? '',
      );

/**
 * A journal with its running fold. Calls are taken one after the other.
 *
 * @param attribute what an entry's author counts as here; the identity where only trusted hands can write
 */
export const journalRecorder = async (
  contract: Contract,
  instance: InstanceId,
  store: JournalStore,
  listen: Listener = () => {},
  attribute: (entry: Entry) => Entry = (entry) => entry,
): Promise<Recorder> => {
  let cursor: Cursor | undefined;
  let fold: RunningFold | null = null;
  const quarantined: Quarantined[] = [];
  let last: Promise<unknown> = Promise.resolve();
  const serially = <T>(task: () => Promise<T>): Promise<T> => {
    const result = last.then(task);
    last = result.catch(() => undefined);
    return result;
  };
  const take = (read: JournalRead | Refused): void => {
    if ('kind' in read) throw failed(read);
    cursor = read.cursor;
    quarantined.push(...read.quarantined);
    const entries = read.entries.map(attribute);
    if (fold === null) fold = startFold(contract, entries);
    else
      for (const entry of entries) {
        const state = fold.add([entry]);
        listen(entry, state);
      }
  };
  const refresh = async (): Promise<void> => take(await store.read(instance, cursor));
  await refresh();
  const running = (): RunningFold => {
    if (fold === null) throw new Error('a recorder is used before its first read');
    return fold;
  };
  return {
    state: () => running().state(),
    entries: () => running().entries(),
    quarantined: () => quarantined,
    refresh: () => serially(refresh),
    record: (entries) =>
      serially(async () => {
        if (entries.length === 0) return;
        const appended = await store.append(entries);
        if (appended.kind !== 'appended') throw failed(appended);
        take(await store.seen(instance, cursor));
      }),
  };
};

/** A view that adds to what was read and writes nothing. */
export const provisionalRecorder = (
  contract: Contract,
  standing: readonly Entry[],
  quarantined: readonly Quarantined[] = [],
  listen: Listener = () => {},
): Recorder & { readonly added: () => readonly Entry[] } => {
  const fold = startFold(contract, standing);
  const added = new Map<string, Entry>();
  return {
    state: fold.state,
    entries: fold.entries,
    quarantined: () => quarantined,
    refresh: async () => {},
    record: async (entries) => {
      for (const one of entries) {
        if (added.has(one.id)) continue;
        const entry: Entry = { ...one, seq: null };
        added.set(entry.id, entry);
        listen(entry, fold.add([entry]));
      }
    },
    added: () => [...added.values()],
  };
};
