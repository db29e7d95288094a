/**
 * The part of the Actions results service the public client does not show: Twirp over JSON, with the runtime token
 * as bearer (platform.md §3, "Who uploaded an artifact"; the generated types of `@actions/artifact` 6).
 */
import * as z from 'zod';
import { withoutSecrets } from '../github/secret-text.ts';
import { byAge, ExchangeError, type Receipt } from './types.ts';

export type ResultsService = {
  /** Ids of the run and the job the runtime token speaks for. */
  readonly ids: { readonly run: string; readonly job: string };
  /** Every artifact of the run, all attempts, newest first. */
  readonly list: () => Promise<Receipt[]>;
  /** Bytes of one artifact's archive. */
  readonly download: (receipt: Receipt, maxBytes: number) => Promise<Buffer>;
};

export type ResultsServiceOptions = {
  /** `ACTIONS_RESULTS_URL`. */
  readonly resultsUrl: string;
  /** `ACTIONS_RUNTIME_TOKEN`. */
  readonly runtimeToken: string;
  readonly fetch?: typeof fetch;
  /** Milliseconds. */
  readonly sleep?: (ms: number) => Promise<void>;
  readonly timeoutMs?: number;
  /** Most artifacts a listing may have: 256 jobs may upload 500 each, a run of ours at most 900. */
  readonly maxListed?: number;
};

const SERVICE = '/twirp/github.actions.results.api.v1.ArtifactService/';
const LISTING_BYTES = 16 * 1024 * 1024;
const TRIES = 4;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

const scopeSchema = z.object({ scp: z.string() });

/** The run and job ids of a runtime token, from its `scp` claim: `Actions.Results:<run>:<job>`. */
export const idsOfRuntimeToken = (token: string): { readonly run: string; readonly job: string } => {
  try {
    const claims = scopeSchema.parse(
      JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')),
    );
    for (const scope of claims.scp.split(' ')) {
      const [name, run, job, rest] = scope.split(':');
      if (name === 'Actions.Results' && run && job && rest === undefined) return { run, job };
    }
  } catch {
    // Said below, without the token.
  }
  throw new ExchangeError('denied', 'ACTIONS_RUNTIME_TOKEN does not name a run and a job');
};

// Twirp servers answer with proto field names; the protobuf JSON mapping also allows lowerCamelCase, and int64 as text.
const count = z.union([z.string().regex(/^\d{1,20}$/), z.int().nonnegative()]).transform(String);
const camel = (key: string): string => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
const eitherSpelling = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [camel(key), inner]))
    : value;
const listedSchema = z.preprocess(
  eitherSpelling,
  z.object({
    workflowJobRunBackendId: z.string().max(200).optional(),
    databaseId: count,
    name: z.string().max(1_000),
    size: count.default('0'),
    createdAt: z.string().max(64),
    digest: z.string().max(200).nullish(),
  }),
);
const listingSchema = z.object({ artifacts: z.array(listedSchema).default([]) });
const signedSchema = z.preprocess(eitherSpelling, z.object({ signedUrl: z.url() }));

const instant = (text: string): string => {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new ExchangeError('bad-reply', 'the listing has a time that is none');
  return new Date(at).toISOString();
};

/** A reply's bytes, cut off as soon as they are too many. */
const readBounded = async (response: Response, most: number): Promise<Buffer> => {
  const tooLarge = () => new ExchangeError('too-large', `the answer is larger than ${most} bytes`);
  if (Number(response.headers.get('content-length') ?? 0) > most) {
    await response.body?.cancel();
    throw tooLarge();
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > most) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Speaks to the results service. Rejects with {@link ExchangeError}s only; no message holds the token. */
export const resultsService = (options: ResultsServiceOptions): ResultsService => {
  const { runtimeToken, sleep = wait, timeoutMs = 60_000, maxListed = 20_000 } = options;
  const send = options.fetch ?? fetch;
  const ids = idsOfRuntimeToken(runtimeToken);
  const origin = new URL(options.resultsUrl).origin;

  /** Up to four tries: 5xx, 429 and broken connections are tried again, anything else is final. */
  const bounded = async (what: string, most: number, go: () => Promise<Response>): Promise<Buffer> => {
    for (let tried = 1; ; tried += 1) {
      let problem: string;
      let waitMs = FIRST_WAIT_MS * 2 ** (tried - 1);
      try {
        const response = await go();
        if (response.ok) return await readBounded(response, most);
        const text = (await readBounded(response, 65_536)).toString('utf8');
        const { status } = response;
        problem = `${what} answered ${status} ${withoutSecrets(text, [runtimeToken])}`.slice(0, 300);
        if (status === 404) throw new ExchangeError('not-found', problem);
        if (status === 401 || status === 403) throw new ExchangeError('denied', problem);
        if (status < 500 && status !== 429) throw new ExchangeError('bad-reply', problem);
        const asked = Number(response.headers.get('retry-after') ?? Number.NaN) * 1_000;
        if (asked >= 0) waitMs = asked;
      } catch (error) {
        if (error instanceof ExchangeError) throw error;
        const cause = error instanceof Error ? (error.cause ?? error) : error;
        problem = `${what} failed: ${withoutSecrets(String(cause), [runtimeToken])}`.slice(0, 300);
      }
      if (tried >= TRIES || waitMs > LONGEST_WAIT_MS) throw new ExchangeError('unavailable', problem);
      await sleep(waitMs);
    }
  };

  const call = async <T>(method: string, body: unknown, schema: z.ZodType<T>): Promise<T> => {
    const bytes = await bounded(method, LISTING_BYTES, () =>
      send(`${origin}${SERVICE}${method}`, {
        method: 'POST',
        redirect: 'error',
        headers: { authorization: `Bearer ${runtimeToken}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(timeoutMs),
      }),
    );
    try {
      return schema.parse(JSON.parse(bytes.toString('utf8')));
    } catch {
      throw new ExchangeError('bad-reply', `${method} answered something else than expected`);
    }
  };

  return {
    ids,
    list: async () => {
      const body = { workflow_run_backend_id: ids.run, workflow_job_run_backend_id: ids.job };
      const { artifacts } = await call('ListArtifacts', body, listingSchema);
      // Leaving some out could hide the hello that makes another one foreign.
      if (artifacts.length > maxListed) {
        throw new ExchangeError('too-large', `${artifacts.length} artifacts are more than ${maxListed}`);
      }
      const receipts = artifacts.map(
        (one): Receipt => ({
          name: one.name,
          id: one.databaseId,
          sizeBytes: Number(one.size),
          digest: one.digest ? one.digest : null,
          uploadedBy: one.workflowJobRunBackendId ? one.workflowJobRunBackendId : null,
          createdAt: instant(one.createdAt),
        }),
      );
      return receipts.sort((a, b) => byAge(b, a));
    },
    download: async (receipt, maxBytes) => {
      const body = {
        workflow_run_backend_id: ids.run,
        workflow_job_run_backend_id: receipt.uploadedBy ?? ids.job,
        name: receipt.name,
      };
      const { signedUrl } = await call('GetSignedArtifactURL', body, signedSchema);
      // The URL is its own credential: the token stays here, and its query stays out of messages.
      return await bounded(`the download of ${receipt.name}`, maxBytes, () =>
        send(signedUrl, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) }),
      );
    },
  };
};
