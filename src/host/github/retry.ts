/** When a failed request is worth another try, and after how long (platform.md §3, "On limit"). */
import type { GitHubError } from './types.ts';

export type RetryPolicy = {
  /** Tries in all, the first included. */
  readonly tries: number;
  /** Milliseconds one request may spend waiting, all its waits together. */
  readonly maxWaitMs: number;
  readonly firstWaitMs: number;
};
export const DEFAULT_RETRY: RetryPolicy = { tries: 4, maxWaitMs: 120_000, firstWaitMs: 1_000 };

/**
 * Milliseconds to wait before try number `tried + 1`, or null to give up. Limits are waited for as long as GitHub
 * asks; they mean nothing was done. An answer that was lost is asked for again only where twice is as good as once.
 * `spread` in 0…1 keeps the jobs of a matrix from coming back together.
 */
export const waitBeforeRetry = (
  error: GitHubError,
  tried: number,
  waitedMs: number,
  policy: RetryPolicy,
  now: number,
  spread: number,
): number | null => {
  if (tried >= policy.tries) return null;
  const backoff = policy.firstWaitMs * 2 ** (tried - 1);
  const wanted = (): number | null => {
    switch (error.kind) {
      case 'secondary-limit':
        return Math.max(error.retryAfterMs, backoff) + spread * backoff;
      case 'rate-limited':
        return Math.max(Date.parse(error.resetAt) - now, 0) + 1_000 + spread * backoff;
      case 'server':
      case 'network':
        return error.ambiguous ? null : backoff * (0.5 + spread / 2);
      default:
        return null;
    }
  };
  const wait = wanted();
  return wait === null || waitedMs + wait > policy.maxWaitMs ? null : Math.ceil(wait);
};
