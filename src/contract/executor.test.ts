import { describe, expect, it } from 'vitest';
import { codes, GOLDEN_FILE, GOLDEN_WAVE, golden, readWave } from './golden-wave.fixture.ts';
import { BUILT_IN_POLICY, readConfig, readContract, resolvePolicy } from './index.ts';

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

  it('takes the shorter of the two times', () => {
    const { contract } = readWave(withExecutor('- timeout: 30m\n- budget.minutes: 20'));
    expect(contract?.agents[1]?.executor.timeoutMs).toBe(1_200_000);
  });

  it('prefers the agent, then the role, then the command line, then the configuration', () => {
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
      executorOverride: 'claude',
    });
    expect(contract?.agents.map(({ id, executor }) => [id, executor.id, executor.selectedBy])).toEqual([
      ['A1', 'claude', 'cli-default'],
      ['A2', 'claude', 'agent-id'],
      ['A9', 'claude', 'cli-default'],
      ['A0', 'opencode', 'lane-role-default'],
    ]);
  });
});
