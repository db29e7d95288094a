/** next(...): the one step to take now. The local loop asks it until it is done; each job asks whether its turn has come. */
import { type Contract, STAGES, type Stage } from '../contract/index.ts';
import type { Instant } from '../journal/index.ts';
import { type Attempt, isHeld, leftToPeople, openObligations, type WaveState } from '../state/index.ts';
import { currentAttempt } from './gates/agent-run.ts';
import { allHold, failing, gates } from './gates/evaluate.ts';
import { proofsOn } from './gates/verify.ts';
import { selectAgents } from './selection.ts';
import type { Evidence, Step } from './types.ts';

const unfinished = (contract: Contract, attempt: Attempt): readonly string[] =>
  contract.agents
    .filter((agent) => agent.role === 'implementation' && !attempt.finished.has(agent.id))
    .map((agent) => agent.id);

/** Refused, or only waiting for people: then no step of ours can clear what is left. */
const stopOrWait = (contract: Contract, state: WaveState, evidence: Evidence, at: Stage): Step => {
  const all = gates(contract, state, evidence, at);
  const left = leftToPeople(contract, state);
  const owed = openObligations(state).filter(({ record }) => left.has(record.id));
  return owed.length > 0 && failing(all).every(({ record }) => record !== null && left.has(record))
    ? { do: 'wait', owed, gates: all }
    : { do: 'stop', gates: all };
};

/**
 * @param now injected clock; time decides nothing here but is part of the driver's contract, as `clocks` is of the fold
 */
export const next = (contract: Contract, state: WaveState, evidence: Evidence, _now: Instant): Step => {
  const attempt = currentAttempt(state, evidence);
  if (attempt === null) {
    const tree = evidence.candidate?.tree ?? '';
    return {
      do: 'run-agents',
      ...selectAgents(contract, state, {
        tree,
        waveDigest: evidence.waveDigest,
        policyDigest: evidence.policyDigest,
      }),
    };
  }
  const without = unfinished(contract, attempt);
  const runnable = without.filter((agent) => !isHeld(state, agent));
  if (runnable.length > 0)
    return {
      do: 'run-agents',
      agents: runnable,
      kept: [],
      why: Object.fromEntries(runnable.map((agent) => [agent, 'has no result in this attempt'])),
    };
  // Those that are left are parked, and nothing of what they wait for comes by itself.
  if (without.length > 0) return stopOrWait(contract, state, evidence, STAGES[0]);
  if (
    attempt.trees.implementation === null ||
    evidence.implementation === null ||
    evidence.candidate === null
  )
    return { do: 'admit' };

  const first = STAGES[0];
  const missing = (): readonly string[] => {
    const proofs = proofsOn(state, evidence, evidence.candidate?.subject ?? '');
    return contract.verify.filter((command) => !proofs.has(command.run)).map((command) => command.run);
  };
  const implementation = gates(contract, state, evidence, first).find((gate) => gate.id === 'implementation');
  if (implementation?.status !== 'held') return stopOrWait(contract, state, evidence, first);
  for (const stage of STAGES) {
    const agents = contract.agents.filter((agent) => agent.role === stage).map((agent) => agent.id);
    if (agents.length === 0 || attempt.judgements.has(stage)) continue;
    const commands = missing();
    if (commands.length > 0) return { do: 'prove', subject: evidence.candidate.subject, commands };
    if (!allHold(gates(contract, state, evidence, stage).filter((gate) => gate.status !== 'not-asked')))
      return stopOrWait(contract, state, evidence, stage);
    const due = agents.filter((agent) => !attempt.finished.has(agent));
    if (due.some((agent) => isHeld(state, agent))) return stopOrWait(contract, state, evidence, stage);
    return { do: 'run-stage', stage, agents: due };
  }
  const commands = missing();
  if (commands.length > 0) return { do: 'prove', subject: evidence.candidate.subject, commands };
  return allHold(gates(contract, state, evidence, 'close'))
    ? { do: 'finish' }
    : stopOrWait(contract, state, evidence, 'close');
};
