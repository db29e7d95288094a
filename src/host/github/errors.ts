/** From an HTTP answer to one of few failures a caller can act on (platform.md §3, rate limits and scopes). */
import { withoutSecrets } from './secret-text.ts';
import type { GitHubError } from './types.ts';

/** What was tried. `scope` is the line a job needs, such as `checks: write`, or null when every token has it. */
export type Operation = {
  readonly what: string;
  readonly scope: string | null;
  /** Doing it twice is as good as once. */
  readonly repeatable: boolean;
};

/** An HTTP answer, or none: `status` null. Header names in lower case. */
export type FailedAnswer = {
  readonly status: number | null;
  readonly headers: Readonly<Record<string, unknown>>;
  /** `message` of the body, or of the connection's failure. */
  readonly message: string;
  /** `errors` of a validation answer. */
  readonly details?: unknown;
};

const MINUTE_MS = 60_000;
const NO_SCOPE =
  /not accessible by (?:integration|personal access token)|must have (?:admin|push|write|maintain)|permission(?:s)? (?:is |are )?required/i;

const seconds = (value: unknown): number | null => {
  const number = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN;
  return value === '' || !Number.isFinite(number) || number < 0 ? null : number;
};

const detailText = (details: unknown): string => {
  if (!Array.isArray(details)) return '';
  const texts = details.slice(0, 5).map((one: unknown) => {
    if (typeof one === 'string') return one;
    const { field, code, message } = (one ?? {}) as Record<string, unknown>;
    return [field, code, message].filter((part) => typeof part === 'string').join(' ');
  });
  return texts.filter((text) => text !== '').join('; ');
};

/** `issues=write; pull_requests=write` as GitHub names what would do, in the words of a workflow file. */
const acceptedScope = (header: unknown): string | null => {
  const found = typeof header === 'string' ? /([a-z_]+)=(read|write)/.exec(header) : null;
  return found === null ? null : `${found[1]?.replaceAll('_', '-')}: ${found[2]}`;
};

/**
 * Names a failure. `now` (ms since the epoch) is used where GitHub does not say when a limit resets; `secrets` are
 * cut out of the message. Pure.
 */
export const classifyFailure = (
  answer: FailedAnswer,
  operation: Operation,
  now: number,
  secrets: readonly string[],
): GitHubError => {
  const { status, headers } = answer;
  const details = detailText(answer.details);
  const said = withoutSecrets(
    details === '' ? answer.message : `${answer.message}: ${details}`,
    secrets,
  ).slice(0, 400);
  const told = `could not ${operation.what}: `;
  const ambiguous = !operation.repeatable;
  if (status === null) {
    return { kind: 'network', ambiguous, status, message: `${told}no answer from GitHub (${said})` };
  }
  if (status === 401) {
    const message = `${told}GitHub does not know the token (${said})`;
    return { kind: 'bad-credentials', status, message };
  }
  if (status === 403 || status === 429) {
    // First: the words are clear, and the counters of the last request of an hour are not.
    if (NO_SCOPE.test(said)) {
      const permissions =
        operation.scope ?? acceptedScope(headers['x-accepted-github-permissions']) ?? 'contents: read';
      const scope = permissions.split(':')[0] ?? permissions;
      const fix = `add "${permissions}" under "permissions:" of this job and of the job that calls it`;
      return {
        kind: 'missing-scope',
        scope,
        permissions,
        status,
        message: `${told}the token may not; ${fix}`,
      };
    }
    const retryAfter = seconds(headers['retry-after']);
    const remaining = seconds(headers['x-ratelimit-remaining']);
    const secondary = retryAfter !== null || /secondary rate limit|abuse detection/i.test(said);
    if (!secondary && (remaining === 0 || /API rate limit exceeded/i.test(said))) {
      const reset = seconds(headers['x-ratelimit-reset']);
      const resetAt = new Date(
        reset === null ? now + MINUTE_MS : Math.min(reset * 1_000, 8.64e15),
      ).toISOString();
      const message = `${told}the token's hourly requests are used up until ${resetAt}`;
      return { kind: 'rate-limited', resetAt, status, message };
    }
    if (secondary || status === 429) {
      const retryAfterMs = retryAfter === null ? MINUTE_MS : retryAfter * 1_000;
      const message = `${told}GitHub asks to slow down and try again in ${Math.ceil(retryAfterMs / 1_000)} s`;
      return { kind: 'secondary-limit', retryAfterMs, status, message };
    }
    return { kind: 'refused', status, message: `${told}${said}` };
  }
  if (status === 404 || status === 410) {
    return { kind: 'not-found', status, message: `${told}not found, or the token may not see it` };
  }
  if (status === 400 || status === 422) return { kind: 'validation', status, message: `${told}${said}` };
  if (status >= 500) {
    return { kind: 'server', ambiguous, status, message: `${told}GitHub answered ${status} (${said})` };
  }
  return { kind: 'refused', status, message: `${told}GitHub answered ${status} (${said})` };
};
