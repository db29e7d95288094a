/**
 * What happened, as immutable entries (design §4). `seq` orders, `id` names the cause, `by` is stamped by whoever
 * recorded the bytes and never read from an agent.
 */
import type { AgentId, ExecutorId, Isolation, StewardRole } from '../contract/index.ts';
import type { Signal, SignalKind } from './signals.ts';

export type EntryId = string;
/** ISO 8601, UTC, for people and for ages; never for order. */
export type Instant = string;
export type RunId = string;
export type Sha256 = string;
/** A git object id: 40 or 64 lower-case hex digits. */
export type Oid = string;

/** `lane/wave-n/origin`, for example `main/wave-3/pr-12`: the unit of a journal (design §4). */
export type InstanceId = string;

export type Author =
  | { readonly kind: 'agent'; readonly agent: AgentId; readonly run: RunId; readonly attempt: number }
  /** A person at a shell of the machine that holds the journal; `as` when they spoke for an agent. */
  | { readonly kind: 'operator'; readonly as?: AgentId }
  /** A GitHub user, with the comment or dispatch it came from. */
  | { readonly kind: 'person'; readonly user: number; readonly login: string; readonly via: string }
  | { readonly kind: 'orchestrator'; readonly run: RunId; readonly job: string }
  /** A direct push by somebody: kept, shown, without authority. */
  | { readonly kind: 'unattributed'; readonly detail: string };

export const RECORD_KINDS = [
  'request',
  'ack',
  'claim',
  'evidence',
  'decision',
  'blocker',
  'handoff',
  'clarification-request',
  'orchestrator-guidance',
  'resolved-by-policy',
  'human-escalation',
  'human-feedback',
  'integration-summary',
] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];

export const RECORD_STATUSES = [
  'open',
  'acknowledged',
  'in_progress',
  'resolved',
  'closed',
  'superseded',
  'cancelled',
] as const;
export type RecordStatus = (typeof RECORD_STATUSES)[number];
export const OPEN_STATUSES: ReadonlySet<RecordStatus> = new Set([
  'open',
  'acknowledged',
  'in_progress',
] as const);

export const PRIORITIES = ['low', 'normal', 'high', 'urgent'] as const;
export type Priority = (typeof PRIORITIES)[number];
export const SEVERITIES = [
  'hard',
  'soft',
  'stale',
  'advisory',
  'proof-critical',
  'closure-critical',
] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What an author may say about a record; a field left out of an update stays as it is. */
export type RecordFields = {
  readonly summary?: string;
  readonly detail?: string;
  readonly targets?: readonly string[];
  readonly priority?: Priority;
  /** Repository paths, component ids (the peer's `artifactRefs`). */
  readonly refs?: readonly string[];
  readonly dependsOn?: readonly EntryId[];
  readonly closureCondition?: string;
  readonly severity?: Severity;
  /** What a claim, evidence or decision is about, and what it says of it: two that differ contradict each other. */
  readonly subject?: string;
  readonly value?: string;
};

/** A piece of work one lane needs from another (coordination.md §4). */
export type Dependency = {
  readonly ownerLane: string;
  /** null: whatever wave of that lane comes. */
  readonly ownerWave: number | null;
  readonly requesterLane: string;
  readonly requesterWave: number | null;
  /** Only a required one holds a wave open. */
  readonly required: boolean;
};

export type ExitReason =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signalled'; readonly signal: string }
  | { readonly kind: 'timed-out'; readonly afterMs: number }
  | { readonly kind: 'output-capped'; readonly bytes: number }
  | { readonly kind: 'failed-to-start'; readonly message: string }
  | { readonly kind: 'cancelled' }
  /** Never started: it could have broken a cap of the base branch. */
  | { readonly kind: 'over-budget'; readonly message: string }
  /** The job ended without a result bundle. */
  | { readonly kind: 'lost' };

export type Usage =
  | { readonly inputTokens: number; readonly outputTokens: number; readonly costUsd: number | null }
  | 'unknown';

/** A ceiling of an agent's own budget; `used` is what was seen by then. */
export type ReachedLimit = {
  readonly limit: 'turns' | 'tokens' | 'cost';
  readonly allowed: number;
  readonly used: number;
};

export type PatchFact = {
  readonly sha256: Sha256;
  readonly files: number;
  readonly added: number;
  readonly removed: number;
};

export type Refusal = { readonly code: string; readonly path: string; readonly detail: string };

/** Why an attempt did not close: a gate's reason as it stood then, for whoever is launched because of it. */
export type EndReason = {
  readonly gate: string;
  readonly code: string;
  readonly agent: AgentId | null;
  readonly record: EntryId | null;
  readonly detail: string;
};

export type CoordinationBody =
  | ({
      readonly type: 'post';
      readonly kind: RecordKind;
      readonly summary: string;
      readonly status?: RecordStatus;
      /** What its author calls it, to be typed in place of a handle; the entry's id is still its cause's. */
      readonly name?: string;
      /** Of a request that crosses lanes. */
      readonly dependency?: Dependency;
    } & RecordFields)
  | ({ readonly type: 'update'; readonly record: EntryId; readonly status?: RecordStatus } & RecordFields)
  | { readonly type: 'ack'; readonly record: EntryId; readonly detail?: string }
  | { readonly type: 'answer'; readonly record: EntryId; readonly text: string }
  /**
   * The agent does nothing before these are settled; none: it goes on without. `seen` is what it owed, and had been
   * shown, when it said so.
   */
  | { readonly type: 'wait'; readonly records: readonly EntryId[]; readonly seen: readonly EntryId[] }
  | { readonly type: 'signal'; readonly signal: Signal };

export type ControlBody =
  | {
      readonly type: 'instance.opened';
      readonly base: Oid;
      readonly waveDigest: Sha256;
      readonly policyDigest: Sha256;
    }
  | {
      readonly type: 'attempt.started';
      readonly attempt: number;
      readonly base: Oid;
      readonly baseTree: Oid;
      readonly agents: readonly AgentId[];
      readonly waveDigest: Sha256;
      readonly policyDigest: Sha256;
    }
  | {
      readonly type: 'agent.started';
      readonly attempt: number;
      readonly agent: AgentId;
      readonly executor: ExecutorId;
      readonly isolation: Isolation;
    }
  /** Its process was ended because it waits: its work so far and the CLI's session are kept for the next launch. */
  | {
      readonly type: 'agent.parked';
      readonly attempt: number;
      readonly agent: AgentId;
      /** Which launch of the attempt it was, from 1. */
      readonly launch: number;
      readonly executor: ExecutorId;
      /** Of all its launches together. */
      readonly durationMs: number;
      readonly usage: Usage;
      readonly patch: PatchFact | null;
      readonly baseTree: Oid;
      /** The CLI's name for its session, and its bytes as a blob. */
      readonly session: { readonly id: string; readonly sha256: Sha256 } | null;
    }
  | {
      readonly type: 'agent.finished';
      readonly attempt: number;
      readonly agent: AgentId;
      readonly executor: ExecutorId;
      readonly isolation: Isolation;
      readonly exit: ExitReason;
      readonly durationMs: number;
      readonly usage: Usage;
      readonly patch: PatchFact | null;
      /** The base tree the patch was cut against. */
      readonly baseTree: Oid;
      /** What the agent was asked, as the sha256 `promptHash` gives. */
      readonly prompt?: string;
      /** Set when an earlier run's patch is offered again: it is admitted and proved anew. */
      readonly reusedFrom?: EntryId;
      /** The ceiling that ended it. */
      readonly limit?: ReachedLimit;
    }
  | {
      readonly type: 'patch.admitted';
      readonly attempt: number;
      readonly agent: AgentId;
      readonly patch: Sha256;
      readonly tree: Oid;
      readonly paths: readonly string[];
    }
  | {
      readonly type: 'patch.refused';
      readonly attempt: number;
      readonly agent: AgentId;
      readonly patch: Sha256;
      readonly refusals: readonly Refusal[];
    }
  /** A line of a final message that tried to be a signal and is none: told apart from one that is missing. */
  | {
      readonly type: 'signal.malformed';
      readonly attempt: number;
      readonly agent: AgentId;
      /** Null when not even the kind can be read. */
      readonly kind: SignalKind | null;
      readonly line: string;
      readonly problem: string;
    }
  /** T0 (`implementation`) or T1 (`documentation`); `subject` is the tree without closure reports. */
  | {
      readonly type: 'tree.fixed';
      readonly attempt: number;
      readonly stage: 'implementation' | 'documentation';
      readonly tree: Oid;
      readonly subject: Oid;
    }
  | {
      readonly type: 'proof.recorded';
      readonly attempt: number;
      readonly subject: Oid;
      readonly run: string;
      readonly argv: readonly string[];
      readonly exit: ExitReason;
      readonly durationMs: number;
      readonly output: Sha256;
      /** The last lines the command printed, for people. */
      readonly tail: string;
      /** Test files changed by the same patches, named beside the result. */
      readonly testsChanged: readonly string[];
    }
  | {
      readonly type: 'stage.judged';
      readonly attempt: number;
      readonly stage: StewardRole;
      readonly agents: readonly AgentId[];
      readonly subject: Oid;
      readonly waveDigest: Sha256;
      readonly policyDigest: Sha256;
      readonly stateDigest: Sha256;
    }
  | {
      readonly type: 'publish.intent';
      readonly attempt: number;
      readonly commit: Oid;
      readonly tree: Oid;
      readonly parent: Oid;
      readonly target: string;
    }
  | { readonly type: 'publish.done'; readonly attempt: number; readonly commit: Oid; readonly target: string }
  | {
      readonly type: 'attempt.ended';
      readonly attempt: number;
      readonly outcome: 'closed' | 'refused' | 'waiting';
      readonly code: string;
      /** What failed, as far as an entry holds it; left out where nothing did. */
      readonly reasons?: readonly EndReason[];
    }
  | {
      readonly type: 'timer.fired';
      readonly record: EntryId;
      readonly clock: 'ack' | 'resolve';
      readonly cycle: number;
    }
  /** A line somebody else wrote into the journal, kept out of every fold by its digest. */
  | {
      readonly type: 'line.quarantined';
      readonly file: string;
      readonly line: number;
      readonly sha256: Sha256;
      readonly code: string;
      readonly claims: string;
    };

export type Body = CoordinationBody | ControlBody;
export type Family = 'coordination' | 'control';

export type Entry = {
  readonly id: EntryId;
  /** Given by whoever appends; null while only a bundle holds it. */
  readonly seq: number | null;
  readonly at: Instant;
  readonly by: Author;
  readonly instance: InstanceId;
  readonly family: Family;
  readonly body: Body;
};
/** An entry before it has its place. */
export type NewEntry = Omit<Entry, 'seq'>;

/** A line that did not become an entry: kept where it is, reported, skipped. */
export type Quarantined = {
  readonly file: string;
  readonly line: number;
  readonly code: QuarantineCode;
  readonly reason: string;
  readonly sha256: Sha256;
};
export type QuarantineCode =
  | 'torn-line'
  | 'invalid-json'
  | 'invalid-entry'
  | 'entry-too-large'
  | 'prototype-key'
  | 'control-character'
  | 'seq-mismatch'
  | 'foreign-line';
