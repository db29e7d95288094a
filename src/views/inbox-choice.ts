/** Which records of a section are shown when not all of them fit. */
import type { Contract } from '../contract/index.ts';
import { type EntryId, PRIORITIES } from '../journal/index.ts';
import { type CoordinationRecord, hasClocks, isGateRelevant, type WaveState } from '../state/index.ts';

/** Of the places there are, so many are kept for the newest open records, whatever their priority, and for the last to end. */
const NEWEST = 5;
/** Of what is left out, so many are named. */
export const NAMED = 12;

/** An open record, and how many came before it. */
export type Ranked = { readonly record: CoordinationRecord; readonly came: number };

/** Open records of one priority. */
type Group = {
  readonly timed: { readonly one: Ranked; readonly at: number }[];
  readonly untimed: Ranked[];
  readonly others: Ranked[];
};

/** By deadline; what has none comes newest first, what gates wait for before what they do not. */
const inUrgency = ({ timed, untimed, others }: Group): readonly Ranked[] => [
  ...timed.sort((a, b) => a.at - b.at || a.one.came - b.one.came).map(({ one }) => one),
  ...untimed.reverse(),
  ...others.reverse(),
];

/**
 * By priority and urgency: ordered once for the wave, so that no agent's part of it needs an order.
 *
 * @param open in the order they came
 */
export const mostUrgentFirst = (
  { config }: Contract,
  open: Iterable<CoordinationRecord>,
): readonly Ranked[] => {
  const { ackMs, resolveMs } = config.clocks;
  const groups = new Map(
    PRIORITIES.toReversed().map((priority): [string, Group] => [
      priority,
      { timed: [], untimed: [], others: [] },
    ]),
  );
  let came = 0;
  for (const record of open) {
    const one: Ranked = { record, came: came++ };
    const at = hasClocks(record.kind)
      ? Date.parse(record.clockFrom) + (record.acknowledgedAt === null ? ackMs : resolveMs)
      : Number.NaN;
    const group = groups.get(record.priority);
    if (!Number.isNaN(at)) group?.timed.push({ one, at });
    else if (isGateRelevant(record)) group?.untimed.push(one);
    else group?.others.push(one);
  }
  return [...groups.values()].flatMap(inUrgency);
};

/** From which one on the newest came. */
const newestSince = (open: readonly Ranked[]): number => {
  const last: number[] = [];
  for (const { came } of open) {
    let at = last.length;
    while (at > 0 && came > (last[at - 1] ?? came)) at--;
    if (at === NEWEST) continue;
    last.splice(at, 0, came);
    last.length = Math.min(last.length, NEWEST);
  }
  return last.at(-1) ?? 0;
};

/** What is shown, the first of what is not, and how much that is. */
export type Chosen = {
  readonly shown: readonly CoordinationRecord[];
  readonly rest: readonly EntryId[];
  readonly count: number;
};

/** The first `places` of the open ones. The newest have places of their own: a flood of old urgent ones cannot hide them. */
const chooseOpen = (open: readonly Ranked[], places: number): Chosen => {
  if (open.length <= places) return { shown: open.map(({ record }) => record), rest: [], count: 0 };
  const since = newestSince(open);
  const shown: CoordinationRecord[] = [];
  const rest: EntryId[] = [];
  let left = places - NEWEST;
  for (const { record, came } of open) {
    if (came >= since || left-- > 0) shown.push(record);
    else if (rest.length < NAMED) rest.push(record.id);
  }
  return { shown, rest, count: open.length - shown.length };
};

/** Open ones first, then those that ended last. */
export const choose = (
  state: WaveState,
  open: readonly Ranked[],
  ended: readonly EntryId[],
  cap: number,
): Chosen => {
  const endedPlaces = Math.min(ended.length, Math.max(NEWEST, cap - open.length));
  const { shown, rest, count } = chooseOpen(open, cap - endedPlaces);
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
