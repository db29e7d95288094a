import { z } from 'zod';
import { splitCommandLine } from './command-line.ts';
import { parseDuration } from './duration.ts';
import { ROLES } from './policy.ts';
import { normaliseRepoPath } from './repo-path.ts';
import {
  COMPLETION_LEVELS,
  DOC_IMPACTS,
  DURABILITY_LEVELS,
  EXECUTOR_IDS,
  ISOLATION_LEVELS,
  PROOF_LEVELS,
} from './types.ts';

/** Keys of the file and of its groups (contract.md §2); those this system does not act on yet are accepted. */
export const CONFIG_KEYS: Readonly<Record<string, readonly string[]>> = {
  '': [
    '$schema',
    'version',
    'projectName',
    'repoMode',
    'defaultLane',
    'paths',
    'sharedPlanDocs',
    'roles',
    'executors',
    'validation',
    'planner',
    'skills',
    'capabilityRouting',
    'runtimePolicy',
    'waveControl',
    'lanes',
    'policy',
    'clocks',
    'answers',
    'maxParallel',
    'maxRetriesPerWave',
    'timeoutMinutes',
    'escalation',
  ],
  paths: [
    'docsDir',
    'stateRoot',
    'orchestratorStateDir',
    'terminalsPath',
    'context7BundleIndexPath',
    'benchmarkCatalogPath',
    'componentCutoverMatrixDocPath',
    'componentCutoverMatrixJsonPath',
  ],
  roles: [
    'rolePromptDir',
    'contQaAgentId',
    'contEvalAgentId',
    'integrationAgentId',
    'documentationAgentId',
    'contQaRolePromptPath',
    'contEvalRolePromptPath',
    'integrationRolePromptPath',
    'documentationRolePromptPath',
    'securityRolePromptPath',
  ],
  validation: [
    'requiredPromptReferences',
    'requireDocumentationStewardFromWave',
    'requireContext7DeclarationsFromWave',
    'requireExitContractsFromWave',
    'requireIntegrationStewardFromWave',
    'requireComponentPromotionsFromWave',
    'requireAgentComponentsFromWave',
  ],
  executors: ['default', 'profiles', 'codex', 'claude', 'opencode', 'command', 'budget'],
  capabilityRouting: ['preferredAgents'],
  runtimePolicy: ['runtimeMixTargets', 'defaultExecutorByRole', 'fallbackExecutorOrder'],
};

/** A path that {@link normaliseRepoPath} takes, without a `/` at its end unless `kind` keeps directories. */
function repoPath(kind: 'plain' | 'pattern') {
  return z.string().transform((text, context) => {
    // The built-in list protects .git/ by name, and a configuration may repeat it.
    if (kind === 'pattern' && /^\.git\/?$/.test(text)) return '.git/';
    const normalised = normaliseRepoPath(text);
    if ('path' in normalised)
      return kind === 'pattern' ? normalised.path : normalised.path.replace(/\/$/, '');
    context.addIssue({ code: 'custom', message: `the path ${normalised.problem}` });
    return z.NEVER;
  });
}

const path = repoPath('plain');
const executorId = z.enum(EXECUTOR_IDS);
const agentId = z.string().regex(/^[A-Za-z][A-Za-z0-9._-]{0,31}$/, 'expected an agent id');
const count = z.int().min(1);
const laneName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'expected a lane: lower-case letters, digits, - and _');

/** `5m` as milliseconds. */
const durationMs = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== null) return ms;
  context.addIssue({ code: 'custom', message: 'expected a duration like 90s, 5m or 1h30m' });
  return z.NEVER;
});

const minutes = z.union(
  [count, durationMs.transform((ms) => ms / 60_000)],
  'expected minutes, or a duration like 90m',
);

const roles = z.looseObject({
  rolePromptDir: path.optional(),
  contQaAgentId: agentId.optional(),
  contEvalAgentId: agentId.optional(),
  integrationAgentId: agentId.optional(),
  documentationAgentId: agentId.optional(),
  securityRolePromptPath: path.optional(),
  evaluatorAgentId: z.never({ error: 'evaluatorAgentId is now contQaAgentId' }).optional(),
  evaluatorRolePromptPath: z
    .never({ error: 'evaluatorRolePromptPath is now contQaRolePromptPath' })
    .optional(),
});

const word = z
  .string()
  .min(1)
  .regex(/^[^\u0000-\u001F\u007F]*$/, 'expected no control characters');
const LOOPBACK =
  /^http:\/\/(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|\[::1\])(?::\d{1,5})?(?:\/[^\s?#]*)?$/;
/** A key is sent there: never in the clear over a network. */
const baseUrl = z
  .string()
  .refine(
    (text) => /^https:\/\/[^\s/?#@]+(?:\/[^\s?#]*)?$/.test(text) || LOOPBACK.test(text),
    'expected an https: address (http: on loopback only) without user, query or fragment',
  );
const modelCli = z
  .looseObject({
    keyVariable: z
      .string()
      .regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'expected the name of an environment variable, not a key')
      .optional(),
    baseUrl: baseUrl.optional(),
  })
  .optional();
const executors = z.looseObject({
  default: executorId.optional(),
  claude: modelCli,
  codex: modelCli,
  opencode: modelCli,
  budget: z
    .strictObject({
      turns: count.optional(),
      tokens: count.optional(),
      cost: z.number().positive().optional(),
    })
    .optional(),
  command: z
    .looseObject({
      programs: z
        .record(
          z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'expected a program name'),
          z.strictObject({ argv: z.array(word).min(1) }),
        )
        .optional(),
    })
    .optional(),
});

const capabilityRouting = z.looseObject({
  preferredAgents: z.record(z.string(), z.array(agentId)).optional(),
});

const defaultExecutorByRole = z.looseObject({
  ...Object.fromEntries(ROLES.map((role) => [role, executorId.optional()])),
  evaluator: z.never({ error: 'the role evaluator is now cont-qa' }).optional(),
});
const fallbackExecutorOrder = z.array(executorId);
const runtimePolicy = z.looseObject({
  defaultExecutorByRole: defaultExecutorByRole.optional(),
  fallbackExecutorOrder: fallbackExecutorOrder.optional(),
});

/** A wave number a rule holds from, or null for a rule that is off. */
const fromWave = z.int().min(0).nullable();
const validation = z.looseObject({
  requireComponentPromotionsFromWave: fromWave.optional(),
  requireAgentComponentsFromWave: fromWave.optional(),
});

const lane = z.looseObject({
  docsDir: path.optional(),
  plansDir: path.optional(),
  wavesDir: path.optional(),
  stateRoot: path.optional(),
  componentCutoverMatrixJsonPath: path.optional(),
  benchmarkCatalogPath: path.optional(),
  validation: validation.optional(),
  roles: roles.optional(),
  executors: executors.optional(),
  capabilityRouting: capabilityRouting.optional(),
  runtimePolicy: runtimePolicy.optional(),
  defaultExecutorByRole: defaultExecutorByRole.optional(),
  fallbackExecutorOrder: fallbackExecutorOrder.optional(),
});

const command = z
  .union([z.string(), z.strictObject({ run: z.string(), timeout: durationMs.optional() })])
  .transform((given, context) => {
    const { run, timeout } = typeof given === 'string' ? { run: given, timeout: undefined } : given;
    const line = splitCommandLine(run.trim());
    if (line.kind === 'argv') return { run: run.trim(), argv: line.argv, timeoutMs: timeout };
    const message = `expected a command that needs no shell (${line.kind})`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

const STEWARDS = ROLES.filter((role) => role !== 'implementation');

/** A misspelled key here would silently leave the built-in value standing, so unknown keys are errors. */
const policy = z.strictObject({
  executors: z
    .strictObject({
      implementation: z.array(executorId).optional(),
      'cont-eval': z.array(executorId).optional(),
      security: z.array(executorId).optional(),
      integration: z.array(executorId).optional(),
      documentation: z.array(executorId).optional(),
      'cont-qa': z.array(executorId).optional(),
    })
    .optional(),
  requiredRoles: z.array(z.enum(STEWARDS)).optional(),
  minimumExitContract: z
    .strictObject({
      completion: z.enum(COMPLETION_LEVELS).optional(),
      durability: z.enum(DURABILITY_LEVELS).optional(),
      proof: z.enum(PROOF_LEVELS).optional(),
      docImpact: z.enum(DOC_IMPACTS).optional(),
    })
    .optional(),
  requiredVerify: z.array(command).optional(),
  verifyPrograms: z.array(word).optional(),
  protectedPaths: z.array(repoPath('pattern')).optional(),
  isolation: z.enum(ISOLATION_LEVELS).optional(),
  maxAgents: count.max(256).optional(),
  maxAgentMinutes: minutes.optional(),
  maxWaveMinutes: minutes.optional(),
  maxWaveTokens: count.optional(),
  maxWaveCost: z.number().positive().optional(),
  allowSimulated: z.boolean().optional(),
  auto: z.array(z.literal('opened')).optional(),
});

export const CONFIG_SCHEMA = z.looseObject({
  version: z.int().optional(),
  projectName: z.string().min(1).max(200).optional(),
  repoMode: z.enum(['single-repo', 'multi-lane']).optional(),
  defaultLane: laneName.optional(),
  paths: z
    .looseObject({
      docsDir: path.optional(),
      stateRoot: path.optional(),
      componentCutoverMatrixJsonPath: path.optional(),
      benchmarkCatalogPath: path.optional(),
    })
    .optional(),
  validation: validation.optional(),
  roles: roles.optional(),
  executors: executors.optional(),
  capabilityRouting: capabilityRouting.optional(),
  runtimePolicy: runtimePolicy.optional(),
  lanes: z.record(laneName, lane).optional(),
  policy: policy.optional(),
  clocks: z
    .strictObject({ ack: durationMs.optional(), resolve: durationMs.optional(), hold: durationMs.optional() })
    .optional(),
  answers: z.record(z.string().trim().min(1).max(80), z.string().trim().min(1).max(2000)).optional(),
  maxParallel: count.max(256).optional(),
  maxRetriesPerWave: z.int().min(0).max(20).optional(),
  timeoutMinutes: minutes.optional(),
  escalation: z
    .strictObject({
      notify: z
        .array(
          z
            .string()
            .regex(/^@?[A-Za-z0-9][A-Za-z0-9-]*(?:\/[A-Za-z0-9._-]+)?$/, 'expected a login or org/team'),
        )
        .max(10)
        .optional(),
    })
    .optional(),
});

export type ConfigFile = z.infer<typeof CONFIG_SCHEMA>;
