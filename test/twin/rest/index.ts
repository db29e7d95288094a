/** The REST API: finds the route in the table, asks for the scope, answers, and writes the log. */
import type { Model } from '../model.ts';
import { allows, type Need } from '../scopes.ts';
import type { Identity, LogEntry } from '../types.ts';
import { ACTIONS_ROUTES } from './actions.ts';
import { CHECK_ROUTES } from './checks.ts';
import { CONTENT_ROUTES } from './contents.ts';
import { CONVERSATION_ROUTES } from './conversations.ts';
import { notFound, type Reply, type Route } from './route.ts';

/** Every route the twin knows, and the scope each needs. Anything else is 501 and an offence. */
export const ROUTES: readonly Route[] = [
  ...CONVERSATION_ROUTES,
  ...CHECK_ROUTES,
  ...CONTENT_ROUTES,
  ...ACTIONS_ROUTES,
];

export type RestRequest = {
  readonly method: string;
  /** Below the API's root, undecoded: `/repos/o/r/pulls/1`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
  readonly identity: Identity | null;
  readonly apiUrl: string;
  readonly serverUrl: string;
};

/** The parameters of a path that fits a pattern, decoded, or `null`. Literal segments win by order of the table. */
function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern === '' ? [] : pattern.split('/');
  const given = path === '' ? [] : path.split('/');
  const params: Record<string, string> = {};
  for (const [at, part] of wanted.entries()) {
    const value = given[at];
    if (value === undefined) return null;
    if (part.startsWith(':') && part.endsWith('*')) {
      params[part.slice(1, -1)] = given.slice(at).map(decodeURIComponent).join('/');
      return params;
    }
    if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(value);
    else if (part !== value) return null;
  }
  return wanted.length === given.length ? params : null;
}

const literals = (route: Route): number =>
  route.path.split('/').filter((part) => !part.startsWith(':')).length;
const BY_PRECISION = [...ROUTES].sort((a, b) => literals(b) - literals(a));

const acceptedPermissions = (needs: readonly Need[]): string =>
  needs.map(([scope, level]) => `${scope.replace('-', '_')}=${level}`).join('; ');

function rateHeaders(model: Model): Record<string, string> {
  const { limit, used } = model.rateLimit;
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-used': String(used),
    'x-ratelimit-remaining': String(Math.max(limit - used, 0)),
    'x-ratelimit-reset': String(Math.floor(Date.parse(model.now()) / 1000) + 3600),
    'x-ratelimit-resource': 'core',
    'x-github-request-id': `TWIN:${used}`,
  };
}

/** Answers one REST request. Never rejects: a bug of the twin is a 500 and an offence in the log. */
export async function answerRest(model: Model, request: RestRequest): Promise<Reply> {
  const { identity, path, method } = request;
  const log = (kind: LogEntry['kind'], status: number, detail: LogEntry['detail']): void => {
    const who = { login: identity?.login ?? null, run: identity?.run ?? null, job: identity?.job ?? null };
    model.record({ kind, channel: 'rest', method, path, status, ...who, detail });
  };
  const headers = (): Record<string, string> => rateHeaders(model);
  const refuse = (
    kind: LogEntry['kind'],
    status: number,
    message: string,
    extra: Record<string, string> = {},
  ): Reply => {
    log(kind, status, { message, ...extra });
    const body = { message, documentation_url: 'https://docs.github.com/rest', status: String(status) };
    return { status, body, headers: { ...headers(), ...extra } };
  };

  if (path !== '/rate_limit') model.rateLimit.used += 1;
  if (identity === null) return refuse('unknown-token', 401, 'Bad credentials');
  if (path === '/rate_limit') {
    const { limit, used } = model.rateLimit;
    const core = {
      limit,
      used,
      remaining: Math.max(limit - used, 0),
      reset: Number(headers()['x-ratelimit-reset']),
    };
    log('call', 200, {});
    return { status: 200, body: { resources: { core }, rate: core }, headers: headers() };
  }
  if (model.rateLimit.used > model.rateLimit.limit)
    return refuse('denied', 403, 'API rate limit exceeded for installation.');

  const place = /^\/repos\/([^/]+)\/([^/]+)(?:\/(.*))?$/.exec(path);
  const fullName =
    place === null ? '' : `${decodeURIComponent(place[1] ?? '')}/${decodeURIComponent(place[2] ?? '')}`;
  const rest = place?.[3] ?? '';
  let found: { route: Route; params: Record<string, string> } | null = null;
  for (const route of place === null ? [] : BY_PRECISION) {
    if (route.method !== method) continue;
    const params = match(route.path, rest);
    if (params === null) continue;
    found = { route, params };
    break;
  }
  if (found === null) {
    return refuse(
      'unknown-route',
      501,
      `The twin does not know ${method} ${path}. Add a row to a table in test/twin/rest.`,
    );
  }
  const { route, params } = found;
  model.count(`rest:${method} /repos/:owner/:repo/${route.path}`);
  const repo = model.repositories.get(fullName);
  if (
    repo === undefined ||
    (identity.repository !== null && identity.repository !== fullName && repo.private)
  ) {
    log('call', 404, {});
    return { ...notFound(), headers: headers() };
  }

  const raw = Buffer.from(request.body).toString('utf8');
  let body: Record<string, unknown> = {};
  if (raw.trim() !== '') {
    try {
      const parsed: unknown = JSON.parse(raw);
      if (typeof parsed === 'object' && parsed !== null) body = parsed as Record<string, unknown>;
    } catch {
      return refuse('invalid', 400, 'Problems parsing JSON');
    }
  }
  // An empty body is how a client asks what its token may do: 422 means it may, 403 that it may not.
  const probe = method === 'POST' && Object.keys(body).length === 0;
  const foreign = identity.repository !== null && identity.repository !== fullName;
  if ((foreign && method !== 'GET') || !allows(identity.permissions, route.needs)) {
    const needs = acceptedPermissions(route.needs);
    return refuse(probe ? 'call' : 'denied', 403, 'Resource not accessible by integration', {
      'x-accepted-github-permissions': needs,
    });
  }
  try {
    const url = `${request.apiUrl}${path}`;
    const accept = String(request.headers.accept ?? '');
    const { query, apiUrl, serverUrl } = request;
    const reply = await route.answer({
      model,
      repo,
      params,
      query,
      body,
      identity,
      accept,
      url,
      apiUrl,
      serverUrl,
    });
    if (reply.wrote !== undefined) log(reply.wrote.what, reply.status, reply.wrote.detail);
    else if (reply.status === 422 && !probe)
      log('invalid', 422, (reply.body ?? {}) as Record<string, unknown>);
    else log('call', reply.status, probe ? { probe } : {});
    return { ...reply, headers: { ...headers(), ...reply.headers } };
  } catch (error) {
    return refuse('twin-bug', 500, `The twin failed on ${method} ${path}: ${String(error)}`);
  }
}
