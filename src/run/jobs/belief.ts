/**
 * Whose word an entry on the state branch is (design §4: what stands there is history, not authority). Everybody who may
 * push can write there, so a job believes of its own attempt only what a trusted job of this run told it that it wrote.
 */
import { canonicalJson } from '../../contract/index.ts';
import type { Entry, EntryId, NewEntry } from '../../journal/index.ts';
import type { Position, Ticket } from './context.ts';

type Range = readonly [number, number];

/** The same numbers in the fewest ranges, both ends in them. */
export const rangesOf = (given: readonly Range[]): readonly Range[] => {
  const ranges: Range[] = [];
  for (const [from, to] of given.toSorted((a, b) => a[0] - b[0])) {
    const last = ranges.at(-1);
    if (last !== undefined && from <= last[1] + 1)
      ranges[ranges.length - 1] = [last[0], Math.max(last[1], to)];
    else ranges.push([from, to]);
  }
  return ranges;
};
/** Where entries stand. */
export const placesOf = (entries: readonly Pick<Entry, 'seq'>[]): readonly Range[] =>
  entries.flatMap(({ seq }): readonly Range[] => (seq === null ? [] : [[seq, seq]]));

const within = (ranges: readonly Range[], seq: number): boolean =>
  ranges.some(([from, to]) => from <= seq && seq <= to);

const claimsAttempt = ({ by, body }: Entry, { run, attempt }: Pick<Ticket, 'run' | 'attempt'>): boolean => {
  if (by.kind === 'agent') return by.run === run && by.attempt === attempt;
  return by.kind === 'orchestrator' && by.run === run && 'attempt' in body && body.attempt === attempt;
};

const disowned = (entry: Entry): Entry => ({
  ...entry,
  by: { kind: 'unattributed', detail: 'came to the state branch from outside this run' },
});

/**
 * What an entry's author counts as for a job: an entry of this attempt, and any after it was claimed, is kept without
 * authority unless this job, or the trusted job that told it where the journal stands, wrote it.
 */
export const attributing =
  (ticket: Pick<Ticket, 'run' | 'attempt' | 'journal'>, told: Position, own: ReadonlySet<EntryId>) =>
  (entry: Entry): Entry => {
    const { seq } = entry;
    if (seq === null || own.has(entry.id) || within(ticket.journal.ours, seq) || within(told.ours, seq))
      return entry;
    return seq <= ticket.journal.seq && !claimsAttempt(entry, ticket) ? entry : disowned(entry);
  };

/** The same thing said, whichever time its job ran when it said so. */
const saying = ({ id, by, instance, body }: NewEntry | Entry): string =>
  canonicalJson({ id: id.replace(/\.r\d+\./, '.'), by, instance, body });

/**
 * Parts what a job is about to say into what is new and what an earlier run of the job said already, word for word: so
 * running a job again adds nothing where nothing has changed.
 */
export const alreadySaid = (
  standing: readonly Entry[],
  entries: readonly NewEntry[],
): { readonly fresh: readonly NewEntry[]; readonly said: readonly Entry[] } => {
  const known = new Map(standing.map((entry) => [saying(entry), entry]));
  const said = entries.flatMap((entry) => known.get(saying(entry)) ?? []);
  return { fresh: entries.filter((entry) => !known.has(saying(entry))), said };
};
