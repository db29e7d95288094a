/**
 * Who waits for what, and whether anything can still come of it: when a waiting agent gives up its slot, which parked one
 * has something to do again, who waits for each other in a circle, and what is left to people (design §6).
 */
import type { AgentId, Contract } from '../contract/index.ts';
import type { EntryId, Instant } from '../journal/index.ts';
import { isWithPeople, openFollowers } from './chains.ts';
import { isGateRelevant, openObligations } from './obligations.ts';
import { isOpen } from './record.ts';
import { byNaturalId } from './roster.ts';
import type { CoordinationRecord, WaveState } from './types.ts';

/** What an agent waits for that is not settled yet. */
export const openWaits = (state: WaveState, agent: AgentId): readonly CoordinationRecord[] =>
  (state.waiting.get(agent)?.records ?? []).flatMap((id) => {
    const record = state.records.get(id);
    return record !== undefined && isOpen(record) ? [record] : [];
  });

const assigneesOf = (state: WaveState, id: EntryId): readonly AgentId[] =>
  (state.assignments.get(id) ?? []).flatMap(({ assignee }) => (assignee === null ? [] : [assignee]));

/** The records by which somebody is asked: itself, and the open requests it is routed by. */
const askedThrough = (
  contract: Contract,
  state: WaveState,
  record: CoordinationRecord,
): readonly CoordinationRecord[] => [record, ...openFollowers(contract, state, record)];

/** The agents that could settle a record: those that owe it, and those it is routed to. */
export const holdersOf = (
  contract: Contract,
  state: WaveState,
  record: CoordinationRecord,
): readonly AgentId[] => [
  ...new Set(askedThrough(contract, state, record).flatMap(({ id }) => assigneesOf(state, id))),
];

/** Open records an agent owes and had not been shown when it began to wait. */
const newlyOwed = (state: WaveState, agent: AgentId): readonly EntryId[] => {
  const seen = state.waiting.get(agent)?.seen ?? [];
  return [...state.open.values()]
    .filter(
      (record) =>
        isGateRelevant(record) && assigneesOf(state, record.id).includes(agent) && !seen.includes(record.id),
    )
    .map(({ id }) => id);
};

/** Parked, with nothing settled of what it waits for that would let it go on, and nothing new to do for others. */
export const isHeld = (state: WaveState, agent: AgentId): boolean =>
  state.parked.has(agent) && openWaits(state, agent).length > 0 && newlyOwed(state, agent).length === 0;

export type Slots = {
  /** Agents whose process is alive. */
  readonly running: ReadonlySet<AgentId>;
  /** Agents for which a slot is free now. */
  readonly starting: ReadonlySet<AgentId>;
};

/**
 * From when on a waiting agent gives up its slot: at once when nobody who could answer has one, else after it held for a
 * while. Null when it waits for nothing, or has something new to look at first.
 */
export const parkAt = (
  contract: Contract,
  state: WaveState,
  agent: AgentId,
  { running, starting }: Slots,
): Instant | null => {
  const wait = state.waiting.get(agent);
  const waits = openWaits(state, agent);
  if (wait === undefined || waits.length === 0) return null;
  const hopeless = waits.some((record) => {
    const holders = holdersOf(contract, state, record);
    return holders.length > 0 && holders.every((one) => !running.has(one) && !starting.has(one));
  });
  if (hopeless) return wait.since;
  const until = Date.parse(wait.since) + contract.config.clocks.holdMs;
  return Number.isNaN(new Date(until).getTime()) ? wait.since : new Date(until).toISOString();
};

/** Agents that wait for each other, each asked by the one before it, and the record it waits for. */
export type Circle = readonly { readonly agent: AgentId; readonly record: CoordinationRecord }[];

type Edge = { readonly record: CoordinationRecord; readonly to: readonly AgentId[] };

/** A record an agent waits for whose holders all know of it and wait themselves. */
const stuckEdge = (
  contract: Contract,
  state: WaveState,
  agent: AgentId,
  stuck: ReadonlySet<AgentId>,
): Edge | null => {
  for (const record of openWaits(state, agent)) {
    if (isWithPeople(contract, state, record)) continue;
    const asked = askedThrough(contract, state, record);
    const knows = (holder: AgentId): boolean =>
      asked.some(
        ({ id }) =>
          assigneesOf(state, id).includes(holder) && state.waiting.get(holder)?.seen.includes(id) === true,
      );
    const to = holdersOf(contract, state, record);
    if (to.length > 0 && to.every((holder) => stuck.has(holder) && knows(holder))) return { record, to };
  }
  return null;
};

/**
 * Circles nothing but a person can open: every agent in one waits for a record that only agents of the circle could
 * settle, all of which have been shown it and wait themselves. In natural order, each agent in at most one.
 */
export const circles = (contract: Contract, state: WaveState): readonly Circle[] => {
  const stuck = new Set([...state.waiting.keys()].filter((agent) => openWaits(state, agent).length > 0));
  for (let size = -1; size !== stuck.size; ) {
    size = stuck.size;
    for (const agent of stuck) if (stuckEdge(contract, state, agent, stuck) === null) stuck.delete(agent);
  }
  const found: Circle[] = [];
  const done = new Set<AgentId>();
  for (const start of [...stuck].toSorted(byNaturalId)) {
    const path: { agent: AgentId; record: CoordinationRecord }[] = [];
    let at: AgentId | undefined = start;
    while (at !== undefined && !done.has(at)) {
      done.add(at);
      const edge = stuckEdge(contract, state, at, stuck);
      if (edge === null) break;
      path.push({ agent: at, record: edge.record });
      at = edge.to[0];
      const back = path.findIndex((one) => one.agent === at);
      if (back >= 0) found.push(path.slice(back));
    }
  }
  return found;
};

/**
 * The open records that only people can move: those nobody owes, those a person was asked for, and those owed by parked
 * agents that wait for such a one themselves.
 */
export const leftToPeople = (contract: Contract, state: WaveState): ReadonlySet<EntryId> => {
  const open = openObligations(state);
  const left = new Set<EntryId>();
  for (const { record } of open)
    if (isWithPeople(contract, state, record) || holdersOf(contract, state, record).length === 0)
      left.add(record.id);
  for (let size = -1; size !== left.size; ) {
    size = left.size;
    for (const { record } of open) {
      if (left.has(record.id)) continue;
      const holders = holdersOf(contract, state, record);
      const waits = (agent: AgentId): boolean =>
        isHeld(state, agent) && openWaits(state, agent).some(({ id }) => left.has(id));
      if (holders.length > 0 && holders.every(waits)) left.add(record.id);
    }
  }
  return left;
};
