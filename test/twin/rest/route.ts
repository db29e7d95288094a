/** What a REST route is: a row of a table that says who may call it, and a function that answers. */
import type { Model } from '../model.ts';
import type { Need } from '../scopes.ts';
import type { Identity, Repository, WriteKind } from '../types.ts';

export type Reply = {
  readonly status: number;
  /** JSON unless it is bytes; none for 204. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The change this call made, for the log. */
  readonly wrote?: { readonly what: WriteKind; readonly detail: Readonly<Record<string, unknown>> };
};

export type Call = {
  readonly model: Model;
  readonly repo: Repository;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  readonly identity: Identity;
  readonly accept: string;
  /** The URL of this request without its query, and of the API and the web. */
  readonly url: string;
  readonly apiUrl: string;
  readonly serverUrl: string;
};

export type Route = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Below `/repos/:owner/:repo`; a last `:name*` takes the rest of the path. */
  readonly path: string;
  /** Any of these is enough; empty: `metadata: read`, which every token has. */
  readonly needs: readonly Need[];
  readonly answer: (call: Call) => Reply | Promise<Reply>;
};

export const notFound = (): Reply => ({
  status: 404,
  body: { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' },
});

/** GitHub's answer to a body it cannot accept. */
export const invalid = (message: string, errors: readonly unknown[] = []): Reply => ({
  status: 422,
  body: { message, errors, documentation_url: 'https://docs.github.com/rest', status: '422' },
});

/** One page of a list, with the Link header octokit's paginate follows. `key`: the list's name in an envelope. */
export function page(call: Call, all: readonly unknown[], key?: string): Reply {
  const perPage = Math.min(Math.max(Number(call.query.get('per_page') ?? 30) || 30, 1), 100);
  const at = Math.max(Number(call.query.get('page') ?? 1) || 1, 1);
  const last = Math.max(Math.ceil(all.length / perPage), 1);
  const items = all.slice((at - 1) * perPage, at * perPage);
  const to = (number: number, rel: string): string => {
    const query = new URLSearchParams(call.query);
    query.set('page', String(number));
    return `<${call.url}?${query}>; rel="${rel}"`;
  };
  const links = [
    ...(at > 1 ? [to(at - 1, 'prev'), to(1, 'first')] : []),
    ...(at < last ? [to(at + 1, 'next'), to(last, 'last')] : []),
  ];
  return {
    status: 200,
    body: key === undefined ? items : { total_count: all.length, [key]: items },
    headers: links.length === 0 ? {} : { link: links.join(', ') },
  };
}

export const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
