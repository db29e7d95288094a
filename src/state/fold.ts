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
  type Signal,
} from '../journal/index.ts';
import { assign, isRouted } from './assignment.ts';
import {
  MAY_POST,
  mayChange,
  maySignal,
  mayStateFact,
  principalOf,
  type Relation,
  roleOf,
  type Transition,
} from './authority.ts';
import { claimedHeads, headsOf, openFollowers } from './chains.ts';
import { Positions } from './contradictions.ts';
import { isOurs } from './dependencies.ts';
import { type DraftAttempt, type DraftState, emptyState } from './draft.ts';
import { layFact, type Refused } from './facts.ts';
import { handle } from './obligations.ts';
import { compareEntries, inOrder } from './order.ts';
import { type Change, changedRecord, isOpen, postedRecord, transitionsOf } from './record.ts';
import { settle, unsettle } from './settled.ts';
import type { Assignment, CoordinationRecord, RejectionCode, WaveState } from './types.ts';

const refuse = (code: RejectionCode, detail: string): Refused => ({ code, detail });

class Folding {
  readonly state: DraftState = emptyState();
  readonly #contract: Contract;
  readonly #seen = new Map<EntryId, Entry>();
  readonly #conflicts = new Set<string>();
  /** Open records each agent owes. */
  readonly #load = new Map<AgentId, number>();
  readonly #positions: Positions;

  constructor(contract: Contract) {
    this.#contract = contract;
    this.#positions = new Positions(contract);
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
      case 'wait':
        return this.#coordination(entry, body);
      default: {
        if (!mayStateFact(by)) return refuse('fact-without-authority', 'only the orchestrator states facts');
        const refused = layFact(this.state, entry, by.run, body);
        if (refused === null && body.type === 'agent.started') this.#restartClocks(body.agent, entry);
        return refused;
      }
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
      case 'wait':
        return this.#wait(entry, body);
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
    const route = isRouted(body.kind) && isOurs(this.#contract, body.dependency);
    this.#put(postedRecord(entry, body), { before: null, route, entry });
    if (body.kind === 'resolved-by-policy') this.#settleByPolicy(entry, body);
    return null;
  }

  /** What policy resolves is answered by it; what was settled before stays as it was. */
  #settleByPolicy(entry: Entry, body: Extract<CoordinationBody, { type: 'post' }>): void {
    const detail = body.detail === undefined || body.detail === '' ? body.summary : body.detail;
    for (const id of body.dependsOn ?? []) {
      const record = this.state.records.get(id);
      if (record !== undefined && isOpen(record) && isRouted(record.kind))
        this.#change(entry, id, ['answer'], { status: 'resolved', detail });
    }
  }

  /** Nobody can take up what they are not there to see: its time is counted from their start. */
  #restartClocks(agent: AgentId, entry: Entry): void {
    const { records, assignments, open } = this.state;
    for (const [id, record] of open) {
      if (assignments.get(id)?.some(({ assignee }) => assignee === agent) !== true) continue;
      const restarted = { ...record, clockFrom: entry.at, cycle: record.cycle + 1 };
      records.set(id, restarted);
      open.set(id, restarted);
    }
  }

  /** Stores a record in place of the one it was `before`, and keeps the open set, each agent's load and the followers in step. */
  #put(
    record: CoordinationRecord,
    {
      before,
      route,
      entry,
    }: { readonly before: CoordinationRecord | null; readonly route: boolean; readonly entry: Entry },
  ): void {
    const { records, assignments, open, settled } = this.state;
    const standing = before === null ? undefined : assignments.get(record.id);
    if (before !== null && isOpen(before)) this.#weigh(before, standing, -1);
    // Load is counted without the record that is being placed; standing assignments of unchanged targets stay.
    const placed = route ? assign(this.#contract, record, this.#load, standing) : standing;
    if (route && placed !== undefined) assignments.set(record.id, placed);
    records.set(record.id, record);
    if (isOpen(record)) {
      this.#weigh(record, placed, 1);
      open.set(record.id, record);
      if (before !== null && !isOpen(before)) unsettle(settled, before, standing);
    } else if (before === null || isOpen(before)) {
      open.delete(record.id);
      settle(settled, record, placed);
    } else if (placed !== standing) {
      unsettle(settled, before, standing);
      settle(settled, record, placed);
    }
    if (record.subject !== null || (before !== null && before.subject !== null))
      this.#positions.take(this.state.contradictions, before, record, entry);
  }

  #weigh(record: CoordinationRecord, owners: readonly Assignment[] | undefined, by: 1 | -1): void {
    if (owners !== undefined)
      for (const { assignee } of owners)
        if (assignee !== null) this.#load.set(assignee, (this.#load.get(assignee) ?? 0) + by);
    for (const head of claimedHeads(record)) {
      const followers = this.state.followers.get(head) ?? new Set();
      if (by === 1) this.state.followers.set(head, followers.add(record.id));
      else if (followers.delete(record.id) && followers.size === 0) this.state.followers.delete(head);
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
    if (forbidden !== undefined)
      return refuse('transition-without-authority', `may not ${forbidden} ${handle(record)}`);
    const wasOpen = isOpen(record);
    const answers = transitions.includes('answer');
    if (!wasOpen && answers)
      return refuse('superseded', `${handle(record)} was settled before by ${record.closedBy ?? record.id}`);
    if (!wasOpen && !transitions.includes('reopen') && transitions.some((one) => one !== 'edit'))
      return refuse('not-open', `${handle(record)} is ${record.status} already`);

    const updated = changedRecord(record, entry, change, {
      answers,
      mayEdit: may('edit'),
      isAuthor: relations.has('author'),
    });
    const route =
      change.targets !== undefined && isRouted(record.kind) && isOurs(this.#contract, record.dependency);
    this.#put(updated, { before: record, route, entry });
    if (wasOpen && !isOpen(updated)) this.#closeChain(updated, entry);
    else if (route && record.kind === 'clarification-request') this.#supersedeRoutes(updated, entry);
    return null;
  }

  #openFollowers(head: CoordinationRecord): readonly CoordinationRecord[] {
    return openFollowers(this.#contract, this.state, head);
  }

  /** Closing any end of a chain closes the whole chain (design §4; coordination.md §10, W10 and W17). */
  #closeChain(record: CoordinationRecord, entry: Entry): void {
    // A route that was given up, or taken over by another one, has settled nothing beyond itself.
    const settled = record.status !== 'superseded' && record.status !== 'cancelled';
    const heads = [record, ...(settled ? headsOf(this.#contract, this.state, record) : [])];
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
            { before: other, route: false, entry },
          );
  }

  /** A question given to somebody else is no longer owed by those it was routed to before (W19). */
  #supersedeRoutes(head: CoordinationRecord, entry: Entry): void {
    for (const route of this.#openFollowers(head))
      if (route.kind === 'request' && route.author.kind !== 'agent')
        this.#put(
          { ...route, status: 'superseded', updatedAt: entry.at, closedBy: entry.id },
          { before: route, route: false, entry },
        );
  }

  #attemptOf(by: Extract<Author, { kind: 'agent' }>): DraftAttempt | Refused {
    const attempt = this.state.attempts.get(by.attempt);
    return attempt?.run === by.run
      ? attempt
      : refuse('fact-without-authority', `run ${by.run} has no attempt ${by.attempt}`);
  }

  /** Only an agent that runs waits, and only for what is there. */
  #wait(entry: Entry, body: Extract<CoordinationBody, { type: 'wait' }>): Refused | null {
    const { by } = entry;
    if (by.kind !== 'agent') return refuse('kind-without-authority', 'only an agent in its own run waits');
    const attempt = this.#attemptOf(by);
    if ('code' in attempt) return attempt;
    const standing = attempt.finished.get(by.agent);
    if (standing !== undefined) return refuse('superseded', `${by.agent} ended with ${standing.entry}`);
    const missing = body.records.find((id) => !this.state.records.has(id));
    if (missing !== undefined) return refuse('unknown-record', `no record ${missing}`);
    if (body.records.length === 0) this.state.waiting.delete(by.agent);
    else
      this.state.waiting.set(by.agent, {
        entry: entry.id,
        since: entry.at,
        records: body.records,
        seen: body.seen,
      });
    return null;
  }

  #signal(entry: Entry, signal: Signal): Refused | null {
    const { by } = entry;
    if (by.kind !== 'agent' || !maySignal(this.#contract, by, signal.kind))
      return refuse('signal-without-authority', `may not signal ${signal.kind}`);
    const attempt = this.#attemptOf(by);
    if ('code' in attempt) return attempt;
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
