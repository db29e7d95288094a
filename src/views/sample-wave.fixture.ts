/** A small wave and its history, said in few words, for the tests of the views. */

import type { Gate, GateId, Reason } from '../closure/index.ts';
import { GATE_IDS } from '../closure/index.ts';
import type { Agent, Contract, Role, SourceSpan } from '../contract/index.ts';
import type { Author, Body, ControlBody, Entry } from '../journal/index.ts';
import { fold, type WaveState } from '../state/index.ts';

export const INSTANCE = 'main/wave-3/local';
export const BASE = '4f1c2ab'.padEnd(40, '0');
export const TREE = '9b12fd0'.padEnd(40, '0');
export const COMMIT = 'abc1234'.padEnd(40, '0');
export const DIGEST = 'd'.repeat(64);
export const WAVE_FILE = 'docs/plans/waves/wave-3.md';

export const span = (line: number, column = 3, endColumn = 17, file = WAVE_FILE): SourceSpan => ({
  file,
  line,
  column,
  endLine: line,
  endColumn,
});

const agent = (
  id: string,
  title: string,
  role: Role,
  owns: string,
  capabilities: readonly string[] = [],
): Agent => ({
  id,
  title,
  role,
  slug: `3-${id.toLowerCase()}`,
  prompt: 'Do the work.',
  rolePromptPaths: [],
  ownedPaths: [{ path: owns, at: span(30) }],
  deliverables: role === 'implementation' ? [{ path: `${owns}index.ts`, at: span(41) }] : [],
  proofArtifacts: [],
  capabilities,
  components: [],
  exitContract:
    role === 'implementation'
      ? { completion: 'integrated', durability: 'durable', proof: 'integration' }
      : null,
  verify: [],
  executor: {
    id: 'claude',
    program: null,
    model: null,
    timeoutMs: 600_000,
    selectedBy: 'lane-default',
    fallbacks: [],
    budget: { turns: null, tokens: null, cost: null },
  },
  reportPath: role === 'implementation' ? null : owns,
  at: span(20),
});

export const CONTRACT: Contract = {
  lane: 'main',
  wave: 3,
  title: 'Amounts',
  file: WAVE_FILE,
  commitMessage: 'Format amounts',
  agents: [
    agent('A1', 'parser', 'implementation', 'src/parser/'),
    agent('A2', 'formatter', 'implementation', 'src/format/'),
    agent('A3', 'cli', 'implementation', 'src/cli/', ['rounding']),
    agent('E0', 'evaluation', 'cont-eval', 'docs/reports/e0.md'),
    agent('A7', 'security', 'security', 'docs/reports/a7.md'),
    agent('A8', 'integration', 'integration', 'docs/reports/a8.md'),
    agent('A9', 'documentation', 'documentation', 'docs/reports/a9.md'),
    agent('A0', 'quality', 'cont-qa', 'docs/reports/a0.md'),
  ],
  promotions: [],
  componentMatrix: null,
  evalTargets: [],
  verify: [
    { run: 'npm test', argv: ['npm', 'test'], timeoutMs: 300_000, source: { kind: 'wave' }, at: span(12) },
  ],
  policy: {
    executors: {
      implementation: ['claude'],
      'cont-eval': ['claude'],
      security: ['claude'],
      integration: ['claude'],
      documentation: ['claude'],
      'cont-qa': ['claude'],
    },
    requiredRoles: ['cont-qa'],
    minimumExitContract: {},
    requiredVerify: [],
    verifyPrograms: ['npm'],
    protectedPaths: ['.github/'],
    isolation: 'none',
    maxAgents: 64,
    maxAgentMinutes: 240,
    maxWaveMinutes: null,
    maxWaveTokens: null,
    maxWaveCost: null,
    allowSimulated: false,
    auto: [],
    source: 'base',
  },
  config: {
    projectName: 'amounts',
    defaultLane: 'main',
    paths: {
      docsDir: 'docs',
      stateRoot: '.tmp',
      componentMatrix: 'docs/plans/component-cutover-matrix.json',
      benchmarkCatalog: 'docs/evals/benchmark-catalog.json',
    },
    wavesDir: 'docs/plans/waves',
    roles: {
      contQaAgentId: 'A0',
      contEvalAgentId: 'E0',
      integrationAgentId: 'A8',
      documentationAgentId: 'A9',
      rolePromptDir: 'docs/agents',
      securityRolePromptPath: 'docs/agents/security.md',
    },
    executors: {
      default: 'claude',
      byRole: {},
      fallbackOrder: [],
      budget: { turns: null, tokens: null, cost: null },
      programs: {},
      access: {},
    },
    timeoutMinutes: 60,
    maxParallel: 4,
    maxRetriesPerWave: 1,
    capabilityRouting: {},
    escalationNotify: [],
    validation: { componentPromotionsFrom: null, agentComponentsFrom: null },
    clocks: { ackMs: 300_000, resolveMs: 1_800_000, holdMs: 180_000 },
    answers: {},
  },
  digests: { wave: DIGEST, policy: DIGEST },
};

const START = Date.parse('2026-11-22T10:00:00Z');
/** The instant `seconds` after the wave began. */
export const at = (seconds: number): string =>
  new Date(START + seconds * 1000).toISOString().replace('.000Z', 'Z');

export const WAVE: Author = { kind: 'orchestrator', run: 'r1', job: 'launcher' };
export const by = (agent: string, attempt = 1): Author => ({ kind: 'agent', agent, run: 'r1', attempt });
export const PERSON: Author = { kind: 'person', user: 7, login: 'mona', via: 'comment 12' };

const isControl = (body: Body): body is ControlBody =>
  !['post', 'update', 'ack', 'answer', 'wait', 'signal'].includes(body.type);

/** One entry a line: when (seconds), who, what; ids are `e1`, `e2`, … unless given. */
export type Line = readonly [seconds: number, author: Author, body: Body, id?: string];
export const history = (...lines: readonly Line[]): readonly Entry[] =>
  lines.map(([seconds, author, body, id], index) => ({
    id: id ?? `e${index + 1}`,
    seq: index + 1,
    at: at(seconds),
    by: author,
    instance: INSTANCE,
    family: isControl(body) ? 'control' : 'coordination',
    body,
  }));

export const folded = (entries: readonly Entry[], contract: Contract = CONTRACT): WaveState =>
  fold(contract, entries);

export const attemptStarted = (attempt = 1): Body => ({
  type: 'attempt.started',
  attempt,
  base: BASE,
  baseTree: BASE,
  agents: ['A1', 'A2', 'A3'],
  waveDigest: DIGEST,
  policyDigest: DIGEST,
});
export const started = (agent: string): Body => ({
  type: 'agent.started',
  attempt: 1,
  agent,
  executor: 'claude',
  isolation: 'user',
});
export const finished = (agent: string, durationMs = 118_000, files = 4): Body => ({
  type: 'agent.finished',
  attempt: 1,
  agent,
  executor: 'claude',
  isolation: 'user',
  exit: { kind: 'exited', code: 0 },
  durationMs,
  usage: { inputTokens: 91_200, outputTokens: 8_400, costUsd: 0.41 },
  patch: { sha256: DIGEST, files, added: 212, removed: 8 },
  baseTree: BASE,
});
export const proofSignal: Body = {
  type: 'signal',
  signal: {
    kind: 'proof',
    completion: 'integrated',
    durability: 'durable',
    proof: 'integration',
    state: 'met',
  },
};
export const admitted = (agent: string, ...paths: string[]): Body => ({
  type: 'patch.admitted',
  attempt: 1,
  agent,
  patch: DIGEST,
  tree: TREE,
  paths,
});
export const proofRun = (run: string, code = 0, durationMs = 312): Body => ({
  type: 'proof.recorded',
  attempt: 1,
  subject: TREE,
  run,
  argv: run.split(' '),
  exit: { kind: 'exited', code },
  durationMs,
  output: DIGEST,
  tail: code === 0 ? '12 passing' : '11 passing\n1 failing: rounds half up',
  testsChanged: ['src/format/amount.test.ts'],
});

/** All gates, held but for these. */
/** The sample wave has no components. */
const NOTES: Partial<Record<GateId, string>> = {
  components: 'the wave promotes nothing',
  'component-matrix': 'the wave has no component matrix',
};
export const gatesWith = (
  failures: Partial<Record<GateId, readonly Omit<Reason, 'gate'>[]>>,
  notAsked: readonly GateId[] = [],
): readonly Gate[] =>
  GATE_IDS.map((id): Gate => {
    if (notAsked.includes(id)) return { id, status: 'not-asked', reasons: [] };
    const [first, ...rest] = (failures[id] ?? []).map((one) => ({ ...one, gate: id }));
    return first === undefined
      ? { id, status: 'held', reasons: [], note: NOTES[id] ?? '' }
      : { id, status: 'failed', reasons: [first, ...rest] };
  });
export const why = (code: string, detail: string, more: Partial<Reason> = {}): Omit<Reason, 'gate'> => ({
  code,
  detail,
  agent: null,
  record: null,
  evidence: [],
  ...more,
});

export const STAGE_GATES: readonly GateId[] = [
  'cont-eval',
  'security',
  'integration',
  'documentation',
  'component-matrix',
  'cont-qa',
];

/** A1 and A3 are done; A2 asks who rounds, nobody answers, and its deliverable is missing. */
export const OPEN_QUESTION = history(
  [0, WAVE, { type: 'instance.opened', base: BASE, waveDigest: DIGEST, policyDigest: DIGEST }],
  [0, WAVE, attemptStarted()],
  [1, WAVE, started('A1')],
  [1, WAVE, started('A2')],
  [1, WAVE, started('A3')],
  [
    110,
    by('A2'),
    {
      type: 'post',
      kind: 'clarification-request',
      summary: 'who rounds?',
      detail: 'Both src/format and src/cli could.',
      targets: ['A3'],
    },
  ],
  [118, by('A1'), proofSignal],
  [119, WAVE, finished('A1')],
);
export const ASKED = 'e6';

export const REFUSED_GATES = gatesWith(
  {
    implementation: [
      why('missing-deliverable', 'docs/format.md is declared, not in the tree', {
        agent: 'A2',
        evidence: [`${WAVE_FILE}:41`, TREE],
      }),
      why('proof-level-gap', 'contract asks integration, agent reported unit', { agent: 'A2' }),
    ],
    clarifications: [
      why('clarification-open', 'A2-gmcw “who rounds?” asked by A2, nobody has answered', {
        agent: 'A2',
        record: ASKED,
        evidence: [ASKED],
      }),
    ],
  },
  ['verify', ...STAGE_GATES],
);
