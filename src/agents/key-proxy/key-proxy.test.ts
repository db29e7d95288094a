import http, { type IncomingMessage, type RequestOptions, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type KeyProxy, type KeyProxyLimits, startKeyProxy } from './key-proxy.ts';

const KEY = 'the-real-key-0f1e2d3c';
type Asked = { readonly url: string; readonly headers: IncomingMessage['headers']; readonly body: string };

let provider: http.Server;
let asked: Asked[];
let answer: (response: ServerResponse, one: Asked, request: IncomingMessage) => void;
let proxies: KeyProxy[];
let upstream: string;
beforeEach(async () => {
  asked = [];
  proxies = [];
  answer = (response) => response.end('{"usage":{"input_tokens":3,"output_tokens":4}}');
  provider = http.createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('error', () => {});
    request.on('end', () => {
      const one = { url: request.url ?? '', headers: request.headers, body: Buffer.concat(parts).toString() };
      asked.push(one);
      answer(response, one, request);
    });
  });
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  upstream = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await Promise.all(proxies.map((one) => one.stop()));
  provider.closeAllConnections();
  await new Promise((resolve) => provider.close(resolve));
});

const proxy = async (path = '', limits: Partial<KeyProxyLimits> = {}): Promise<KeyProxy> => {
  const one = await startKeyProxy({ upstream: new URL(upstream + path), key: KEY, limits });
  proxies.push(one);
  return one;
};
type Got = { readonly status: number; readonly headers: http.IncomingHttpHeaders; readonly body: string };
const ask = (
  { url }: Pick<KeyProxy, 'url'>,
  path: string,
  options: RequestOptions & { readonly body?: string } = {},
): Promise<Got> =>
  new Promise((resolve, reject) => {
    const base = new URL(url);
    const request = http.request(
      {
        host: base.hostname,
        port: base.port,
        path: base.pathname.replace(/\/$/, '') + path,
        method: 'POST',
        ...options,
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => {
          body += text;
        });
        response.once('error', reject);
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
      },
    );
    request.once('error', reject);
    request.end(options.body ?? '{}');
  });
const withToken = ({ token }: KeyProxy) => ({
  headers: { 'x-api-key': token, 'content-type': 'application/json' },
});

describe('the key proxy', () => {
  it('listens on loopback only, under an address and a token of its own each time', async () => {
    const [one, other] = [await proxy('/v1/'), await proxy('/v1/')];
    expect(one.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/);
    expect(one.token).toMatch(/^wave-[\w-]{32}$/);
    expect(one.token).not.toBe(other.token);
    expect((await ask(one, '/messages', withToken(other))).status).toBe(401);
  });

  it('asks the provider with the key, and the answer comes back', async () => {
    const one = await proxy('/team');
    const got = await ask(one, '/v1/messages?beta=true', { ...withToken(one), body: '{"model":"m"}' });
    expect(got).toMatchObject({ status: 200, body: '{"usage":{"input_tokens":3,"output_tokens":4}}' });
    expect(asked).toMatchObject([{ url: '/team/v1/messages?beta=true', body: '{"model":"m"}' }]);
    expect(asked[0]?.headers).toMatchObject({ 'x-api-key': KEY, host: new URL(upstream).host });
    expect(JSON.stringify(asked)).not.toContain(one.token);
    expect(one.seen()).toEqual({ inputTokens: 3, outputTokens: 4, complete: true });
  });

  it.each([
    ['no token', '/v1/messages', { headers: {} }, 401],
    ['another token', '/v1/messages', { headers: { 'x-api-key': 'wave-guess' } }, 401],
    ['the token in the wrong place', '/v1/messages', { headers: { cookie: 'TOKEN' } }, 401],
    ['another path', '/v1/files', { headers: { 'x-api-key': 'TOKEN' }, method: 'GET' }, 403],
    ['another host', 'http://evil.example/v1/messages', { headers: { 'x-api-key': 'TOKEN' } }, 403],
  ])('%s is refused, and the provider hears nothing', async (_, path, options, status) => {
    const one = await proxy();
    const headers = Object.fromEntries(
      Object.entries<string>(options.headers).map(([name, value]) => [
        name,
        value.replace('TOKEN', one.token),
      ]),
    );
    const got = await ask(one, path, { ...options, headers });
    expect(got.status).toBe(status);
    expect(JSON.parse(got.body)).toMatchObject({ error: { type: 'wave_key_proxy' } });
    expect(asked).toEqual([]);
  });

  it('streams: the first event is there before the last is sent', async () => {
    const one = await proxy();
    const first = Promise.withResolvers<void>();
    let atFirst: boolean | null = null;
    answer = async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"message":{"usage":{"input_tokens":10,"output_tokens":1}}}\n\n');
      await first.promise;
      response.end('data: {"usage":{"output_tokens":9}}\n\n');
    };
    const body = await new Promise<string>((resolve, reject) => {
      const { hostname, port } = new URL(one.url);
      const request = http.request(
        { hostname, port, path: '/v1/messages', method: 'POST', ...withToken(one) },
        (got) => {
          let text = '';
          got.on('data', (chunk: Buffer) => {
            text += chunk.toString();
            atFirst ??= one.seen().complete;
            first.resolve();
          });
          got.once('end', () => resolve(text));
        },
      );
      request.once('error', reject);
      request.end('{}');
    });
    expect(atFirst).toBe(false);
    expect(body).toMatch(/"input_tokens":10[\s\S]*"output_tokens":9/);
    await expect.poll(() => one.seen()).toEqual({ inputTokens: 10, outputTokens: 9, complete: true });
  });

  it('passes a refusal on with what says when to come back, and it costs nothing', async () => {
    const one = await proxy();
    answer = (response) => {
      response.writeHead(429, {
        'retry-after': '7',
        'content-type': 'application/json',
        'set-cookie': 'a=b',
      });
      response.end('{"error":{"type":"rate_limit_error"}}');
    };
    const got = await ask(one, '/v1/messages', withToken(one));
    expect(got).toMatchObject({ status: 429, body: '{"error":{"type":"rate_limit_error"}}' });
    expect(got.headers).toMatchObject({ 'retry-after': '7' });
    expect(got.headers).not.toHaveProperty('set-cookie');
    await expect.poll(() => one.seen()).toEqual({ inputTokens: 0, outputTokens: 0, complete: true });
  });

  it('takes the key out of an error that shows it', async () => {
    const one = await proxy();
    answer = (response) => response.writeHead(401).end(`{"error":{"message":"bad key ${KEY}"}}`);
    const got = await ask(one, '/v1/messages', withToken(one));
    expect(got).toMatchObject({ status: 401, body: '{"error":{"message":"bad key [redacted:secret]"}}' });
  });

  it('follows no redirect and tells nobody where it led', async () => {
    const one = await proxy();
    answer = (response) => response.writeHead(307, { location: `${upstream}/v1/elsewhere` }).end();
    const got = await ask(one, '/v1/messages', withToken(one));
    expect(got.status).toBe(502);
    expect(got.headers).not.toHaveProperty('location');
    expect(asked).toHaveLength(1);
  });

  it('says that a provider cannot be reached, and forgets no cost it may have had', async () => {
    const one = await proxy();
    answer = (response) => response.destroy();
    const got = await ask(one, '/v1/messages', withToken(one));
    expect([got.status, JSON.parse(got.body).error.message]).toEqual([
      502,
      'wave: the provider could not be reached (ECONNRESET)',
    ]);
    expect(one.seen().complete).toBe(false);
  });

  it('ends the request to the provider when the agent is gone', async () => {
    const one = await proxy();
    const gone = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    answer = (response) => {
      response.once('close', () => gone.resolve());
      reached.resolve();
    };
    const { hostname, port } = new URL(one.url);
    const request = http.request({ hostname, port, path: '/v1/messages', method: 'POST', ...withToken(one) });
    request.on('error', () => {});
    request.end('{}');
    await reached.promise;
    request.destroy();
    await gone.promise;
    expect(one.seen().complete).toBe(false);
  });

  describe('bounds', () => {
    it('requests in all', async () => {
      const one = await proxy('', { requests: 2 });
      const statuses = [];
      for (let i = 0; i < 3; i++) statuses.push((await ask(one, '/v1/messages', withToken(one))).status);
      expect(statuses).toEqual([200, 200, 403]);
    });
    it('requests at once', async () => {
      const one = await proxy('', { parallel: 1 });
      const held: ServerResponse[] = [];
      const reached = Promise.withResolvers<void>();
      answer = (response) => {
        held.push(response);
        reached.resolve();
      };
      const first = ask(one, '/v1/messages', withToken(one));
      await reached.promise;
      expect((await ask(one, '/v1/messages', withToken(one))).status).toBe(429);
      held[0]?.end('{}');
      expect((await first).status).toBe(200);
    });
    it.each([
      ['said', { 'content-length': 2000 }],
      ['not said', { 'transfer-encoding': 'chunked' }],
    ])('the size of a request, %s', async (_, headers) => {
      const one = await proxy('', { requestBytes: 1000 });
      const options = { headers: { ...withToken(one).headers, ...headers }, body: 'x'.repeat(2000) };
      const got = await ask(one, '/v1/messages', options).catch(() => ({ status: 413 }));
      expect(got.status).toBe(413);
      expect(asked).toEqual([]);
    });
    it('the size of an answer', async () => {
      const one = await proxy('', { responseBytes: 1000 });
      answer = (response) => response.end('x'.repeat(2000));
      await expect(ask(one, '/v1/messages', withToken(one))).rejects.toThrow();
    });
  });
});
