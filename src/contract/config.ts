import { CONFIG_KEYS, CONFIG_SCHEMA, type ConfigFile } from './config-schema.ts';
import { error, hasErrors, type Report, sortDiagnostics, warning } from './diagnostic.ts';
import { shorten } from './items.ts';
import { type JsonPlace, pointer, readJson } from './json-source.ts';
import { nearest } from './nearest.ts';
import { MODEL_EXECUTORS, type PolicyInput, ROLES } from './policy.ts';
import { type SourceText, sourceText } from './text-span.ts';
import type {
  AgentBudget,
  Config,
  Diagnostic,
  ExecutorId,
  ExitContract,
  ModelAccess,
  ModelExecutorId,
  Role,
  SourceFile,
} from './types.ts';
import { DEFAULT_VERIFY_TIMEOUT_MS } from './verify.ts';

export type ConfigReading = {
  readonly config: Config;
  /** For `resolvePolicy`; null where there is no configuration or it has an error: the built-in policy holds. */
  readonly policyInput: PolicyInput | null;
  readonly diagnostics: readonly Diagnostic[];
};

/**
 * `wave.config.json` with defaults filled in, as `lane` (by default the configured default lane) sees it
 * (contract.md §2). `null` is a repository without one. A file with an error gives its diagnostics and the
 * defaults; it never counts as an empty file.
 */
export function readConfig(file: SourceFile | null, lane?: string): ConfigReading {
  if (file === null) return { config: toConfig({}, lane), policyInput: null, diagnostics: [] };
  const diagnostics: Diagnostic[] = [];
  const report: Report = (diagnostic) => diagnostics.push(diagnostic);
  const parsed = readConfigFile(sourceText(file), report);
  const failed = parsed === null || hasErrors(diagnostics);
  return {
    config: toConfig(failed ? {} : parsed, lane),
    policyInput: failed ? null : toPolicyInput(parsed.policy ?? {}),
    diagnostics: sortDiagnostics(diagnostics),
  };
}

function readConfigFile(source: SourceText, report: Report): ConfigFile | null {
  const json = readJson(source.text);
  if (json.kind === 'invalid') {
    const at = source.span(json.offset, json.offset + 1);
    report(
      error('config-invalid-json', at, `this is not JSON: ${json.reason}`, { fix: 'correct the text here' }),
    );
    return null;
  }
  const place = (path: readonly PropertyKey[]): JsonPlace | undefined => json.places.get(pointer(path));
  const span = (path: readonly PropertyKey[], part: 'key' | 'value') => {
    const found = place(path);
    const range = part === 'key' ? (found?.key ?? found?.value) : found?.value;
    return source.span(range?.start ?? 0, range?.end ?? 0);
  };

  for (const [group, known] of Object.entries(CONFIG_KEYS)) {
    const path = group === '' ? [] : [group];
    const value = group === '' ? json.value : member(json.value, group);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) continue;
    for (const key of Object.keys(value)) {
      if (known.includes(key)) continue;
      const near = nearest(key, known);
      const where = group === '' ? 'the configuration' : group;
      report(
        warning(
          'config-unknown-key',
          span([...path, key], 'key'),
          `"${shorten(key)}" is not a key of ${where}`,
          {
            ...(near === null ? {} : { fix: `write ${near}` }),
          },
        ),
      );
    }
  }

  const checked = CONFIG_SCHEMA.safeParse(json.value);
  if (checked.success) return checked.data;
  for (const issue of checked.error.issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        const message = `"${shorten(key)}" is not a key of ${issue.path.join('.') || 'the configuration'}`;
        report(
          error('config-unknown-key', span([...issue.path, key], 'key'), message, {
            fix: 'remove or correct it',
          }),
        );
      }
      continue;
    }
    const name = issue.path.map(String).map(shorten).join('.') || 'the file';
    report(error('config-value', span(issue.path, 'value'), `${name}: ${shorten(issue.message)}`));
  }
  return null;
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}

/** A value the file leaves out or the lane overrides; lanes are key-by-key over the whole file (contract.md §2.6). */
function toConfig(file: ConfigFile, askedLane: string | undefined): Config {
  const defaultLane = file.defaultLane ?? 'main';
  const laneName = askedLane ?? defaultLane;
  const lanes = file.lanes ?? {};
  const lane = Object.hasOwn(lanes, laneName) ? lanes[laneName] : undefined;
  const baseDocs = file.paths?.docsDir ?? 'docs';
  const single = file.repoMode !== 'multi-lane' && laneName === defaultLane;
  const docsDir = lane?.docsDir ?? (single ? baseDocs : `${baseDocs}/${laneName}`);
  const plansDir = lane?.plansDir ?? `${docsDir}/plans`;
  const roles = { ...file.roles, ...lane?.roles };
  const validation = { ...file.validation, ...lane?.validation };
  return {
    projectName: file.projectName ?? 'Wave Orchestrator',
    defaultLane,
    paths: {
      docsDir,
      stateRoot: lane?.stateRoot ?? file.paths?.stateRoot ?? '.tmp',
      // One matrix and one catalog for all lanes unless a lane says otherwise (contract.md §2.6).
      componentMatrix:
        lane?.componentCutoverMatrixJsonPath ??
        file.paths?.componentCutoverMatrixJsonPath ??
        `${baseDocs}/plans/component-cutover-matrix.json`,
      benchmarkCatalog:
        lane?.benchmarkCatalogPath ??
        file.paths?.benchmarkCatalogPath ??
        `${baseDocs}/evals/benchmark-catalog.json`,
    },
    wavesDir: lane?.wavesDir ?? `${plansDir}/waves`,
    roles: {
      contQaAgentId: roles.contQaAgentId ?? 'A0',
      contEvalAgentId: roles.contEvalAgentId ?? 'E0',
      integrationAgentId: roles.integrationAgentId ?? 'A8',
      documentationAgentId: roles.documentationAgentId ?? 'A9',
      rolePromptDir: roles.rolePromptDir ?? 'docs/agents',
      securityRolePromptPath: roles.securityRolePromptPath ?? 'docs/agents/wave-security-role.md',
    },
    executors: {
      default: lane?.executors?.default ?? file.executors?.default ?? 'codex',
      byRole: byRole(
        lane?.defaultExecutorByRole ??
          lane?.runtimePolicy?.defaultExecutorByRole ??
          file.runtimePolicy?.defaultExecutorByRole ??
          {},
      ),
      fallbackOrder: [
        ...new Set(
          lane?.fallbackExecutorOrder ??
            lane?.runtimePolicy?.fallbackExecutorOrder ??
            file.runtimePolicy?.fallbackExecutorOrder ??
            [],
        ),
      ],
      budget: budgetOf({ ...file.executors?.budget, ...lane?.executors?.budget }),
      programs: Object.fromEntries(
        Object.entries({ ...file.executors?.command?.programs, ...lane?.executors?.command?.programs }).map(
          ([name, { argv }]) => [name, argv],
        ),
      ),
      access: modelAccess(file.executors, lane?.executors),
    },
    timeoutMinutes: file.timeoutMinutes ?? 240,
    maxParallel: file.maxParallel ?? 8,
    maxRetriesPerWave: file.maxRetriesPerWave ?? 1,
    capabilityRouting: Object.fromEntries(
      Object.entries(
        lane?.capabilityRouting?.preferredAgents ?? file.capabilityRouting?.preferredAgents ?? {},
      ).map(([capability, agents]) => [capability.toLowerCase(), agents]),
    ),
    escalationNotify: (file.escalation?.notify ?? []).map((name) => name.replace(/^@/, '')),
    validation: {
      componentPromotionsFrom: validation.requireComponentPromotionsFromWave ?? null,
      agentComponentsFrom: validation.requireAgentComponentsFromWave ?? null,
    },
    clocks: {
      ackMs: file.clocks?.ack ?? 300_000,
      resolveMs: file.clocks?.resolve ?? 1_800_000,
      holdMs: file.clocks?.hold ?? 180_000,
    },
    answers: file.answers ?? {},
  };
}

type ExecutorsSection = ConfigFile['executors'];

/** The lane's word on a CLI comes before the file's, key by key. */
function modelAccess(file: ExecutorsSection, lane: ExecutorsSection): Config['executors']['access'] {
  const access: Partial<Record<ModelExecutorId, ModelAccess>> = {};
  for (const id of MODEL_EXECUTORS) {
    const keyVariable = lane?.[id]?.keyVariable ?? file?.[id]?.keyVariable;
    const baseUrl = lane?.[id]?.baseUrl ?? file?.[id]?.baseUrl;
    const found = { ...(keyVariable && { keyVariable }), ...(baseUrl && { baseUrl }) };
    if (Object.keys(found).length > 0) access[id] = found;
  }
  return access;
}

function budgetOf(given: {
  readonly turns?: number | undefined;
  readonly tokens?: number | undefined;
  readonly cost?: number | undefined;
}): AgentBudget {
  return { turns: given.turns ?? null, tokens: given.tokens ?? null, cost: given.cost ?? null };
}

/** Runtime roles of the peer that are no role here (infra, deploy, research) have nobody to apply to. */
function byRole(given: Readonly<Record<string, unknown>>): Partial<Record<Role, ExecutorId>> {
  const chosen: Partial<Record<Role, ExecutorId>> = {};
  for (const role of ROLES) {
    const id = given[role];
    // The schema checked these keys against the executor ids.
    if (id !== undefined) chosen[role] = id as ExecutorId;
  }
  return chosen;
}

/** Only what the file says: a field left out must not hide the built-in value. */
function toPolicyInput(given: NonNullable<ConfigFile['policy']>): PolicyInput {
  const { executors, minimumExitContract, requiredVerify, ...plain } = given;
  return {
    ...defined(plain),
    ...(executors === undefined ? {} : { executors: defined(executors) }),
    ...(minimumExitContract === undefined
      ? {}
      : { minimumExitContract: defined(minimumExitContract) satisfies ExitContract }),
    ...(requiredVerify === undefined
      ? {}
      : {
          requiredVerify: requiredVerify.map(({ run, argv, timeoutMs }) => ({
            run,
            argv,
            timeoutMs: timeoutMs ?? DEFAULT_VERIFY_TIMEOUT_MS,
            source: { kind: 'policy' } as const,
            at: null,
          })),
        }),
  };
}

type Defined<Given> = { [Key in keyof Given]?: Exclude<Given[Key], undefined> };

function defined<Given extends object>(given: Given): Defined<Given> {
  return Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as Defined<Given>;
}
