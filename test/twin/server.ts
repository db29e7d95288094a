/** One HTTP server for everything GitHub is to a job: API, git, results service and blobs. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { answerBlob, answerTwirp, BLOB_PREFIX, type Staging, TWIRP_PREFIX } from './artifact-service.ts';
import { answerGit } from './git-http.ts';
import { createModel, type Model } from './model.ts';
import { answerRest } from './rest/index.ts';
import type { Fault, FaultFunction, Identity, LogEntry } from './types.ts';

const API_PREFIX = '/api/v3';

export type Twin = {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** `http://github.localhost:PORT`, for `GITHUB_SERVER_URL`; node needs `dnsHook` to resolve it, git does not. */
  readonly serverUrl: string;
  /** For `GITHUB_API_URL`. */
  readonly apiUrl: string;
  /** For `ACTIONS_RESULTS_URL`. */
  readonly resultsUrl: string;
  /** Path of the module for `NODE_OPTIONS=--require`. */
  readonly dnsHook: string;
  readonly model: Model;
  /** Stops the server and cuts what is still connected. */
  readonly close: () => Promise<void>;
};

export type TwinOptions = {
  /** An empty folder of the test's, for the bare repositories; the test removes it. */
  readonly root: string;
  /** Where the model's clock starts, ISO 8601; 2026-01-01 when not said. */
  readonly epoch?: string;
};

/** The token of an Authorization header: bearer, token, or the password of basic (`x-access-token:<token>`). */
function tokenOf(header: string | undefined): string | null {
  const [scheme, value] = (header ?? '').split(' ');
  if (scheme === undefined || value === undefined) return null;
  if (scheme.toLowerCase() !== 'basic') return value;
  const [user, password] = Buffer.from(value, 'base64').toString('utf8').split(':');
  return password === undefined || password === '' ? (user ?? null) : password;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function send(
  response: ServerResponse,
  reply: {
    readonly status: number;
    readonly body?: unknown;
    readonly headers?: Readonly<Record<string, string>>;
  },
): void {
  const { body } = reply;
  const bytes =
    body === undefined
      ? Buffer.alloc(0)
      : body instanceof Uint8Array
        ? body
        : Buffer.from(JSON.stringify(body));
  const json =
    body === undefined || body instanceof Uint8Array
      ? {}
      : { 'content-type': 'application/json; charset=utf-8' };
  response.writeHead(reply.status, { ...json, 'content-length': String(bytes.length), ...reply.headers });
  response.end(bytes);
}

/** Starts the twin on a free port of 127.0.0.1. */
export async function startTwin(options: TwinOptions): Promise<Twin> {
  const model = createModel(options.root, options.epoch);
  const staging: Staging = new Map();
  const seen = { rest: 0, git: 0, artifact: 0, blob: 0 };
  let url = '';
  let serverUrl = '';

  const channelOf = (path: string): keyof typeof seen =>
    path.startsWith(API_PREFIX)
      ? 'rest'
      : path.startsWith('/twirp/')
        ? 'artifact'
        : path.startsWith(BLOB_PREFIX)
          ? 'blob'
          : 'git';

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const target = new URL(request.url ?? '/', url);
    const body = await readBody(request);
    const method = request.method ?? 'GET';
    const channel = channelOf(target.pathname);
    const token = tokenOf(request.headers.authorization);
    const identity: Identity | null = token === null ? null : (model.tokens.get(token) ?? null);
    const fault: FaultFunction = model.faults[channel];
    const nth = seen[channel];
    seen[channel] += 1;
    const decision: Fault = await fault({
      method,
      path: target.pathname,
      query: target.searchParams,
      identity,
      body,
      nth,
    });
    if (decision === 'drop-request') {
      request.socket.destroy();
      return;
    }
    if (typeof decision === 'object') {
      send(response, { body: { message: 'injected by the test' }, ...decision });
      return;
    }
    const common = { method, path: target.pathname, headers: request.headers, body, identity };
    const answer = async () => {
      switch (channel) {
        case 'rest': {
          const path = target.pathname.slice(API_PREFIX.length);
          return answerRest(model, {
            ...common,
            path,
            query: target.searchParams,
            apiUrl: `${url}${API_PREFIX}`,
            serverUrl,
          });
        }
        case 'artifact': {
          if (target.pathname.startsWith(TWIRP_PREFIX))
            return answerTwirp(model, { ...common, token, origin: url });
          const entry: Omit<LogEntry, 'seq' | 'at'> = {
            kind: 'unknown-route',
            channel: 'other',
            method,
            path: target.pathname,
            status: 501,
            login: null,
            run: null,
            job: null,
            detail: {},
          };
          model.record(entry);
          return { status: 501 };
        }
        case 'blob':
          return answerBlob(model, staging, { ...common, query: target.searchParams });
        case 'git':
          return answerGit(model, { ...common, search: target.search, authorized: token !== null });
      }
    };
    const reply = await answer();
    if (decision === 'drop-reply') request.socket.destroy();
    else send(response, reply);
  };

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      const path = request.url ?? '';
      const who = { login: null, run: null, job: null };
      model.record({
        kind: 'twin-bug',
        channel: 'other',
        method: request.method ?? '',
        path,
        status: 500,
        ...who,
        detail: { error: String(error) },
      });
      if (!response.headersSent) send(response, { status: 500, body: { message: String(error) } });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  url = `http://127.0.0.1:${port}`;
  serverUrl = `http://github.localhost:${port}`;
  return {
    url,
    serverUrl,
    apiUrl: `${url}${API_PREFIX}`,
    resultsUrl: `${url}/`,
    dnsHook: fileURLToPath(new URL('./dns-hook.cjs', import.meta.url)),
    model,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
