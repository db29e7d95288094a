/**
 * One agent's run, as data: what is launched and what comes out. Every executor, command program or model CLI, goes
 * through the same launch specification (design §6).
 */
import type { AgentId, ExecutorId, ExitContract, Isolation } from '../contract/index.ts';
import type { ExitReason, Signal, Usage } from '../journal/index.ts';
import type { MalformedSignal } from './final-message.ts';
import type { Account } from './isolation/account.ts';
import type { LimitReached, ModelLaunch } from './model-launch.ts';

export type LaunchSpec = {
  readonly agent: AgentId;
  readonly attempt: number;
  readonly run: string;
  /** The agent's private clone; the process starts here. */
  readonly workdir: string;
  /** Goes by stdin or file, never argv. */
  readonly promptFile: string;
  /** `command` only: program and arguments from the base branch's configuration. */
  readonly argv: readonly string[];
  readonly model: string | null;
  /** The whole environment of the process: an allow-list was applied before. */
  readonly env: Readonly<Record<string, string>>;
  /** Whose power it runs with. The folders named here are that account's already. */
  readonly account: Account;
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
  /** Where the redacted output is streamed. */
  readonly logFile: string;
  /** Literal values to keep out of the log, besides the shapes `redact` knows. */
  readonly secrets?: readonly string[];
  /** Where a `command` program leaves its final message (WAVE_FINAL_MESSAGE). */
  readonly finalMessageFile: string;
  /** `local` only: what it has to make. */
  readonly local: LocalTask | null;
  /** `claude`, `codex` and `opencode` only; left out: their usual variables, no ceilings, a new session. */
  readonly cli?: ModelLaunch;
};

export type LocalTask = {
  readonly role: string;
  readonly deliverables: readonly string[];
  readonly reportPath: string | null;
  readonly exitContract: ExitContract | null;
  /** What a `[wave-component]` marker is owed for; `level` is the wave's target. */
  readonly components?: readonly { readonly component: string; readonly level: string }[];
  /** cont-EVAL: the ids it has to name. */
  readonly evaluation?: { readonly targetIds: readonly string[]; readonly benchmarkIds: readonly string[] };
};

export type AgentOutcome = {
  readonly exit: ExitReason;
  /** The executor's structured result of this attempt; null when there is none. Never taken from a log. */
  readonly finalMessage: string | null;
  /** Why a final message that was left behind is not taken. */
  readonly finalMessageProblem?: string;
  readonly usage: Usage;
  readonly session: string | null;
  /** Why the executor failed, in one redacted line; people read it, nothing decides by it. */
  readonly problem?: string;
  /** The ceiling that ended it. */
  readonly limit?: LimitReached;
  /** How often the CLI was started, where that may be more than once, and how often the model answered. */
  readonly tries?: number;
  readonly turns?: number;
  readonly durationMs: number;
  readonly log: { readonly bytes: number; readonly truncated: boolean };
};

export interface Executor {
  readonly id: ExecutorId;
  launch(spec: LaunchSpec, signal: AbortSignal): Promise<AgentOutcome>;
}

/** One message an agent put into its outbox; `n` is the file's number and makes the entry's id. */
export type OutboxMessage = { readonly n: number; readonly body: unknown };
/** A file of an outbox that is no message, and why; `.` is the outbox itself. */
export type OutboxProblem = { readonly file: string; readonly problem: string };

/** What leaves an agent's workspace, to be admitted by trusted code elsewhere. */
export type AgentResult = {
  readonly agent: AgentId;
  readonly attempt: number;
  readonly executor: ExecutorId;
  readonly isolation: Isolation;
  readonly outcome: AgentOutcome;
  readonly outbox: readonly OutboxMessage[];
  readonly signals: readonly Signal[];
  /** Lines of the final message that tried to be signals. */
  readonly malformed: readonly MalformedSignal[];
  /** Files of its outbox that nobody can read, and why. */
  readonly unheard: readonly OutboxProblem[];
  readonly patch: Uint8Array;
  /** Why the work tree could not be read as a patch; then there is nothing to admit. */
  readonly unreadable: string | null;
  readonly baseTree: string;
};
