/** What differs between the model CLIs: their command lines, their configuration, their transcripts, their sessions. */
import type { ExecutorId } from '../../contract/index.ts';
import type { ModelLimits } from '../model-launch.ts';
import type { TranscriptReader } from './transcript.ts';

/** One try, as a CLI needs to know it. */
export type CliTry = {
  readonly workdir: string;
  readonly model: string | null;
  /** Holds what the CLI sends as its key. */
  readonly keyVariable: string;
  /** The key proxy's, in the form of the provider's own variable. */
  readonly baseUrl: string;
  /** What is left of them. */
  readonly limits: ModelLimits;
  readonly ownRetries: number;
  /** The session it goes on with. */
  readonly resume: string | null;
  /** AGENTS.md or CLAUDE.md of the clone, absolute, where they are regular files. */
  readonly instructions: readonly string[];
};

/** A file below the agent's home; `path` with `/`. */
export type HomeFile = { readonly path: string; readonly content: string };

/** How a session is carried from one home to another. */
export type SessionKeeping =
  /** It is one file below `folder`, whose name `named` recognises, and is found again at `restored`. */
  | {
      readonly kind: 'file';
      readonly folder: string;
      readonly named: (session: string) => (name: string) => boolean;
      readonly restored: (session: string) => string;
    }
  /** The CLI prints it and reads it back; its own storage belongs to the folder it ran in. */
  | {
      readonly kind: 'command';
      readonly print: (session: string) => readonly string[];
      readonly read: (file: string) => readonly string[];
    };

export type ModelCli = {
  readonly id: Extract<ExecutorId, 'claude' | 'codex' | 'opencode'>;
  readonly program: string;
  /** On the npm registry. */
  readonly npmPackage: string;
  /** The variables of our environment that may hold its key, best first. */
  keyVariables(model: string | null): readonly string[];
  /** The variable that says where its models are served. */
  baseUrlVariable(keyVariable: string): string | null;
  /** Where they are served unless somebody says otherwise, as that variable would have it; null when we do not know. */
  provider(keyVariable: string): string | null;
  /** Whether a resumed run reports its own usage or that of the whole session. */
  readonly usageOf: 'run' | 'session';
  home(at: CliTry): readonly HomeFile[];
  env(at: CliTry): Readonly<Record<string, string>>;
  /** The prompt comes on standard input. */
  args(at: CliTry): readonly string[];
  reader(): TranscriptReader;
  readonly session: SessionKeeping;
};
