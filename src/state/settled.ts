/** Which list of what is over a record stands in, kept in step by the fold. */
import type { AgentId } from '../contract/index.ts';
import type { EntryId, RecordKind } from '../journal/index.ts';
import type { Assignment, CoordinationRecord, Settled } from './types.ts';

/** Kinds that tell everybody how something will be. */
export const DECIDING: ReadonlySet<RecordKind> = new Set<RecordKind>([
  'decision',
  'resolved-by-policy',
  'orchestrator-guidance',
  'integration-summary',
]);

export type DraftSettled = {
  readonly [List in keyof Settled]: Settled[List] extends readonly EntryId[]
    ? EntryId[]
    : Map<AgentId, EntryId[]>;
};
export const nothingSettled = (): DraftSettled => ({ owed: new Map(), posted: new Map(), decided: [] });

const listOf = (lists: Map<AgentId, EntryId[]>, agent: AgentId): EntryId[] => {
  const known = lists.get(agent);
  if (known !== undefined) return known;
  const made: EntryId[] = [];
  lists.set(agent, made);
  return made;
};

/** Does `each` with every list the record belongs in, each once. */
const visit = (
  settled: DraftSettled,
  { kind, authorAgent }: CoordinationRecord,
  assignments: readonly Assignment[] = [],
  each: (list: EntryId[]) => void,
): void => {
  let own = false;
  for (const [i, { assignee }] of assignments.entries()) {
    if (assignee === null || assignments.findIndex((one) => one.assignee === assignee) < i) continue;
    own ||= assignee === authorAgent;
    each(listOf(settled.owed, assignee));
  }
  if (DECIDING.has(kind)) each(settled.decided);
  else if (authorAgent !== null && !own) each(listOf(settled.posted, authorAgent));
};

export const settle = (
  settled: DraftSettled,
  record: CoordinationRecord,
  assignments: readonly Assignment[] | undefined,
): void => visit(settled, record, assignments, (list) => list.push(record.id));

/** Takes out what is opened again; what ended last is found first. */
export const unsettle = (
  settled: DraftSettled,
  record: CoordinationRecord,
  assignments: readonly Assignment[] | undefined,
): void =>
  visit(settled, record, assignments, (list) => {
    const at = list.lastIndexOf(record.id);
    if (at >= 0) list.splice(at, 1);
  });
