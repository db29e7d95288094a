/**
 * Target resolution (coordination.md §2.2) without its defects: decided when the record comes and then kept, natural
 * id order, the asker never assigned its own capability request, load counted without the record being placed.
 */
import type { AgentId, Contract } from '../contract/index.ts';
import type { RecordKind } from '../journal/index.ts';
import { type Roster, rosterOf } from './roster.ts';
import type { Assignment, CoordinationRecord, WaveState } from './types.ts';

type Resolution = Omit<Assignment, 'target'>;

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

/** Whose target is an agent's id needs no resolving; those of a wave are made once, and shared by all who name them. */
const direct = new WeakMap<Roster, ReadonlyMap<string, readonly Assignment[]>>();
const directOf = (roster: Roster): ReadonlyMap<string, readonly Assignment[]> => {
  const known = direct.get(roster);
  if (known !== undefined) return known;
  const made = new Map<string, readonly Assignment[]>();
  for (const id of roster.roles.keys()) {
    const target = `agent:${id}`;
    made.set(id, [{ target: id, targetKind: 'agent', assignee: id, reason: 'exact-agent-id' }]);
    made.set(target, [{ target, targetKind: 'agent', assignee: id, reason: 'explicit-agent' }]);
  }
  direct.set(roster, made);
  return made;
};

const ROUTED: ReadonlySet<RecordKind> = new Set<RecordKind>(['request', 'clarification-request', 'blocker']);
/** Do records of this kind have somebody who owes them? */
export const isRouted = (kind: RecordKind): boolean => ROUTED.has(kind);

const UNASSIGNED: readonly Assignment[] = Object.freeze([]);
/** Who owes a record; what nobody can owe is not looked up. */
export const assignmentsOf = (
  state: Pick<WaveState, 'assignments'>,
  record: CoordinationRecord,
): readonly Assignment[] =>
  (isRouted(record.kind) ? state.assignments.get(record.id) : undefined) ?? UNASSIGNED;

const NOBODY: readonly string[] = [''];
const distinct = (targets: readonly string[]): readonly string[] =>
  targets.length === 0 ? NOBODY : [...new Set(targets)];

/**
 * One assignment per target; a record without targets gets one nobody holds. Standing assignments of unchanged targets
 * are passed in `keep` and stay.
 */
export const assign = (
  contract: Contract,
  record: { readonly targets: readonly string[]; readonly authorAgent: AgentId | null },
  load: ReadonlyMap<AgentId, number>,
  keep: readonly Assignment[] = [],
): readonly Assignment[] => {
  const [only, ...others] = record.targets;
  const named = only === undefined || others.length > 0 ? undefined : directOf(rosterOf(contract)).get(only);
  if (named !== undefined) return named;
  return distinct(record.targets).map(
    (target) =>
      keep.find((one) => one.target === target) ?? {
        target,
        ...resolveTarget(contract, target, record.authorAgent, load),
      },
  );
};
