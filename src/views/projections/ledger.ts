/** `ledger/wave-<n>.json`: what has to be done, and how far it is (coordination.md §5.8). */
import type { AgentId } from '../../contract/index.ts';
import type { EntryId } from '../../journal/index.ts';
import { type BlockingEdge, blockingEdge } from '../blocking-edge.ts';
import { type Phase, phaseOf } from '../phase.ts';
import { endedWell } from '../wording.ts';
import type { AssignmentJson } from './assignments.ts';
import type { DocsQueue } from './docs-queue.ts';
import { type Head, head, lastSaid, type Source } from './source.ts';

type TaskState = 'planned' | 'in_progress' | 'acknowledged' | 'blocked' | 'done';
export type LedgerTask = {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly owner: AgentId | null;
  readonly state: TaskState;
};
export type Ledger = Head & {
  readonly attempt: number | null;
  readonly phase: Phase;
  readonly blockingEdge: BlockingEdge | null;
  readonly tasks: readonly LedgerTask[];
  readonly openBlockers: readonly EntryId[];
  readonly openClarifications: readonly EntryId[];
  readonly openRequests: readonly EntryId[];
  readonly openHumanInput: readonly EntryId[];
};

const agentTask = (source: Source, id: AgentId): TaskState => {
  const { attempt } = source;
  const finished = attempt?.finished.get(id);
  if (attempt === null || finished === undefined)
    return attempt?.started.has(id) === true ? 'in_progress' : 'planned';
  return endedWell(finished.exit) && attempt.admissions.get(id)?.kind !== 'refused' ? 'done' : 'blocked';
};

const helperTask = (one: AssignmentJson): TaskState =>
  one.assignedAgentId === null
    ? 'blocked'
    : one.requestStatus === 'in_progress'
      ? 'in_progress'
      : one.requestStatus === 'acknowledged'
        ? 'acknowledged'
        : 'planned';

export const ledger = (source: Source, assignments: readonly AssignmentJson[], docs: DocsQueue): Ledger => {
  const { contract, state, attempt } = source;
  const subject = (attempt?.trees.documentation ?? attempt?.trees.implementation)?.subject;
  const openOf = (...kinds: readonly string[]): readonly EntryId[] =>
    [...state.open.values()].filter(({ kind }) => kinds.includes(kind)).map(({ id }) => id);
  const tasks: LedgerTask[] = contract.agents.map(({ id, role, title }) => ({
    id: `${role}:${id}`,
    kind: role,
    title,
    owner: id,
    state: agentTask(source, id),
  }));
  for (const { run, source: asked } of contract.verify) {
    const proof = attempt?.proofs.findLast((one) => one.run === run && one.subject === subject);
    tasks.push({
      id: `verify:${run}`,
      kind: 'verify',
      title: run,
      owner: asked.kind === 'agent' ? asked.agent : null,
      state: proof === undefined ? 'planned' : endedWell(proof.exit) ? 'done' : 'blocked',
    });
  }
  for (const { component, target } of contract.promotions) {
    const owners = contract.agents.filter(({ components }) => components.includes(component));
    const met = owners.every(({ id }) => {
      const said = lastSaid(source, id, 'component');
      return said?.component === component && said.state === 'met' && said.level === target;
    });
    tasks.push({
      id: `component:${component}`,
      kind: 'component',
      title: `${component} to ${target}`,
      owner: owners[0]?.id ?? null,
      state: owners.length > 0 && met ? 'done' : 'planned',
    });
  }
  for (const one of assignments)
    if (one.blocking)
      tasks.push({
        id: `helper:${one.id}`,
        kind: 'helper',
        title: one.summary,
        owner: one.assignedAgentId,
        state: helperTask(one),
      });
  for (const item of docs.items)
    if (item.kind !== 'owned-doc')
      tasks.push({
        id: `doc-helper:${item.id}`,
        kind: 'documentation-helper',
        title: item.path ?? item.id,
        owner: item.ownerAgentId,
        state: item.state === 'done' ? 'done' : 'planned',
      });
  return {
    ...head('wave-ledger', source),
    attempt: attempt?.attempt ?? null,
    phase: phaseOf(contract, state),
    blockingEdge: blockingEdge(contract, state),
    tasks,
    openBlockers: openOf('blocker'),
    openClarifications: openOf('clarification-request'),
    openRequests: openOf('request'),
    openHumanInput: openOf('human-feedback', 'human-escalation'),
  };
};
