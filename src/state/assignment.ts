/**
 * Target resolution (coordination.md §2.2) without its defects: decided when the record comes and then kept, natural
 * id order, the asker never assigned its own capability request, load counted without the record being placed.
 */
import type { AgentId, Contract } from '../contract/index.ts';
import type { EntryId } from '../journal/index.ts';
import { rosterOf } from './roster.ts';
import type { Assignment, AssignmentReason, TargetKind } from './types.ts';

const slug = (target: string): string =>
  target
    .toLowerCase()
    .replaceAll(/[^a-z0-9._:-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '') || 'target';

type Resolution = {
  readonly targetKind: TargetKind;
  readonly assignee: AgentId | null;
  readonly reason: AssignmentReason;
};

const resolveTarget = (
  contract: Contract,
  target: string,
  asker: AgentId | null,
  load: ReadonlyMap<AgentId, number>,
): Resolution => {
  const trimmed = target.trim();
  if (trimmed === '') return { targetKind: 'unknown', assignee: null, reason: 'empty-target' };
  const roster = rosterOf(contract);
  const known = (id: string): boolean => roster.roles.has(id);
  if (trimmed.startsWith('agent:')) {
    const id = trimmed.slice('agent:'.length).trim();
    return known(id)
      ? { targetKind: 'agent', assignee: id, reason: 'explicit-agent' }
      : { targetKind: 'agent', assignee: null, reason: 'missing-agent' };
  }
  if (known(trimmed)) return { targetKind: 'agent', assignee: trimmed, reason: 'exact-agent-id' };
  if (!trimmed.startsWith('capability:'))
    return { targetKind: 'unknown', assignee: null, reason: 'unsupported-target' };
  const capability = trimmed.slice('capability:'.length).trim().toLowerCase();
  const able = (roster.able.get(capability) ?? []).filter((id) => id !== asker);
  // A target is an agent's text: `capability:constructor` names nobody.
  const routing = Object.hasOwn(contract.config.capabilityRouting, capability)
    ? contract.config.capabilityRouting[capability]
    : [];
  const preferred = routing?.find((id) => able.includes(id));
  if (preferred !== undefined)
    return { targetKind: 'capability', assignee: preferred, reason: 'preferred-agent' };
  const loadOf = (id: AgentId): number => load.get(id) ?? 0;
  let [first] = able;
  for (const id of able) if (first !== undefined && loadOf(id) < loadOf(first)) first = id;
  return first === undefined
    ? { targetKind: 'capability', assignee: null, reason: 'missing-capability-owner' }
    : { targetKind: 'capability', assignee: first, reason: 'least-busy-capability' };
};

const NOBODY: readonly string[] = [''];
const distinct = (targets: readonly string[]): readonly string[] =>
  targets.length === 0 ? NOBODY : targets.length === 1 ? targets : [...new Set(targets)];

/**
 * One assignment per target; a record without targets gets one nobody holds. Standing assignments of unchanged targets
 * are passed in `keep` and stay.
 */
export const assign = (
  contract: Contract,
  record: { readonly id: EntryId; readonly targets: readonly string[]; readonly authorAgent: AgentId | null },
  load: ReadonlyMap<AgentId, number>,
  keep: readonly Assignment[] = [],
): readonly Assignment[] =>
  distinct(record.targets).map(
    (target) =>
      keep.find((one) => one.target === target) ?? {
        id: `assignment:${record.id}:${slug(target)}`,
        record: record.id,
        target,
        ...resolveTarget(contract, target, record.authorAgent, load),
      },
  );
