/** Which records of a section are shown when not all of them fit. */
import type { Contract } from '../contract/index.ts';
import { type EntryId, PRIORITIES, type Priority } from '../journal/index.ts';
import { type CoordinationRecord, hasClocks, isGateRelevant, type WaveState } from '../state/index.ts';

/** Of the places there are, so many are kept for the newest open records, whatever their priority, and for the last to end. */
const NEWEST = 5;
/** Of what is left out, so many are named. */
export const NAMED = 12;

const WEIGHT: ReadonlyMap<Priority, number> = new Map(
  PRIORITIES.map((one, i) => [one, PRIORITIES.length - 1 - i]),
);
/** After every deadline: what has none. */
const UNTIMED = Number.MAX_SAFE_INTEGER - 1;

type Deadline = (record: CoordinationRecord) => number;
/** Deadlines as numbers: only kinds that have one are asked for it, and no text is made of them. */
export const deadlinesOf = (contract: Contract): Deadline => {
  const { ackMs, resolveMs } = contract.config.clocks;
  return (record) => {
    if (hasClocks(record.kind))
      return Date.parse(record.clockFrom) + (record.acknowledgedAt === null ? ackMs : resolveMs);
    return isGateRelevant(record) ? UNTIMED : UNTIMED + 1;
  };
};

/** Records mostly come in order already, and then there is nothing to sort. */
const sorted = <T>(items: T[], compare: (a: T, b: T) => number): readonly T[] =>
  items.every((one, i) => i === 0 || compare(items[i - 1] ?? one, one) <= 0) ? items : items.sort(compare);

const place = ({ seq }: CoordinationRecord): number => seq ?? Number.MAX_SAFE_INTEGER;
const newestFirst = (records: CoordinationRecord[]): readonly CoordinationRecord[] =>
  sorted(records.reverse(), (a, b) => place(b) - place(a));

/** By deadline; what has none comes newest first, what gates wait for before what they do not. */
const inUrgency = (
  group: readonly CoordinationRecord[],
  deadline: Deadline,
): readonly CoordinationRecord[] => {
  const timed: { readonly record: CoordinationRecord; readonly at: number }[] = [];
  const untimed: CoordinationRecord[] = [];
  const others: CoordinationRecord[] = [];
  for (const record of group) {
    const at = deadline(record);
    if (at < UNTIMED) timed.push({ record, at });
    else if (at === UNTIMED) untimed.push(record);
    else others.push(record);
  }
  const byDeadline = sorted(timed, (a, b) => a.at - b.at || place(a.record) - place(b.record));
  return [...byDeadline.map(({ record }) => record), ...newestFirst(untimed), ...newestFirst(others)];
};

const byPriority = (records: readonly CoordinationRecord[]): readonly CoordinationRecord[][] => {
  const groups: CoordinationRecord[][] = PRIORITIES.map(() => []);
  for (const record of records) groups[WEIGHT.get(record.priority) ?? 0]?.push(record);
  return groups;
};

/** What is shown, the first of what is not, and how much that is. */
export type Chosen = {
  readonly shown: readonly CoordinationRecord[];
  readonly rest: readonly EntryId[];
  readonly count: number;
};

/**
 * The first `places` of the open ones by priority and urgency. The newest have places of their own, so a flood of old
 * urgent ones cannot hide them.
 */
const chooseOpen = (open: readonly CoordinationRecord[], places: number, deadline: Deadline): Chosen => {
  const newest = open.length <= places ? [] : open.slice(-NEWEST);
  const shown: CoordinationRecord[] = [];
  const rest: EntryId[] = [];
  for (const group of byPriority(open.slice(0, open.length - newest.length))) {
    const left = places - newest.length - shown.length;
    // A group none of which has a place is only counted; it needs no order.
    const ordered = left > 0 ? inUrgency(group, deadline) : group;
    for (const record of ordered.slice(0, left)) shown.push(record);
    for (const { id } of ordered.slice(left, left + NAMED - rest.length)) rest.push(id);
  }
  return {
    shown:
      newest.length === 0
        ? shown
        : byPriority([...shown, ...newest]).flatMap((group) => inUrgency(group, deadline)),
    rest,
    count: open.length - shown.length - newest.length,
  };
};

/** Open ones first, then those that ended last. */
export const choose = (
  state: WaveState,
  open: readonly CoordinationRecord[],
  ended: readonly EntryId[],
  cap: number,
  deadline: Deadline,
): Chosen => {
  const endedPlaces = Math.min(ended.length, Math.max(NEWEST, cap - open.length));
  const { shown, rest, count } = chooseOpen(open, cap - endedPlaces, deadline);
  const last = ended.length - endedPlaces;
  return {
    shown: [
      ...shown,
      ...ended
        .slice(last)
        .reverse()
        .flatMap((id) => state.records.get(id) ?? []),
    ],
    rest: [...rest, ...ended.slice(Math.max(0, last - NAMED + rest.length), last).reverse()],
    count: count + last,
  };
};
