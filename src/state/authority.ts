/**
 * Who may do what (design §4): kind × transition × role. An entry without authority is kept, shown and without effect.
 */
import type { AgentId, Contract, Role } from '../contract/index.ts';
import type { Author, RecordKind, RecordStatus, SignalKind } from '../journal/index.ts';
import { rosterOf } from './roster.ts';

/** The part somebody plays when an entry is judged. */
export type Principal = 'implementation' | 'steward' | 'orchestrator' | 'operator' | 'person' | 'nobody';

/** How the speaker stands to the record: one who did not write it and does not owe it is a bystander. */
export type Relation = 'author' | 'assignee' | 'bystander';

export const roleOf = (contract: Contract, agent: string): Role | null =>
  rosterOf(contract).roles.get(agent) ?? null;

/** An operator who speaks for an agent is still an operator: the act is recorded as theirs. */
export const principalOf = (contract: Contract, by: Author): Principal => {
  switch (by.kind) {
    case 'agent': {
      const role = roleOf(contract, by.agent);
      return role === null ? 'nobody' : role === 'implementation' ? 'implementation' : 'steward';
    }
    case 'operator':
      return 'operator';
    case 'person':
      return 'person';
    case 'orchestrator':
      return 'orchestrator';
    case 'unattributed':
      return 'nobody';
  }
};

const set = <T>(...values: T[]): ReadonlySet<T> => new Set(values);
const EVERYBODY = set<Principal>('implementation', 'steward', 'orchestrator', 'operator', 'person');
const JUDGES = set<Principal>('steward', 'orchestrator', 'operator', 'person');
const DESK = set<Principal>('orchestrator', 'operator', 'person');

/** Who may post a record of a kind (coordination.md §9.4, stories.md). */
export const MAY_POST: Readonly<Record<RecordKind, ReadonlySet<Principal>>> = {
  request: EVERYBODY,
  blocker: EVERYBODY,
  'clarification-request': EVERYBODY,
  handoff: EVERYBODY,
  evidence: EVERYBODY,
  claim: EVERYBODY,
  ack: EVERYBODY,
  decision: JUDGES,
  'orchestrator-guidance': set('orchestrator'),
  'resolved-by-policy': set('orchestrator'),
  'human-escalation': DESK,
  'human-feedback': DESK,
  'integration-summary': set('steward', 'orchestrator'),
};

export type Transition =
  | 'acknowledge'
  | 'start'
  | 'resolve'
  | 'withdraw'
  | 'supersede'
  | 'reopen'
  | 'edit'
  | 'retarget'
  | 'answer';

export const transitionTo: Readonly<Record<RecordStatus, Transition>> = {
  open: 'reopen',
  acknowledged: 'acknowledge',
  in_progress: 'start',
  resolved: 'resolve',
  closed: 'resolve',
  superseded: 'supersede',
  cancelled: 'withdraw',
};

/** Who may change somebody's record. A person or the orchestrator may do all of it; agents only what concerns them. */
const AGENT_MAY: Readonly<Record<Transition, ReadonlySet<Relation>>> = {
  acknowledge: set('assignee'),
  start: set('assignee'),
  resolve: set('assignee'),
  answer: set('assignee'),
  withdraw: set('author'),
  supersede: set('author'),
  reopen: set('author'),
  edit: set('author'),
  retarget: set('author'),
};
/** Stewards settle questions and blockers, whoever was asked; they take up nothing in another's name. */
const STEWARD_MAY: Partial<Readonly<Record<Transition, ReadonlySet<RecordKind>>>> = {
  resolve: set('blocker', 'clarification-request'),
  answer: set('clarification-request'),
};
/** Kinds that end only by a person's hand. */
const PEOPLE_ONLY: ReadonlySet<RecordKind> = set('human-escalation', 'human-feedback');

export const mayChange = (
  principal: Principal,
  relations: ReadonlySet<Relation>,
  kind: RecordKind,
  transition: Transition,
): boolean => {
  if (principal === 'nobody') return false;
  if (principal === 'operator' || principal === 'person' || principal === 'orchestrator') return true;
  if (PEOPLE_ONLY.has(kind)) return false;
  for (const relation of relations) if (AGENT_MAY[transition].has(relation)) return true;
  return principal === 'steward' && (STEWARD_MAY[transition]?.has(kind) ?? false);
};

/** Which role may emit which signal (closure.md §1.4, enforced here rather than by whose log is read). */
export const MAY_SIGNAL: Readonly<Record<SignalKind, ReadonlySet<Role>>> = {
  proof: set<Role>('implementation', 'cont-eval'),
  'doc-delta': set<Role>('implementation', 'cont-eval'),
  component: set<Role>('implementation', 'cont-eval'),
  infra: set<Role>('implementation'),
  deploy: set<Role>('implementation'),
  gap: set<Role>('implementation', 'cont-eval', 'security', 'integration', 'documentation', 'cont-qa'),
  eval: set<Role>('cont-eval'),
  security: set<Role>('security'),
  integration: set<Role>('integration'),
  'doc-closure': set<Role>('documentation'),
  gate: set<Role>('cont-qa'),
  verdict: set<Role>('cont-qa'),
};

/** Signals only agents give, and only of their role: not even an operator speaks a verdict for cont-QA. */
export const maySignal = (contract: Contract, by: Author, kind: SignalKind): boolean => {
  const role = by.kind === 'agent' ? roleOf(contract, by.agent) : null;
  return role !== null && MAY_SIGNAL[kind].has(role);
};

/**
 * Who ends a contradiction by saying what holds: the integration steward; in a wave without one, cont-QA; a person. The
 * orchestrator never does: what two agents disagree on is no matter of policy.
 */
export const maySettle = (contract: Contract, by: Author): boolean => {
  if (by.kind === 'operator' || by.kind === 'person') return true;
  return by.kind === 'agent' && settles(contract, by.agent);
};
export const settles = (contract: Contract, agent: AgentId): boolean => {
  const { roles } = rosterOf(contract);
  return roles.get(agent) === ([...roles.values()].includes('integration') ? 'integration' : 'cont-qa');
};

/** Control facts are the orchestrator's alone. */
export const mayStateFact = (by: Author): by is Extract<Author, { kind: 'orchestrator' }> =>
  by.kind === 'orchestrator';
