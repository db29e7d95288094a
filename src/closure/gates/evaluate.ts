/**
 * gates(contract, state, evidence, at): pure, in the order of design §7, each with all its failing reasons. Before stage
 * `at` only what precedes it is asked; `close` asks everything.
 */
import { type Contract, STAGES, type Stage, type StewardRole } from '../../contract/index.ts';
import type { WaveState } from '../../state/index.ts';
import { type Evidence, GATE_IDS, type Gate, type GateId, type Reason } from '../types.ts';
import { blockersGate, clarificationsGate, helperAssignmentsGate } from './coordination.ts';
import { implementationGate } from './implementation.ts';
import { stagesBefore, stewardGate } from './stewards.ts';
import { verifyGate } from './verify.ts';

const isStage = (id: GateId): id is StewardRole => (STAGES as readonly string[]).includes(id);

const ask = (
  contract: Contract,
  state: WaveState,
  evidence: Evidence,
  at: Stage,
  id: GateId,
): readonly Reason[] => {
  switch (id) {
    case 'implementation':
      return implementationGate(contract, state, evidence);
    case 'verify':
      return verifyGate(contract, state, evidence);
    case 'helper-assignments':
      return helperAssignmentsGate(contract, state, at);
    case 'clarifications':
      return clarificationsGate(contract, state, at);
    case 'blockers':
      return blockersGate(contract, state, at);
    default:
      return stewardGate(contract, state, evidence, id);
  }
};

const held = (contract: Contract, id: GateId): string =>
  isStage(id) && !contract.agents.some((agent) => agent.role === id)
    ? 'the wave has no such stage'
    : id === 'verify' && contract.verify.length === 0
      ? 'nothing is declared to verify'
      : '';

export const gates = (
  contract: Contract,
  state: WaveState,
  evidence: Evidence,
  at: Stage,
): readonly Gate[] => {
  const before = new Set<string>(stagesBefore(at));
  let implementationFailed = false;
  let stageFailed = false;
  return GATE_IDS.map((id): Gate => {
    const asked = isStage(id)
      ? before.has(id) && !stageFailed && !implementationFailed
      : !(id === 'verify' && implementationFailed);
    if (!asked) return { id, status: 'not-asked', reasons: [] };
    const [first, ...rest] = ask(contract, state, evidence, at, id);
    if (first === undefined) return { id, status: 'held', reasons: [], note: held(contract, id) };
    if (id === 'implementation') implementationFailed = true;
    // A later steward's absence is the consequence of an unmet gate before it, not a reason of its own.
    stageFailed = true;
    return { id, status: 'failed', reasons: [first, ...rest] };
  });
};

export const failing = (all: readonly Gate[]): readonly Reason[] => all.flatMap((gate) => gate.reasons);
export const allHold = (all: readonly Gate[]): boolean => all.every((gate) => gate.status === 'held');
/** The reason that comes first in the order of the gates. */
export const leading = (all: readonly Gate[]): Reason | null => failing(all)[0] ?? null;
