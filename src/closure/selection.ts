/** Who runs in a new attempt, who is kept, and why. */
import type { Agent, Contract } from '../contract/index.ts';
import type { EntryId } from '../journal/index.ts';
import {
  type Attempt,
  contradictionsAt,
  leftToPeople,
  openObligations,
  repairersOf,
  type WaveState,
} from '../state/index.ts';
import { endedWell } from './gates/agent-run.ts';
import { ownComponentReasons } from './gates/components.ts';
import { ownReasons } from './gates/implementation.ts';

export type Selection = {
  readonly agents: readonly string[];
  readonly kept: readonly { readonly agent: string; readonly from: EntryId }[];
  readonly why: Readonly<Record<string, string>>;
};

export type Base = { readonly tree: string; readonly waveDigest: string; readonly policyDigest: string };

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
  const [own] = [
    ...ownReasons(contract, state, attempt, agent),
    ...ownComponentReasons(contract, state, attempt, agent),
  ].filter(
    // Interrupted before anybody looked at the patches: this one is looked at now.
    ({ code }) => code !== 'patch-not-admitted' || attempt.trees.implementation !== null,
  );
  if (own !== undefined) return own.code;
  if (attempt.trees.implementation === null) return null;
  const admission = attempt.admissions.get(agent.id);
  const written = admission?.kind === 'admitted' ? admission.paths : [];
  const left = agent.deliverables.find(({ path }) => !written.includes(path));
  if (left !== undefined) return `did not write ${left.path}`;
  // What only the trees of that attempt showed, such as an empty deliverable.
  const named = attempt.ended?.reasons.find(
    (one) => one.agent === agent.id && one.record === null && one.gate !== 'verify',
  );
  if (named !== undefined) return named.code;
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
  // What a person is asked for is no work of the agent's any more.
  const left = leftToPeople(contract, state);
  const owing = new Set(
    openObligations(state).flatMap(({ record, owedBy }) => (left.has(record.id) ? [] : owedBy)),
  );
  const disputed = new Map(
    contradictionsAt(contract, state, 'close').flatMap((one) =>
      repairersOf(contract, one).map((agent) => [agent, one.subject] as const),
    ),
  );
  const agents: string[] = [];
  const kept: { agent: string; from: EntryId }[] = [];
  const why: Record<string, string> = {};
  for (const agent of contract.agents) {
    if (agent.role !== 'implementation') continue;
    const earlier = earlierResult(contract, state, base, agent);
    const subject = disputed.get(agent.id);
    const owes = owing.has(agent.id)
      ? 'owes an open request'
      : subject === undefined
        ? null
        : `is contradicted on ${subject}`;
    if (earlier.from !== null && owes === null) kept.push({ agent: agent.id, from: earlier.from });
    else agents.push(agent.id);
    why[agent.id] = earlier.from === null ? earlier.why : (owes ?? earlier.why);
  }
  return { agents, kept, why };
};
