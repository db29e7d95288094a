/** How one agent stands: its mark, what it did or waits for, and what it proved. For every table that has agents. */
import type { AgentId, Contract } from '../contract/index.ts';
import type { Attempt, WaveState } from '../state/index.ts';
import { type BlockingEdge, recordEdges } from './blocking-edge.ts';
import { clip, duration, type Mark, visible } from './text.ts';
import { endedWell, exitWords, latestAttempt, quoted, signalWords, spoken } from './wording.ts';

export type AgentRow = { readonly mark: Mark; readonly state: string; readonly proof: string };
const rowOf = (
  state: WaveState,
  attempt: Attempt | null,
  id: AgentId,
  ask: BlockingEdge | undefined,
): AgentRow => {
  const finished = attempt?.finished.get(id);
  if (attempt === null || finished === undefined) {
    if (ask !== undefined) return { mark: 'paused', state: `asked: ${quoted(ask.summary, 80)}`, proof: '–' };
    return attempt?.started.has(id) === true && attempt.ended === null
      ? { mark: 'running', state: 'running', proof: '–' }
      : { mark: 'waiting', state: 'not run', proof: '–' };
  }
  if (!endedWell(finished.exit)) return { mark: 'failed', state: exitWords(finished.exit), proof: '–' };
  const admission = attempt.admissions.get(id);
  if (admission?.kind === 'refused')
    return {
      mark: 'failed',
      state: `patch refused: ${visible(admission.refusals[0]?.code ?? '')}`,
      proof: '–',
    };
  const signals = spoken(state, attempt, id);
  const proof = signals.findLast((one) => one.kind === 'proof');
  const last = signals.at(-1);
  const said =
    proof === undefined
      ? last === undefined
        ? '–'
        : clip(signalWords(last), 90)
      : `${proof.proof}${proof.durability === 'none' ? '' : `, ${proof.durability}`}${proof.state === 'gap' ? ' (gap)' : ''}`;
  const done = finished.reusedFrom === null ? `done in ${duration(finished.durationMs)}` : 'kept';
  return {
    mark: ask === undefined ? 'done' : 'paused',
    state: ask === undefined ? done : `${done}, asked: ${quoted(ask.summary, 80)}`,
    proof: said,
  };
};

/** Every agent of the contract as it stands in the newest attempt, in plain text that is safe to print. */
export const agentRows = (contract: Contract, state: WaveState): ReadonlyMap<AgentId, AgentRow> => {
  const asks = new Map<string, BlockingEdge>();
  for (const edge of recordEdges(contract, state))
    if (edge.from !== null && edge.kind !== 'blocker' && !asks.has(edge.from)) asks.set(edge.from, edge);
  const attempt = latestAttempt(state);
  return new Map(contract.agents.map(({ id }) => [id, rowOf(state, attempt, id, asks.get(id))]));
};

/** For an agent the contract does not have. */
export const NO_ROW: AgentRow = { mark: 'waiting', state: 'not run', proof: '–' };
