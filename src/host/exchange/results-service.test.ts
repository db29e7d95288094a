import { describe, expect, test } from 'vitest';
import { artifactExchange } from './artifact-exchange.ts';
import { idsOfRuntimeToken, resultsService } from './results-service.ts';
import type { ExchangeError, Receipt } from './types.ts';
import { zip } from './zip.fixture.ts';

const claims = Buffer.from(JSON.stringify({ scp: 'Actions.Other Actions.Results:run-1:job-1' })).toString(
  'base64url',
);
const runtimeToken = `eyJhbGciOiJSUzI1NiJ9.${claims}.c2lnbmF0dXJl`;

type Call = { readonly url: string; readonly init: RequestInit };
/** A service that answers from a list, and what it was asked. */
const service = (...answers: readonly (Response | Error)[]) => {
  const asked: Call[] = [];
  const waits: number[] = [];
  const left = [...answers];
  const send: typeof fetch = async (input, init) => {
    asked.push({ url: String(input), init: init ?? {} });
    const next = left.shift();
    if (next === undefined) throw new Error('asked more often than expected');
    if (next instanceof Error) throw next;
    return next;
  };
  const sleep = async (ms: number) => void waits.push(ms);
  return {
    asked,
    waits,
    options: { resultsUrl: 'http://results.test/some/path/', runtimeToken, fetch: send, sleep },
  };
};
const artifact = (name: string, id: number, more: object = {}) => ({
  workflow_run_backend_id: 'run-1',
  workflow_job_run_backend_id: `job-${id}`,
  database_id: String(id),
  name,
  size: '12',
  created_at: '2026-01-01T00:00:00.123456Z',
  ...more,
});
const failure = (call: Promise<unknown>): Promise<{ code: string; message: string }> =>
  call.then(
    () => ({ code: 'ok', message: '' }),
    (error: ExchangeError) => ({ code: error.code, message: error.message }),
  );

describe('listing', () => {
  test('asks with the runtime token and keeps who uploaded what', async () => {
    const { asked, options } = service(
      Response.json({
        artifacts: [artifact('a', 9), artifact('b', 10, { digest: 'sha256:ab' })],
      }),
    );
    expect(await resultsService(options).list()).toEqual([
      {
        name: 'b',
        id: '10',
        sizeBytes: 12,
        digest: 'sha256:ab',
        uploadedBy: 'job-10',
        createdAt: '2026-01-01T00:00:00.123Z',
      },
      {
        name: 'a',
        id: '9',
        sizeBytes: 12,
        digest: null,
        uploadedBy: 'job-9',
        createdAt: '2026-01-01T00:00:00.123Z',
      },
    ]);
    expect(asked[0]?.url).toBe(
      'http://results.test/twirp/github.actions.results.api.v1.ArtifactService/ListArtifacts',
    );
    expect(new Headers(asked[0]?.init.headers).get('authorization')).toBe(`Bearer ${runtimeToken}`);
    expect(JSON.parse(String(asked[0]?.init.body))).toEqual({
      workflow_run_backend_id: 'run-1',
      workflow_job_run_backend_id: 'job-1',
    });
  });

  test('reads the lowerCamelCase spelling, numbers, and a run without artifacts', async () => {
    const one = {
      databaseId: 7,
      name: 'a',
      size: 1,
      createdAt: '2026-01-01T00:00:00Z',
      workflowJobRunBackendId: 'j',
    };
    const { options } = service(Response.json({ artifacts: [one] }), Response.json({}));
    const { list } = resultsService(options);
    expect(await list()).toMatchObject([{ id: '7', uploadedBy: 'j' }]);
    expect(await list()).toEqual([]);
  });

  test('is all or nothing', async () => {
    const many = { artifacts: Array.from({ length: 4 }, (_, n) => artifact('a', n)) };
    const { options } = service(Response.json(many), Response.json(many));
    expect(await resultsService({ ...options, maxListed: 4 }).list()).toHaveLength(4);
    expect((await failure(resultsService({ ...options, maxListed: 3 }).list())).code).toBe('too-large');
  });

  test('is cut off when it is endless', async () => {
    const endless = new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(1024 * 1024)) });
    const { options } = service(new Response(endless));
    expect((await failure(resultsService(options).list())).code).toBe('too-large');
  });

  test('a flood of trouble is waited out, four times at most', async () => {
    const busy = () => new Response('busy', { status: 503 });
    const slow = new Response('slow down', { status: 429, headers: { 'retry-after': '7' } });
    const once = service(busy(), slow, new TypeError('fetch failed'), Response.json({}));
    expect(await resultsService(once.options).list()).toEqual([]);
    expect(once.waits).toEqual([1_000, 7_000, 4_000]);
    const ever = service(busy(), busy(), busy(), busy(), busy());
    expect((await failure(resultsService(ever.options).list())).code).toBe('unavailable');
    expect(ever.asked).toHaveLength(4);
  });

  test.each([
    [401, 'denied'],
    [403, 'denied'],
    [404, 'not-found'],
    [400, 'bad-reply'],
  ])('%i is final, and is told without the token', async (status, code) => {
    const { asked, options } = service(new Response(`no: Bearer ${runtimeToken}\n?sig=abcdef`, { status }));
    const failed = await failure(resultsService(options).list());
    expect(failed.code).toBe(code);
    expect(failed.message).toBe(`ListArtifacts answered ${status} no: Bearer *** ?sig=***`);
    expect(asked).toHaveLength(1);
  });

  test('an answer of another shape is no listing', async () => {
    for (const body of ['[]', 'null', '{"artifacts":[{"name":"a"}]}', 'not JSON']) {
      expect((await failure(resultsService(service(new Response(body)).options).list())).code).toBe(
        'bad-reply',
      );
    }
  });
});

describe('download', () => {
  const archive = zip([{ name: 'a.txt', data: 'hello' }]);
  const receipt: Receipt = {
    name: 'wave-result-r1-A1',
    id: '9',
    sizeBytes: archive.length,
    digest: null,
    uploadedBy: 'job-9',
    createdAt: '2026-01-01T00:00:00.000Z',
  };
  const signed = () => Response.json({ signed_url: 'https://blob.test/9?sig=secret' });

  test('goes by the signed address, without the token', async () => {
    const { asked, options } = service(signed(), new Response(archive));
    const files = await artifactExchange(options).get(receipt);
    expect([...files.keys()]).toEqual(['a.txt']);
    expect(JSON.parse(String(asked[0]?.init.body))).toMatchObject({
      workflow_job_run_backend_id: 'job-9',
      name: 'wave-result-r1-A1',
    });
    expect(asked[1]?.url).toBe('https://blob.test/9?sig=secret');
    expect(new Headers(asked[1]?.init.headers).has('authorization')).toBe(false);
  });

  const wrong: readonly (readonly [string, Response | null, Partial<Receipt>, string])[] = [
    ['listed as too large', null, { sizeBytes: 10_001 }, 'too-large'],
    ['larger than listed, endless', new Response(new Uint8Array(20_000)), {}, 'too-large'],
    ['of another length', new Response(Buffer.concat([archive, archive])), {}, 'digest-mismatch'],
    ['of other bytes', new Response(archive), { digest: `sha256:${'0'.repeat(64)}` }, 'digest-mismatch'],
    ['gone', new Response('', { status: 404 }), {}, 'not-found'],
  ];
  test.each(wrong)('refuses one %s', async (_, answer, more, code) => {
    const { options } = service(...(answer === null ? [] : [signed(), answer]));
    const exchange = artifactExchange({ ...options, limits: { archiveBytes: 10_000 } });
    expect((await failure(exchange.get({ ...receipt, ...more }))).code).toBe(code);
  });

  test('refuses a hostile archive, saying how it is hostile', async () => {
    const evil = zip([{ name: '../x', data: 'x' }]);
    const { options } = service(signed(), new Response(evil));
    expect(await failure(artifactExchange(options).get({ ...receipt, sizeBytes: evil.length }))).toEqual({
      code: 'hostile-archive',
      message: 'wave-result-r1-A1: bad-path: the path "../x" leaves its folder',
    });
  });
});

test.each(['', 'a.b.c', `x.${Buffer.from('{"scp":"Actions.Results:only-run"}').toString('base64url')}.y`])(
  'the runtime token %j names no job',
  (token) => expect(() => idsOfRuntimeToken(token)).toThrow(/does not name a run and a job/),
);

test('an upload that fails says why, without the token', async () => {
  const { options } = service();
  const upload = async () => {
    throw new Error(
      `Failed to CreateArtifact: Received non-retryable error: (403) Forbidden ${runtimeToken}`,
    );
  };
  const failed = await failure(
    artifactExchange({ ...options, upload }).put('x', new Map([['a', Buffer.from('a')]])),
  );
  expect(failed.code).toBe('denied');
  expect(failed.message).not.toContain(runtimeToken);
});
