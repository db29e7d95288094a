import { type Agent, BUILT_IN_POLICY, type Contract, type Role } from '../../contract/index.ts';

/** For tests: a contract with these agents; everything admission does not ask about is plain. */
export const contractOf = (
  agents: Readonly<Record<string, { role?: Role; owns?: readonly string[]; report?: string }>>,
  protectedPaths: readonly string[] = BUILT_IN_POLICY.protectedPaths,
): Contract => {
  const at = { file: 'docs/waves/wave-1.md', line: 1, column: 1, endLine: 1, endColumn: 2 };
  return {
    lane: 'main',
    wave: 1,
    title: 'Wave',
    file: at.file,
    commitMessage: null,
    agents: Object.entries(agents).map(
      ([id, { role = 'implementation', owns = [], report }]): Agent => ({
        id,
        title: id,
        role,
        slug: `1-${id.toLowerCase()}`,
        prompt: '',
        rolePromptPaths: [],
        ownedPaths: owns.map((path) => ({ path, at })),
        deliverables: [],
        proofArtifacts: [],
        capabilities: [],
        components: [],
        exitContract: null,
        verify: [],
        executor: { id: 'local', program: null, model: null, timeoutMs: 1000, selectedBy: 'lane-default' },
        reportPath: report ?? null,
        at,
      }),
    ),
    promotions: [],
    componentMatrix: null,
    evalTargets: [],
    verify: [],
    policy: { ...BUILT_IN_POLICY, protectedPaths },
    config: {
      projectName: 'p',
      defaultLane: 'main',
      paths: {
        docsDir: 'docs',
        stateRoot: '.tmp',
        componentMatrix: 'docs/plans/component-cutover-matrix.json',
        benchmarkCatalog: 'docs/evals/benchmark-catalog.json',
      },
      wavesDir: 'docs/waves',
      roles: {
        contQaAgentId: 'A0',
        contEvalAgentId: 'E0',
        integrationAgentId: 'A8',
        documentationAgentId: 'A9',
        rolePromptDir: 'docs/agents',
        securityRolePromptPath: 'docs/agents/security.md',
      },
      executors: { default: 'local', byRole: {}, programs: {}, access: {} },
      timeoutMinutes: 1,
      maxParallel: 1,
      maxRetriesPerWave: 1,
      capabilityRouting: {},
      escalationNotify: [],
      validation: { componentPromotionsFrom: null, agentComponentsFrom: null },
      clocks: { ackMs: 1, resolveMs: 1, holdMs: 1 },
      answers: {},
    },
    digests: { wave: '', policy: '' },
  };
};
