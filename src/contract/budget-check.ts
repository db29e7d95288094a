/** Caps of the base branch over a whole wave: an agent that could break one is refused before anything is spent. */
import { error, type Report } from './diagnostic.ts';
import { shorten } from './items.ts';
import type { ExecutorId, Policy, SourceSpan } from './types.ts';
import type { AgentReading } from './wave.ts';

/** What an executor tells of what it spends: a cap over something it does not tell cannot be kept. */
const TELLS: Readonly<Record<ExecutorId, { readonly tokens: boolean; readonly cost: boolean }>> = {
  claude: { tokens: true, cost: true },
  codex: { tokens: true, cost: false },
  opencode: { tokens: true, cost: true },
  // No model behind them that we know of; `allowSimulated` decides about these.
  command: { tokens: false, cost: false },
  local: { tokens: false, cost: false },
};
const SIMULATED: ReadonlySet<ExecutorId> = new Set(['command', 'local'] as const);

type Cap = {
  readonly unit: 'tokens' | 'cost';
  readonly cap: number;
  readonly key: string;
  readonly shown: (n: number) => string;
};

const capsOf = ({ maxWaveTokens, maxWaveCost }: Policy): readonly Cap[] => [
  ...(maxWaveTokens === null
    ? []
    : [
        {
          unit: 'tokens' as const,
          cap: maxWaveTokens,
          key: 'budget.tokens',
          shown: (n: number) => `${n} tokens`,
        },
      ]),
  ...(maxWaveCost === null
    ? []
    : [{ unit: 'cost' as const, cap: maxWaveCost, key: 'budget.cost', shown: (n: number) => `$${n}` }]),
];

export function checkBudgets(readings: readonly AgentReading[], policy: Policy, report: Report): void {
  for (const { agent, executorAt } of readings) {
    const { id, fallbacks, budget, timeoutMs } = agent.executor;
    const name = shorten(agent.id);
    const at: SourceSpan = executorAt;
    if (policy.maxWaveMinutes !== null && timeoutMs > policy.maxWaveMinutes * 60_000)
      report(
        error(
          'budget-above-cap',
          at,
          `${name} may take ${timeoutMs / 60_000} minutes; the base branch allows ${policy.maxWaveMinutes} for all of the wave`,
          { fix: 'give it a shorter timeout' },
        ),
      );
    const models = [id, ...fallbacks].filter((one) => !SIMULATED.has(one));
    if (models.length === 0) continue;
    for (const { unit, cap, key, shown } of capsOf(policy)) {
      const silent = models.find((one) => !TELLS[one][unit]);
      const asked = budget[unit];
      if (silent !== undefined)
        report(
          error(
            'budget-not-enforceable',
            at,
            `the base branch caps the ${unit} of a wave, and ${name} may run on ${silent}, which reports none`,
            { fix: 'choose an executor that reports it, or cap something else on the base branch' },
          ),
        );
      else if (asked === null)
        report(
          error(
            'budget-missing',
            at,
            `the base branch allows ${shown(cap)} for all of the wave, and ${name} has no ceiling`,
            {
              fix: `add "- ${key}: <n>" to ### Executor, or executors.budget.${unit} to the configuration`,
            },
          ),
        );
      else if (asked > cap)
        report(
          error(
            'budget-above-cap',
            at,
            `${name} may spend ${shown(asked)}; the base branch allows ${shown(cap)} for all of the wave`,
            { fix: `ask for less in ${key}` },
          ),
        );
    }
  }
}
