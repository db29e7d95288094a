/**
 * A journal in a directory (design §4): `journal/<wave-n>/<origin>/<first seq>.jsonl` below `.tmp/<lane>-wave-launcher`,
 * one appender at a time under a lock. The familiar files are written out after every append.
 */
import { lstatSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { sha256 } from '../../contract/index.ts';
import {
  type Appended,
  type Cursor,
  INSTANCE_PATTERN,
  type InstanceId,
  type JournalRead,
  type JournalStore,
  MAX_SEGMENT_BYTES,
  type NewEntry,
  parseInstanceId,
  type Refused,
} from '../../journal/index.ts';
import { lockHolder, withLock } from '../lock.ts';
import { batchProblem, cut, type Piece, place } from './batch.ts';
import { appendToFile, namesIn, readBlob, syncToDisk, writeBlob } from './directory-files.ts';
import {
  type ForeignLine,
  type InstanceReader,
  instanceReader,
  type LiveGuard,
  MAX_SEQ_JUMP,
} from './instance-reader.ts';
import { projector } from './projections.ts';
import { type Placed, SEGMENT_NAME, segmentName, TORN_MARK, terminatedLines } from './segment.ts';

export type DirectoryStoreOptions = {
  /** `.tmp/<lane>-wave-launcher`; made at the first append. */
  readonly dir: string;
  /** When the folder is not called `<lane>-wave-launcher`. */
  readonly lane?: string;
  /**
   * `live-run`: for the one run that holds the lane. A line that appears while this store is open, was not written
   * by it and claims a closure fact is kept out as `foreign-line`. `none`: commands that read, and people's appends.
   */
  readonly guard: 'live-run' | 'none';
  /**
   * Waits until files and folders are on disk; tests and demos give one that does not. What `append` was given is there
   * when it returns, but for starts of agents, which get there with the next append that says more: who reads on without
   * one launches the agent again. Blobs get there before the next such entry.
   */
  readonly toDisk?: (paths: readonly string[]) => Promise<void>;
  /** How long an append waits for another appender, in milliseconds (default 10 000). */
  readonly lockDeadlineMs?: number;
};

export type DirectoryStore = JournalStore & {
  /** Lines kept out as foreign that no `line.quarantined` entry names yet: the run appends one for each. */
  foreign(instance: InstanceId): Promise<readonly ForeignLine[] | Refused>;
  /** Writes `coordination/` and `control-plane/` files of every wave anew, byte for byte as appends leave them. */
  rebuildProjections(): Promise<Refused | null>;
};

const FOLDER = /^([a-z0-9][a-z0-9_-]{0,63})-wave-launcher$/;

const laneOf = (dir: string, lane: string | undefined): string => {
  const found = lane ?? FOLDER.exec(basename(dir))?.[1];
  if (found === undefined)
    throw new TypeError(`directoryStore: ${dir} is not <lane>-wave-launcher; name the lane`);
  return found;
};

const relativeOf = (instance: InstanceId): string => {
  const { wave, origin } = parseInstanceId(instance);
  return `journal/wave-${wave}/${origin}`;
};

/** Every instance folder below `dir`, in wave order. */
const listInstances = (dir: string, lane: string): InstanceId[] =>
  namesIn(join(dir, 'journal'))
    .flatMap((wave) => namesIn(join(dir, 'journal', wave)).map((origin) => `${lane}/${wave}/${origin}`))
    .filter((instance) => INSTANCE_PATTERN.test(instance))
    .sort((a, b) => parseInstanceId(a).wave - parseInstanceId(b).wave || (a < b ? -1 : 1));

const sizesNow = (dir: string, lane: string): Map<string, number> => {
  const sizes = new Map<string, number>();
  for (const instance of listInstances(dir, lane)) {
    const relative = relativeOf(instance);
    for (const name of namesIn(join(dir, relative))) {
      const stats = lstatSync(join(dir, relative, name), { throwIfNoEntry: false });
      if (stats?.isFile()) sizes.set(`${relative}/${name}`, stats.size);
    }
  }
  return sizes;
};

const highestSeqIn = (path: string, first: number): number => {
  let highest = first - 1;
  const bytes = readFileSync(path);
  for (const { decoded } of terminatedLines(bytes.subarray(0, bytes.lastIndexOf(10) + 1), 1)) {
    const seq = decoded.ok ? decoded.entry.seq : null;
    if (seq !== null && seq > highest && seq <= highest + MAX_SEQ_JUMP) highest = seq;
  }
  return highest;
};

/**
 * Opens the journal of one lane. What stands in it now is history. Reading writes nothing. Expected trouble comes
 * back as `Refused`; what the file system throws (no space, no permission) is thrown.
 */
export const directoryStore = (options: DirectoryStoreOptions): DirectoryStore => {
  const dir = resolve(options.dir);
  const lane = laneOf(dir, options.lane);
  const toDisk = options.toDisk ?? syncToDisk;
  const lock = join(dir, 'journal.lock');
  const own = new Set<string>();
  const guard: LiveGuard | null = options.guard === 'none' ? null : { history: sizesNow(dir, lane), own };
  const readers = new Map<InstanceId, InstanceReader>();
  const tails = new Map<string, { readonly signature: string; readonly seq: number }>();
  const projections = projector(dir);

  /** Written, and perhaps not on disk yet. */
  const unsynced = { blobs: new Set<string>(), segments: new Set<string>() };
  const sync = async (written: Set<string>): Promise<void> => {
    const paths = [...written];
    written.clear();
    if (paths.length > 0) await toDisk(paths);
  };

  const readerOf = (instance: InstanceId): InstanceReader => {
    const known = readers.get(instance) ?? instanceReader(dir, relativeOf(instance), instance, guard);
    readers.set(instance, known);
    return known;
  };

  /** The highest seq of an instance nobody asked to read: that of its last segment. */
  const tailSeq = (instance: InstanceId): number => {
    const relative = relativeOf(instance);
    const name = namesIn(join(dir, relative))
      .filter((each) => SEGMENT_NAME.test(each))
      .at(-1);
    if (name === undefined) return 0;
    const path = join(dir, relative, name);
    const stats = lstatSync(path, { bigint: true });
    const signature = `${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
    const known = tails.get(path);
    if (known?.signature === signature) return known.seq;
    const seq = highestSeqIn(path, Number(name.slice(0, 9)));
    tails.set(path, { signature, seq });
    return seq;
  };

  /** Over the whole journal; the readers of `caughtUp` have just read all there is of theirs. */
  const highestSeq = (caughtUp: ReadonlySet<InstanceId>): number =>
    listInstances(dir, lane).reduce((highest, instance) => {
      const seq = caughtUp.has(instance) ? readerOf(instance).highestSeq() : tailSeq(instance);
      return Math.max(highest, seq);
    }, 0);

  const write = (instance: InstanceId, entries: readonly Placed[]): void => {
    const reader = readerOf(instance);
    const last = reader.last();
    const mark = last === null || last.terminated ? '' : `${TORN_MARK}\n`;
    const room = last === null ? 0 : MAX_SEGMENT_BYTES - last.bytes - mark.length;
    const { here, next } = cut(entries, MAX_SEGMENT_BYTES, room);
    const writePiece = (name: string, { bytes }: Piece, before: string): void => {
      for (const line of terminatedLines(bytes, 1)) own.add(sha256(line.text));
      const path = join(dir, relativeOf(instance), name);
      for (const written of appendToFile(path, Buffer.concat([Buffer.from(before), bytes])))
        unsynced.segments.add(written);
    };
    if (here !== null && last !== null) writePiece(last.name, here, mark);
    for (const piece of next) writePiece(segmentName(piece.entries[0]?.seq ?? 0), piece, '');
  };

  const entriesOfWave = (wave: number): Placed[] | Refused => {
    const all: Placed[] = [];
    for (const instance of listInstances(dir, lane)) {
      if (parseInstanceId(instance).wave !== wave) continue;
      const reader = readerOf(instance);
      const problem = reader.catchUp();
      if (problem !== null) return problem;
      for (const entry of reader.entries()) all.push(entry);
    }
    return all.sort((a, b) => a.seq - b.seq);
  };

  const project = (instances: Iterable<InstanceId>, how: 'project' | 'rebuild'): Refused | null => {
    for (const wave of new Set([...instances].map((instance) => parseInstanceId(instance).wave))) {
      const entries = entriesOfWave(wave);
      if ('kind' in entries) return entries;
      projections[how](wave, entries);
    }
    return null;
  };

  const appendLocked = (entries: readonly NewEntry[]): Appended | Refused => {
    const instances = new Set(entries.map(({ instance }) => instance));
    for (const instance of instances) {
      const problem = readerOf(instance).catchUp();
      if (problem !== null) return problem;
    }
    const plan = place(entries, (instance, id) => readerOf(instance).byId(id), highestSeq(instances));
    if ('kind' in plan) return plan;
    for (const [instance, group] of plan.added) write(instance, group);
    for (const instance of plan.added.keys()) {
      const problem = readerOf(instance).catchUp();
      if (problem !== null) return problem;
    }
    // What was appended stands, whatever becomes of its copies.
    try {
      project(plan.added.keys(), 'project');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
    }
    const last = entries.at(-1);
    const cursor = last === undefined ? { seq: 0, tip: null } : readerOf(last.instance).cursor();
    return { kind: 'appended', entries: plan.standing, cursor };
  };

  const locked = async <T>(
    purpose: string,
    work: () => T | Refused | Promise<T | Refused>,
  ): Promise<T | Refused> => {
    const result = await withLock(lock, options.lockDeadlineMs ?? 10_000, work, purpose);
    if (result.kind === 'done') return result.value;
    const { pid, startedAt, purpose: theirs } = result.by;
    return {
      kind: 'refused',
      code: 'lock-held',
      message: `${lock} is held by process ${pid} (${theirs}) since ${startedAt}`,
      fix: 'Wait for that process or end it, then try again; nothing was appended.',
    };
  };

  const read = (instance: InstanceId, from?: Cursor): JournalRead | Refused => {
    if (!INSTANCE_PATTERN.test(instance) || parseInstanceId(instance).lane !== lane) {
      return { entries: [], quarantined: [], cursor: { seq: 0, tip: null } };
    }
    const reader = readerOf(instance);
    const problem = reader.catchUp() ?? (from === undefined ? null : reader.verify(from));
    if (problem !== null) return problem;
    const entries = reader.entries();
    const since = from?.seq ?? 0;
    // Readers come back for a few new entries: look for the start from the end.
    let start = entries.length;
    while (start > 0 && (entries[start - 1]?.seq ?? 0) > since) start--;
    const inFlight = lockHolder(lock) !== null;
    const quarantined = reader
      .quarantinedAfter(from)
      .filter(
        ({ code, reason }) => !(inFlight && code === 'torn-line' && reason === 'the line does not end'),
      );
    return { entries: entries.slice(start), quarantined, cursor: reader.cursor() };
  };

  return {
    read: async (instance, from) => read(instance, from),
    // To look again costs what remembering would.
    seen: async (instance, from) => read(instance, from),
    append: async (entries) => {
      const problem = batchProblem(entries, lane);
      if (problem !== null) return problem;
      if (entries.length === 0) return { kind: 'appended', entries: [], cursor: { seq: 0, tip: null } };
      if (entries.every(({ body }) => body.type === 'agent.started'))
        return locked('append', () => appendLocked(entries));
      // Blobs first: no entry on disk names bytes that are not.
      await sync(unsynced.blobs);
      return locked('append', async () => {
        const appended = appendLocked(entries);
        await sync(unsynced.segments);
        return appended;
      });
    },
    instances: async () => listInstances(dir, lane),
    putBlob: async (bytes) => {
      const { digest, written } = writeBlob(dir, bytes);
      for (const path of written) unsynced.blobs.add(path);
      return digest;
    },
    getBlob: async (digest) => {
      const bytes = readBlob(dir, digest);
      return bytes === null ? null : new Uint8Array(bytes);
    },
    foreign: async (instance) => {
      const reader = readerOf(instance);
      return reader.catchUp() ?? reader.foreign();
    },
    rebuildProjections: () =>
      locked('rebuild projections', () => project(listInstances(dir, lane), 'rebuild')),
  };
};
