/**
 * What the key proxy lets through, as pure rules. Everything an agent sends is hostile: it holds the token and may send
 * any request it likes, and none of them may use the key for anything but asking the model.
 */

/** Where models are asked, below the provider's base address: Messages, Responses, Chat Completions, lists of models. */
const GENERATION = /^(?:\/v\d[a-z0-9]*)?\/(?:messages|responses|chat\/completions|completions)$/;
const COUNTING = /^(?:\/v\d[a-z0-9]*)?\/(?:messages\/count_tokens|responses\/compact)$/;
const MODELS = /^(?:\/v\d[a-z0-9]*)?\/models(?:\/[A-Za-z0-9][\w.-]*)?$/;
const MAX_TARGET = 2048;

export type Passage =
  | { readonly kind: 'pass'; readonly path: string; readonly generates: boolean }
  | { readonly kind: 'refuse'; readonly why: string };

/**
 * @param target the request target as it was sent
 * @param prefix the path of the provider's base address, without a `/` at its end
 */
export const passageOf = (method: string, target: string, prefix: string): Passage => {
  const [path = '', ...query] = target.slice(0, MAX_TARGET + 1).split('?');
  const below = path.slice(prefix.length);
  const generates = method === 'POST' && GENERATION.test(below);
  const fits =
    target.length <= MAX_TARGET &&
    path.startsWith(`${prefix}/`) &&
    query.every((part) => /^[\x21-\x7e]*$/.test(part)) &&
    (generates || (method === 'POST' && COUNTING.test(below)) || (method === 'GET' && MODELS.test(below)));
  return fits
    ? { kind: 'pass', path: target, generates }
    : { kind: 'refuse', why: 'only requests to the model pass here' };
};

/** Where a client may put its key; the one place that holds the token gets the key instead. */
const KEY_HEADERS = ['x-api-key', 'authorization', 'x-goog-api-key'] as const;

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

const keyIn = (value: string, header: string): string | null =>
  header === 'authorization' ? (/^Bearer (\S+)$/i.exec(value)?.[1] ?? null) : value;

/** The header that carries the token; null when none does. `isToken` compares in constant time. */
export const tokenHeader = (headers: Headers, isToken: (text: string) => boolean): string | null =>
  KEY_HEADERS.find((name) => {
    const value = headers[name];
    const key = typeof value === 'string' ? keyIn(value, name) : null;
    return key !== null && isToken(key);
  }) ?? null;

/** What the model has to know of a request, and nothing that chooses who pays, where it goes, or how it travels. */
const REQUEST_HEADER =
  /^(?:accept|content-type|content-encoding|user-agent|anthropic-(?:beta|version)|openai-beta|originator|version|session[-_]id|conversation[-_]id|thread[-_]id|idempotency-key|x-(?:stainless|codex|client)-[a-z-]+|x-app)$/;
const RESPONSE_HEADER =
  /^(?:content-type|content-encoding|retry-after(?:-ms)?|x-should-retry|(?:x-)?request-id|anthropic-ratelimit-[a-z-]+|x-ratelimit-[a-z-]+|openai-(?:model|version|processing-ms)|x-codex-[a-z-]+|x-models-etag|etag)$/;

const only = (headers: Headers, allowed: RegExp): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' && allowed.test(name) ? [[name, value]] : [],
    ),
  );

export const requestHeaders = (headers: Headers, carrier: string, key: string): Record<string, string> => ({
  ...only(headers, REQUEST_HEADER),
  // What is not compressed can be counted as it passes.
  'accept-encoding': 'identity',
  [carrier]: carrier === 'authorization' ? `Bearer ${key}` : key,
});
export const responseHeaders = (headers: Headers): Record<string, string> => only(headers, RESPONSE_HEADER);
