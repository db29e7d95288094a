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

const isPersonal = ({ kind }: CoordinationRecord): boolean =>
  kind === 'human-escalation' || kind === 'human-feedback';
/** What a person can be asked instead of whoever was. */
const ESCALATED: ReadonlySet<RecordKind> = new Set<RecordKind>([
  'clarification-request',
  'request',
  'blocker',
]);

/**
 * The records whose chain a record is part of: questions, and for what people are asked also requests and blockers.
 * Closing it closes them, so an agent ties only to questions it asked or was asked; stewards, people and the
 * orchestrator tie to any. Work that merely waits for somebody else's question is no part of its chain.
 */
export const headsOf = (
  contract: Contract,
  state: Pick<WaveState, 'records' | 'assignments'>,
  record: CoordinationRecord,
): readonly CoordinationRecord[] =>
  claimedHeads(record).flatMap((id) => {
    const head = state.records.get(id);
    if (head === undefined || !ESCALATED.has(head.kind)) return [];
    if (head.kind !== 'clarification-request' && !isPersonal(record)) return [];
    if (principalOf(contract, record.author) !== 'implementation') return [head];
    const party =
      head.authorAgent === record.authorAgent ||
      state.assignments.get(id)?.some((one) => one.assignee === record.authorAgent);
    return party === true ? [head] : [];
  });

/** Open records of a chain beside its head: the requests it was routed by, and what people were asked. */
export const openFollowers = (
  contract: Contract,
  state: WaveState,
  head: CoordinationRecord,
): readonly CoordinationRecord[] =>
  [...(state.followers.get(head.id) ?? [])].flatMap((id) => {
    const follower = state.records.get(id);
    return follower !== undefined && headsOf(contract, state, follower).includes(head) ? [follower] : [];
  });

/** Is a person asked for it? Then no agent's silence matters any more. */
export const isWithPeople = (contract: Contract, state: WaveState, record: CoordinationRecord): boolean =>
  isPersonal(record) ||
  [record, ...headsOf(contract, state, record)].some((head) =>
    openFollowers(contract, state, head).some(isPersonal),
  );
