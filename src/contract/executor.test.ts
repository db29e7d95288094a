import { describe, expect, it } from 'vitest';
import { codes, GOLDEN_FILE, GOLDEN_WAVE, golden, readWave } from './golden-wave.fixture.ts';
import { BUILT_IN_POLICY, type RunOverrides, readConfig, readContract, resolvePolicy } from './index.ts';

describe('executors', () => {
  const withExecutor = (list: string) => golden('- id: claude\n- model: opus\n- timeout: 30m', list);
  const { config } = readConfig({
    path: 'wave.config.json',
    text: JSON.stringify({
      executors: { command: { programs: { fake: { argv: ['node', 'fake.js'] }, other: { argv: ['x'] } } } },
    }),
  });
  const every = ['claude', 'codex', 'opencode', 'command', 'local'] as const;
  const lenient = resolvePolicy({ allowSimulated: true, executors: { implementation: every } });

  it.each([
    ['- id: claude\n- claude.effort: high\n- claude.max_turns: 3', []],
    ['- id: Claude', []],
    ['- id: claude\n- claude.settings_json: {"a":\n  {"b": 1}}', []],
    ['- id: claud', ['executor-value']],
    ['- modle: x', ['unknown-key']],
    ['- budget.minutes: 5x', ['executor-value']],
    ['- budget.minutes: 2.9', ['executor-value']],
    ['- budget.minutes: 0', ['executor-value']],
    ['- timeout: soon', ['executor-value']],
    ['- claude.settings_json: [1]', ['executor-value']],
    ['- codex.config: a', ['executor-value']],
    ['- codex.search: maybe', ['executor-value']],
    ['- id: claude\n- codex.search: true', ['executor-key-mismatch']],
    ['- id: codex\n- command.program: x', ['executor-key-mismatch']],
    ['- retry-policy: sticky\n- allow-fallback-on-retry: yes', ['executor-contradiction']],
    ['- timeout: 5h', ['timeout-above-cap']],
    ['- id: local', ['simulated-not-allowed']],
  ])('%j gives %j', (list, expected) => {
    expect(codes(withExecutor(list))).toEqual(expected);
  });

  it.each([
    ['- id: command\n- command.program: fake', []],
    ['- id: command\n- command.program: fakee', ['command-program-unknown']],
    ['- id: command\n- command.program: constructor', ['command-program-unknown']],
    ['- id: command', ['command-program-missing']],
  ])('command: %j gives %j', (list, expected) => {
    expect(codes(withExecutor(list), { config, policy: lenient })).toEqual(expected);
  });

  const settings = (given: object) =>
    readConfig({ path: 'wave.config.json', text: JSON.stringify(given) }).config;
  const executorOf = (list: string, given: object = {}, policy = resolvePolicy({})) =>
    readWave(withExecutor(list), { config: settings(given), policy }).contract?.agents[1]?.executor;

  it.each([
    ['- id: claude', {}, []],
    ['- id: claude\n- fallbacks: opencode, codex, claude', {}, ['opencode', 'codex']],
    ['- id: claude\n- fallbacks: codex\n- retry-policy: sticky', {}, []],
    ['- id: claude\n- allow-fallback-on-retry: no', { fallbackExecutorOrder: ['codex'] }, []],
    ['- id: claude', { fallbackExecutorOrder: ['claude', 'codex', 'local'] }, ['codex']],
    ['- id: claude\n- fallbacks: opencode', { fallbackExecutorOrder: ['codex'] }, ['opencode']],
  ])('falls back: %j with %j to %j', (list, runtimePolicy, expected) => {
    expect(executorOf(list, { runtimePolicy })?.fallbacks).toEqual(expected);
  });

  it('a fallback the policy does not allow is a finding', () => {
    expect(codes(withExecutor('- id: claude\n- fallbacks: local'))).toEqual(['executor-not-allowed']);
  });

  it.each([
    ['- id: claude', { turns: 40, tokens: null, cost: 2 }],
    [
      '- id: claude\n- budget.turns: 5\n- budget.tokens: 300000\n- budget.cost: 0.50',
      { turns: 5, tokens: 300_000, cost: 0.5 },
    ],
    ['- id: claude\n- budget.turns: 5\n- claude.max_turns: 3', { turns: 3, tokens: null, cost: 2 }],
    ['- id: opencode\n- budget.turns: 5\n- opencode.steps: 7', { turns: 7, tokens: null, cost: 2 }],
  ])('ceilings: %j are %j', (list, expected) => {
    expect(executorOf(list, { executors: { budget: { turns: 40, cost: 2 } } })?.budget).toEqual(expected);
  });

  it.each([
    '- budget.tokens: 1k',
    '- budget.tokens: 0',
    '- budget.cost: 0',
    '- budget.cost: 1.005',
    '- budget.cost: $2',
  ])('%j is no ceiling', (list) => {
    expect(codes(withExecutor(`- id: claude\n${list}`))).toEqual(['executor-value']);
  });

  it.each([
    [{ maxWaveCost: 5 }, '- id: claude\n- budget.cost: 2', []],
    [{ maxWaveCost: 5 }, '- id: claude', ['budget-missing']],
    [{ maxWaveCost: 5 }, '- id: claude\n- budget.cost: 6', ['budget-above-cap']],
    [{ maxWaveCost: 5 }, '- id: codex\n- budget.cost: 2', ['budget-not-enforceable']],
    [{ maxWaveCost: 5 }, '- id: claude\n- budget.cost: 2\n- fallbacks: codex', ['budget-not-enforceable']],
    [{ maxWaveTokens: 900 }, '- id: codex\n- budget.tokens: 900', []],
    [{ maxWaveMinutes: 20 }, '- id: claude\n- timeout: 21m', ['budget-above-cap']],
  ])('caps on the wave %j: %j gives %j', (caps, list, expected) => {
    // The other agents of the wave are within each of these caps.
    const config = settings({
      timeoutMinutes: 10,
      executors: { default: 'claude', budget: { tokens: 9, cost: 1 } },
    });
    const text = withExecutor(list);
    const { diagnostics } = readWave(text, {
      config: expected.some((code) => code === 'budget-missing')
        ? { ...config, executors: { ...config.executors, budget: { turns: null, tokens: 9, cost: null } } }
        : config,
      policy: resolvePolicy(caps),
    });
    expect([...new Set(diagnostics.map(({ code }) => code))]).toEqual(expected);
  });

  it('takes the shorter of the two times', () => {
    const { contract } = readWave(withExecutor('- timeout: 30m\n- budget.minutes: 20'));
    expect(contract?.agents[1]?.executor.timeoutMs).toBe(1_200_000);
  });

  const chosen = (overrides: RunOverrides) => {
    const byRole = readConfig({
      path: 'wave.config.json',
      text: JSON.stringify({
        runtimePolicy: { defaultExecutorByRole: { 'cont-qa': 'opencode', infra: 'codex' } },
      }),
    }).config;
    const { contract } = readContract([{ path: GOLDEN_FILE, text: GOLDEN_WAVE }], {
      waveFile: GOLDEN_FILE,
      config: byRole,
      policy: BUILT_IN_POLICY,
      lane: 'main',
      overrides,
    });
    return contract?.agents.map(({ id, executor }) =>
      [id, executor.id, executor.selectedBy, executor.model, executor.timeoutMs / 60_000].join(' '),
    );
  };

  it('prefers the agent, then the role, then the configuration', () => {
    expect(chosen({})).toMatchInlineSnapshot(`
      [
        "A1 codex lane-default  240",
        "A2 claude agent-id opus 30",
        "A9 codex lane-default  240",
        "A0 opencode lane-role-default  240",
      ]
    `);
  });

  it('takes what was typed over what is written: for one agent, for all, and a model only with its executor', () => {
    expect(chosen({ executor: 'codex', executorByAgent: { A1: 'opencode' } })).toMatchInlineSnapshot(`
      [
        "A1 opencode cli  240",
        "A2 codex cli  30",
        "A9 codex cli  240",
        "A0 codex cli  240",
      ]
    `);
  });

  it('takes a typed time as a ceiling', () => {
    expect(chosen({ timeoutMinutes: 45 })).toMatchInlineSnapshot(`
      [
        "A1 codex lane-default  45",
        "A2 claude agent-id opus 30",
        "A9 codex lane-default  45",
        "A0 opencode lane-role-default  45",
      ]
    `);
  });

  it('holds what was typed to the policy', () => {
    expect(chosen({ executorByAgent: { A1: 'local' } })).toBeUndefined();
  });
});
