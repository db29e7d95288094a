import { error } from './diagnostic.ts';
import { EXIT_FIELDS, meetsLevel } from './exit-contract.ts';
import { coversPath } from './repo-path.ts';
import { startOf } from './text-span.ts';
import {
  type Diagnostic,
  type ExecutorId,
  ISOLATION_LEVELS,
  type Policy,
  type Role,
  type SourceSpan,
} from './types.ts';

export const ROLES = [
  'implementation',
  'cont-eval',
  'security',
  'integration',
  'documentation',
  'cont-qa',
] as const satisfies readonly Role[];

export const MODEL_EXECUTORS = ['claude', 'codex', 'opencode'] as const satisfies readonly ExecutorId[];

/** What holds where the base branch says nothing: only models, isolated, nothing simulated, a small set of programs. */
export const BUILT_IN_POLICY: Policy = {
  executors: {
    implementation: MODEL_EXECUTORS,
    'cont-eval': MODEL_EXECUTORS,
    security: MODEL_EXECUTORS,
    integration: MODEL_EXECUTORS,
    documentation: MODEL_EXECUTORS,
    'cont-qa': MODEL_EXECUTORS,
  },
  requiredRoles: ['cont-qa'],
  minimumExitContract: {},
  requiredVerify: [],
  verifyPrograms: [
    'npm',
    'npx',
    'node',
    'pnpm',
    'yarn',
    'go',
    'cargo',
    'make',
    'pytest',
    'python',
    'python3',
  ],
  protectedPaths: ['.github/', '.git/', 'wave.config.json'],
  isolation: 'user',
  maxAgents: 64,
  maxAgentMinutes: 240,
  maxWaveMinutes: null,
  maxWaveTokens: null,
  maxWaveCost: null,
  allowSimulated: false,
  auto: [],
  source: 'built-in',
};

/** What a configuration file says about policy; a field left out keeps the built-in value. */
export type PolicyInput = {
  readonly [Field in keyof Omit<Policy, 'source' | 'executors'>]?: Policy[Field];
} & { readonly executors?: Partial<Policy['executors']> };

/**
 * The policy of a branch: its configuration over the built-in one. `null` (no configuration, or one that could
 * not be read) is the built-in policy itself, which only a maintainer's command may start.
 */
export function resolvePolicy(input: PolicyInput | null): Policy {
  if (input === null) return BUILT_IN_POLICY;
  return {
    ...BUILT_IN_POLICY,
    ...input,
    executors: { ...BUILT_IN_POLICY.executors, ...input.executors },
    source: 'base',
  };
}

/**
 * Every dimension in which `head` asks for less than `base`, one `policy-weaker-than-base` each. `at` is where
 * the head says it; by default the start of `wave.config.json`.
 */
export function policyWeaknesses(
  base: Policy,
  head: Policy,
  at: SourceSpan = startOf('wave.config.json'),
): readonly Diagnostic[] {
  const findings: Diagnostic[] = [];
  const weaker = (dimension: string, here: string, there: string): void => {
    findings.push(
      error('policy-weaker-than-base', at, `${dimension}: ${here}; the base branch ${there}`, {
        fix: 'ask for at least what the base branch asks for; a weaker policy has to be merged first, on its own',
      }),
    );
  };
  const surplus = (dimension: string, here: readonly string[], there: readonly string[]): void => {
    const added = here.filter((one) => !there.includes(one));
    if (added.length > 0)
      weaker(dimension, `allows ${added.join(', ')}`, `allows ${there.join(', ') || 'none'}`);
  };
  const lost = (dimension: string, missing: readonly string[], verb: string): void => {
    if (missing.length > 0) weaker(dimension, `leaves out ${missing.join(', ')}`, verb);
  };
  const above = (dimension: string, here: number | null, there: number | null): void => {
    if (there !== null && (here === null || here > there))
      weaker(dimension, here === null ? 'is left out' : `is ${here}`, `allows ${there}`);
  };

  for (const role of ROLES) surplus(`executors.${role}`, head.executors[role], base.executors[role]);
  lost(
    'requiredRoles',
    base.requiredRoles.filter((role) => !head.requiredRoles.includes(role)),
    'requires them',
  );
  for (const field of EXIT_FIELDS) {
    const [there, here] = [base.minimumExitContract[field], head.minimumExitContract[field]];
    if (!meetsLevel(field, here, there)) {
      weaker(`minimumExitContract.${field}`, `is ${here ?? 'left out'}`, `asks for ${there}`);
    }
  }
  const commands = new Set(head.requiredVerify.map(({ argv }) => JSON.stringify(argv)));
  const dropped = base.requiredVerify.filter(({ argv }) => !commands.has(JSON.stringify(argv)));
  lost(
    'requiredVerify',
    dropped.map(({ run }) => `"${run}"`),
    'requires them',
  );
  surplus('verifyPrograms', head.verifyPrograms, base.verifyPrograms);
  const open = base.protectedPaths.filter(
    (path) => !head.protectedPaths.some((kept) => coversPath(kept, path)),
  );
  lost('protectedPaths', open, 'protects them');
  if (ISOLATION_LEVELS.indexOf(head.isolation) < ISOLATION_LEVELS.indexOf(base.isolation)) {
    weaker('isolation', `is ${head.isolation}`, `asks for ${base.isolation}`);
  }
  above('maxAgents', head.maxAgents, base.maxAgents);
  above('maxAgentMinutes', head.maxAgentMinutes, base.maxAgentMinutes);
  above('maxWaveMinutes', head.maxWaveMinutes, base.maxWaveMinutes);
  above('maxWaveTokens', head.maxWaveTokens, base.maxWaveTokens);
  above('maxWaveCost', head.maxWaveCost, base.maxWaveCost);
  if (head.allowSimulated && !base.allowSimulated)
    weaker('allowSimulated', 'is true', 'does not allow simulated work');
  surplus('auto', head.auto, base.auto);
  return findings;
}

/** The protected path that covers `path`, or null. Letter case does not count: some file systems fold it. */
export function protectedBy(policy: Pick<Policy, 'protectedPaths'>, path: string): string | null {
  const folded = path.toLowerCase();
  const covering = policy.protectedPaths.find((pattern) => {
    const place = pattern.toLowerCase();
    return coversPath(place, folded) || withoutSlash(place) === withoutSlash(folded);
  });
  return covering ?? null;
}

function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}
