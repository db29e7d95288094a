/**
 * fold(contract, entries) -> WaveState. Total and deterministic: whatever order the same entries are delivered in and
 * however often, the state is the same; no entry makes it throw (design §4).
 */
import type { AgentId, Contract } from '../contract/index.ts';
import {
  type Author,
  type CoordinationBody,
  type Entry,
  type EntryId,
  entryContent,
  OPEN_STATUSES,
  type RecordFields,
  type RecordKind,
  type RecordStatus,
  type Severity,
  type Signal,
} from '../journal/index.ts';
import { assign } from './assignment.ts';
import {
  MAY_POST,
  mayChange,
  maySignal,
  mayStateFact,
  principalOf,
  type Relation,
  roleOf,
  type Transition,
  transitionTo,
} from './authority.ts';
import { claimedHeads, clarificationsOf } from './chains.ts';
import { type DraftState, emptyState } from './draft.ts';
import { layFact, type Refused } from './facts.ts';
import { compareEntries, inOrder } from './order.ts';
import type { Assignment, CoordinationRecord, RejectionCode, WaveState } from './types.ts';

type Change = RecordFields & { readonly status?: RecordStatus };

/** What a kind is worth when its author says nothing (coordination.md §1.2). */
const severityOf = (kind: RecordKind, fields: RecordFields): Severity => {
  if (fields.severity !== undefined) return fields.severity;
  if (kind === 'human-escalation' || kind === 'human-feedback') return 'hard';
  if (kind === 'request' || kind === 'clarification-request') return 'closure-critical';
  if (kind === 'blocker') return fields.priority === 'low' ? 'soft' : 'hard';
  return 'advisory';
};

const speaker = (by: Author): AgentId | null =>
  by.kind === 'agent' ? by.agent : by.kind === 'operator' ? (by.as ?? null) : null;

const ROUTED: ReadonlySet<RecordKind> = new Set<RecordKind>(['request', 'clarification-request', 'blocker']);
/** Shared: most of a hundred thousand records name no reference and follow from nothing. */
const NONE: readonly string[] = Object.freeze([]);
const isOpen = (record: CoordinationRecord): boolean => OPEN_STATUSES.has(record.status);

/**
 * Everything a change does, each part of which needs its own authority: a status does not carry a severity through. A
 * `detail` that comes with a status is a note, and takes none.
 */
const transitionsOf = ({ status, targets, detail, ...rest }: Change): readonly Transition[] => {
  const edits =
    Object.values(rest).some((value) => value !== undefined) ||
    (detail !== undefined && status === undefined);
  const all: Transition[] = [
    ...(status === undefined ? [] : [transitionTo[status]]),
    ...(targets === undefined ? [] : ['retarget' as const]),
    ...(edits ? ['edit' as const] : []),
  ];
  return all.length === 0 ? ['edit'] : all;
};

const refuse = (code: RejectionCode, detail: string): Refused => ({ code, detail });

class Folding {
  readonly state: DraftState = emptyState();
  readonly #contract: Contract;
  readonly #seen = new Map<EntryId, Entry>();
  readonly #conflicts = new Set<string>();
  /** Open records each agent owes. */
  readonly #load = new Map<AgentId, number>();
  /** Open records that say they follow from another, by that other's id. */
  readonly #followers = new Map<EntryId, Set<EntryId>>();

  constructor(contract: Contract) {
    this.#contract = contract;
  }

  /** Would this delivery change nothing? */
  holds(entry: Entry): boolean {
    const seen = this.#seen.get(entry.id);
    if (seen === undefined || (entry.seq !== null && (seen.seq !== entry.seq || seen.at !== entry.at)))
      return false;
    return (seen.seq !== null || seen.at === entry.at) && entryContent(seen) === entryContent(entry);
  }

  /** Takes the next entry in order. */
  add(entry: Entry): void {
    const { state } = this;
    if (entry.seq !== null && entry.seq > state.lastSeq) {
      state.lastSeq = entry.seq;
      state.lastAt = entry.at;
    }
    const before = this.#seen.get(entry.id);
    if (before !== undefined) {
      const content = entryContent(entry);
      if (content === entryContent(before) || this.#conflicts.has(content + entry.id)) return;
      this.#conflicts.add(content + entry.id);
      this.#reject(entry, { code: 'id-conflict', detail: 'an entry of this id stands with another content' });
      return;
    }
    this.#seen.set(entry.id, entry);
    state.instance ??= entry.instance;
    const refused = this.#lay(entry);
    if (refused !== null) this.#reject(entry, refused);
  }

  #reject({ id, seq, by, body }: Entry, { code, detail }: Refused): void {
    const attempted =
      body.type === 'signal'
        ? `signal ${body.signal.kind}`
        : body.type === 'post'
          ? `post ${body.kind}`
          : body.type;
    this.state.rejections.push({ entry: id, seq, code, detail, by, attempted });
  }

  #lay(entry: Entry): Refused | null {
    const { by, body } = entry;
    switch (body.type) {
      case 'post':
      case 'update':
      case 'ack':
      case 'answer':
      case 'signal':
        return this.#coordination(entry, body);
      default:
        return mayStateFact(by)
          ? layFact(this.state, entry, by.run, body)
          : refuse('fact-without-authority', 'only the orchestrator states facts');
    }
  }

  #coordination(entry: Entry, body: CoordinationBody): Refused | null {
    if (entry.by.kind === 'agent' && roleOf(this.#contract, entry.by.agent) === null)
      return refuse('unknown-agent', 'no such agent in the wave');
    switch (body.type) {
      case 'post':
        return this.#post(entry, body);
      case 'signal':
        return this.#signal(entry, body.signal);
      case 'ack':
        return this.#change(entry, body.record, ['acknowledge'], { status: 'acknowledged' });
      case 'answer':
        return this.#change(entry, body.record, ['answer'], { status: 'resolved', detail: body.text });
      case 'update': {
        const { type: _type, record, ...change } = body;
        return this.#change(entry, record, transitionsOf(change), change);
      }
    }
  }

  #post(entry: Entry, body: Extract<CoordinationBody, { type: 'post' }>): Refused | null {
    if (!MAY_POST[body.kind].has(principalOf(this.#contract, entry.by)))
      return refuse('kind-without-authority', `may not post ${body.kind}`);
    // An `ack` that names a record is the acknowledgement itself, whichever way it was spelled.
    const [acknowledged] = body.dependsOn ?? [];
    if (body.kind === 'ack' && acknowledged !== undefined)
      return this.#change(entry, acknowledged, ['acknowledge'], { status: 'acknowledged' });
    const settled = body.kind === 'resolved-by-policy' || body.kind === 'ack';
    this.#put(
      {
        id: entry.id,
        seq: entry.seq,
        name: body.name ?? null,
        kind: body.kind,
        author: entry.by,
        authorAgent: speaker(entry.by),
        status: body.status ?? (settled ? 'resolved' : 'open'),
        summary: body.summary,
        detail: body.detail ?? '',
        targets: body.targets ?? NONE,
        priority: body.priority ?? 'normal',
        refs: body.refs ?? NONE,
        dependsOn: body.dependsOn ?? NONE,
        closureCondition: body.closureCondition ?? '',
        severity: severityOf(body.kind, body),
        createdAt: entry.at,
        updatedAt: entry.at,
        acknowledgedAt: null,
        answer: null,
        closedBy: null,
      },
      { before: null, route: ROUTED.has(body.kind) },
    );
    return null;
  }

  /** Stores a record in place of the one it was `before`, and keeps the open set, each agent's load and the followers in step. */
  #put(
    record: CoordinationRecord,
    { before, route }: { readonly before: CoordinationRecord | null; readonly route: boolean },
  ): void {
    const { records, assignments, open } = this.state;
    const standing = before === null ? undefined : assignments.get(record.id);
    if (before !== null && isOpen(before)) this.#weigh(before, standing, -1);
    // Load is counted without the record that is being placed; standing assignments of unchanged targets stay.
    const placed = route ? assign(this.#contract, record, this.#load, standing) : standing;
    if (route && placed !== undefined) assignments.set(record.id, placed);
    records.set(record.id, record);
    if (isOpen(record)) {
      this.#weigh(record, placed, 1);
      open.add(record.id);
    } else if (before !== null) open.delete(record.id);
  }

  #weigh(record: CoordinationRecord, owners: readonly Assignment[] | undefined, by: 1 | -1): void {
    if (owners !== undefined)
      for (const { assignee } of owners)
        if (assignee !== null) this.#load.set(assignee, (this.#load.get(assignee) ?? 0) + by);
    for (const head of claimedHeads(record)) {
      const followers = this.#followers.get(head) ?? new Set();
      if (by === 1) this.#followers.set(head, followers.add(record.id));
      else followers.delete(record.id);
    }
  }

  #relations(record: CoordinationRecord, by: Author): ReadonlySet<Relation> {
    const relations = new Set<Relation>();
    const agent = by.kind === 'agent' ? by.agent : null;
    if (agent !== null && record.authorAgent === agent) relations.add('author');
    if (agent !== null && this.state.assignments.get(record.id)?.some((one) => one.assignee === agent))
      relations.add('assignee');
    if (relations.size === 0) relations.add('bystander');
    return relations;
  }

  #change(entry: Entry, id: EntryId, transitions: readonly Transition[], change: Change): Refused | null {
    const record = this.state.records.get(id);
    if (record === undefined) return refuse('unknown-record', `no record ${id}`);
    const principal = principalOf(this.#contract, entry.by);
    const relations = this.#relations(record, entry.by);
    const may = (transition: Transition): boolean => mayChange(principal, relations, record.kind, transition);
    const forbidden = transitions.find((transition) => !may(transition));
    if (forbidden !== undefined) return refuse('transition-without-authority', `may not ${forbidden} ${id}`);
    const wasOpen = isOpen(record);
    const answers = transitions.includes('answer');
    if (!wasOpen && answers)
      return refuse('superseded', `${id} was settled before by ${record.closedBy ?? record.id}`);
    if (!wasOpen && !transitions.includes('reopen') && transitions.some((one) => one !== 'edit'))
      return refuse('not-open', `${id} is ${record.status} since ${record.closedBy ?? record.id}`);

    const { status = record.status, detail, ...fields } = change;
    // Taking up work that is already under way does not set it back.
    const next = status === 'acknowledged' && record.status === 'in_progress' ? 'in_progress' : status;
    const closes = wasOpen && !OPEN_STATUSES.has(next);
    const takenUp = next === 'acknowledged' || next === 'in_progress';
    // Whoever settles somebody else's record says how beside its text, not over it.
    const overwrites = detail !== undefined && !answers && may('edit');
    const settles = detail !== undefined && detail !== '' && !overwrites && closes;
    const updated: CoordinationRecord = {
      ...record,
      ...fields,
      detail: overwrites ? detail : record.detail,
      status: next,
      updatedAt: entry.at,
      acknowledgedAt: record.acknowledgedAt ?? (takenUp ? entry.at : null),
      answer: settles
        ? { entry: entry.id, by: entry.by, text: detail }
        : !wasOpen && OPEN_STATUSES.has(next)
          ? null
          : record.answer,
      closedBy: OPEN_STATUSES.has(next) ? null : (record.closedBy ?? entry.id),
    };
    const route = change.targets !== undefined && ROUTED.has(record.kind);
    this.#put(updated, { before: record, route });
    if (closes) this.#closeChain(updated, entry);
    else if (route && record.kind === 'clarification-request') this.#supersedeRoutes(updated, entry);
    return null;
  }

  #openFollowers(head: CoordinationRecord): readonly CoordinationRecord[] {
    const { records } = this.state;
    return [...(this.#followers.get(head.id) ?? [])].flatMap((id) => {
      const follower = records.get(id);
      return follower !== undefined && clarificationsOf(this.#contract, this.state, follower).includes(head)
        ? [follower]
        : [];
    });
  }

  /** Closing any end of a clarification chain closes the whole chain (design §4; coordination.md §10, W10 and W17). */
  #closeChain(record: CoordinationRecord, entry: Entry): void {
    const isHead = record.kind === 'clarification-request';
    // A route that was given up, or taken over by another one, has settled nothing.
    if (record.status === 'superseded' || (record.status === 'cancelled' && !isHead)) return;
    const heads = isHead ? [record] : clarificationsOf(this.#contract, this.state, record);
    for (const head of heads)
      for (const other of [head, ...this.#openFollowers(head)])
        if (other.id !== record.id && isOpen(other))
          this.#put(
            {
              ...other,
              status: 'resolved',
              updatedAt: entry.at,
              closedBy: entry.id,
              answer: other.answer ?? record.answer,
            },
            { before: other, route: false },
          );
  }

  /** A question given to somebody else is no longer owed by those it was routed to before (W19). */
  #supersedeRoutes(head: CoordinationRecord, entry: Entry): void {
    for (const route of this.#openFollowers(head))
      if (route.kind === 'request' && route.author.kind !== 'agent')
        this.#put(
          { ...route, status: 'superseded', updatedAt: entry.at, closedBy: entry.id },
          { before: route, route: false },
        );
  }

  #signal(entry: Entry, signal: Signal): Refused | null {
    const { by } = entry;
    if (by.kind !== 'agent' || !maySignal(this.#contract, by, signal.kind))
      return refuse('signal-without-authority', `may not signal ${signal.kind}`);
    const attempt = this.state.attempts.get(by.attempt);
    if (attempt?.run !== by.run)
      return refuse('fact-without-authority', `run ${by.run} has no attempt ${by.attempt}`);
    const spoken = attempt.signals.get(by.agent);
    if (spoken === undefined) attempt.signals.set(by.agent, [{ entry: entry.id, signal }]);
    else spoken.push({ entry: entry.id, signal });
    return null;
  }
}

export const fold = (contract: Contract, entries: Iterable<Entry>): WaveState => {
  const folding = new Folding(contract);
  for (const entry of inOrder(contract, entries)) folding.add(entry);
  return folding.state;
};

/** A fold that goes on. `entries` are those that made the state, in order where they came in order. */
export type RunningFold = {
  readonly state: () => WaveState;
  readonly add: (entries: Iterable<Entry>) => WaveState;
  readonly entries: () => readonly Entry[];
};

/**
 * `add` returns the state: the same object, changed in place, as long as entries come after all before them. Entries out
 * of order are folded again from the start; a repeated delivery costs nothing.
 */
export const startFold = (contract: Contract, entries: Iterable<Entry> = []): RunningFold => {
  let all: Entry[] = [];
  let folding = new Folding(contract);
  const add = (more: Iterable<Entry>): WaveState => {
    const fresh = inOrder(
      contract,
      [...more].filter((entry) => !folding.holds(entry)),
    );
    const [first] = fresh;
    if (first === undefined) return folding.state;
    const last = all.at(-1);
    const follows = last === undefined || compareEntries(contract, last, first) <= 0;
    for (const entry of fresh) all.push(entry);
    if (!follows) {
      folding = new Folding(contract);
      all = [...inOrder(contract, all)];
    }
    for (const entry of follows ? fresh : all) folding.add(entry);
    return folding.state;
  };
  add(entries);
  return { state: () => folding.state, add, entries: () => all };
};
