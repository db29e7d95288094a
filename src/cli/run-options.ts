/** What `wave run` is asked on the command line, read and checked before anything is looked at. */
import { EXECUTOR_IDS, type ExecutorId, nearest, type RunOverrides } from '../contract/index.ts';
import { WaveFailure } from '../run/failure/index.ts';

/** Wave numbers, both ends included; `to` is null in `3..`. */
export type WaveRange = { readonly from: number; readonly to: number | null };

const bad = (message: string, fix: string): WaveFailure => new WaveFailure('bad-argument', message, fix);

/** `3`, `3..5` or `3..`. */
export const waveRange = (text: string): WaveRange => {
  const match = /^(?<from>\d{1,6})(?:(?<dots>\.\.)(?<to>\d{1,6})?)?$/.exec(text);
  if (match?.groups === undefined)
    throw bad(
      `“${text.slice(0, 40)}” is not a wave number`,
      'Give the number of the wave file (3 for wave-3.md), or several in order: 3..5, or 3.. for all from there.',
    );
  const from = Number(match.groups['from']);
  const last = match.groups['to'];
  const to = last !== undefined ? Number(last) : match.groups['dots'] === undefined ? from : null;
  if (to !== null && to < from)
    throw bad(`${text} ends before it begins`, `Write ${to}..${from}: waves run in order.`);
  return { from, to };
};

const executorId = (text: string): ExecutorId => {
  const id = EXECUTOR_IDS.find((known) => known === text);
  if (id !== undefined) return id;
  const near = nearest(text, EXECUTOR_IDS);
  throw bad(
    `there is no executor “${text.slice(0, 40)}”`,
    `${near === null ? '' : `Did you mean ${near}? `}Executors: ${EXECUTOR_IDS.join(', ')}.`,
  );
};

/** `codex` is for all agents, `A2=codex` for one; the one wins, whatever the order. */
export const executorOverrides = (
  given: readonly string[],
): Pick<RunOverrides, 'executor' | 'executorByAgent'> => {
  let executor: ExecutorId | undefined;
  const byAgent = new Map<string, ExecutorId>();
  for (const text of given) {
    const at = text.indexOf('=');
    if (at === -1) {
      const id = executorId(text);
      if (executor !== undefined && executor !== id)
        throw bad(
          `--executor is given twice for all agents: ${executor} and ${id}`,
          'Give one for all, and A2=codex for the agents that differ.',
        );
      executor = id;
      continue;
    }
    const agent = text.slice(0, at);
    const id = executorId(text.slice(at + 1));
    const before = byAgent.get(agent);
    if (before !== undefined && before !== id)
      throw bad(`--executor is given twice for ${agent}: ${before} and ${id}`, 'Give one.');
    byAgent.set(agent, id);
  }
  return {
    ...(executor === undefined ? {} : { executor }),
    ...(byAgent.size === 0 ? {} : { executorByAgent: Object.fromEntries(byAgent) }),
  };
};

/** A whole number between two bounds, or undefined when the flag was not given. */
export const wholeNumber = (
  flag: string,
  text: string | undefined,
  least: number,
  most: number,
): number | undefined => {
  if (text === undefined) return undefined;
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw bad(
    `${flag} takes a number from ${least} to ${most}, not “${text.slice(0, 20)}”`,
    'Leave it out for the configured number.',
  );
};
