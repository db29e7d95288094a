/** Arithmetic on what executors report of tokens and money. One unknown part makes the whole unknown: no total is guessed. */
import type { Usage } from '../journal/index.ts';

export const NO_USAGE: Usage = { inputTokens: 0, outputTokens: 0, costUsd: 0 };

const combined = (a: Usage, b: Usage, sign: 1 | -1): Usage => {
  if (a === 'unknown' || b === 'unknown') return 'unknown';
  return {
    inputTokens: Math.max(0, a.inputTokens + sign * b.inputTokens),
    outputTokens: Math.max(0, a.outputTokens + sign * b.outputTokens),
    // Sums of prices below a micro-dollar are rounding noise.
    costUsd:
      a.costUsd === null || b.costUsd === null
        ? null
        : Math.max(0, Math.round((a.costUsd + sign * b.costUsd) * 1e9) / 1e9),
  };
};

/** Both together; `unknown` when either is, and no cost when either has none. */
export const addUsage = (a: Usage, b: Usage): Usage => combined(a, b, 1);

/** What is left of a running total once the part before is taken out; never below zero. */
export const usageSince = (total: Usage, before: Usage): Usage => combined(total, before, -1);

/** Raised, count by count, to what is known to have been spent. */
export const noLessThan = (
  usage: Usage,
  { inputTokens, outputTokens }: { readonly inputTokens: number; readonly outputTokens: number },
): Usage =>
  usage === 'unknown'
    ? usage
    : {
        ...usage,
        inputTokens: Math.max(usage.inputTokens, inputTokens),
        outputTokens: Math.max(usage.outputTokens, outputTokens),
      };
