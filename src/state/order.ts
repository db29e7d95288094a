/**
 * The order entries are folded in: those with a place by it, those without one after them by stage, agent and number, so
 * that a provisional view is the same whoever computes it (design §4).
 */
import { type Contract, STAGES } from '../contract/index.ts';
import { type Entry, entryContent } from '../journal/index.ts';
import { roleOf } from './authority.ts';

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
/** Only entries that somebody gave the same place or the same id come down to this. */
const byContent = (a: Entry, b: Entry): number =>
  byText(a.id, b.id) || byText(a.at + entryContent(a), b.at + entryContent(b));

type Rank = readonly [stage: number, agent: string, number: number];

const provisionalRank = (contract: Contract, entry: Entry): Rank => {
  // Nothing of an attempt can be laid down before the attempt itself.
  if (entry.body.type === 'attempt.started') return [-2, '', entry.body.attempt];
  const agent = entry.by.kind === 'agent' ? entry.by.agent : null;
  const role = agent === null ? null : roleOf(contract, agent);
  const stage = role === null ? -1 : role === 'implementation' ? 0 : 1 + STAGES.indexOf(role);
  const number = Number(entry.id.slice(entry.id.lastIndexOf('.') + 1));
  return [stage, agent ?? '', Number.isFinite(number) ? number : Number.MAX_SAFE_INTEGER];
};

/** A total order: negative when `a` is folded before `b`. */
export const compareEntries = (contract: Contract, a: Entry, b: Entry): number => {
  if (a.seq !== null && b.seq !== null) return a.seq - b.seq || byContent(a, b);
  if (a.seq !== null || b.seq !== null) return a.seq !== null ? -1 : 1;
  const [x, y] = [provisionalRank(contract, a), provisionalRank(contract, b)];
  return x[0] - y[0] || byText(x[1], y[1]) || x[2] - y[2] || byContent(a, b);
};

/** What nearly every pair of a journal answers, without asking further. */
const follows = (a: Entry, b: Entry): boolean => a.seq !== null && b.seq !== null && a.seq < b.seq;

export const inOrder = (contract: Contract, entries: Iterable<Entry>): readonly Entry[] => {
  const all = [...entries];
  const compare = (a: Entry, b: Entry): number => compareEntries(contract, a, b);
  // A journal is read in its own order: then there is nothing to sort.
  let before: Entry | undefined;
  for (const entry of all) {
    if (before !== undefined && !follows(before, entry) && compare(before, entry) > 0)
      return all.sort(compare);
    before = entry;
  }
  return all;
};
