/**
 * What comes after a refused attempt: another one, targeted, or an end with its reason (closure.md §6, §14.4). An attempt
 * is only made when somebody can do something else than last time.
 */
import { type Agent, type AgentId, type Contract, type ExecutorId, STAGES } from '../contract/index.ts';
import type { EndReason } from '../journal/index.ts';
import type { Attempt, WaveState } from '../state/index.ts';
import { chooseExecutor } from './executor-choice.ts';
import { type Base, type Selection, selectAgents } from './selection.ts';
import type { Reason } from './types.ts';

/** No attempt clears these: the wave file, the configuration or the base branch has to say something else first. */
const EDIT_FIRST: ReadonlySet<string> = new Set([
  'simulated-not-allowed',
  'isolation-below-policy',
  'budget-exhausted',
  'proof-level-unproven',
  'missing-component-promotions',
  'missing-cont-eval-contract',
]);

/**
 * A steward's no. Asked again about the same work it is no proof, whatever it says then: somebody has to mend what it
 * names. Anything else that fails at a steward's gate is the steward's own to do over.
 */
const VERDICTS: ReadonlySet<string> = new Set([
  'cont-eval-needs-more-work',
  'cont-eval-blocked',
  'cont-eval-regressions',
  'security-blocked',
  'integration-needs-more-work',
  'cont-qa-concerns',
  'cont-qa-hold',
  'cont-qa-blocked',
  'gate-dimension-not-pass',
  'unresolved-gap',
]);

/** Whether a reason is a steward’s no, which only other work can change. */
export const isVerdict = (code: string): boolean => VERDICTS.has(code);

export type GiveUp =
  /** As many retries were made as are allowed; 0 when none are. */
  | { readonly code: 'retries-spent'; readonly retries: number }
  | { readonly code: 'edit-first'; readonly codes: readonly string[] }
  /** Attempt `since` failed in the same way on the same work. */
  | { readonly code: 'no-progress'; readonly since: number }
  /** Those who said no named nobody of the wave who could mend it. */
  | { readonly code: 'nobody-to-relaunch'; readonly by: readonly AgentId[] }
  /** The branch the wave closes on says something else by now than this run started from. */
  | { readonly code: 'base-moved' };

export type AfterRefusal =
  | { readonly do: 'retry'; readonly selection: Selection }
  | { readonly do: 'give-up'; readonly why: GiveUp };

const key = ({ gate, code, agent, record }: EndReason): string =>
  [gate, code, agent ?? '', record ?? ''].join('\0');

/** What an attempt failed on, and with which reasons: two that share it differ in nothing that a third could use. */
const signature = ({ ended, trees }: Attempt): string =>
  JSON.stringify([
    trees.implementation?.subject ?? null,
    trees.documentation?.subject ?? null,
    (ended?.reasons ?? []).map(key).toSorted(),
  ]);

/**
 * @param attempt the refused one, ended, of the run that would go on
 * @param reasons everything that failed in it
 * @param maxRetries attempts of one run beside the first
 * @param available which of an agent's executors can be started
 */
export const afterRefusal = (
  contract: Contract,
  state: WaveState,
  attempt: Attempt,
  reasons: readonly Reason[],
  base: Base,
  maxRetries: number,
  available: (agent: Agent) => ReadonlySet<ExecutorId>,
): AfterRefusal => {
  const giveUp = (why: GiveUp): AfterRefusal => ({ do: 'give-up', why });
  const codes = [...new Set(reasons.map(({ code }) => code).filter((code) => EDIT_FIRST.has(code)))];
  if (codes.length > 0) return giveUp({ code: 'edit-first', codes });
  const selection = selectAgents(contract, state, base);
  const stages = new Set<string>(STAGES);
  const ofStewards = reasons.filter(({ gate, record }) => stages.has(gate) && record === null);
  const noes = new Set(ofStewards.flatMap(({ code, agent }) => (VERDICTS.has(code) ? [agent] : [])));
  const toDoOver = ofStewards.some(({ agent }) => !noes.has(agent));
  if (selection.agents.length === 0 && noes.size > 0 && !toDoOver)
    return giveUp({ code: 'nobody-to-relaunch', by: [...noes].flatMap((agent) => agent ?? []) });
  const own = [...state.attempts.values()].filter((one) => one.run === attempt.run);
  if (own.length > maxRetries) return giveUp({ code: 'retries-spent', retries: maxRetries });
  const before = own.filter((one) => one.attempt < attempt.attempt).at(-1);
  const onOthers = [...attempt.finished.values()].some(({ agent: id, executor, reusedFrom }) => {
    const agent = contract.agents.find((one) => one.id === id);
    if (agent === undefined || reusedFrom !== null) return false;
    const next = { run: attempt.run, attempt: attempt.attempt + 1 };
    return chooseExecutor(state, next, agent, available(agent)).id !== executor;
  });
  return before !== undefined && !onOthers && signature(before) === signature(attempt)
    ? giveUp({ code: 'no-progress', since: before.attempt })
    : { do: 'retry', selection };
};
