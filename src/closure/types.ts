/** What it means: evidence in, gates and the one next step out. */
import type { AgentId, ComponentMatrix, Stage, StewardRole } from '../contract/index.ts';
import type { EntryId, Oid, RunId, Sha256, Verdict } from '../journal/index.ts';
import type { Obligation } from '../state/index.ts';

export type FileFact = { readonly mode: string; readonly oid: Oid; readonly size: number };

/** A tree we built, with what it holds at the paths the contract declares. */
export type TreeFact = {
  readonly tree: Oid;
  /** The tree without closure reports: what verdicts are about (design §7). */
  readonly subject: Oid;
  readonly files: ReadonlyMap<string, FileFact>;
};

/** A steward's closure report as it stands in that steward's admitted patch. */
export type ReportFact = { readonly path: string; readonly verdicts: readonly Verdict[] };

/** The component matrix as it stands in the candidate tree. */
export type MatrixFact =
  | { readonly kind: 'read'; readonly matrix: ComponentMatrix }
  | { readonly kind: 'missing' }
  | { readonly kind: 'invalid'; readonly problem: string };

/**
 * What the evaluating run established by itself, beside the journal: which run it is, the trees it built, the digests
 * of what is in force now. Verdicts and proofs count only from this run and attempt.
 */
export type Evidence = {
  readonly run: RunId;
  readonly attempt: number;
  readonly waveDigest: Sha256;
  readonly policyDigest: Sha256;
  /** T0. */
  readonly implementation: TreeFact | null;
  /** T1 once documentation has spoken, T0 before. */
  readonly candidate: TreeFact | null;
  /** What publishing now would put on the target branch; null before close. */
  readonly ships: TreeFact | null;
  readonly reports: ReadonlyMap<AgentId, ReportFact>;
  readonly matrix: MatrixFact;
};

/** In the order of design §7. */
export const GATE_IDS = [
  'implementation',
  'components',
  'verify',
  'helper-assignments',
  'dependencies',
  'clarifications',
  'blockers',
  'cont-eval',
  'security',
  'integration',
  'documentation',
  'component-matrix',
  'cont-qa',
  'infra',
] as const;
export type GateId = (typeof GATE_IDS)[number];

export type Reason = {
  readonly code: string;
  readonly gate: GateId;
  readonly agent: AgentId | null;
  readonly record: EntryId | null;
  /** What is wrong, in one line, naming the thing. */
  readonly detail: string;
  /** Entries, trees and files it was read from. */
  readonly evidence: readonly string[];
};

export type Gate =
  | { readonly id: GateId; readonly status: 'held'; readonly reasons: readonly []; readonly note: string }
  | { readonly id: GateId; readonly status: 'failed'; readonly reasons: readonly [Reason, ...Reason[]] }
  /** A gate before it failed, or its stage has not come. */
  | { readonly id: GateId; readonly status: 'not-asked'; readonly reasons: readonly [] };

/** The whole driver (design §7): the local loop and the jobs of a workflow ask it what is to be done. */
export type Step =
  | {
      readonly do: 'run-agents';
      readonly agents: readonly AgentId[];
      readonly kept: readonly { readonly agent: AgentId; readonly from: EntryId }[];
      readonly why: Readonly<Record<AgentId, string>>;
    }
  | { readonly do: 'admit' }
  | { readonly do: 'prove'; readonly subject: Oid; readonly commands: readonly string[] }
  | { readonly do: 'run-stage'; readonly stage: StewardRole; readonly agents: readonly AgentId[] }
  | { readonly do: 'finish' }
  | { readonly do: 'wait'; readonly owed: readonly Obligation[]; readonly gates: readonly Gate[] }
  | { readonly do: 'stop'; readonly gates: readonly Gate[] };

export type { Stage };
