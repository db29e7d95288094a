/** `assignments/wave-<n>.json`: who owes what, and why it was given to them (coordination.md §2.3, §2.4). */
import type { Assignment, CoordinationRecord } from '../../state/index.ts';
import { handle, isGateRelevant } from '../../state/index.ts';
import { who } from '../wording.ts';
import { type Head, head, type Source } from './source.ts';

const slug = (target: string): string =>
  target
    .toLowerCase()
    .replaceAll(/[^a-z0-9._:-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '') || 'target';

const STATES = { open: 'open', acknowledged: 'acknowledged', in_progress: 'in_progress' } as const;

const assignmentJson = (record: CoordinationRecord, one: Assignment, open: boolean) => ({
  id: `assignment:${record.id}:${slug(one.target)}`,
  requestId: record.id,
  handle: handle(record),
  sourceKind: record.kind,
  sourceAgentId: record.authorAgent,
  source: who(record.author),
  summary: record.summary,
  detail: record.detail,
  priority: record.priority,
  requestStatus: record.status,
  state: record.status in STATES ? record.status : 'resolved',
  target: one.target,
  targetType: one.targetKind,
  capability: one.targetKind === 'capability' ? one.target.trim().slice('capability:'.length).trim() : null,
  assignedAgentId: one.assignee,
  assignmentReason: one.reason,
  blocking: open && isGateRelevant(record),
  severity: record.severity,
  artifactRefs: record.refs,
  dependsOn: record.dependsOn,
  closureCondition: record.closureCondition,
  createdAt: record.createdAt,
  updatedAt: record.updatedAt,
  closedBy: record.closedBy,
});
export type AssignmentJson = ReturnType<typeof assignmentJson>;

/** In the order the records came; settled ones too. */
export const assignmentSnapshot = (
  source: Source,
): Head & { readonly assignments: readonly AssignmentJson[] } => {
  const { records, assignments, open } = source.state;
  return {
    ...head('wave-assignment-snapshot', source),
    assignments: [...records.values()].flatMap((record) =>
      (assignments.get(record.id) ?? []).map((one) => assignmentJson(record, one, open.has(record.id))),
    ),
  };
};
