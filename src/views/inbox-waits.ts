/**
 * What an agent needs to know to wait, beside its inbox: how each record it waits for stands, and what of its own words
 * had no effect. Small and never cut: programs read it, not people.
 */
import type { AgentId, Contract } from '../contract/index.ts';
import { type EntryId, OPEN_STATUSES, type RecordStatus } from '../journal/index.ts';
import {
  type CoordinationRecord,
  handle,
  holdersOf,
  isWithPeople,
  roleOf,
  type WaveState,
} from '../state/index.ts';
import { who } from './wording.ts';

/** Who could still settle it: an agent that is at work or will be, a person, or agents only whose turn comes after. */
export type Prospect = 'agent' | 'person' | 'later';

export type WaitItem = {
  readonly id: EntryId;
  readonly handle: string;
  readonly status: RecordStatus;
  readonly summary: string;
  readonly answer: { readonly by: string; readonly text: string } | null;
  readonly prospect: Prospect;
  readonly holders: readonly AgentId[];
};

export type InboxWaits = {
  readonly waits: readonly WaitItem[];
  /** This agent's own entries that were kept without effect, and why. */
  readonly refused: readonly { readonly entry: EntryId; readonly code: string; readonly detail: string }[];
};

const prospectOf = (
  contract: Contract,
  state: WaveState,
  agent: AgentId,
  record: CoordinationRecord,
  holders: readonly AgentId[],
): Prospect => {
  if (isWithPeople(contract, state, record) || holders.length === 0) return 'person';
  const attempt = [...state.attempts.values()].at(-1);
  const comesLater = (one: AgentId): boolean => {
    const role = roleOf(contract, one);
    return (
      role !== 'implementation' && role !== roleOf(contract, agent) && attempt?.started.has(one) !== true
    );
  };
  return holders.every(comesLater) ? 'later' : 'agent';
};

export const inboxWaits = (contract: Contract, state: WaveState, agent: AgentId): InboxWaits => ({
  waits: (state.waiting.get(agent)?.records ?? []).flatMap((id) => {
    const record = state.records.get(id);
    if (record === undefined) return [];
    const holders = OPEN_STATUSES.has(record.status) ? holdersOf(contract, state, record) : [];
    return [
      {
        id,
        handle: handle(record),
        status: record.status,
        summary: record.summary,
        answer: record.answer === null ? null : { by: who(record.answer.by), text: record.answer.text },
        prospect: prospectOf(contract, state, agent, record, holders),
        holders,
      },
    ];
  }),
  refused: state.rejections.flatMap(({ entry, code, detail, by }) =>
    by.kind === 'agent' && by.agent === agent ? [{ entry, code, detail }] : [],
  ),
});
