import { describe, expect, test } from 'vitest';
import {
  adding,
  all,
  type Change,
  changing,
  contractOf,
  fact,
  honest,
  removing,
} from '../../test/histories/index.ts';
import type { Contract, ExecutorChoice, Policy } from '../contract/index.ts';
import { fold } from '../state/index.ts';
import { overBudget, overBudgetWords } from './budget.ts';

const choice = (tokens: number, cost: number, minutes = 10): ExecutorChoice => ({
  id: 'claude',
  program: null,
  model: null,
  timeoutMs: minutes * 60_000,
  selectedBy: 'agent-id',
  fallbacks: [],
  budget: { turns: null, tokens, cost },
});
const withPolicy = (policy: Partial<Policy>): Contract => {
  const plain = contractOf(['A1', 'A2', 'A0']);
  return {
    ...plain,
    agents: plain.agents.map((agent) => ({ ...agent, executor: choice(1000, 1) })),
    policy: { ...plain.policy, ...policy },
  };
};
const started = fact('A1', 'started', {
  type: 'agent.started',
  attempt: 1,
  agent: 'A1',
  executor: 'claude',
  isolation: 'none',
});
const used = (tokens: number | 'unknown', cost: number | null = 0) =>
  changing('local-1.1.A1.finished', {
    executor: 'claude',
    durationMs: 120_000,
    usage: tokens === 'unknown' ? 'unknown' : { inputTokens: tokens, outputTokens: 0, costUsd: cost },
  });
/** A1 as told; everybody else took no time on `local`. */
const said = (policy: Partial<Policy>, change: Change, asked = choice(1000, 1)) => {
  const contract = withPolicy(policy);
  const { entries } = change(honest({ contract }));
  const only = entries.filter(({ id }) => !/\.(A2|A0)\./.test(id));
  const over = overBudget(contract, fold(contract, only), { id: 'A0', executor: asked });
  return over === null ? 'may start' : overBudgetWords(over);
};

describe('a launch', () => {
  test.each<[string, string, string]>([
    ['without caps', said({}, used('unknown')), 'may start'],
    ['that fits what is left, to the last token', said({ maxWaveTokens: 1400 }, used(400)), 'may start'],
    [
      'that could go one above',
      said({ maxWaveTokens: 1399 }, used(400)),
      'could spend 1000 tokens; of 1399 tokens for the wave 400 tokens are spent and 0 tokens reserved',
    ],
    [
      'after one whose spending is not known: that counts with all it was allowed',
      said({ maxWaveTokens: 1999 }, used('unknown')),
      'could spend 1000 tokens; of 1999 tokens for the wave 0 tokens are spent and 1000 tokens reserved',
    ],
    [
      'after one that reported no cost',
      said({ maxWaveCost: 1.99 }, used(400, null)),
      'could spend $1.00; of $1.99 for the wave $0.00 are spent and $1.00 reserved',
    ],
    [
      'where only tokens are capped, whose cost nobody needs',
      said({ maxWaveTokens: 1400 }, used(400, null)),
      'may start',
    ],
    [
      'beside one that still runs, or was cut off',
      said({ maxWaveTokens: 1999 }, all(removing('local-1.1.A1.finished'), adding([started]))),
      'could spend 1000 tokens; of 1999 tokens for the wave 0 tokens are spent and 1000 tokens reserved',
    ],
    [
      'without an end to what it may spend',
      said({ maxWaveCost: 5 }, used(0), {
        ...choice(0, 0),
        budget: { turns: null, tokens: null, cost: null },
      }),
      'could spend without end; of $5.00 for the wave $0.00 are spent and $0.00 reserved',
    ],
    [
      'whose time does not fit',
      said({ maxWaveMinutes: 11 }, used(0)),
      'could spend 10 minutes; of 11 minutes for the wave 2 minutes are spent and 0 minutes reserved',
    ],
  ])('%s', (_, told, expected) => {
    expect(told).toBe(expected);
  });

  test('counts those that are about to start', () => {
    const contract = withPolicy({ maxWaveTokens: 2000 });
    const state = fold(contract, []);
    const one = choice(1000, 1);
    const asking = { id: 'A3', executor: one };
    expect(overBudget(contract, state, asking, new Map([['A1', one]]))).toBeNull();
    expect(
      overBudget(
        contract,
        state,
        asking,
        new Map([
          ['A1', one],
          ['A2', one],
        ]),
      ),
    ).toMatchObject({ unit: 'tokens', reserved: 2000, asked: 1000 });
  });

  test('on an executor without a model costs its time only', () => {
    const contract = withPolicy({ maxWaveTokens: 1 });
    expect(
      overBudget(contract, fold(contract, []), { id: 'A1', executor: { ...choice(9, 9), id: 'local' } }),
    ).toBeNull();
  });
});
