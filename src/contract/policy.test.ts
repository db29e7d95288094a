import { describe, expect, it } from 'vitest';
import { codes, findings, GOLDEN_WAVE, golden, readWave } from './golden-wave.fixture.ts';
import { BUILT_IN_POLICY, type PolicyInput, policyWeaknesses, protectedBy, resolvePolicy } from './policy.ts';
import type { Policy, VerifyCommand } from './types.ts';

const test: VerifyCommand = {
  run: 'npm test',
  argv: ['npm', 'test'],
  timeoutMs: 1000,
  source: { kind: 'policy' },
  at: null,
};
const base: Policy = resolvePolicy({
  requiredRoles: ['cont-qa', 'security'],
  minimumExitContract: { proof: 'integration' },
  requiredVerify: [test],
  maxAgents: 8,
  maxAgentMinutes: 30,
});

describe('resolvePolicy', () => {
  it('is strict without a configuration', () => {
    expect(resolvePolicy(null)).toBe(BUILT_IN_POLICY);
    expect(resolvePolicy({})).toEqual({ ...BUILT_IN_POLICY, source: 'base' });
  });
});

describe('policyWeaknesses', () => {
  it('finds nothing where the head asks for the same or more', () => {
    expect(policyWeaknesses(base, base)).toEqual([]);
    const stricter = resolvePolicy({
      executors: { implementation: ['claude'] },
      requiredRoles: ['cont-qa', 'security', 'integration'],
      minimumExitContract: { proof: 'live', completion: 'live' },
      requiredVerify: [test, { ...test, argv: ['npm', 'run', 'lint'] }],
      verifyPrograms: ['npm'],
      protectedPaths: [...base.protectedPaths, 'infra/'],
      maxAgents: 4,
      maxAgentMinutes: 10,
    });
    expect(policyWeaknesses(base, stricter)).toEqual([]);
  });

  it.each<[string, PolicyInput]>([
    ['executors.cont-qa', { executors: { 'cont-qa': ['local'] } }],
    ['requiredRoles', { requiredRoles: ['cont-qa'] }],
    ['minimumExitContract.proof', { minimumExitContract: { proof: 'unit' } }],
    ['minimumExitContract.proof', { minimumExitContract: {} }],
    ['requiredVerify', { requiredVerify: [] }],
    ['verifyPrograms', { verifyPrograms: ['npm', 'bash'] }],
    ['protectedPaths', { protectedPaths: ['.github/workflows/', '.git/', 'wave.config.json'] }],
    ['isolation', { isolation: 'none' }],
    ['maxAgents', { maxAgents: 9 }],
    ['maxAgentMinutes', { maxAgentMinutes: 31 }],
    ['allowSimulated', { allowSimulated: true }],
    ['auto', { auto: ['opened'] }],
  ])('finds a weaker %s', (dimension, change) => {
    const executors = { ...base.executors, ...change.executors };
    const found = policyWeaknesses(base, { ...base, ...change, executors });
    expect(found).toMatchObject([{ code: 'policy-weaker-than-base', severity: 'error' }]);
    expect(found[0]?.message.startsWith(`${dimension}:`)).toBe(true);
  });
});

describe('protectedBy', () => {
  it.each([
    ['.github/workflows/ci.yml', '.github/'],
    ['.GITHUB/x', '.github/'],
    ['.github', '.github/'],
    ['wave.config.json', 'wave.config.json'],
    ['wave.config.json/', 'wave.config.json'],
    ['.gitignore', null],
    ['docs/.github/x', null],
  ])('%s: %s', (path, pattern) => {
    expect(protectedBy(BUILT_IN_POLICY, path)).toBe(pattern);
  });
});

describe('a wave against the policy of the base branch', () => {
  it.each<[string, PolicyInput, string, string[]]>([
    [
      'executor not allowed',
      { executors: { implementation: ['codex'] } },
      GOLDEN_WAVE,
      ['executor-not-allowed'],
    ],
    [
      'simulated work taken, but not for the role',
      { allowSimulated: true },
      golden('id: claude', 'id: local'),
      ['executor-not-allowed'],
    ],
    [
      'exit contract below minimum',
      { minimumExitContract: { proof: 'live' } },
      GOLDEN_WAVE,
      ['exit-contract-below-minimum'],
    ],
    ['too many agents', { maxAgents: 3 }, GOLDEN_WAVE, ['too-many-agents']],
    ['time above the cap', { maxAgentMinutes: 20 }, GOLDEN_WAVE, ['timeout-above-cap']],
    ['Verify above the cap', {}, golden('timeout: 5m', 'timeout: 5h'), ['timeout-above-cap']],
    ['program not allowed', { verifyPrograms: ['node'] }, GOLDEN_WAVE, ['verify-program-not-allowed']],
    ['program by path', {}, golden('run: npm test', 'run: ./npm test'), ['verify-program-not-allowed']],
    ['protected path', { protectedPaths: ['src/parse/'] }, GOLDEN_WAVE, ['protected-path-owned']],
  ])('%s', (_, input, text, expected) => {
    expect(codes(text, { policy: resolvePolicy(input) })).toEqual(expected);
    expect(readWave(text, { policy: resolvePolicy(input) }).contract).toBeNull();
  });

  it('asks the minimum of implementation agents only, field by field', () => {
    const policy = resolvePolicy({ minimumExitContract: { proof: 'unit', completion: 'live' } });
    expect(findings(GOLDEN_WAVE, { policy })).toEqual([
      'error exit-contract-below-minimum @21:1 A1 asks for completion integrated',
      'error exit-contract-below-minimum @42:1 A2 has no completion in its exit contract',
      'error exit-contract-below-minimum @42:1 A2 has no proof in its exit contract',
    ]);
  });

  it('runs the commands of the policy before those of the wave', () => {
    const { contract } = readWave(GOLDEN_WAVE, { policy: resolvePolicy({ requiredVerify: [test] }) });
    expect(contract?.verify.map(({ source }) => source.kind)).toEqual(['policy', 'wave', 'agent']);
  });

  it('gives agents without a time of their own the configured one inside the cap', () => {
    const { contract } = readWave(golden('- timeout: 30m\n', ''), {
      policy: resolvePolicy({ maxAgentMinutes: 20 }),
    });
    expect(contract?.agents.map(({ executor }) => executor.timeoutMs / 60_000)).toEqual([20, 20, 20, 20]);
  });
});
