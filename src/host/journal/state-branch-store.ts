/**
 * A journal on an orphan branch of a GitHub repository (design §4, platform.md §2.3). The order is the server's: an
 * entry's `seq` is given by the push that lands it, and a plain push lands only on the tip it was built on.
 */
import { sha256 } from '../../contract/index.ts';
import {
  type Appended,
  type Cursor,
  INSTANCE_PATTERN,
  type InstanceId,
  type JournalRead,
  type JournalStore,
  type LostRace,
  MAX_SEGMENT_BYTES,
  type NewEntry,
  type Refused,
} from '../../journal/index.ts';
import type { PushOutcome, RemoteAuth } from '../git/index.ts';
import { batchProblem, cut, type Plan, place } from './batch.ts';
import { type StateRemoteOptions, stateRemote, type Verified } from './state-remote.ts';
import {
  type InstanceSegments,
  instanceSegments,
  lastSeqOf,
  type SegmentFile,
  segmentsOf,
} from './state-segments.ts';
import { blobPath, segmentPath } from './state-tree.ts';

export type StateBranchStoreOptions = {
  /** Absolute path of a repository, or its https URL without user name. */
  readonly remote: string;
  /** Default `wave-state`. */
  readonly branch?: string;
  /** Entries of other lanes are refused; every lane can be read. */
  readonly lane: string;
  /** A whole header line, for example `Authorization: basic …`. */
  readonly auth?: RemoteAuth;
  /** A folder of this store alone, for its bare repository. */
  readonly workDir: string;
  /**
   * The tip this job was told: what is there now must descend from it. `null`: there may be no branch yet. Left out:
   * nothing is known, but the branch must exist.
   */
  readonly tip?: string | null;
  /** How long an append goes on after lost races and lost replies, in milliseconds. */
  readonly deadlineMs: number;
  readonly clock: { readonly now: () => number; readonly sleep: (ms: number) => Promise<void> };
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly author: { readonly name: string; readonly email: string };
  /** The `Wave-Run` trailer, for example `<run id>/<attempt>`. */
  readonly run?: string;
  /** Where proxies and certificates are taken from. */
  readonly networkEnv?: Readonly<Record<string, string | undefined>>;
  /** One git call, in milliseconds (default 120 000). */
  readonly callTimeoutMs?: number;
};

/** Larger bytes belong into an artifact, with their digest in the journal (platform.md §2.3). */
export const MAX_STATE_BLOB_BYTES = 1024 * 1024;
const MAX_WAIT_MS = 60_000;
const MIN_ROUND_TRIP_MS = 50;

const refused = (code: Refused['code'], message: string, fix: string): Refused => ({
  kind: 'refused',
  code,
  message,
  fix,
});

const fatalPush = (outcome: PushOutcome, branch: string): Refused | null => {
  if (outcome.kind === 'rejected-by-rule') {
    const fix = `Settings → Rules → Rulesets: let this workflow's token push to ${branch} (only force pushes and deletion need to be blocked).`;
    return refused(
      'push-rejected-by-rule',
      `a rule or hook refuses pushes to ${branch}: ${outcome.detail}`,
      fix,
    );
  }
  if (outcome.kind === 'forbidden') {
    const fix =
      'Give the job `permissions: contents: write`, and check Settings → Actions → General → Workflow permissions.';
    return refused('push-forbidden', `this token may not push to ${branch}: ${outcome.detail}`, fix);
  }
  return null;
};

/** Entries of one instance side by side: a segment's lines have consecutive numbers. */
const byInstance = (entries: readonly NewEntry[]): NewEntry[] =>
  [...Map.groupBy(entries, ({ instance }) => instance).values()].flat();

/**
 * Opens the journal on a state branch. `read` fetches; calls of one store run one after the other. Bytes given to
 * `putBlob` are published with the next `append` (also an empty one); more than {@link MAX_STATE_BLOB_BYTES} throw a
 * RangeError.
 */
export const stateBranchStore = (options: StateBranchStoreOptions): JournalStore => {
  const { clock, random, lane } = options;
  const branch = options.branch ?? 'wave-state';
  const { auth, networkEnv } = options;
  const remoteOptions: StateRemoteOptions = {
    remote: options.remote,
    branch,
    workDir: options.workDir,
    tip: options.tip,
    callTimeoutMs: options.callTimeoutMs ?? 120_000,
    ...(auth === undefined ? {} : { auth }),
    ...(networkEnv === undefined ? {} : { networkEnv }),
  };
  const remote = stateRemote(remoteOptions);
  let looked = false;
  const look = async (): Promise<Verified | Refused> => {
    const found = await remote.look();
    looked ||= found.kind === 'verified';
    return found;
  };
  /** What is on the branch stays there: nothing is ever taken off it. */
  const lastLook = async (): Promise<Verified | Refused> => (looked ? remote.current() : look());
  const folded = new Map<InstanceId, InstanceSegments>();
  const pending = new Map<string, Uint8Array>();
  let queue: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work);
    queue = result.catch(() => null);
    return result;
  };

  /** The instance as the verified tip has it. */
  const load = async (instance: InstanceId, segments: readonly SegmentFile[]): Promise<InstanceSegments> => {
    const state = folded.get(instance) ?? instanceSegments(instance);
    folded.set(instance, state);
    state.absorb(segments, await remote.readBlobs(state.unread(segments).map(({ oid }) => oid)));
    return state;
  };

  const highestSeq = async (all: ReadonlyMap<InstanceId, readonly SegmentFile[]>): Promise<number> => {
    const ends = [...all.values()].flatMap((group) => group.at(-1) ?? []);
    const first = Math.max(0, ...ends.map((end) => end.first));
    const last = ends.filter((end) => end.first === first);
    const bytes = await remote.readBlobs(last.map(({ oid }) => oid));
    return Math.max(0, ...last.map(({ oid }) => lastSeqOf(first, bytes.get(oid) ?? Buffer.alloc(0))));
  };

  const plan = async (entries: readonly NewEntry[], verified: Verified): Promise<Plan | Refused> => {
    const all = segmentsOf(verified.files);
    let highest = await highestSeq(all);
    const states = new Map<InstanceId, InstanceSegments>();
    for (const instance of new Set(entries.map((entry) => entry.instance))) {
      const state = await load(instance, all.get(instance) ?? []);
      states.set(instance, state);
      highest = Math.max(highest, state.lastSeq());
    }
    return place(byInstance(entries), (instance, id) => states.get(instance)?.byId(id), highest);
  };

  const messageOf = (planned: Plan): string => {
    const count = [...planned.added.values()].reduce((sum, group) => sum + group.length, 0);
    const what =
      count === 0
        ? 'Add blobs'
        : `Append ${count} ${count === 1 ? 'entry' : 'entries'} to ${[...planned.added.keys()].join(', ')}`;
    const run = options.run?.replaceAll(/[^\w./-]/g, '') ?? '';
    return `${what.slice(0, 300)} [skip ci]\n\nWave-Seq: ${planned.lastSeq}\n${run === '' ? '' : `Wave-Run: ${run}\n`}`;
  };

  const filesOf = (planned: Plan, blobs: readonly (readonly [string, Uint8Array])[]) => [
    ...[...planned.added].flatMap(([instance, group]) =>
      cut(group, MAX_SEGMENT_BYTES, 0).next.map(({ entries, bytes }) => ({
        path: segmentPath(instance, entries[0]?.seq ?? 0),
        bytes,
      })),
    ),
    ...blobs.map(([digest, bytes]) => ({ path: blobPath(digest), bytes })),
  ];

  const inCallOrder = (entries: readonly NewEntry[], planned: Plan): Appended['entries'] => {
    const standing = new Map(planned.standing.map((entry) => [`${entry.instance} ${entry.id}`, entry]));
    const ids = new Set(entries.map((entry) => `${entry.instance} ${entry.id}`));
    return [...ids].flatMap((key) => standing.get(key) ?? []);
  };

  const append = async (entries: readonly NewEntry[]): Promise<Appended | LostRace | Refused> => {
    const deadline = clock.now() + options.deadlineMs;
    for (let tries = 0; ; tries++) {
      const started = clock.now();
      const verified = await look();
      let trouble: Refused | null = null;
      if (verified.kind === 'refused') {
        if (verified.code !== 'unreachable' || verified.message.includes(': forbidden:')) return verified;
        trouble = verified;
      } else {
        // Looked for before every push: a push whose reply was lost may have landed.
        const planned = await plan(entries, verified);
        if ('kind' in planned) return planned;
        const blobs = [...pending].filter(([digest]) => !verified.files.has(blobPath(digest)));
        const done = (): Appended => {
          const { tip, files } = remote.current();
          for (const digest of pending.keys()) if (files.has(blobPath(digest))) pending.delete(digest);
          return {
            kind: 'appended',
            entries: inCallOrder(entries, planned),
            cursor: { seq: planned.lastSeq, tip },
          };
        };
        if (planned.added.size === 0 && blobs.length === 0) return done();
        if (tries > 0 && clock.now() >= deadline) return { kind: 'lost-race', tries };
        const outcome = await remote.publish({
          parent: verified.tip,
          files: filesOf(planned, blobs),
          message: messageOf(planned),
          author: options.author,
          atMs: clock.now(),
        });
        if (outcome.kind === 'refused') return outcome;
        const fatal = fatalPush(outcome, branch);
        if (fatal !== null) return fatal;
        if (outcome.kind === 'ok') return done();
      }
      const left = deadline - clock.now();
      if (left <= 0 && trouble !== null) return trouble;
      // Full jitter over a window that starts at one round trip and doubles.
      const roundTrip = Math.max(MIN_ROUND_TRIP_MS, clock.now() - started);
      const window = Math.min(MAX_WAIT_MS, roundTrip * 2 ** Math.min(tries, 16));
      await clock.sleep(Math.max(0, Math.min(left, random() * window)));
    }
  };

  const readAt = async (
    verified: Verified | Refused,
    instance: InstanceId,
    from?: Cursor,
  ): Promise<JournalRead | Refused> => {
    if (verified.kind === 'refused') return verified;
    if (from?.tip != null) {
      const problem = await remote.descendsFrom(from.tip);
      if (problem !== null) return problem;
    }
    const segments = INSTANCE_PATTERN.test(instance) ? segmentsOf(verified.files).get(instance) : undefined;
    const state = await load(instance, segments ?? []);
    return {
      entries: state.entriesAfter(from),
      quarantined: state.quarantinedAfter(from),
      cursor: { seq: Math.max(from?.seq ?? 0, state.lastSeq()), tip: verified.tip },
    };
  };

  const getBlob = async (digest: string): Promise<Uint8Array | null> => {
    const waiting = pending.get(digest);
    if (waiting !== undefined) return waiting;
    if (!/^[0-9a-f]{64}$/.test(digest)) return null;
    let oid = remote.current().files.get(blobPath(digest));
    if (oid === undefined) {
      const verified = await look();
      oid = verified.kind === 'refused' ? undefined : verified.files.get(blobPath(digest));
    }
    const bytes = oid === undefined ? undefined : (await remote.readBlobs([oid])).get(oid);
    return bytes !== undefined && sha256(bytes) === digest ? new Uint8Array(bytes) : null;
  };

  return {
    read: (instance, from) => inTurn(async () => readAt(await look(), instance, from)),
    seen: (instance, from) => inTurn(async () => readAt(await lastLook(), instance, from)),
    append: async (entries) => {
      const problem = batchProblem(entries, lane);
      return problem ?? inTurn(() => append(entries));
    },
    instances: () =>
      inTurn(async () => {
        const verified = await look();
        return verified.kind === 'refused' ? verified : [...segmentsOf(verified.files).keys()].sort();
      }),
    putBlob: async (bytes) => {
      if (bytes.length > MAX_STATE_BLOB_BYTES) {
        throw new RangeError(
          `a blob of ${bytes.length} bytes; the state branch takes at most ${MAX_STATE_BLOB_BYTES}`,
        );
      }
      const digest = sha256(bytes);
      pending.set(digest, Uint8Array.from(bytes));
      return digest;
    },
    getBlob: (digest) => inTurn(() => getBlob(digest)),
  };
};
