/** Barriers of coordination (closure.md §3.6–3.8, coordination.md §1.7): what is owed counts until it leaves the open set. */
import type { Contract, Stage } from '../../contract/index.ts';
import { handle, headsOf, type Obligation, obligationsAt, type WaveState } from '../../state/index.ts';
import type { ReasonCode } from '../reasons.ts';
import type { GateId, Reason } from '../types.ts';
import { reason } from './reason.ts';

const named = ({ record }: Obligation): string => `${handle(record)} “${record.summary}”`;
const asker = ({ record }: Obligation): string => record.authorAgent ?? record.author.kind;

const made = (
  gate: GateId,
  code: ReasonCode,
  one: Obligation,
  detail: string,
  agent: string | null,
): Reason => reason(gate, code, detail, { agent, record: one.record.id, evidence: [one.record.id] });

export const helperAssignmentsGate = (contract: Contract, state: WaveState, at: Stage): readonly Reason[] => {
  const requests = obligationsAt(contract, state, at).filter((one) => one.record.kind === 'request');
  const unresolved = requests.flatMap((one) =>
    one.assignments
      .filter((assignment) => assignment.assignee === null)
      .map((assignment) =>
        made(
          'helper-assignments',
          'helper-assignment-unresolved',
          one,
          `${named(one)} from ${asker(one)}: nobody answers to ${assignment.target === '' ? 'a request without a target' : assignment.target} (${assignment.reason})`,
          null,
        ),
      ),
  );
  const open = requests.flatMap((one) =>
    one.owedBy.map((agent) =>
      made(
        'helper-assignments',
        'helper-assignment-open',
        one,
        `${named(one)} asked by ${asker(one)}, owed by ${agent}, ${one.record.status.replace('_', ' ')}`,
        agent,
      ),
    ),
  );
  return [...unresolved, ...open];
};

const isFollowUp = (contract: Contract, state: WaveState, one: Obligation): boolean =>
  one.record.kind === 'request' && headsOf(contract, state, one.record).length > 0;

export const clarificationsGate = (contract: Contract, state: WaveState, at: Stage): readonly Reason[] => {
  const owed = obligationsAt(contract, state, at);
  const open = owed
    .filter((one) => one.record.kind === 'clarification-request')
    .map((one) =>
      made(
        'clarifications',
        'clarification-open',
        one,
        `${named(one)} asked by ${asker(one)}, nobody has answered`,
        one.record.authorAgent,
      ),
    );
  const followUps = owed
    .filter((one) => isFollowUp(contract, state, one))
    .map((one) =>
      made(
        'clarifications',
        'clarification-follow-up-open',
        one,
        `${named(one)} follows from a clarification and is open`,
        one.owedBy[0] ?? null,
      ),
    );
  const people = owed
    .filter((one) => one.record.kind === 'human-escalation' || one.record.kind === 'human-feedback')
    .map((one) =>
      made('clarifications', 'human-feedback-open', one, `${named(one)} waits for a person`, null),
    );
  return [...open, ...followUps, ...people];
};

export const blockersGate = (contract: Contract, state: WaveState, at: Stage): readonly Reason[] =>
  obligationsAt(contract, state, at)
    .filter((one) => one.record.kind === 'blocker')
    .map((one) =>
      made(
        'blockers',
        'blocker-open',
        one,
        `${named(one)} reported by ${asker(one)}, ${one.record.severity}`,
        one.record.authorAgent,
      ),
    );
