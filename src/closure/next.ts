/** next(...): the one step to take now. The local loop asks it until it is done; each job asks whether its turn has come. */
import { type Agent, type Contract, STAGES, type Stage } from '../contract/index.ts';
import type { EntryId, Instant } from '../journal/index.ts';
import { type Attempt, obligationsAt, openObligations, type WaveState } from '../state/index.ts';
import { currentAttempt, endedWell } from './gates/agent-run.ts';
import { allHold, failing, gates } from './gates/evaluate.ts';
import { ownReasons } from './gates/implementation.ts';
import { proofsOn } from './gates/verify.ts';
import type { Evidence, Step } from './types.ts';

export type Selection = {
  readonly agents: readonly string[];
  readonly kept: readonly { readonly agent: string; readonly from: EntryId }[];
  readonly why: Readonly<Record<string, string>>;
};

type Base = { readonly tree: string; readonly waveDigest: string; readonly policyDigest: string };

/**
 * Declared commands that failed on what an attempt's agents made. A command of one agent's section is that agent's; a
 * wave's or the policy's is nobody's in particular, so everybody's.
 */
const failedCommands = (contract: Contract, attempt: Attempt, agent: Agent): readonly string[] => {
  const subject = attempt.trees.implementation?.subject;
  const last = new Map(attempt.proofs.filter((one) => one.subject === subject).map((one) => [one.run, one]));
  return contract.verify.flatMap(({ run, source }) => {
    const proof = last.get(run);
    const theirs = source.kind !== 'agent' || source.agent === agent.id;
    return theirs && proof !== undefined && !endedWell(proof.exit) ? [run] : [];
  });
};

/** What stands against offering an agent's result again: what failed then would fail in the same way again. */
const against = (
  contract: Contract,
  state: WaveState,
  base: Base,
  attempt: Attempt,
  agent: Agent,
): string | null => {
  if (attempt.baseTree !== base.tree) return 'the base has changed';
  if (attempt.waveDigest !== base.waveDigest) return 'the wave file has changed';
  if (attempt.policyDigest !== base.policyDigest) return 'the policy has changed';
  const [own] = ownReasons(contract, state, attempt, agent).filter(
    // Interrupted before anybody looked at the patches: this one is looked at now.
    ({ code }) => code !== 'patch-not-admitted' || attempt.trees.implementation !== null,
  );
  if (own !== undefined) return own.code;
  if (attempt.trees.implementation === null) return null;
  const admission = attempt.admissions.get(agent.id);
  const written = admission?.kind === 'admitted' ? admission.paths : [];
  const left = agent.deliverables.find(({ path }) => !written.includes(path));
  if (left !== undefined) return `did not write ${left.path}`;
  if (attempt.ended?.code === 'empty-deliverable' && agent.deliverables.length > 0)
    return 'empty-deliverable';
  const [command] = failedCommands(contract, attempt, agent);
  return command === undefined ? null : `${command} failed on the tree`;
};

type Earlier = { readonly from: EntryId | null; readonly why: string };

/**
 * The newest earlier result of an agent, if it may be offered again as a patch: nothing stands against it, and it was
 * cut from the same base under the same wave file and policy. It is admitted and proved anew.
 */
const earlierResult = (contract: Contract, state: WaveState, base: Base, agent: Agent): Earlier => {
  for (const attempt of [...state.attempts.values()].toSorted((a, b) => b.attempt - a.attempt)) {
    const finished = attempt.finished.get(agent.id);
    if (finished === undefined) continue;
    // A later failure of the agent outweighs an earlier success.
    const why = against(contract, state, base, attempt, agent);
    return why === null
      ? { from: finished.reusedFrom ?? finished.entry, why: 'its patch is admitted and proved again' }
      : { from: null, why };
  }
  return { from: null, why: 'has no result yet' };
};

/** Who runs in a new attempt, who is kept, and why (closure.md §6, targeted: all that are needed, only them). */
export const selectAgents = (contract: Contract, state: WaveState, base: Base): Selection => {
  const owing = new Set(openObligations(state).flatMap((one) => one.owedBy));
  const agents: string[] = [];
  const kept: { agent: string; from: EntryId }[] = [];
  const why: Record<string, string> = {};
  for (const agent of contract.agents) {
    if (agent.role !== 'implementation') continue;
    const earlier = earlierResult(contract, state, base, agent);
    const owes = earlier.from !== null && owing.has(agent.id);
    if (earlier.from !== null && !owes) kept.push({ agent: agent.id, from: earlier.from });
    else agents.push(agent.id);
    why[agent.id] = owes ? 'owes an open request' : earlier.why;
  }
  return { agents, kept, why };
};

const unfinished = (contract: Contract, attempt: Attempt): readonly string[] =>
  contract.agents
    .filter((agent) => agent.role === 'implementation' && !attempt.finished.has(agent.id))
    .map((agent) => agent.id);

/** Refused, or only waiting for people: then no step of ours can clear what is left. */
const stopOrWait = (contract: Contract, state: WaveState, evidence: Evidence, at: Stage): Step => {
  const all = gates(contract, state, evidence, at);
  const reasons = failing(all);
  const owed = obligationsAt(contract, state, at).filter((one) => one.owedBy.length === 0);
  const personal = new Set(owed.map((one) => one.record.id));
  return owed.length > 0 && reasons.every((one) => one.record !== null && personal.has(one.record))
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
  const waiting = unfinished(contract, attempt);
  if (waiting.length > 0)
    return {
      do: 'run-agents',
      agents: waiting,
      kept: [],
      why: Object.fromEntries(waiting.map((agent) => [agent, 'has no result in this attempt'])),
    };
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
    return { do: 'run-stage', stage, agents: agents.filter((agent) => !attempt.finished.has(agent)) };
  }
  const commands = missing();
  if (commands.length > 0) return { do: 'prove', subject: evidence.candidate.subject, commands };
  return allHold(gates(contract, state, evidence, 'close'))
    ? { do: 'finish' }
    : stopOrWait(contract, state, evidence, 'close');
};
