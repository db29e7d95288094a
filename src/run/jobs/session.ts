/** Opens the session of a job: the contract as the ticket names it, the journal as the ticket's tip has it, the trees. */
import { join } from 'node:path';
import { type Contract, sha256 } from '../../contract/index.ts';
import { openScratch, type Scratch, stateBranchStore } from '../../host/index.ts';
import type { EntryId, JournalRead, JournalStore, NewEntry, Refused } from '../../journal/index.ts';
import { orFail, WaveFailure } from '../failure/index.ts';
import { readWave } from '../lane.ts';
import { rebuildTrees } from '../rebuild.ts';
import { provisionalRecorder, type Recorder } from '../recorder.ts';
import { NOTHING_ELSE, type Session } from '../session.ts';
import { alreadySaid, attributing, placesOf, rangesOf } from './belief.ts';
import type { JobContext, Position, Ticket } from './context.ts';
import { patchHandedOver } from './handed-over.ts';

/** How long an append goes on after lost races. */
const APPEND_DEADLINE_MS = 10 * 60 * 1000;

export const openStore = (context: JobContext, lane: string, tip: string | null): JournalStore =>
  stateBranchStore({
    remote: context.remote.url,
    auth: context.remote.auth,
    lane,
    tip,
    workDir: join(context.workDir, 'state'),
    deadlineMs: APPEND_DEADLINE_MS,
    clock: { now: () => context.clock.now().getTime(), sleep: context.sleep },
    random: context.random,
    author: { name: 'wave', email: 'wave@users.noreply.github.com' },
    run: `${context.runId}/${context.runAttempt}`,
    networkEnv: process.env,
  });

/** Our own repository with these commits in it, fetched by exact id with a token that is never stored. */
export const fetchCommits = async (
  context: JobContext,
  commits: readonly string[],
  depth = 1,
): Promise<Scratch> => {
  const scratch = orFail(
    await openScratch(join(context.workDir, 'git'), { networkEnv: process.env }),
    'our own git repository',
  );
  const wanted = [...new Set(commits)];
  const fetched = await scratch.fetchFrom(context.remote.url, wanted, { auth: context.remote.auth, depth });
  if (!fetched.ok)
    throw new WaveFailure(
      fetched.code,
      `fetching ${wanted.map((one) => one.slice(0, 7)).join(' and ')}: ${fetched.message}`,
      'The job needs `permissions: contents: read`; a commit that was pushed away needs a new run.',
    );
  return scratch;
};

/** Appends, and says where the journal stands then and which entries of it are these. */
export const appendTo = async (store: JournalStore, entries: readonly NewEntry[]): Promise<Position> => {
  const result = await store.append(entries);
  if (result.kind === 'appended')
    return { tip: result.cursor.tip ?? '', seq: result.cursor.seq, ours: rangesOf(placesOf(result.entries)) };
  if (result.kind === 'lost-race')
    throw new WaveFailure(
      'journal-contended',
      `the state branch could not be appended to in ${result.tries} tries`,
      'Run the job again when fewer waves write at once.',
    );
  throw new WaveFailure(result.code, result.message, result.fix);
};

const given = (answer: JournalRead | Refused): JournalRead => {
  if ('kind' in answer) throw new WaveFailure(answer.code, answer.message, answer.fix);
  return answer;
};

const settled = <T>(one: PromiseSettledResult<T>): T => {
  if (one.status === 'rejected') throw one.reason;
  return one.value;
};

export type JobSession = Session & {
  readonly contract: Contract;
  readonly store: JournalStore;
  /** Patch bytes this job holds, beside what the state branch keeps. */
  readonly remember: (bytes: Uint8Array) => string;
  /** Writes what was said so far to the state branch. Trusted jobs only. @returns where it stands then */
  readonly flush: () => Promise<Position>;
  /** Flushes, and gives the session on what stands on the state branch then, for decisions that have to rest on it. */
  readonly reopen: () => Promise<JobSession>;
};

/** Bytes above this stay in artifacts: the state branch keeps what a later run may want to reuse. */
const MAX_KEPT_PATCH = 1024 * 1024;

export const openSession = async (
  context: JobContext,
  ticket: Ticket,
  told: Position = ticket.journal,
): Promise<JobSession> => {
  const store = openStore(context, ticket.lane, told.tip);
  // Two conversations with the same server, side by side; both are over before either is complained of.
  const [commits, journal] = await Promise.allSettled([
    fetchCommits(context, [ticket.base, ticket.head]),
    store.read(ticket.instance),
  ]);
  const scratch = settled(commits);
  const { contract } = await readWave(scratch, {
    wave: ticket.wave,
    lane: ticket.lane,
    commit: ticket.head,
    base: ticket.base,
  });
  if (contract === null)
    throw new WaveFailure(
      'wave-invalid',
      'the wave that was planned cannot be read any more',
      'Start the wave again.',
    );
  const own = new Set<EntryId>();
  const read = given(settled(journal));
  const recorder = provisionalRecorder(
    contract,
    // What stands beyond is not ours to read yet: an earlier run of this very job wrote it, or somebody else did.
    read.entries
      .filter((entry) => entry.seq !== null && entry.seq <= told.seq)
      .map(attributing(ticket, told, own)),
    read.quarantined,
  );
  const held = new Map<string, Uint8Array>();
  const remember = (bytes: Uint8Array): string => {
    const digest = sha256(bytes);
    held.set(digest, bytes);
    return digest;
  };
  let flushed = 0;
  let standing = told;
  const session: JobSession = {
    contract,
    instance: ticket.instance,
    run: ticket.run,
    attempt: ticket.attempt,
    take: context.runAttempt,
    base: { commit: ticket.head, tree: orFail(await scratch.treeOf(ticket.head), 'the head commit') },
    law: orFail(await scratch.treeOf(ticket.base), 'the base commit'),
    scratch,
    recorder,
    store,
    blobs: {
      putBlob: async (bytes) => remember(bytes),
      getBlob: async (digest) => {
        const bytes =
          held.get(digest) ?? (await store.getBlob(digest)) ?? (await patchHandedOver(context, digest));
        if (bytes !== null) held.set(digest, bytes);
        return bytes;
      },
    },
    clock: context.clock,
    workDir: context.workDir,
    guarded: NOTHING_ELSE,
    remember,
    reopen: async () => {
      const silent = recorder.added().length === flushed;
      await session.flush();
      // An append saw all that stands before it; where there was none, somebody has to look.
      const now = given(await (silent ? store.read(ticket.instance) : store.seen(ticket.instance)));
      return { ...session, recorder: ownRecorder(contract, ticket, store, now, told, own) };
    },
    flush: async () => {
      const added = recorder.added().slice(flushed);
      for (const { body } of added)
        if (body.type === 'agent.finished' && body.patch !== null) {
          const bytes = held.get(body.patch.sha256);
          if (bytes !== undefined && bytes.length <= MAX_KEPT_PATCH) await store.putBlob(bytes);
        }
      const { fresh, said } = alreadySaid(
        read.entries,
        added.map(({ seq: _seq, ...entry }) => entry),
      );
      for (const { id } of [...added, ...said]) own.add(id);
      flushed = recorder.added().length;
      if (added.length === 0) return standing;
      const appended = await appendTo(store, fresh);
      standing = { ...appended, ours: rangesOf([...appended.ours, ...placesOf(said)]) };
      return standing;
    },
  };
  await rebuildTrees(session);
  return session;
};

/**
 * A journal from what stands in it on, of which we believe what we say ourselves. Saying again what an earlier run of
 * this job said makes it ours: the contents were compared.
 */
const ownRecorder = (
  contract: Contract,
  ticket: Ticket,
  store: JournalStore,
  standing: JournalRead,
  told: Position,
  own: Set<EntryId>,
): Recorder => {
  let raw = standing;
  const folded = (): Recorder =>
    provisionalRecorder(contract, raw.entries.map(attributing(ticket, told, own)), raw.quarantined);
  let current = folded();
  return {
    state: () => current.state(),
    entries: () => current.entries(),
    quarantined: () => current.quarantined(),
    refresh: async () => {
      raw = given(await store.read(ticket.instance));
      current = folded();
    },
    record: async (entries) => {
      if (entries.length === 0) return;
      const { fresh, said } = alreadySaid(raw.entries, entries);
      await appendTo(store, fresh);
      for (const { id } of [...entries, ...said]) own.add(id);
      raw = given(await store.seen(ticket.instance));
      // What stood already was folded as a stranger's.
      current = folded();
    },
  };
};
