/** What each agent comes to for the wave, which is more than whether its process runs. */
import { failing, type Gate } from '../closure/index.ts';
import type { AgentId, Contract } from '../contract/index.ts';
import type { EntryId } from '../journal/index.ts';
import {
  handle,
  type Obligation,
  openObligations,
  openWaits,
  roleOf,
  type WaveState,
} from '../state/index.ts';
import { listed } from './text.ts';
import { endedWell, exitWords, latestAttempt } from './wording.ts';

/** coordination.md §6.3; `working` covers an agent whose process runs and one that has taken up a request. */
export type LogicalState = 'needs-rerun' | 'working' | 'blocked' | 'closed' | 'satisfied' | 'planned';
export type LogicalAgent = {
  readonly agentId: AgentId;
  readonly state: LogicalState;
  readonly reason: string;
  /** Open records that it asked or owes. */
  readonly taskIds: readonly EntryId[];
};

const logicalState = (
  contract: Contract,
  state: WaveState,
  agent: AgentId,
  open: readonly Obligation[],
  blamed: ReadonlyMap<AgentId, string>,
  cutOff: boolean,
): Pick<LogicalAgent, 'state' | 'reason'> => {
  const attempt = latestAttempt(state);
  const finished = attempt?.finished.get(agent);
  const over = attempt?.ended !== null;
  if (finished !== undefined && !endedWell(finished.exit))
    return { state: 'needs-rerun', reason: exitWords(finished.exit) };
  const parked = state.parked.has(agent) ? openWaits(state, agent).map(handle) : null;
  if (finished === undefined && !over && parked !== null)
    return {
      state: 'blocked',
      reason: `is parked${parked.length === 0 ? '' : `, waits for ${listed(parked)}`}`,
    };
  if (finished === undefined && !over && attempt?.started.has(agent))
    return cutOff ? { state: 'needs-rerun', reason: 'was cut off' } : { state: 'working', reason: 'running' };
  const owes = open.filter((one) => one.owedBy.includes(agent));
  const taken = owes.find((one) => one.record.status !== 'open');
  if (taken !== undefined) return { state: 'working', reason: `has taken up ${handle(taken.record)}` };
  const tied = owes[0] ?? open.find((one) => one.record.authorAgent === agent);
  if (tied !== undefined)
    return {
      state: 'blocked',
      reason: `${owes.length > 0 ? 'owes' : 'waits for'} ${handle(tied.record)}`,
    };
  const code = blamed.get(agent);
  // While an attempt goes on, what agents say against each other is integration's to settle.
  const early = !over && code === 'contradiction-open';
  if (code !== undefined && finished !== undefined && !early) return { state: 'needs-rerun', reason: code };
  if (finished === undefined) return { state: 'planned', reason: 'has not run in this attempt' };
  return roleOf(contract, agent) === 'implementation'
    ? { state: 'satisfied', reason: 'done' }
    : { state: 'closed', reason: 'has judged' };
};

/** @param cutOff the newest attempt's run has ended without ending the attempt */
export const logicalAgents = (
  contract: Contract,
  state: WaveState,
  gates: readonly Gate[] = [],
  { cutOff }: { readonly cutOff: boolean } = { cutOff: false },
): readonly LogicalAgent[] => {
  const open = openObligations(state);
  const blamed = new Map<AgentId, string>();
  for (const { agent, code, record } of failing(gates))
    if (agent !== null && record === null && !blamed.has(agent)) blamed.set(agent, code);
  return contract.agents.map(({ id }) => ({
    agentId: id,
    ...logicalState(contract, state, id, open, blamed, cutOff),
    taskIds: open
      .filter(({ record, owedBy }) => record.authorAgent === id || owedBy.includes(id))
      .map(({ record }) => record.id),
  }));
};
