/**
 * What an agent is owed an eye on: its obligations first, then what it asked itself, then what was decided. Open records
 * by priority and deadline, then what is over, never losing the newest (coordination.md §5.4, §12.12). An inbox costs
 * what is open and what it shows; what is over it only counts.
 */
import type { Agent, AgentId, Contract } from '../contract/index.ts';
import {
  type EntryId,
  type Instant,
  OPEN_STATUSES,
  type Priority,
  type RecordKind,
  type RecordStatus,
} from '../journal/index.ts';
import {
  assignmentsOf,
  type Contradiction,
  type CoordinationRecord,
  contradictionHandle,
  contradictionsAt,
  DECIDING,
  deadlineOf,
  handle,
  type Position,
  settles,
  type WaveState,
} from '../state/index.ts';
import { choose, mostUrgentFirst, type Ranked } from './inbox-choice.ts';
import { asker, who } from './wording.ts';

export type InboxItem = {
  readonly id: EntryId;
  readonly handle: string;
  readonly kind: RecordKind;
  readonly status: RecordStatus;
  readonly priority: Priority;
  readonly from: string;
  /** The agents that owe it, else its targets as they were written. */
  readonly to: readonly string[];
  readonly summary: string;
  readonly detail: string;
  readonly answer: { readonly by: string; readonly text: string } | null;
  readonly deadline: Instant | null;
  readonly createdAt: Instant;
};

export type Section = 'owed' | 'asks' | 'decisions' | 'context';
/** What did not fit: how many, and the handles of the first of them. */
export type LeftOut = { readonly count: number; readonly handles: readonly string[] };
/** Parties who say different things of one subject. */
export type Dispute = {
  readonly id: EntryId;
  readonly handle: string;
  readonly subject: string;
  readonly said: readonly Pick<Position, 'party' | 'kind' | 'value'>[];
};
export type Inbox = {
  readonly agent: AgentId;
  /** Open contradictions the agent is a party to, or is there to settle. */
  readonly disputes: readonly Dispute[];
  /** Records assigned to the agent, open ones first. Only the assignee sees assigned work as owed. */
  readonly owed: readonly InboxItem[];
  /** Everything the agent posted itself but what decides, with its status and its answer. */
  readonly asks: readonly InboxItem[];
  /** What holds for all, whoever decided it. */
  readonly decisions: readonly InboxItem[];
  /** Open blockers, and what is open and names the agent, its components or its paths without being owed by it. */
  readonly context: readonly InboxItem[];
  readonly leftOut: Readonly<Record<Section, LeftOut>>;
};

/** Of contradictions nobody reads more at once. */
const MOST_DISPUTES = 20;
const disputesOf = (contract: Contract, open: readonly Contradiction[], agent: AgentId): readonly Dispute[] =>
  open
    .filter(({ positions }) => positions.some((one) => one.agent === agent) || settles(contract, agent))
    .slice(0, MOST_DISPUTES)
    .map((one) => ({
      id: one.id,
      handle: contradictionHandle(one),
      subject: one.subject,
      said: one.positions.map(({ party, kind, value }) => ({ party, kind, value })),
    }));

/** Items shown a section; the rest is counted. */
export const INBOX_CAPS: Readonly<Record<Section, number>> = {
  owed: 60,
  asks: 60,
  decisions: 20,
  context: 30,
};
/** Open records being collected for one agent, and the last it took: each record goes to an agent once. */
type Slot = {
  readonly owed: Ranked[];
  readonly asks: Ranked[];
  readonly context: Ranked[];
  last: Ranked | null;
};
type Slots = readonly Slot[];
const emptySlot = (): Slot => ({ owed: [], asks: [], context: [], last: null });

const put = (slot: Slot, one: Ranked, section: Exclude<Section, 'decisions'>): void => {
  if (slot.last === one) return;
  slot[section].push(one);
  slot.last = one;
};

const putAll = (slots: Slots | undefined, one: Ranked): void => {
  if (slots !== undefined) for (const slot of slots) put(slot, one, 'context');
};

/** Who is named by a target or a reference, looked up instead of asked of every agent for every record. */
type Names = { readonly targets: ReadonlyMap<string, Slots>; readonly refs: ReadonlyMap<string, Slots> };
const namesOf = (agents: readonly Agent[], slots: ReadonlyMap<AgentId, Slot>): Names => {
  const targets = new Map<string, Slot[]>();
  const refs = new Map<string, Slot[]>();
  for (const { id, capabilities, components, ownedPaths } of agents) {
    const slot = slots.get(id);
    if (slot === undefined) continue;
    const name = (map: Map<string, Slot[]>, key: string): void => {
      const named = map.get(key);
      if (named === undefined) map.set(key, [slot]);
      else if (!named.includes(slot)) named.push(slot);
    };
    name(targets, id);
    name(targets, `agent:${id}`);
    for (const capability of capabilities) name(targets, `capability:${capability}`);
    for (const component of components) name(refs, component);
    for (const { path } of ownedPaths) name(refs, path);
  }
  return { targets, refs };
};

/** Whose component, file or directory a reference is; asked once a reference, since records name the same ones. */
const ownersOf = (refs: Names['refs']): ((ref: string) => Slots) => {
  const known = new Map<string, Slots>();
  const look = (ref: string): Slots => {
    const owners = [...(refs.get(ref) ?? [])];
    if (!ref.endsWith('/')) owners.push(...(refs.get(`${ref}/`) ?? []));
    for (
      let slash = ref.indexOf('/');
      slash >= 0 && slash < ref.length - 1;
      slash = ref.indexOf('/', slash + 1)
    )
      owners.push(...(refs.get(ref.slice(0, slash + 1)) ?? []));
    return owners;
  };
  return (ref) => {
    let owners = known.get(ref);
    if (owners === undefined) {
      owners = look(ref);
      known.set(ref, owners);
    }
    return owners;
  };
};

type Sorted = {
  readonly slots: ReadonlyMap<AgentId, Slot>;
  readonly decisions: readonly Ranked[];
};

/** What is open, the most urgent first and once an agent: owed before asked before context; what decides is for everybody. */
const sortOut = (contract: Contract, state: WaveState, agents: readonly Agent[]): Sorted => {
  const slots = new Map(agents.map(({ id }): [AgentId, Slot] => [id, emptySlot()]));
  const everybody = [...slots.values()];
  const names = namesOf(agents, slots);
  const owners = ownersOf(names.refs);
  const decisions: Ranked[] = [];
  const putTo = (agent: AgentId | null, one: Ranked, section: 'owed' | 'asks'): void => {
    const slot = agent === null ? undefined : slots.get(agent);
    if (slot !== undefined) put(slot, one, section);
  };
  for (const one of mostUrgentFirst(contract, state.open.values())) {
    const { record } = one;
    if (DECIDING.has(record.kind)) {
      decisions.push(one);
      continue;
    }
    const assignments = assignmentsOf(state, record);
    for (const { assignee } of assignments) putTo(assignee, one, 'owed');
    putTo(record.authorAgent, one, 'asks');
    if (record.kind === 'blocker') putAll(everybody, one);
    else {
      // Assignments have the same targets, and records share them.
      if (assignments.length > 0)
        for (const { target } of assignments) putAll(names.targets.get(target), one);
      else for (const target of record.targets) putAll(names.targets.get(target), one);
      for (const ref of record.refs) putAll(owners(ref), one);
    }
  }
  return { slots, decisions };
};

const item = (contract: Contract, state: WaveState, record: CoordinationRecord): InboxItem => {
  const owners = assignmentsOf(state, record).flatMap(({ assignee }) =>
    assignee === null ? [] : [assignee],
  );
  return {
    id: record.id,
    handle: handle(record),
    kind: record.kind,
    status: record.status,
    priority: record.priority,
    from: asker(record),
    to: owners.length > 0 ? [...new Set(owners)] : record.targets,
    summary: record.summary,
    detail: record.detail,
    answer: record.answer === null ? null : { by: who(record.answer.by), text: record.answer.text },
    deadline: OPEN_STATUSES.has(record.status) ? (deadlineOf(contract, state, record)?.at ?? null) : null,
    createdAt: record.createdAt,
  };
};

const NOTHING: readonly EntryId[] = [];

/** Makes inboxes of one state: what several of them show is made once. */
const inboxMaker = (
  contract: Contract,
  state: WaveState,
  decisions: readonly Ranked[],
): ((agent: AgentId, slot: Slot) => Inbox) => {
  const contradictions = contradictionsAt(contract, state, 'close');
  const items = new Map<CoordinationRecord, InboxItem>();
  const itemOf = (record: CoordinationRecord): InboxItem => {
    const known = items.get(record);
    if (known !== undefined) return known;
    const made = item(contract, state, record);
    items.set(record, made);
    return made;
  };
  const handleOf = (id: EntryId): readonly string[] => {
    const record = state.records.get(id);
    return record === undefined ? [] : [handle(record)];
  };
  const section = (
    name: Section,
    open: readonly Ranked[],
    ended: readonly EntryId[] = NOTHING,
  ): { readonly shown: readonly InboxItem[]; readonly left: LeftOut } => {
    const { shown, rest, count } = choose(state, open, ended, INBOX_CAPS[name]);
    return { shown: shown.map(itemOf), left: { count, handles: rest.flatMap(handleOf) } };
  };
  const { settled } = state;
  const decided = section('decisions', decisions, settled.decided);
  return (agent, slot) => {
    const owed = section('owed', slot.owed, settled.owed.get(agent));
    const asks = section('asks', slot.asks, settled.posted.get(agent));
    const context = section('context', slot.context);
    return {
      agent,
      disputes: disputesOf(contract, contradictions, agent),
      owed: owed.shown,
      asks: asks.shown,
      decisions: decided.shown,
      context: context.shown,
      leftOut: { owed: owed.left, asks: asks.left, decisions: decided.left, context: context.left },
    };
  };
};

/** One inbox an agent of the contract, from one pass over what is open. */
export const inboxesOf = (contract: Contract, state: WaveState): ReadonlyMap<AgentId, Inbox> => {
  const { slots, decisions } = sortOut(contract, state, contract.agents);
  const make = inboxMaker(contract, state, decisions);
  return new Map([...slots].map(([id, slot]) => [id, make(id, slot)]));
};

/** The inbox of one agent; of an agent the wave does not have, one with nothing but what was decided. */
export const inboxOf = (contract: Contract, state: WaveState, agent: AgentId): Inbox => {
  const { slots, decisions } = sortOut(
    contract,
    state,
    contract.agents.filter(({ id }) => id === agent),
  );
  return inboxMaker(contract, state, decisions)(agent, slots.get(agent) ?? emptySlot());
};
