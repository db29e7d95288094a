/** Which executor an agent gets in an attempt (closure.md §6.4): the one it has, unless that one cannot do the work. */
import type { Agent, ExecutorChoice, ExecutorId } from '../contract/index.ts';
import type { ExitReason } from '../journal/index.ts';
import type { WaveState } from '../state/index.ts';
import { endedWell } from './gates/agent-run.ts';

/** Ends that say nothing about the executor: any other would have met them too. */
const ELSEWHERE: ReadonlySet<ExitReason['kind']> = new Set(['cancelled', 'lost', 'over-budget'] as const);

/** How the agent ended on each executor it had in this run, oldest first. */
const triedBy = (state: WaveState, run: string, before: number, agent: string) =>
  [...state.attempts.values()].flatMap((attempt) => {
    const finished = attempt.finished.get(agent);
    if (attempt.run !== run || attempt.attempt >= before || finished === undefined) return [];
    // A patch offered again says nothing about the executor that made it once.
    if (finished.reusedFrom !== null) return [];
    const { exit, limit } = finished;
    const failed = limit === null && !endedWell(exit) && !ELSEWHERE.has(exit.kind);
    return [{ executor: finished.executor, failed }];
  });

const asFallback = (choice: ExecutorChoice, id: ExecutorId): ExecutorChoice => ({
  ...choice,
  id,
  // Names of programs and models belong to the executor they were named with.
  program: null,
  model: null,
  selectedBy: 'fallback',
});

/**
 * The executor it had last in this run, or its own when it had none. Another one of its fallbacks takes over only when
 * that one is not here or its last run failed as a process: what an agent reports, leaves out or is refused for never
 * changes its executor. With nothing left to try it stays where it is.
 *
 * @param available what this machine can start
 */
export const chooseExecutor = (
  state: WaveState,
  at: { readonly run: string; readonly attempt: number },
  { id, executor }: Pick<Agent, 'id' | 'executor'>,
  available: ReadonlySet<ExecutorId>,
): ExecutorChoice => {
  const tried = triedBy(state, at.run, at.attempt, id);
  const last = tried.at(-1);
  const current = last?.executor ?? executor.id;
  const as = (one: ExecutorId): ExecutorChoice =>
    one === executor.id ? executor : asFallback(executor, one);
  if (last?.failed !== true && available.has(current)) return as(current);
  const spent = new Set(tried.map((one) => one.executor));
  const next = [executor.id, ...executor.fallbacks].find((one) => available.has(one) && !spent.has(one));
  return as(next ?? current);
};
