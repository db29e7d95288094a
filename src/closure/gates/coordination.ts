/** Barriers of coordination (closure.md §3.6–3.8, coordination.md §1.7): what is owed counts until it leaves the open set. */
import type { Contract, Stage } from '../../contract/index.ts';
import {
  contradictionHandle,
  contradictionsAt,
  directionOf,
  handle,
  headsOf,
  type Obligation,
  obligationsAt,
  type Position,
  repairersOf,
  type WaveState,
} from '../../state/index.ts';
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
  const requests = obligationsAt(contract, state, at).filter(
    ({ record }) => record.kind === 'request' && record.dependency === null,
  );
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

/** Work across lanes (closure.md §3.7): what another lane owes us holds the wave open like what we owe it. */
export const dependenciesGate = (contract: Contract, state: WaveState, at: Stage): readonly Reason[] =>
  obligationsAt(contract, state, at).flatMap((one) => {
    const ticket = one.record.dependency;
    const direction = ticket === null ? null : directionOf(contract, ticket);
    if (ticket === null || direction === null) return [];
    const [from, to] = [ticket.requesterLane, ticket.ownerLane];
    if (direction === 'outbound')
      return [made('dependencies', 'dependency-open', one, `${named(one)} is owed by lane ${to}`, null)];
    const [agent] = one.owedBy;
    return agent === undefined
      ? [
          made(
            'dependencies',
            'dependency-assignment-unresolved',
            one,
            `${named(one)} from lane ${from}: nobody here answers to ${one.record.targets.join(', ') || 'a request without a target'}`,
            null,
          ),
        ]
      : one.owedBy.map((owner) =>
          made(
            'dependencies',
            'dependency-open',
            one,
            `${named(one)} from lane ${from}, owed by ${owner}`,
            owner,
          ),
        );
  });

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

const said = ({ party, value, kind }: Position): string => `${party} ${SAYS[kind]} “${value.slice(0, 80)}”`;
const SAYS: Readonly<Record<Position['kind'], string>> = {
  claim: 'claims',
  evidence: 'found',
  decision: 'decided',
};

/** Blockers by severity, and what agents say against each other (coordination.md §12.10, §12.11). */
export const blockersGate = (contract: Contract, state: WaveState, at: Stage): readonly Reason[] => {
  const blockers = obligationsAt(contract, state, at)
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
  const contradictions = contradictionsAt(contract, state, at).map((one) =>
    reason(
      'blockers',
      'contradiction-open',
      `${contradictionHandle(one)} on ${one.subject}: ${one.positions.map(said).join(', ')}`,
      {
        agent: repairersOf(contract, one)[0] ?? null,
        evidence: [one.id, ...one.positions.map(({ record }) => record)],
      },
    ),
  );
  return [...blockers, ...contradictions];
};
