/**
 * A model's key stays here (design §6). One proxy serves one launch, on loopback, under a token of its own; what carries
 * the token and asks the model goes on to the one configured provider with the key in the token's place. Answers stream
 * back as they come, refusals (429) with their headers. Redirects are not followed: they would carry the key elsewhere.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { redact } from '../redact.ts';
import { passageOf, requestHeaders, responseHeaders, tokenHeader } from './passage.ts';
import { type SeenUsage, usageReader } from './seen-usage.ts';

export type KeyProxyLimits = {
  /** Requests in the proxy's life. */
  readonly requests: number;
  /** Requests under way at once. */
  readonly parallel: number;
  /** Bytes of one request's body; Anthropic takes 32 MB. */
  readonly requestBytes: number;
  /** Bytes of one answer. */
  readonly responseBytes: number;
};
const LIMITS: KeyProxyLimits = {
  requests: 20_000,
  parallel: 32,
  requestBytes: 40 * 1024 * 1024,
  responseBytes: 256 * 1024 * 1024,
};
const MAX_ERROR_BODY = 256 * 1024;

export type KeyProxy = {
  /** In place of the provider's base address. */
  readonly url: string;
  /** In place of the key. */
  readonly token: string;
  /** What answers said they cost; `complete` when every answer of the model said so and none is under way. */
  readonly seen: () => SeenUsage & { readonly complete: boolean };
  readonly stop: () => Promise<void>;
};

type Refusal = { readonly status: number; readonly why: string };

/** In the shape both families of providers give their errors, so that a CLI shows the sentence. */
const refuse = (response: ServerResponse, { status, why }: Refusal): void => {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify({ type: 'error', error: { type: 'wave_key_proxy', message: `wave: ${why}` } }));
};

export type KeyProxyOptions = {
  /** The provider's base address: `https:`, or `http:` on loopback. */
  readonly upstream: URL;
  readonly key: string;
  /** Where an outgoing proxy is named (HTTPS_PROXY, NO_PROXY); ours, not the agent's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly limits?: Partial<KeyProxyLimits>;
  /** Told whenever an answer said what it cost. */
  readonly onUsage?: () => void;
};

export const startKeyProxy = async ({
  upstream,
  key,
  env = {},
  limits,
  onUsage = () => {},
}: KeyProxyOptions): Promise<KeyProxy> => {
  const { requests, parallel, requestBytes, responseBytes } = { ...LIMITS, ...limits };
  const token = `wave-${randomBytes(24).toString('base64url')}`;
  const isToken = (text: string): boolean => {
    const [given, ours] = [Buffer.from(text), Buffer.from(token)];
    return given.length === ours.length && timingSafeEqual(given, ours);
  };
  const prefix = upstream.pathname.replace(/\/+$/, '');
  const client = upstream.protocol === 'https:' ? https : http;
  const agent = new client.Agent({ keepAlive: true, proxyEnv: env });
  let taken = 0;
  let underWay = 0;
  let unseen = 0;
  const total = { inputTokens: 0, outputTokens: 0 };

  const answer = (from: IncomingMessage, to: ServerResponse, generates: boolean): void => {
    const status = from.statusCode ?? 502;
    if (status >= 300 && status < 400) {
      from.destroy();
      refuse(to, { status: 502, why: 'the provider wants to send the key elsewhere (a redirect)' });
      return;
    }
    if (status >= 400) {
      if (generates) unseen--;
      errorAnswer(from, to, status);
      return;
    }
    to.writeHead(status, responseHeaders(from.headers));
    to.flushHeaders();
    const reader = generates ? usageReader(from.headers['content-type'] ?? '') : null;
    let bytes = 0;
    from.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > responseBytes) {
        from.destroy();
        to.destroy();
        return;
      }
      reader?.push(chunk);
      if (!to.write(chunk)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    });
    from.once('end', () => {
      const seen = reader?.end() ?? null;
      if (seen !== null) {
        unseen--;
        total.inputTokens += seen.inputTokens;
        total.outputTokens += seen.outputTokens;
        onUsage();
      }
      to.end();
    });
  };

  /** An error may show the key it was given. It is small, so it is looked through whole. */
  const errorAnswer = (from: IncomingMessage, to: ServerResponse, status: number): void => {
    const parts: Buffer[] = [];
    let bytes = 0;
    from.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_ERROR_BODY) parts.push(chunk);
    });
    from.once('end', () => {
      const { 'content-encoding': _none, ...headers } = responseHeaders(from.headers);
      to.writeHead(status, headers);
      to.end(redact(Buffer.concat(parts).toString('utf8'), [key]));
    });
  };

  type Accepted = { readonly carrier: string; readonly path: string; readonly generates: boolean };
  const accept = ({ headers, method = '', url = '' }: IncomingMessage): Accepted | Refusal => {
    const carrier = tokenHeader(headers, isToken);
    if (carrier === null) return { status: 401, why: 'this is not the token of this run' };
    const passage = passageOf(method, url, prefix);
    if (passage.kind === 'refuse') return { status: 403, why: passage.why };
    if (++taken > requests) return { status: 403, why: `no more than ${requests} requests` };
    if (underWay >= parallel) return { status: 429, why: `no more than ${parallel} requests at once` };
    if (Number(headers['content-length'] ?? 0) > requestBytes)
      return { status: 413, why: `no more than ${requestBytes} bytes in one request` };
    return { carrier, ...passage };
  };

  const forward = (request: IncomingMessage, response: ServerResponse): void => {
    const accepted = accept(request);
    if ('why' in accepted) {
      refuse(response, accepted);
      return;
    }
    const { carrier, path, generates } = accepted;
    // From here on it may have cost something, until the answer says what.
    if (generates) unseen++;
    underWay++;
    const out = client.request(
      {
        agent,
        host: upstream.hostname.replace(/^\[|\]$/g, ''),
        port: upstream.port,
        method: request.method ?? 'GET',
        path,
        headers: { host: upstream.host, ...requestHeaders(request.headers, carrier, key) },
      },
      (from) => {
        from.once('error', () => response.destroy());
        answer(from, response, generates);
      },
    );
    out.once('error', (error: NodeJS.ErrnoException) =>
      refuse(response, { status: 502, why: `the provider could not be reached (${error.code ?? 'failed'})` }),
    );
    response.once('close', () => {
      underWay--;
      out.destroy();
    });
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > requestBytes) {
        out.destroy();
        refuse(response, { status: 413, why: `no more than ${requestBytes} bytes in one request` });
        request.destroy();
      } else if (!out.write(chunk)) {
        request.pause();
        out.once('drain', () => request.resume());
      }
    });
    request.once('end', () => out.end());
    request.once('error', () => out.destroy());
  };

  const server = http.createServer(forward);
  // An answer may take as long as the model thinks; the launch has a time limit of its own.
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    token,
    seen: () => ({ ...total, complete: unseen === 0 && underWay === 0 }),
    async stop() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
