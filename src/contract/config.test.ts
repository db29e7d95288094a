import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';
import { BUILT_IN_POLICY, resolvePolicy } from './policy.ts';

const read = (text: string, lane?: string) => readConfig({ path: 'wave.config.json', text }, lane);
const readValue = (value: unknown, lane?: string) => read(JSON.stringify(value), lane);
const found = (value: unknown) =>
  readValue(value).diagnostics.map(({ code, severity, message }) => `${severity} ${code} ${message}`);

describe('readConfig', () => {
  it('has defaults for a repository without a file', () => {
    const { config, policyInput, diagnostics } = readConfig(null);
    expect(diagnostics).toEqual([]);
    expect(policyInput).toBeNull();
    expect(config).toMatchObject({
      defaultLane: 'main',
      wavesDir: 'docs/plans/waves',
      paths: { docsDir: 'docs', stateRoot: '.tmp' },
      roles: {
        contQaAgentId: 'A0',
        contEvalAgentId: 'E0',
        integrationAgentId: 'A8',
        documentationAgentId: 'A9',
      },
      executors: { default: 'codex', byRole: {}, programs: {} },
      clocks: { ackMs: 300_000, resolveMs: 1_800_000, holdMs: 180_000 },
      answers: {},
      timeoutMinutes: 240,
    });
    expect(readValue({}).config).toEqual(config);
  });

  it('reads our own keys', () => {
    const { config, policyInput, diagnostics } = readValue({
      executors: { default: 'claude', command: { programs: { fake: { argv: ['node', 'fake.js'] } } } },
      runtimePolicy: { defaultExecutorByRole: { documentation: 'claude', research: 'opencode' } },
      capabilityRouting: { preferredAgents: { Docs: ['A9'] } },
      clocks: { ack: '90s', resolve: '1h', hold: '20s' },
      answers: { rounding: 'Half to even, in src/format.' },
      maxParallel: 3,
      timeoutMinutes: '90m',
      escalation: { notify: ['@octo', 'org/team'] },
      policy: {
        allowSimulated: true,
        executors: { implementation: ['local'] },
        requiredVerify: ['npm test', { run: 'npm run lint', timeout: '1m' }],
        protectedPaths: ['./infra/', '.git/'],
        minimumExitContract: { proof: 'integration' },
        maxAgentMinutes: '1h',
      },
    });
    expect(diagnostics).toEqual([]);
    expect(config).toMatchObject({
      executors: {
        default: 'claude',
        byRole: { documentation: 'claude' },
        programs: { fake: ['node', 'fake.js'] },
      },
      capabilityRouting: { docs: ['A9'] },
      clocks: { ackMs: 90_000, resolveMs: 3_600_000, holdMs: 20_000 },
      answers: { rounding: 'Half to even, in src/format.' },
      maxParallel: 3,
      timeoutMinutes: 90,
      escalationNotify: ['octo', 'org/team'],
    });
    const policy = resolvePolicy(policyInput);
    expect(policy).toMatchObject({
      source: 'base',
      allowSimulated: true,
      executors: { implementation: ['local'], documentation: BUILT_IN_POLICY.executors.documentation },
      protectedPaths: ['infra/', '.git/'],
      minimumExitContract: { proof: 'integration' },
      maxAgentMinutes: 60,
      maxAgents: 64,
    });
    expect(policy.requiredVerify.map(({ argv, timeoutMs, source }) => [argv, timeoutMs, source])).toEqual([
      [['npm', 'test'], 600_000, { kind: 'policy' }],
      [['npm', 'run', 'lint'], 60_000, { kind: 'policy' }],
    ]);
  });

  it('gives a lane its own directories, roles and executor', () => {
    const file = {
      paths: { docsDir: 'handbook' },
      roles: { contQaAgentId: 'Q0' },
      lanes: { web: { roles: { integrationAgentId: 'I8' }, executors: { default: 'opencode' } } },
    };
    expect(readValue(file).config).toMatchObject({
      wavesDir: 'handbook/plans/waves',
      executors: { default: 'codex' },
    });
    expect(readValue(file, 'web').config).toMatchObject({
      wavesDir: 'handbook/web/plans/waves',
      roles: { contQaAgentId: 'Q0', integrationAgentId: 'I8' },
      executors: { default: 'opencode' },
    });
    expect(readValue(file, 'constructor').config.wavesDir).toBe('handbook/constructor/plans/waves');
  });

  it('takes the key and the address of a model CLI, the lane’s before the file’s', () => {
    const file = {
      executors: {
        claude: { keyVariable: 'TEAM_KEY', baseUrl: 'https://gateway.example/anthropic', command: 'claude' },
        codex: { baseUrl: 'http://127.0.0.1:8080/v1' },
        opencode: {},
      },
      lanes: { web: { executors: { claude: { keyVariable: 'WEB_KEY' } } } },
    };
    expect(readValue(file).config.executors.access).toEqual({
      claude: { keyVariable: 'TEAM_KEY', baseUrl: 'https://gateway.example/anthropic' },
      codex: { baseUrl: 'http://127.0.0.1:8080/v1' },
    });
    expect(readValue(file, 'web').config.executors.access.claude).toEqual({
      keyVariable: 'WEB_KEY',
      baseUrl: 'https://gateway.example/anthropic',
    });
  });
  it.each([
    ['a key in place of a name', { keyVariable: 'sk-ant-0123' }],
    ['an address in the clear', { baseUrl: 'http://gateway.example' }],
    ['a name that only begins like loopback', { baseUrl: 'http://127.0.0.1.evil.example' }],
    ['a password', { baseUrl: 'https://user:word@gateway.example' }],
    ['a query', { baseUrl: 'https://gateway.example/?to=elsewhere' }],
    ['no address', { baseUrl: 'gateway.example' }],
  ])('%s is no access of a model CLI', (_, claude) => {
    expect(found({ executors: { claude } })).toEqual([
      expect.stringMatching(/^error config-value executors\.claude\./),
    ]);
  });

  it('says where invalid JSON is, and never takes it for an empty file', () => {
    const { policyInput, diagnostics } = read('{\n  "policy": { "allowSimulated": true, }\n}');
    expect(policyInput).toBeNull();
    expect(diagnostics).toMatchInlineSnapshot(`
      [
        {
          "at": {
            "column": 39,
            "endColumn": 40,
            "endLine": 2,
            "file": "wave.config.json",
            "line": 2,
          },
          "code": "config-invalid-json",
          "fix": "correct the text here",
          "message": "this is not JSON: a key in double quotes should be here",
          "severity": "error",
        },
      ]
    `);
  });

  it('warns of unknown keys with the nearest, and accepts the known but unused', () => {
    expect(
      found({ version: 1, validation: {}, planner: {}, skills: {}, waveControl: {}, $schema: 'x' }),
    ).toEqual([]);
    const { diagnostics } = read('{\n  "maxParalel": 3\n}');
    expect(diagnostics).toMatchObject([
      {
        code: 'config-unknown-key',
        severity: 'warning',
        fix: 'write maxParallel',
        at: { line: 2, column: 3 },
      },
    ]);
    expect(found({ roles: { contQaAgent: 'A0' } })).toEqual([
      'warning config-unknown-key "contQaAgent" is not a key of roles',
    ]);
  });

  it.each([
    [{ policy: { alowSimulated: true } }, 'config-unknown-key'],
    [{ clocks: { ackMs: 3 } }, 'config-unknown-key'],
    [{ clocks: { ack: 'soon' } }, 'config-value'],
    [{ answers: { rounding: '' } }, 'config-value'],
    [{ answers: { '': 'yes' } }, 'config-value'],
    [{ policy: { isolation: 'maybe' } }, 'config-value'],
    [{ policy: { requiredVerify: ['a | b'] } }, 'config-value'],
    [{ policy: { protectedPaths: ['../x'] } }, 'config-value'],
    [{ policy: { maxAgents: 0 } }, 'config-value'],
    [{ roles: { evaluatorAgentId: 'A0' } }, 'config-value'],
    [{ runtimePolicy: { defaultExecutorByRole: { evaluator: 'codex' } } }, 'config-value'],
    [{ runtimePolicy: { defaultExecutorByRole: { 'cont-qa': 'gpt' } } }, 'config-value'],
    [{ paths: { stateRoot: 'a/..' } }, 'config-value'],
    [{ paths: { docsDir: 'C:/x' } }, 'config-value'],
    [{ maxParallel: '3x' }, 'config-value'],
    [{ timeoutMinutes: 1.9 }, 'config-value'],
    [{ executors: { command: { programs: { x: { argv: [] } } } } }, 'config-value'],
    [{ executors: { command: { programs: { x: ['sh'] } } } }, 'config-value'],
    [{ escalation: { notify: ['everyone please'] } }, 'config-value'],
    [{ lanes: { 'Not A Lane': {} } }, 'config-value'],
    [[], 'config-value'],
    ['text', 'config-value'],
  ])('%j is an error', (value, code) => {
    const { diagnostics, policyInput } = readValue(value);
    expect(policyInput).toBeNull();
    expect(diagnostics.filter(({ severity }) => severity === 'error').map((one) => one.code)).toEqual([code]);
  });

  it('points at the value that is wrong', () => {
    expect(read('{\n  "policy": {\n    "isolation": "maybe"\n  }\n}').diagnostics[0]?.at).toMatchObject({
      line: 3,
      column: 18,
      endColumn: 25,
    });
  });

  it('never throws', () => {
    const key = fc.constantFrom(
      'policy',
      'roles',
      'lanes',
      'executors',
      'clocks',
      'answers',
      'main',
      'command',
      'programs',
      'argv',
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof({ depthSize: 'small' }, fc.jsonValue(), fc.dictionary(key, tie('value'))),
    }));
    fc.assert(
      fc.property(value, (given) => void readValue(given)),
      { numRuns: 200 },
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => void read(text)),
      { numRuns: 200 },
    );
  });
});
