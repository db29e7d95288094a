/** What the entries mean so far: records, assignments and the orchestrator's facts, indexed. Derived, never read back. */
import type { AgentId, ExecutorId, Isolation, StewardRole } from '../contract/index.ts';
import type {
  Author,
  Body,
  Dependency,
  EndReason,
  EntryId,
  ExitReason,
  InstanceId,
  Instant,
  Oid,
  PatchFact,
  Priority,
  ReachedLimit,
  RecordKind,
  RecordStatus,
  Refusal,
  RunId,
  Severity,
  Sha256,
  Signal,
  Usage,
} from '../journal/index.ts';

export type CoordinationRecord = {
  readonly id: EntryId;
  /** Position of its first entry; null while it is provisional. */
  readonly seq: number | null;
  /** What its author called it; two records may bear one name. */
  readonly name: string | null;
  readonly kind: RecordKind;
  readonly author: Author;
  /** The agent that speaks, or the one an operator spoke for; null for people and the orchestrator. */
  readonly authorAgent: AgentId | null;
  readonly status: RecordStatus;
  readonly summary: string;
  readonly detail: string;
  readonly targets: readonly string[];
  readonly priority: Priority;
  readonly refs: readonly string[];
  readonly dependsOn: readonly EntryId[];
  readonly closureCondition: string;
  readonly severity: Severity;
  readonly subject: string | null;
  readonly value: string | null;
  readonly dependency: Dependency | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  /** The entry that asks it: the one that posted it, or that reopened it or gave it to somebody else since. */
  readonly askedBy: EntryId;
  /** Its clocks run from here: from when it was asked, or from when somebody who owes it was started last. */
  readonly clockFrom: Instant;
  /** How often its clocks began anew; part of a timer's id. */
  readonly cycle: number;
  /** When its assignee first took it up; the ack clock stops there. */
  readonly acknowledgedAt: Instant | null;
  readonly answer: { readonly entry: EntryId; readonly by: Author; readonly text: string } | null;
  /** The entry that took it out of the open set. */
  readonly closedBy: EntryId | null;
};

/** What one party says about a subject. */
export type Position = {
  /** An agent's id, or what kind of person spoke. */
  readonly party: string;
  readonly agent: AgentId | null;
  readonly record: EntryId;
  readonly kind: 'claim' | 'evidence' | 'decision';
  readonly value: string;
};

/**
 * Two parties who say different things about one subject. It ends when their records no longer differ (repaired), or when
 * somebody who may says what holds (decided).
 */
export type Contradiction = {
  /** From the two records that made it. */
  readonly id: EntryId;
  readonly subject: string;
  /** What was said when it stood last, in the order it was said. */
  readonly positions: readonly Position[];
  readonly openedAt: Instant;
  readonly end: {
    readonly how: 'repaired' | 'decided';
    readonly entry: EntryId;
    readonly by: Author;
  } | null;
};

export type TargetKind = 'agent' | 'capability' | 'unknown';
/** coordination.md §2.2 and §2.6. */
export type AssignmentReason =
  | 'empty-target'
  | 'explicit-agent'
  | 'missing-agent'
  | 'exact-agent-id'
  | 'preferred-agent'
  | 'least-busy-capability'
  | 'missing-capability-owner'
  | 'unsupported-target';

/** Who owes a targeted record, decided once, when it was posted, and again only when its targets change. */
export type Assignment = {
  readonly target: string;
  readonly targetKind: TargetKind;
  readonly assignee: AgentId | null;
  readonly reason: AssignmentReason;
};

/** An agent that does nothing before some records are settled. */
export type Wait = {
  readonly entry: EntryId;
  readonly since: Instant;
  /** Those it named that exist, settled ones too. */
  readonly records: readonly EntryId[];
  /** What it owed and had been shown when it began to wait. */
  readonly seen: readonly EntryId[];
};

/** An agent whose process was ended because it waits; it goes on from what was kept. */
export type Parked = {
  readonly entry: EntryId;
  readonly at: Instant;
  readonly attempt: number;
  readonly launch: number;
  readonly executor: ExecutorId;
  readonly durationMs: number;
  readonly usage: Usage;
  readonly patch: PatchFact | null;
  readonly baseTree: Oid;
  readonly session: { readonly id: string; readonly sha256: Sha256 } | null;
};

/** An entry that is kept and has no effect, and why. */
export type Rejection = {
  readonly entry: EntryId;
  readonly seq: number | null;
  readonly code: RejectionCode;
  readonly detail: string;
  readonly by: Author;
  /** What it tried: a body type, and for signals and records the kind. */
  readonly attempted: string;
};
export type RejectionCode =
  | 'id-conflict'
  | 'kind-without-authority'
  | 'transition-without-authority'
  | 'signal-without-authority'
  | 'fact-without-authority'
  | 'unknown-record'
  | 'unknown-agent'
  | 'not-open'
  | 'superseded';

export type FinishedAgent = {
  readonly entry: EntryId;
  readonly agent: AgentId;
  readonly executor: ExecutorId;
  readonly isolation: Isolation;
  readonly exit: ExitReason;
  readonly durationMs: number;
  readonly usage: Usage;
  readonly patch: PatchFact | null;
  readonly baseTree: Oid;
  readonly limit: ReachedLimit | null;
  readonly prompt?: string;
  readonly reusedFrom: EntryId | null;
  readonly at: Instant;
};

export type Admission =
  | {
      readonly kind: 'admitted';
      readonly entry: EntryId;
      readonly patch: Sha256;
      readonly tree: Oid;
      readonly paths: readonly string[];
    }
  | {
      readonly kind: 'refused';
      readonly entry: EntryId;
      readonly patch: Sha256;
      readonly refusals: readonly Refusal[];
    };

/** What an entry says of its attempt, and which entry that is. */
type Fact<T extends Body['type']> = { readonly entry: EntryId } & Omit<
  Extract<Body, { readonly type: T }>,
  'type' | 'attempt'
>;
export type Proof = Fact<'proof.recorded'>;

export type Judgement = Fact<'stage.judged'>;

export type MalformedSignal = Fact<'signal.malformed'>;

export type SpokenSignal = { readonly entry: EntryId; readonly signal: Signal };

export type Attempt = {
  readonly run: RunId;
  readonly attempt: number;
  readonly entry: EntryId;
  readonly startedAt: Instant;
  readonly base: Oid;
  readonly baseTree: Oid;
  readonly agents: readonly AgentId[];
  readonly waveDigest: Sha256;
  readonly policyDigest: Sha256;
  readonly started: ReadonlyMap<AgentId, Instant>;
  readonly finished: ReadonlyMap<AgentId, FinishedAgent>;
  readonly admissions: ReadonlyMap<AgentId, Admission>;
  /** What each agent said with authority, in order. */
  readonly signals: ReadonlyMap<AgentId, readonly SpokenSignal[]>;
  /** What its agents' final messages hold that almost was a signal. */
  readonly malformed: readonly MalformedSignal[];
  readonly trees: {
    readonly implementation: { tree: Oid; subject: Oid } | null;
    readonly documentation: { tree: Oid; subject: Oid } | null;
  };
  readonly proofs: readonly Proof[];
  readonly judgements: ReadonlyMap<StewardRole, Judgement>;
  readonly ended: {
    readonly outcome: 'closed' | 'refused' | 'waiting';
    readonly code: string;
    readonly reasons: readonly EndReason[];
  } | null;
};

export type Publication = {
  readonly run: RunId;
  readonly attempt: number;
  readonly commit: Oid;
  readonly tree: Oid;
  readonly parent: Oid;
  readonly target: string;
};

/** Records that are over, in the order they ended, so that a view of an agent need not walk all that ever happened. */
export type Settled = {
  /** By agent that owed it. */
  readonly owed: ReadonlyMap<AgentId, readonly EntryId[]>;
  /** By agent that posted it, unless it owed it too; without what decides. */
  readonly posted: ReadonlyMap<AgentId, readonly EntryId[]>;
  /** Of a kind that decides something for all. */
  readonly decided: readonly EntryId[];
};

export type WaveState = {
  readonly instance: InstanceId | null;
  readonly lastSeq: number;
  readonly lastAt: Instant | null;
  readonly records: ReadonlyMap<EntryId, CoordinationRecord>;
  /** By record. */
  readonly assignments: ReadonlyMap<EntryId, readonly Assignment[]>;
  /** In the order they came up. */
  readonly contradictions: ReadonlyMap<EntryId, Contradiction>;
  /** Open records, in the order they came. */
  readonly open: ReadonlyMap<EntryId, CoordinationRecord>;
  readonly settled: Settled;
  /** Open records that say they follow from another, by that other's id. */
  readonly followers: ReadonlyMap<EntryId, ReadonlySet<EntryId>>;
  /** Agents of the newest attempt that wait, parked ones too. */
  readonly waiting: ReadonlyMap<AgentId, Wait>;
  readonly parked: ReadonlyMap<AgentId, Parked>;
  readonly rejections: readonly Rejection[];
  /** By attempt number; the first start of a number wins it. */
  readonly attempts: ReadonlyMap<number, Attempt>;
  readonly intent: Publication | null;
  readonly published: Publication | null;
  readonly firedTimers: ReadonlySet<string>;
  readonly quarantined: readonly {
    readonly entry: EntryId;
    readonly file: string;
    readonly line: number;
    readonly code: string;
    readonly claims: string;
  }[];
};
