/** From what people type to the record they mean: never a guess, an ambiguous name is refused with the list. */
import { type EntryId, OPEN_STATUSES } from '../journal/index.ts';
import { claimedHeads } from './chains.ts';
import { handle } from './obligations.ts';
import type { CoordinationRecord, WaveState } from './types.ts';

export type Lookup =
  | { readonly kind: 'found'; readonly record: CoordinationRecord }
  | { readonly kind: 'none' }
  | { readonly kind: 'ambiguous'; readonly candidates: readonly EntryId[] };

const ESCALATION = 'escalation-';
/** Characters of the longest name there can be: an entry id after the prefix. */
const LONGEST = 200 + ESCALATION.length;

const one = (matches: readonly CoordinationRecord[]): Lookup => {
  const [record, ...others] = matches;
  if (record === undefined) return { kind: 'none' };
  return others.length === 0
    ? { kind: 'found', record }
    : { kind: 'ambiguous', candidates: matches.map(({ id }) => id) };
};

/** Questions to a person that carry on what `name` means. */
const escalationsOf = (state: WaveState, name: string): readonly CoordinationRecord[] => {
  const head = findRecord(state, name);
  if (head.kind !== 'found') return [];
  const { id } = head.record;
  return [...state.records.values()].filter(
    (record) =>
      (record.kind === 'human-escalation' || record.kind === 'human-feedback') &&
      (claimedHeads(record).includes(id) || record.dependsOn.includes(id)),
  );
};

/**
 * By full id, else by handle, else by the name its author gave it or as `escalation-<any of these>`, the question to a
 * person that was made of that record. Nobody can name a record over another one's id or handle. Of several of one name
 * the only open one is meant: a relaunched agent may ask under it again.
 */
export const findRecord = (state: WaveState, name: string): Lookup => {
  if (name.length > LONGEST) return { kind: 'none' };
  const exact = state.records.get(name);
  if (exact !== undefined) return { kind: 'found', record: exact };
  const records = [...state.records.values()];
  const handled = records.filter((record) => handle(record) === name);
  if (handled.length > 0) return one(handled);
  const named = [
    ...records.filter((record) => record.name === name),
    ...(name.startsWith(ESCALATION) ? escalationsOf(state, name.slice(ESCALATION.length)) : []),
  ];
  const open = named.filter((record) => OPEN_STATUSES.has(record.status));
  return one(open.length > 0 ? open : named);
};
