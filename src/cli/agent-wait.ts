/**
 * How an agent waits: it says for what, then looks at its inbox until that is settled, somebody asks it something, or it
 * is clear that nothing will come while it runs. Whoever waits too long is parked: the process ends here, and the same
 * command goes on in the next launch.
 */
import { watch } from 'node:fs';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readOutbox } from '../agents/mailbox/index.ts';
import { agentEntryId, type CoordinationBody, type EntryId } from '../journal/index.ts';
import { WaveFailure } from '../run/failure/index.ts';
import { ownInbox, ownRecord, type Speaker, sayAsAgent } from './agent-voice.ts';

type Post = Extract<CoordinationBody, { type: 'post' }>;
type Item = {
  readonly id: EntryId;
  readonly handle: string;
  readonly kind: string;
  readonly status: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly summary: string;
  readonly detail: string;
  readonly answer: { readonly by: string; readonly text: string } | null;
};
type Waited = Pick<Item, 'id' | 'handle' | 'status' | 'summary' | 'answer'> & {
  readonly prospect: 'agent' | 'person' | 'later';
  readonly holders: readonly string[];
};
/** The parts of `inbox.json` that are looked at here; this program wrote it (views/inbox.ts, views/inbox-waits.ts). */
type InboxJson = {
  readonly owed: readonly Item[];
  readonly asks: readonly Item[];
  readonly decisions: readonly Item[];
  readonly context: readonly Item[];
  readonly waits?: readonly Waited[];
  /** False where nothing said after the start reaches the agent: an answer cannot be waited for. */
  readonly hears?: boolean;
  readonly refused?: readonly { readonly entry: EntryId; readonly code: string; readonly detail: string }[];
};

const OPEN: ReadonlySet<string> = new Set(['open', 'acknowledged', 'in_progress']);
const ASKING: ReadonlySet<string> = new Set(['request', 'clarification-request', 'blocker']);
/** Milliseconds between looks, beside the file system's own notice. */
const LOOK_MS = 200;
/** Ids that fit one `wait`, and that it can say were seen. */
const MOST = { records: 32, seen: 64 };

const EMPTY: InboxJson = { owed: [], asks: [], decisions: [], context: [] };
const inboxOf = async (speaker: Speaker): Promise<InboxJson> =>
  ((await ownInbox(speaker))?.json as InboxJson | undefined) ?? EMPTY;

/** What this agent asked in this attempt, whether or not its inbox shows it yet. */
const ownPosts = async (
  speaker: Speaker,
): Promise<readonly { readonly id: EntryId; readonly body: Post }[]> =>
  (await readOutbox(speaker.outbox)).messages.flatMap(({ n, body }) => {
    const post = body as Partial<Post>;
    return post.type === 'post' && ASKING.has(post.kind ?? '')
      ? [{ id: agentEntryId(speaker.run, speaker.attempt, speaker.agent, n), body: body as Post }]
      : [];
  });

const bare = (target: string): string => target.replace(/^agent:/, '').trim();
const sameTargets = (asked: readonly string[], standing: readonly string[]): boolean =>
  asked.length === 0 || asked.some((one) => standing.map(bare).includes(bare(one)));

/** The same question, if this agent has asked it and not withdrawn it: in this attempt, or in an earlier one. */
const askedBefore = async (speaker: Speaker, inbox: InboxJson, post: Post): Promise<EntryId | null> => {
  const standing = inbox.asks.filter(
    (one) =>
      one.kind === post.kind && one.summary === post.summary && sameTargets(post.targets ?? [], one.to),
  );
  const kept = standing.find(({ status }) => status !== 'cancelled' && status !== 'superseded');
  if (kept !== undefined) return kept.id;
  const withdrawn = new Set(standing.map(({ id }) => id));
  const refused = new Set(inbox.refused?.map(({ entry }) => entry) ?? []);
  const own = (await ownPosts(speaker)).findLast(
    ({ id, body }) =>
      !withdrawn.has(id) &&
      !refused.has(id) &&
      body.kind === post.kind &&
      body.summary === post.summary &&
      sameTargets(post.targets ?? [], body.targets ?? []),
  );
  return own?.id ?? null;
};

/** Asks once, however often it is called: a relaunched agent finds its question, and the answer if there is one. */
export const askOnce = async (speaker: Speaker, post: Post): Promise<EntryId> =>
  (await askedBefore(speaker, await inboxOf(speaker), post)) ?? (await sayAsAgent(speaker, post));

/** Everything this agent asked that is open. */
const openAsks = async (speaker: Speaker, inbox: InboxJson): Promise<readonly EntryId[]> => {
  const asks = inbox.asks.filter(({ kind }) => ASKING.has(kind));
  const known = new Set([...asks.map(({ id }) => id), ...(inbox.refused ?? []).map(({ entry }) => entry)]);
  const fresh = (await ownPosts(speaker)).map(({ id }) => id).filter((id) => !known.has(id));
  return [...asks.filter(({ status }) => OPEN.has(status)).map(({ id }) => id), ...fresh];
};

export type WaitEnd =
  | { readonly kind: 'settled'; readonly records: readonly Waited[] }
  /** Others wait for this agent: it should look at that first. */
  | { readonly kind: 'asked'; readonly owed: readonly Item[] }
  /** Whoever could answer comes after this agent. */
  | { readonly kind: 'later'; readonly records: readonly Waited[] }
  | { readonly kind: 'timed-out'; readonly records: readonly Waited[] };

/** What it owed and was shown, over all launches of the attempt. */
const shownFile = (speaker: Speaker): string => join(speaker.outbox, '.shown');
const shown = async (speaker: Speaker): Promise<ReadonlySet<string>> =>
  new Set((await readFile(shownFile(speaker), 'utf8').catch(() => '')).split('\n'));

/** Resolves when the inbox may have changed, at the latest after a moment. */
const inboxMoved = (dir: string): Promise<void> =>
  new Promise((resolve) => {
    const stop = new AbortController();
    const done = (): void => {
      clearTimeout(timer);
      stop.abort();
      resolve();
    };
    const timer = setTimeout(done, LOOK_MS);
    try {
      watch(dir, { signal: stop.signal }, done).on('error', () => undefined);
    } catch {
      // No file system notice here: looking again is enough.
    }
  });

/** Of records asked before the start what is settled is known; the others are told in another attempt. */
const unheard = (inbox: InboxJson, records: readonly EntryId[]): WaitEnd => {
  const known = records.flatMap((id): readonly Waited[] => {
    const ask = inbox.asks.find((one) => one.id === id);
    return ask === undefined ? [] : [{ ...ask, prospect: 'agent', holders: ask.to }];
  });
  const settled = known.length === records.length && known.every(({ status }) => !OPEN.has(status));
  return settled
    ? { kind: 'settled', records: known }
    : { kind: 'later', records: known.filter(({ status }) => OPEN.has(status)) };
};

/**
 * Waits for records of these names, else for all this agent asked that is open.
 *
 * @param timeoutMs how long at most; null for as long as it takes
 */
export const waitFor = async (
  speaker: Speaker,
  names: readonly string[],
  timeoutMs: number | null,
): Promise<WaitEnd> => {
  const first = await inboxOf(speaker);
  const given =
    names.length > 0
      ? await Promise.all(names.map((name) => ownRecord(speaker, name)))
      : await openAsks(speaker, first);
  const records = [...new Set(given)].slice(0, MOST.records);
  if (records.length === 0) return { kind: 'settled', records: [] };
  if (first.hears === false) return unheard(first, records);
  const until = timeoutMs === null ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs;
  let said: EntryId | null = null;
  const goOn = async (end: WaitEnd): Promise<WaitEnd> => {
    if (said !== null) await sayAsAgent(speaker, { type: 'wait', records: [], seen: [] });
    return end;
  };
  for (;;) {
    const inbox = await inboxOf(speaker);
    const seen = await shown(speaker);
    const owed = inbox.owed.filter(({ id, status }) => status === 'open' && !seen.has(id));
    if (owed.length > 0) {
      await appendFile(shownFile(speaker), `${owed.map(({ id }) => id).join('\n')}\n`);
      return goOn({ kind: 'asked', owed });
    }
    if (said === null) {
      const open = inbox.owed.filter(({ status }) => OPEN.has(status)).map(({ id }) => id);
      said = await sayAsAgent(speaker, { type: 'wait', records, seen: open.slice(0, MOST.seen) });
    }
    const refusal = inbox.refused?.find(({ entry }) => entry === said);
    if (refusal !== undefined)
      throw new WaveFailure(
        refusal.code,
        `you cannot wait for that: ${refusal.detail}`,
        'Name what you asked, by the id it was given or by its handle: wave coord inbox.',
      );
    const waits = (inbox.waits ?? []).filter(({ id }) => records.includes(id));
    const open = waits.filter(({ status }) => OPEN.has(status));
    if (waits.length === records.length && open.length === 0) return { kind: 'settled', records: waits };
    if (open.length > 0 && open.some(({ prospect }) => prospect === 'later'))
      return goOn({ kind: 'later', records: open });
    if (performance.now() >= until) return goOn({ kind: 'timed-out', records: open });
    await inboxMoved(speaker.inbox);
  }
};
