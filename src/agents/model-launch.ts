/** What only the model CLIs (`claude`, `codex`, `opencode`) need beyond the launch specification all executors share. */
import type { Usage } from '../journal/index.ts';

/** Ceilings of one launch, all its tries together. Minutes are `LaunchSpec.timeoutMs`. */
export type ModelLimits = {
  /** Answers of the model. codex does not tell them apart: there each finished tool call and message counts. */
  readonly turns?: number;
  /** Input and output together, cached input included. codex reports them at its end only. */
  readonly tokens?: number;
  /** US dollars; without effect where the CLI reports no cost (codex). */
  readonly costUsd?: number;
};

/** Which ceiling was passed. `used` is what was seen by then and may be less than what was spent. */
export type LimitReached = {
  readonly limit: 'turns' | 'tokens' | 'cost';
  readonly allowed: number;
  readonly used: number;
};

export type ModelLaunch = {
  /** The one variable of our own environment that holds the key; left out: the first of its usual ones that is set. */
  readonly keyVariable?: string;
  /**
   * Where the key goes, as the provider's own variable has it (ANTHROPIC_BASE_URL without `/v1`, OPENAI_BASE_URL with
   * it). Left out: that variable of our own environment, else the provider.
   */
  readonly baseUrl?: string;
  readonly limits?: ModelLimits;
  /** How often the CLI asks again by itself before its try counts as refused. opencode always asks six times. */
  readonly ownRetries?: number;
  /** Goes on with a session an earlier launch left in `keepSessionIn`. */
  readonly resume?: { readonly session: string; readonly file: string; readonly usageBefore: Usage };
  /** Where to leave the session for a later launch, outside the agent's home. */
  readonly keepSessionIn?: string;
};
