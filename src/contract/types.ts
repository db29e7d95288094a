/**
 * The typed contract: what an author (wave Markdown), a repository (wave.config.json) and a base branch (policy)
 * say. Plain data; nothing here knows how it was read.
 */

/** 1-based, end exclusive, as editors and compilers print them. */
export type SourceSpan = {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
};

export type SourceFile = { readonly path: string; readonly text: string };

/** One located finding. `code` is stable and documented; `fix` says what to do, not what is wrong. */
export type Diagnostic = {
  readonly code: string;
  readonly at: SourceSpan;
  readonly message: string;
  readonly expected?: string;
  readonly fix?: string;
  readonly severity: 'error' | 'warning';
};

export type AgentId = string;

/** What an agent is for. Stewards are everything but `implementation`; they judge, in {@link STAGES} order. */
export type Role = 'implementation' | 'cont-eval' | 'security' | 'integration' | 'documentation' | 'cont-qa';
export type StewardRole = Exclude<Role, 'implementation'>;

/** Closure stages, in the order they run (closure.md §4.2). `close` counts everything. */
export const STAGES = [
  'cont-eval',
  'security',
  'integration',
  'documentation',
  'cont-qa',
] as const satisfies readonly StewardRole[];
export type Stage = StewardRole | 'close';

/** Orders of closure.md §3.1, weakest first. */
export const COMPLETION_LEVELS = ['contract', 'integrated', 'authoritative', 'live'] as const;
export const DURABILITY_LEVELS = ['none', 'ephemeral', 'durable'] as const;
export const PROOF_LEVELS = ['unit', 'integration', 'live'] as const;
export const DOC_IMPACTS = ['none', 'owned', 'shared-plan'] as const;
/** Maturity of a component, weakest first (closure.md §11). A component matrix may name an order of its own. */
export const MATURITY_LEVELS = [
  'inventoried',
  'contract-frozen',
  'repo-landed',
  'baseline-proved',
  'pilot-live',
  'qa-proved',
  'fleet-ready',
  'cutover-ready',
  'deprecation-ready',
] as const;
export type MaturityLevel = (typeof MATURITY_LEVELS)[number];
export type Completion = (typeof COMPLETION_LEVELS)[number];
export type Durability = (typeof DURABILITY_LEVELS)[number];
export type ProofLevel = (typeof PROOF_LEVELS)[number];
export type DocImpact = (typeof DOC_IMPACTS)[number];

/** A field left out asks for nothing. */
export type ExitContract = {
  readonly completion?: Completion;
  readonly durability?: Durability;
  readonly proof?: ProofLevel;
  readonly docImpact?: DocImpact;
};

/** Repository-relative, `/`-separated, normalised. A path ending in `/` owns everything below it. */
export type OwnedPath = { readonly path: string; readonly at: SourceSpan };
export type Deliverable = { readonly path: string; readonly at: SourceSpan };

/**
 * `- path: docs/ops/pilot.md | kind: runbook | required-for: pilot-live`. A file the agent owns and leaves in the tree;
 * without `requiredFor` it is always required (closure.md §3.3).
 */
export type ProofArtifact = {
  readonly path: string;
  readonly kind: string | null;
  readonly requiredFor: readonly MaturityLevel[];
  readonly at: SourceSpan;
};

/** `- amount-parser: baseline-proved` of `## Component promotions`: what the wave claims to bring a component to. */
export type ComponentPromotion = {
  readonly component: string;
  readonly target: string;
  readonly at: SourceSpan;
};

/** The component matrix of a repository (contract.md §1.10). `levels` orders it, weakest first. */
export type ComponentMatrix = {
  readonly levels: readonly string[];
  readonly components: ReadonlyMap<
    string,
    {
      readonly currentLevel: string;
      readonly promotions: readonly { readonly wave: number; readonly target: string }[];
    }
  >;
};

/**
 * What cont-EVAL is to judge. `benchmarks` are those it may use: a pinned target needs each of them, a delegated one at
 * least one (contract.md §1.11).
 */
export type EvalTarget = {
  readonly id: string;
  readonly selection: 'pinned' | 'delegated';
  readonly family: string | null;
  readonly benchmarks: readonly string[];
  readonly objective: string;
  readonly threshold: string;
  readonly at: SourceSpan;
};

/** `- run: npm test | timeout: 5m`. Run by us, never by the agent. `argv` is `run` split without a shell. */
export type VerifyCommand = {
  readonly run: string;
  readonly argv: readonly string[];
  readonly timeoutMs: number;
  /** Whose section asked for it: the wave, one agent, or the base policy. */
  readonly source:
    | { readonly kind: 'wave' }
    | { readonly kind: 'agent'; readonly agent: AgentId }
    | { readonly kind: 'policy' };
  readonly at: SourceSpan | null;
};

export const EXECUTOR_IDS = ['claude', 'codex', 'opencode', 'command', 'local'] as const;
export type ExecutorId = (typeof EXECUTOR_IDS)[number];

/** The executor an agent resolved to. `program` names an argv in the base branch's config (`command` only). */
export type ExecutorChoice = {
  readonly id: ExecutorId;
  readonly program: string | null;
  readonly model: string | null;
  readonly timeoutMs: number;
  readonly selectedBy: 'cli' | 'agent-id' | 'lane-role-default' | 'lane-default' | 'fallback';
  /** What takes its place, in this order, when it cannot run or its run fails: never because of what an agent said. */
  readonly fallbacks: readonly ExecutorId[];
  readonly budget: AgentBudget;
};

/** Ceilings of one launch of an agent, beside its time; null where there is none. */
export type AgentBudget = {
  readonly turns: number | null;
  /** Input and output together. */
  readonly tokens: number | null;
  /** US dollars. */
  readonly cost: number | null;
};

/**
 * What whoever starts a run asks for over the files: who does the work and how long it may take, never what is asked of
 * it, so no digest covers it. The policy holds against it as against a wave file.
 */
export type RunOverrides = {
  /** For every agent that `executorByAgent` does not name. */
  readonly executor?: ExecutorId;
  readonly executorByAgent?: Readonly<Record<AgentId, ExecutorId>>;
  /** A ceiling over every agent's own time. */
  readonly timeoutMinutes?: number;
};

export type Agent = {
  readonly id: AgentId;
  readonly title: string;
  readonly role: Role;
  /** Lower-case, file-name safe, unique in the wave: `<n>-<id>`. */
  readonly slug: string;
  readonly prompt: string;
  readonly rolePromptPaths: readonly string[];
  readonly ownedPaths: readonly OwnedPath[];
  readonly deliverables: readonly Deliverable[];
  readonly proofArtifacts: readonly ProofArtifact[];
  readonly capabilities: readonly string[];
  readonly components: readonly string[];
  readonly exitContract: ExitContract | null;
  readonly verify: readonly VerifyCommand[];
  readonly executor: ExecutorChoice;
  /** Stewards only: the Markdown report they write, left out of the subject tree. */
  readonly reportPath: string | null;
  readonly at: SourceSpan;
};

export type Contract = {
  readonly lane: string;
  readonly wave: number;
  readonly title: string;
  readonly file: string;
  readonly commitMessage: string | null;
  /** In file order. */
  readonly agents: readonly Agent[];
  readonly promotions: readonly ComponentPromotion[];
  /** The component matrix as it is before the wave; null where there is none. */
  readonly componentMatrix: ComponentMatrix | null;
  readonly evalTargets: readonly EvalTarget[];
  /** Base policy's commands, then the wave's, then each agent's. */
  readonly verify: readonly VerifyCommand[];
  readonly policy: Policy;
  readonly config: Config;
  /** sha256 (hex) of the wave file's bytes, and of the canonical JSON of the policy. */
  readonly digests: { readonly wave: string; readonly policy: string };
};

export const ISOLATION_LEVELS = ['none', 'user'] as const;
export type Isolation = (typeof ISOLATION_LEVELS)[number];

/** The floor set by the base branch (design: the base branch is the law). A wave may ask for more, never for less. */
export type Policy = {
  readonly executors: Readonly<Record<Role, readonly ExecutorId[]>>;
  readonly requiredRoles: readonly StewardRole[];
  readonly minimumExitContract: ExitContract;
  readonly requiredVerify: readonly VerifyCommand[];
  /** Programs a Verify command may start: the first word of `run`. */
  readonly verifyPrograms: readonly string[];
  /** Exact paths or directories ending in `/` that no patch may touch. */
  readonly protectedPaths: readonly string[];
  readonly isolation: Isolation;
  readonly maxAgents: number;
  readonly maxAgentMinutes: number;
  /** Caps over all agents of a wave, all attempts together; null where there is none. */
  readonly maxWaveMinutes: number | null;
  readonly maxWaveTokens: number | null;
  /** US dollars. */
  readonly maxWaveCost: number | null;
  /** May work done by `local` or `command` executors close a wave? */
  readonly allowSimulated: boolean;
  readonly auto: readonly 'opened'[];
  /** `built-in` when the base branch has no configuration: strict, and only a maintainer may start it. */
  readonly source: 'base' | 'built-in';
};

export type ClosureRoleIds = {
  readonly contQaAgentId: AgentId;
  readonly contEvalAgentId: AgentId;
  readonly integrationAgentId: AgentId;
  readonly documentationAgentId: AgentId;
  readonly rolePromptDir: string;
  readonly securityRolePromptPath: string;
};

export type ModelExecutorId = Extract<ExecutorId, 'claude' | 'codex' | 'opencode'>;
export type ModelAccess = {
  /** A variable of the environment of whoever runs the wave; the key itself is in no file. */
  readonly keyVariable?: string;
  /** As the provider's own variable has it: ANTHROPIC_BASE_URL without `/v1`, OPENAI_BASE_URL with it. */
  readonly baseUrl?: string;
};

/** `wave.config.json`, defaults filled in (contract.md §2). */
export type Config = {
  readonly projectName: string;
  readonly defaultLane: string;
  readonly paths: {
    readonly docsDir: string;
    readonly stateRoot: string;
    readonly componentMatrix: string;
    readonly benchmarkCatalog: string;
  };
  readonly wavesDir: string;
  readonly roles: ClosureRoleIds;
  readonly executors: {
    readonly default: ExecutorId;
    readonly byRole: Readonly<Partial<Record<Role, ExecutorId>>>;
    /** For agents that name no fallbacks and allow them. */
    readonly fallbackOrder: readonly ExecutorId[];
    /** For agents that say none. */
    readonly budget: AgentBudget;
    /** argv per program name, for the `command` executor. */
    readonly programs: Readonly<Record<string, readonly string[]>>;
    /** Which key the model CLIs work with, and where it goes; what is left out is the CLI's usual one. */
    readonly access: Readonly<Partial<Record<ModelExecutorId, ModelAccess>>>;
  };
  readonly timeoutMinutes: number;
  readonly maxParallel: number;
  /** Attempts of one run beside its first; 0 never tries again. */
  readonly maxRetriesPerWave: number;
  readonly capabilityRouting: Readonly<Record<string, readonly AgentId[]>>;
  readonly escalationNotify: readonly string[];
  /** The first wave a rule holds for; null where it is off. */
  readonly validation: {
    readonly componentPromotionsFrom: number | null;
    readonly agentComponentsFrom: number | null;
  };
  /** Milliseconds. Defaults: 300 000, 1 800 000 (coordination.md §0.2) and 180 000. `holdMs` is how long a waiting agent keeps its slot. */
  readonly clocks: { readonly ackMs: number; readonly resolveMs: number; readonly holdMs: number };
  /** The repository's own answers to questions agents ask, by topic. */
  readonly answers: Readonly<Record<string, string>>;
};
