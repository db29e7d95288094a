/** One request to GitHub at a time: sent by octokit, tried again within bounds, read by a schema, or a named failure. */
import type * as z from 'zod';
import { classifyFailure, type FailedAnswer, type Operation } from './errors.ts';
import { DEFAULT_RETRY, type RetryPolicy, waitBeforeRetry } from './retry.ts';
import type { GitHubError, GitHubResult } from './types.ts';

export type TransportOptions = {
  /** `https://api.github.com`, or GITHUB_API_URL. */
  readonly apiUrl: string;
  readonly token: string;
  readonly fetch?: typeof fetch;
  readonly retry?: Partial<RetryPolicy>;
  readonly sleep?: (ms: number) => Promise<void>;
  readonly now?: () => Date;
  /** In 0…1, spreads the retries of many jobs. */
  readonly random?: () => number;
  /** Milliseconds one try may take. */
  readonly timeoutMs?: number;
};

export type Transport = {
  /** `route` and `parameters` as octokit takes them: `GET /repos/{owner}/…`. */
  readonly send: <T>(
    operation: Operation,
    route: string,
    parameters: Readonly<Record<string, unknown>>,
    schema: z.ZodType<T>,
  ) => Promise<GitHubResult<T>>;
  readonly calls: () => number;
};

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

type OctokitFailure = {
  readonly status?: number;
  readonly message?: string;
  readonly cause?: unknown;
  readonly response?: { readonly headers?: Readonly<Record<string, unknown>>; readonly data?: unknown };
};

/** An octokit `RequestError` as a plain answer; one without a response never got an answer. */
const answerOf = (error: unknown): FailedAnswer => {
  const { status, message = 'failed', cause, response } = (error ?? {}) as OctokitFailure;
  if (response === undefined) {
    const deeper = cause instanceof Error ? (cause.cause ?? cause) : cause;
    const said = deeper instanceof Error ? deeper.message : message;
    return { status: null, headers: {}, message: said };
  }
  const data = (typeof response.data === 'object' ? response.data : null) as {
    readonly message?: unknown;
    readonly errors?: unknown;
  } | null;
  return {
    status: status ?? 500,
    headers: response.headers ?? {},
    message: typeof data?.message === 'string' ? data.message : 'no message',
    details: data?.errors,
  };
};

/** A connection to one API with one token. Octokit is loaded with the first request: it is heavy. */
export const transport = (options: TransportOptions): Transport => {
  const { token, apiUrl, sleep = wait, random = Math.random, timeoutMs = 30_000 } = options;
  const now = options.now ?? (() => new Date());
  const policy = { ...DEFAULT_RETRY, ...options.retry };
  let sent = 0;
  const counted: typeof fetch = (input, init) => {
    sent += 1;
    const limit = AbortSignal.timeout(timeoutMs);
    return (options.fetch ?? fetch)(input, { ...init, signal: limit });
  };
  const connect = async () => {
    const { Octokit } = await import('@octokit/rest');
    return new Octokit({
      auth: token,
      baseUrl: apiUrl,
      userAgent: 'wave-orchestration',
      log: quiet,
      request: { fetch: counted },
    });
  };
  let connection: ReturnType<typeof connect> | null = null;

  const once = async (
    operation: Operation,
    route: string,
    parameters: Readonly<Record<string, unknown>>,
  ): Promise<GitHubResult<unknown>> => {
    connection ??= connect();
    const octokit = await connection;
    try {
      return { ok: true, value: (await octokit.request(route, { ...parameters })).data };
    } catch (error) {
      return { ok: false, error: classifyFailure(answerOf(error), operation, now().getTime(), [token]) };
    }
  };

  return {
    calls: () => sent,
    send: async (operation, route, parameters, schema) => {
      let waited = 0;
      for (let tried = 1; ; tried += 1) {
        const answer = await once(operation, route, parameters);
        if (answer.ok) {
          const read = schema.safeParse(answer.value);
          if (read.success) return { ok: true, value: read.data };
          const at = read.error.issues[0]?.path.map(String).join('.') || 'the answer';
          return { ok: false, error: badResponse(operation, `${at} is not as documented`) };
        }
        const pause = waitBeforeRetry(answer.error, tried, waited, policy, now().getTime(), random());
        if (pause === null) return answer;
        waited += pause;
        await sleep(pause);
      }
    },
  };
};

export const badResponse = (operation: Operation, why: string): GitHubError => ({
  kind: 'bad-response',
  status: null,
  message: `could not ${operation.what}: ${why}`,
});

/** A request that is not worth sending: GitHub would refuse it. */
export const refusedHere = (
  what: string,
  why: string,
): { readonly ok: false; readonly error: GitHubError } => ({
  ok: false,
  error: { kind: 'validation', status: null, message: `could not ${what}: ${why}` },
});
