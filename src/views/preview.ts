/** What the next run of a wave would do, before anything starts: in which order, who on what, who is kept and why. */
import type { Selection } from '../closure/index.ts';
import { type Agent, type AgentId, type Contract, type ExecutorChoice, STAGES } from '../contract/index.ts';
import { duration, padEnd, plural, shortOid, visible } from './text.ts';

export type Preview = {
  readonly contract: Contract;
  readonly attempt: number;
  readonly base: string;
  /** The commit it is published as already; null when it is not. */
  readonly published: string | null;
  readonly selection: Selection;
  readonly executors: ReadonlyMap<
    AgentId,
    { readonly choice: ExecutorChoice /** This machine can start it. */; readonly here: boolean }
  >;
  readonly maxParallel: number;
  readonly maxRetries: number;
  /** What has to be done before a run would start. */
  readonly inTheWay: readonly string[];
};

const ceilings = ({ timeoutMs, budget }: ExecutorChoice): string =>
  [
    duration(timeoutMs),
    ...(budget.turns === null ? [] : [`${budget.turns} turns`]),
    ...(budget.tokens === null ? [] : [`${budget.tokens} tokens`]),
    ...(budget.cost === null ? [] : [`$${budget.cost}`]),
  ].join(', ');

const ordered = ({ agents }: Contract): readonly Agent[] => [
  ...agents.filter(({ role }) => role === 'implementation'),
  ...STAGES.flatMap((stage) => agents.filter(({ role }) => role === stage)),
];

const fate = ({ selection }: Preview, agent: Agent): { readonly runs: boolean; readonly why: string } =>
  agent.role !== 'implementation'
    ? { runs: true, why: `judges as ${agent.role} once the gates before it hold` }
    : {
        runs: selection.agents.includes(agent.id),
        why: visible(selection.why[agent.id] ?? ''),
      };

/** Lines joined with LF, without a line end. */
export const renderPreview = (preview: Preview): string => {
  const { contract, attempt, base, published, executors, maxParallel, maxRetries, inTheWay } = preview;
  if (published !== null)
    return `wave ${contract.wave} is complete: published as ${shortOid(published)}. There is nothing left to run.`;
  const all = ordered(contract);
  const id = Math.max(...all.map((agent) => agent.id.length));
  const name = Math.max(...[...executors.values()].map(({ choice }) => choice.id.length));
  return [
    `wave ${contract.wave} · ${contract.lane} · attempt ${attempt} would start on ${shortOid(base)}`,
    '',
    ...all.map((agent) => {
      const { runs, why } = fate(preview, agent);
      const found = executors.get(agent.id);
      const on =
        found === undefined || !runs
          ? ''
          : ` (${ceilings(found.choice)}${found.here ? '' : '; not on this machine'})`;
      return `  ${runs ? 'runs' : 'kept'}  ${padEnd(agent.id, id)}  ${padEnd(runs ? (found?.choice.id ?? '') : '', name)}  ${why}${on}`;
    }),
    '',
    `  at most ${plural(maxParallel, 'agent')} at once, ${maxRetries === 0 ? 'no retry' : plural(maxRetries, 'retry', 'retries')}; ${plural(contract.verify.length, 'command')} to verify`,
    ...inTheWay.map((one) => `  a run would be refused: ${visible(one)}`),
    '  nothing was started',
  ].join('\n');
};

export const previewJson = (preview: Preview): Readonly<Record<string, unknown>> => {
  const { contract, attempt, base, published, executors, maxParallel, maxRetries } = preview;
  return {
    wave: contract.wave,
    lane: contract.lane,
    attempt,
    base,
    published,
    agents: ordered(contract).map((agent) => {
      const found = executors.get(agent.id);
      const { timeoutMs, model, fallbacks, budget, selectedBy } = found?.choice ?? agent.executor;
      return {
        agent: agent.id,
        role: agent.role,
        ...fate(preview, agent),
        executor: found?.choice.id ?? agent.executor.id,
        selectedBy,
        here: found?.here ?? false,
        model,
        fallbacks,
        timeoutMs,
        budget,
      };
    }),
    verify: contract.verify.map(({ run }) => run),
    maxParallel,
    maxRetries,
    inTheWay: preview.inTheWay,
  };
};
