/**
 * The caps of the base branch over a whole wave, kept by reservation: an agent that could break one is refused before it
 * starts. What has ended counts with what it reported, what runs or reported nothing with all it was allowed.
 */
import {
  type Agent,
  type AgentId,
  type Contract,
  type ExecutorChoice,
  isSimulated,
  type Policy,
} from '../contract/index.ts';
import type { Usage } from '../journal/index.ts';
import type { WaveState } from '../state/index.ts';

export type Spending = { readonly minutes: number; readonly tokens: number; readonly cost: number };
export type OverBudget = {
  readonly unit: keyof Spending;
  readonly cap: number;
  /** By ended agents, in all attempts. */
  readonly spent: number;
  /** By agents that run, or whose spending is not known. */
  readonly reserved: number;
  readonly asked: number;
};

const NOTHING: Spending = { minutes: 0, tokens: 0, cost: 0 };
const plus = (a: Spending, b: Spending): Spending => ({
  minutes: a.minutes + b.minutes,
  tokens: a.tokens + b.tokens,
  cost: a.cost + b.cost,
});

/** Everything a launch may spend. Behind `command` and `local` we know of no model: they cost their time only. */
const ceilingOf = ({ id, timeoutMs, budget }: ExecutorChoice): Spending =>
  isSimulated(id)
    ? { ...NOTHING, minutes: timeoutMs / 60_000 }
    : {
        minutes: timeoutMs / 60_000,
        tokens: budget.tokens ?? Number.POSITIVE_INFINITY,
        cost: budget.cost ?? Number.POSITIVE_INFINITY,
      };

const known = (usage: Usage, minutes: number): Spending | null =>
  usage === 'unknown' || usage.costUsd === null
    ? null
    : { minutes, tokens: usage.inputTokens + usage.outputTokens, cost: usage.costUsd };

/** Where only the cost is not known the tokens still are. */
const partly = (usage: Usage, minutes: number, ceiling: Spending): Spending => ({
  minutes,
  tokens: usage === 'unknown' ? ceiling.tokens : usage.inputTokens + usage.outputTokens,
  cost: usage === 'unknown' || usage.costUsd === null ? ceiling.cost : usage.costUsd,
});

/** @param except whose own open launch is the one that asks: it goes on after it was parked */
const standing = (
  contract: Contract,
  state: WaveState,
  except: AgentId,
): { readonly spent: Spending; readonly reserved: Spending } => {
  let spent = NOTHING;
  let reserved = NOTHING;
  const newest = [...state.attempts.values()].at(-1);
  const own = new Map(contract.agents.map(({ id, executor }) => [id, executor]));
  for (const attempt of state.attempts.values()) {
    for (const { agent, executor, exit, reusedFrom, durationMs, usage } of attempt.finished.values()) {
      const choice = own.get(agent);
      if (choice === undefined || reusedFrom !== null || exit.kind === 'over-budget') continue;
      const minutes = durationMs / 60_000;
      if (isSimulated(executor)) {
        spent = plus(spent, { ...NOTHING, minutes });
        continue;
      }
      const told = known(usage, minutes);
      if (told !== null) spent = plus(spent, told);
      else reserved = plus(reserved, partly(usage, minutes, ceilingOf({ ...choice, id: executor })));
    }
    for (const agent of attempt.started.keys()) {
      const choice = own.get(agent);
      const asks = agent === except && attempt === newest;
      if (choice !== undefined && !asks && !attempt.finished.has(agent))
        reserved = plus(reserved, ceilingOf(choice));
    }
  }
  return { spent, reserved };
};

const CAPS = {
  minutes: 'maxWaveMinutes',
  tokens: 'maxWaveTokens',
  cost: 'maxWaveCost',
} as const satisfies Record<keyof Spending, keyof Policy>;

/**
 * The first cap that this launch could break, or null when it may start.
 *
 * @param starting launches that are decided and not yet in the journal
 */
export const overBudget = (
  contract: Contract,
  state: WaveState,
  agent: Pick<Agent, 'id' | 'executor'>,
  starting: ReadonlyMap<AgentId, ExecutorChoice> = new Map(),
): OverBudget | null => {
  const { policy } = contract;
  const units = (Object.keys(CAPS) as (keyof Spending)[]).filter((unit) => policy[CAPS[unit]] !== null);
  if (units.length === 0) return null;
  const { spent, reserved } = standing(contract, state, agent.id);
  const held = [...starting.values()].map(ceilingOf).reduce(plus, reserved);
  const asked = ceilingOf(agent.executor);
  for (const unit of units) {
    const cap = policy[CAPS[unit]];
    if (cap !== null && spent[unit] + held[unit] + asked[unit] > cap)
      return { unit, cap, spent: spent[unit], reserved: held[unit], asked: asked[unit] };
  }
  return null;
};

const amount = (unit: keyof Spending, n: number): string => {
  if (!Number.isFinite(n)) return 'without end';
  return unit === 'cost'
    ? `$${n.toFixed(2)}`
    : unit === 'tokens'
      ? `${n} tokens`
      : `${Number(n.toFixed(1))} minutes`;
};

/** One line, for the journal and the gate that fails because of it. */
export const overBudgetWords = ({ unit, cap, spent, reserved, asked }: OverBudget): string =>
  `could spend ${amount(unit, asked)}; of ${amount(unit, cap)} for the wave ${amount(unit, spent)} are spent and ${amount(unit, reserved)} reserved`;
