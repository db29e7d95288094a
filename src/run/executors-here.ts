/** Which executors this machine can start: program and key, looked at before anything is spent. */
import { executorProblem } from '../agents/index.ts';
import type { Agent, Config, ExecutorId } from '../contract/index.ts';
import { WaveFailure } from './failure/index.ts';

type Runs = Pick<Agent, 'id' | 'executor'>;
type In = { readonly config: Pick<Config, 'executors'> };

const problem = ({ config }: In, { executor }: Runs, id: ExecutorId, problemOf: typeof executorProblem) =>
  problemOf(id, {
    // A model is only named for an agent's own executor.
    model: id === executor.id ? executor.model : null,
    keyVariable: id === 'local' || id === 'command' ? undefined : config.executors.access[id]?.keyVariable,
  });

/** Of an agent's executor and its fallbacks, those that can be started here. */
export const executorsHere = (
  contract: In,
  agent: Runs,
  problemOf: typeof executorProblem = executorProblem,
): ReadonlySet<ExecutorId> =>
  new Set(
    [agent.executor.id, ...agent.executor.fallbacks].filter(
      (id) => problem(contract, agent, id, problemOf) === null,
    ),
  );

/** Agents none of whose executors is here: all of them at once, each with what to do. */
export const refuseMissingExecutors = (
  contract: In & { readonly agents: readonly Runs[] },
  problemOf: typeof executorProblem = executorProblem,
): void => {
  const missing = new Map<string, { readonly fix: string; readonly agents: string[] }>();
  for (const agent of contract.agents) {
    if (executorsHere(contract, agent, problemOf).size > 0) continue;
    const found = problem(contract, agent, agent.executor.id, problemOf);
    if (found === null) continue;
    const one = missing.get(found.message) ?? { fix: found.fix, agents: [] };
    one.agents.push(agent.id);
    missing.set(found.message, one);
  }
  if (missing.size === 0) return;
  throw new WaveFailure(
    'executor-not-available',
    [...missing].map(([message, one]) => `${one.agents.join(', ')}: ${message}`).join('; '),
    [...new Set([...missing.values()].map(({ fix }) => fix))].join('; '),
  );
};
