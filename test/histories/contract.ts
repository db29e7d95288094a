/** A small wave as the contract room would hand it on, made by hand so that no parser stands between a test and a rule. */
import {
  type Agent,
  type AgentId,
  type ComponentMatrix,
  type ComponentPromotion,
  type Contract,
  type EvalTarget,
  MATURITY_LEVELS,
  type ProofArtifact,
  ROLES,
  type Role,
  type SourceSpan,
  type VerifyCommand,
} from '../../src/contract/index.ts';

const at: SourceSpan = { file: 'docs/plans/waves/wave-3.md', line: 1, column: 1, endLine: 1, endColumn: 2 };

export const digest = (letter: string): string => letter.repeat(64);
export const oid = (letter: string): string => letter.repeat(40);

const ROLE_OF: Readonly<Record<string, Role>> = {
  E0: 'cont-eval',
  A7: 'security',
  A8: 'integration',
  A9: 'documentation',
  A0: 'cont-qa',
};

/** `A1` makes `src/a1.ts`; stewards write `docs/reports/<id>.md`. */
export const agentOf = (id: AgentId, change: Partial<Agent> = {}): Agent => {
  const role = ROLE_OF[id] ?? 'implementation';
  const made = `src/${id.toLowerCase()}.ts`;
  return {
    id,
    title: `the ${id}`,
    role,
    slug: `3-${id.toLowerCase()}`,
    prompt: 'Do the work.',
    rolePromptPaths: [],
    ownedPaths: [{ path: made, at }],
    deliverables: role === 'implementation' ? [{ path: made, at }] : [],
    proofArtifacts: [],
    capabilities: [],
    components: [],
    exitContract:
      role === 'implementation'
        ? { completion: 'integrated', durability: 'durable', proof: 'integration', docImpact: 'owned' }
        : null,
    verify: [],
    executor: {
      id: 'local',
      program: null,
      model: null,
      timeoutMs: 60_000,
      selectedBy: 'lane-default',
      fallbacks: [],
      budget: { turns: null, tokens: null, cost: null },
    },
    reportPath:
      role === 'implementation' || role === 'documentation' ? null : `docs/reports/${id.toLowerCase()}.md`,
    at,
    ...change,
  };
};

export const commandOf = (
  run: string,
  source: VerifyCommand['source'] = { kind: 'wave' },
): VerifyCommand => ({
  run,
  argv: run.split(' '),
  timeoutMs: 60_000,
  source,
  at,
});

/** What cont-EVAL judges in a wave that has it: one target by exact benchmarks, one by any of a family. */
export const EVAL_TARGETS: readonly EvalTarget[] = [
  {
    id: 'round-trip',
    selection: 'pinned',
    family: null,
    benchmarks: ['parse-back'],
    objective: 'what is written can be read',
    threshold: 'all',
    at,
  },
  {
    id: 'speed',
    selection: 'delegated',
    family: 'latency',
    benchmarks: ['p50', 'p99'],
    objective: 'fast enough',
    threshold: 'p99 below 5 ms',
    at,
  },
];

export const promotionOf = (component: string, target: string): ComponentPromotion => ({
  component,
  target,
  at,
});
export const artifactOf = (path: string): ProofArtifact => ({ path, kind: null, requiredFor: [], at });

/** A matrix of the usual levels with each component at a level. */
export const matrixOf = (levels: Readonly<Record<string, string>>): ComponentMatrix => ({
  levels: MATURITY_LEVELS,
  components: new Map(
    Object.entries(levels).map(([component, currentLevel]) => [component, { currentLevel, promotions: [] }]),
  ),
});

/** Lenient about how agents run (simulated work, no isolation), strict about everything that closes. */
export const contractOf = (
  agents: readonly (AgentId | Agent)[],
  change: Partial<Contract> = {},
): Contract => ({
  lane: 'main',
  wave: 3,
  title: 'Amounts',
  file: at.file,
  commitMessage: null,
  agents: agents.map((one) => (typeof one === 'string' ? agentOf(one) : one)),
  promotions: [],
  componentMatrix: null,
  evalTargets: agents.some((one) => one === 'E0' || (typeof one !== 'string' && one.role === 'cont-eval'))
    ? EVAL_TARGETS
    : [],
  verify: [commandOf('npm test')],
  policy: {
    executors: Object.fromEntries(ROLES.map((role) => [role, ['local', 'command', 'claude']])) as never,
    requiredRoles: ['cont-qa'],
    minimumExitContract: {},
    requiredVerify: [],
    verifyPrograms: ['npm'],
    protectedPaths: [],
    isolation: 'none',
    maxAgents: 64,
    maxAgentMinutes: 240,
    maxWaveMinutes: null,
    maxWaveTokens: null,
    maxWaveCost: null,
    allowSimulated: true,
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
      default: 'local',
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
  digests: { wave: digest('1'), policy: digest('2') },
  ...change,
});
