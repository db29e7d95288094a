/**
 * Target resolution (coordination.md §2.2) without its defects: decided when the record comes and then kept, natural
 * id order, the asker never assigned its own capability request, load counted without the record being placed.
 */
import type { AgentId, Contract } from '../contract/index.ts';
import type { EntryId } from '../journal/index.ts';
import type { Assignment, AssignmentReason, TargetKind } from './types.ts';

const slug = (target: string): string =>
  target
    .toLowerCase()
    .replaceAll(/[^a-z0-9._:-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '') || 'target';

/** `A2` before `A10`: digit runs compare as numbers. Total, and free of locale. */
export const byNaturalId = (a: string, b: string): number => {
  const split = (text: string): string[] => text.match(/\d+|\D+/g) ?? [];
  const left = split(a);
  const right = split(b);
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [x = '', y = ''] = [left[i], right[i]];
    const numbers = /^\d/.test(x) && /^\d/.test(y);
    const order = numbers ? Number(x) - Number(y) : 0;
    if (order !== 0) return order;
    if (x !== y) return x < y ? -1 : 1;
  }
  return left.length - right.length;
};

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
  const known = (id: string): boolean => contract.agents.some((agent) => agent.id === id);
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
  const able = contract.agents
    .filter(
      (agent) => agent.id !== asker && agent.capabilities.some((one) => one.toLowerCase() === capability),
    )
    .map((agent) => agent.id);
  // A target is an agent's text: `capability:constructor` names nobody.
  const routing = Object.hasOwn(contract.config.capabilityRouting, capability)
    ? contract.config.capabilityRouting[capability]
    : [];
  const preferred = routing?.find((id) => able.includes(id));
  if (preferred !== undefined)
    return { targetKind: 'capability', assignee: preferred, reason: 'preferred-agent' };
  const [first] = able.toSorted((a, b) => (load.get(a) ?? 0) - (load.get(b) ?? 0) || byNaturalId(a, b));
  return first === undefined
    ? { targetKind: 'capability', assignee: null, reason: 'missing-capability-owner' }
    : { targetKind: 'capability', assignee: first, reason: 'least-busy-capability' };
};

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
  [...new Set(record.targets.length === 0 ? [''] : record.targets)].map(
    (target) =>
      keep.find((one) => one.target === target) ?? {
        id: `assignment:${record.id}:${slug(target)}`,
        record: record.id,
        target,
        ...resolveTarget(contract, target, record.authorAgent, load),
      },
  );
