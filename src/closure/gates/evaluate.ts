/**
 * gates(contract, state, evidence, at): pure, in the order of design §7, each with all its failing reasons. Before stage
 * `at` only the stewards that precede it are asked; `close` asks everything. What the machine knows is asked always, so
 * that no steward is started for a wave that cannot close.
 */
import { type Contract, STAGES, type Stage, type StewardRole } from '../../contract/index.ts';
import type { WaveState } from '../../state/index.ts';
import { type Evidence, GATE_IDS, type Gate, type GateId, type Reason } from '../types.ts';
import { componentMatrixGate, hasMatrix } from './component-matrix.ts';
import { componentsGate } from './components.ts';
import { blockersGate, clarificationsGate, dependenciesGate, helperAssignmentsGate } from './coordination.ts';
import { implementationGate } from './implementation.ts';
import { infraGate, openInfraWork } from './infra.ts';
import { securityConcerns, stagesBefore, stewardGate } from './stewards.ts';
import { verifyGate } from './verify.ts';

const isStage = (id: GateId): id is StewardRole => (STAGES as readonly string[]).includes(id);

type Asked = {
  readonly contract: Contract;
  readonly state: WaveState;
  readonly evidence: Evidence;
  readonly at: Stage;
};

const ask = (id: GateId, { contract, state, evidence, at }: Asked): readonly Reason[] => {
  switch (id) {
    case 'implementation':
      return implementationGate(contract, state, evidence);
    case 'components':
      return componentsGate(contract, state, evidence);
    case 'verify':
      return verifyGate(contract, state, evidence);
    case 'helper-assignments':
      return helperAssignmentsGate(contract, state, at);
    case 'dependencies':
      return dependenciesGate(contract, state, at);
    case 'clarifications':
      return clarificationsGate(contract, state, at);
    case 'blockers':
      return blockersGate(contract, state, at);
    case 'component-matrix':
      return componentMatrixGate(contract, evidence);
    case 'infra':
      return infraGate(contract, state, evidence);
    default:
      return stewardGate(contract, state, evidence, id);
  }
};

/** What people should know of a gate that holds; empty where its evidence says it all. */
const noteOf = (id: GateId, { contract, state, evidence }: Asked): string => {
  if (isStage(id) && !contract.agents.some((agent) => agent.role === id)) return 'the wave has no such stage';
  switch (id) {
    case 'verify':
      return contract.verify.length === 0 ? 'nothing is declared to verify' : '';
    case 'components':
      return contract.promotions.length === 0 ? 'the wave promotes nothing' : '';
    case 'component-matrix':
      return hasMatrix(contract) ? '' : 'the wave has no component matrix';
    case 'security':
      return securityConcerns(contract, state, evidence).join('; ');
    case 'infra':
      return openInfraWork(contract, state, evidence).join('; ');
    default:
      return '';
  }
};

const ofReasons = (id: GateId, [first, ...rest]: readonly Reason[], note: () => string): Gate =>
  first === undefined
    ? { id, status: 'held', reasons: [], note: note() }
    : { id, status: 'failed', reasons: [first, ...rest] };

/** Gates that wait for stewards; all others are asked before any steward is started. */
const waits = (id: GateId): boolean => isStage(id) || id === 'component-matrix';

export const gates = (
  contract: Contract,
  state: WaveState,
  evidence: Evidence,
  at: Stage,
): readonly Gate[] => {
  const asked: Asked = { contract, state, evidence, at };
  const answer = (id: GateId): Gate => ofReasons(id, ask(id, asked), () => noteOf(id, asked));
  const facts = new Map(GATE_IDS.filter((id) => !waits(id)).map((id) => [id, answer(id)]));
  const failed = (id: GateId): boolean => facts.get(id)?.status === 'failed';
  // Without every patch there is no tree to prove anything on.
  if (failed('implementation')) facts.set('verify', { id: 'verify', status: 'not-asked', reasons: [] });
  const before = new Set<string>(stagesBefore(at));
  // The matrix is looked at once documentation has spoken, where the wave has it.
  before.add(at === 'cont-qa' || at === 'close' ? 'component-matrix' : '');
  let stopped = [...facts.values()].some(({ status }) => status === 'failed');
  return GATE_IDS.map((id): Gate => {
    const fact = facts.get(id);
    if (fact !== undefined) return fact;
    // A later steward's absence is the consequence of an unmet gate, not a reason of its own.
    if (stopped || !before.has(id)) return { id, status: 'not-asked', reasons: [] };
    const gate = answer(id);
    stopped = gate.status === 'failed';
    return gate;
  });
};

export const failing = (all: readonly Gate[]): readonly Reason[] => all.flatMap((gate) => gate.reasons);
export const allHold = (all: readonly Gate[]): boolean => all.every((gate) => gate.status === 'held');
/** The reason that comes first in the order of the gates. */
export const leading = (all: readonly Gate[]): Reason | null => failing(all)[0] ?? null;
