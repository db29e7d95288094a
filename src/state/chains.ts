/** Clarification chains (coordination.md §1.9): a question, the requests it was routed by, and its escalation. */
import type { Contract } from '../contract/index.ts';
import type { EntryId, RecordKind } from '../journal/index.ts';
import { principalOf } from './authority.ts';
import type { CoordinationRecord, WaveState } from './types.ts';

/** Prefix of the closure condition that ties a routed request or an escalation to its clarification. */
export const CLARIFICATION_LINK = 'clarification:';

const LINKED: ReadonlySet<RecordKind> = new Set<RecordKind>([
  'request',
  'human-escalation',
  'human-feedback',
]);

/** What a record says it follows from, whether or not that is so. */
export const claimedHeads = (record: CoordinationRecord): readonly EntryId[] => {
  if (!LINKED.has(record.kind)) return [];
  return record.closureCondition.startsWith(CLARIFICATION_LINK)
    ? [record.closureCondition.slice(CLARIFICATION_LINK.length)]
    : record.dependsOn;
};

/**
 * The clarifications a record is part of the chain of. Closing it closes them, so an agent ties only to questions it
 * asked or was asked; stewards, people and the orchestrator tie to any. Work that merely waits for somebody else's
 * question is no part of its chain.
 */
export const clarificationsOf = (
  contract: Contract,
  state: Pick<WaveState, 'records' | 'assignments'>,
  record: CoordinationRecord,
): readonly CoordinationRecord[] =>
  claimedHeads(record).flatMap((id) => {
    const head = state.records.get(id);
    if (head?.kind !== 'clarification-request') return [];
    if (principalOf(contract, record.author) !== 'implementation') return [head];
    const party =
      head.authorAgent === record.authorAgent ||
      state.assignments.get(id)?.some((one) => one.assignee === record.authorAgent);
    return party === true ? [head] : [];
  });
