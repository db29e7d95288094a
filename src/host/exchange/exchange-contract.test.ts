/** What both exchanges promise; the one of an Actions run with the real client, against the twin's results service. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startTwin, type Twin } from '../../../test/twin/index.ts';
import { artifactExchange } from './artifact-exchange.ts';
import { directoryExchange } from './directory-exchange.ts';
import { putNextSerial } from './put-next-serial.ts';
import { speakers } from './speakers.ts';
import type { Bundle, Exchange, ExchangeError, Receipt } from './types.ts';

const bundle = (files: Readonly<Record<string, string | Uint8Array>>): Bundle =>
  new Map(
    Object.entries(files).map(([path, data]) => [path, typeof data === 'string' ? Buffer.from(data) : data]),
  );
const read = async (exchange: Exchange, receipt: Receipt): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries(
    [...(await exchange.get(receipt))].map(([path, data]) => [path, Buffer.from(data).toString()]),
  );
const codeOf = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call;
    return 'ok';
  } catch (error) {
    return (error as ExchangeError).code;
  }
};

type World = {
  readonly as: (job: string) => Exchange;
  readonly folder: string;
  readonly close: () => Promise<void>;
};

const inDirectory = async (folder: string): Promise<World> => {
  let tick = 0;
  const now = () => {
    tick += 10;
    return new Date(Date.UTC(2026, 0, 1) + tick);
  };
  return {
    folder,
    as: (job) => directoryExchange(join(folder, 'exchange'), { uploadedBy: job, now }),
    close: async () => {},
  };
};

const inActions = async (folder: string): Promise<World> => {
  const twin: Twin = await startTwin({ root: join(folder, 'remote') });
  vi.stubEnv('GITHUB_SERVER_URL', twin.serverUrl);
  vi.stubEnv('ACTIONS_RESULTS_URL', twin.resultsUrl);
  // The client talks to the runner on stdout.
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const tokens = new Map<string, string>();
  const tokenOf = (job: string): string => {
    const token = tokens.get(job) ?? twin.model.mintRuntimeToken({ run: '42', job });
    tokens.set(job, token);
    return token;
  };
  return {
    folder,
    as: (job) => {
      const runtimeToken = tokenOf(job);
      const inner = artifactExchange({ resultsUrl: twin.resultsUrl, runtimeToken, temporaryRoot: folder });
      // The client reads the environment of its own job.
      const put: Exchange['put'] = (name, files) => {
        vi.stubEnv('ACTIONS_RUNTIME_TOKEN', runtimeToken);
        return inner.put(name, files);
      };
      return { ...inner, put };
    },
    close: async () => {
      vi.unstubAllEnvs();
      vi.restoreAllMocks();
      await twin.close();
    },
  };
};

describe.each([
  ['directory', inDirectory],
  ['artifacts', inActions],
])('exchange: %s', (_, open) => {
  let world: World;
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'exchange-'));
    world = await open(folder);
  });
  afterEach(async () => {
    await world.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('what one job puts another one reads, byte for byte', async () => {
    const bytes = new Uint8Array(70_000).map((_, at) => (at * 31) % 251);
    const files = bundle({ 'bundle.json': '{}', 'logs/a b/é.txt': 'hello', empty: '', 'patch.bin': bytes });
    const put = await world.as('j1').put('wave-result-r1-A1', files);
    const [listed] = await world.as('j2').list();
    expect(listed).toMatchObject({
      name: put.name,
      id: put.id,
      digest: put.digest,
      uploadedBy: 'j1',
      sizeBytes: put.sizeBytes,
    });
    expect(put.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    if (listed === undefined) throw new Error('listed nothing');
    const got = await world.as('j2').get(listed);
    expect([...got.keys()].sort()).toEqual(['bundle.json', 'empty', 'logs/a b/é.txt', 'patch.bin']);
    expect(Buffer.from(got.get('patch.bin') ?? []).equals(Buffer.from(bytes))).toBe(true);
    expect(await read(world.as('j2'), put)).toMatchObject({ 'logs/a b/é.txt': 'hello', empty: '' });
  });

  test('nothing is there at first, and all of it is listed newest first', async () => {
    expect(await world.as('j1').list()).toEqual([]);
    for (const name of ['one', 'two', 'three']) await world.as('j1').put(name, bundle({ name }));
    expect((await world.as('j2').list()).map((one) => one.name)).toEqual(['three', 'two', 'one']);
  });

  test('a name is taken once, and the next serial is free', async () => {
    await world.as('j1').put('wave-hello-r1-A2', bundle({ a: 'squatter' }));
    expect(await codeOf(world.as('j2').put('wave-hello-r1-A2', bundle({ a: 'late' })))).toBe('name-taken');
    const made = await putNextSerial(
      world.as('j2'),
      { what: 'hello', attempt: 1, agent: 'A2' },
      bundle({ a: 'mine' }),
    );
    expect(made.name).toBe('wave-hello-r1-A2~2');
    expect(await read(world.as('j1'), made)).toEqual({ a: 'mine' });
  });

  test('who uploaded what comes from the exchange, so a forged hello is dropped alone', async () => {
    await putNextSerial(world.as('j1'), { what: 'hello', attempt: 1, agent: 'A1' }, bundle({ hello: 'A1' }));
    await world.as('j1').put('wave-hello-r1-A2', bundle({ hello: 'forged' }));
    await putNextSerial(world.as('j2'), { what: 'hello', attempt: 1, agent: 'A2' }, bundle({ hello: 'A2' }));
    const found = speakers(await world.as('close').list());
    expect(found.speakers.map((one) => `${one.agent} ${one.job}`)).toEqual(['A1 j1', 'A2 j2']);
    expect(found.dropped.map((one) => `${one.receipt.name} ${one.code}`)).toEqual([
      'wave-hello-r1-A2 foreign-job',
    ]);
  });

  const refused: readonly (readonly [string, string, Bundle, string])[] = [
    ['a name that leaves', '../x', bundle({ a: 'a' }), 'bad-name'],
    ['nothing in it', 'x', bundle({}), 'bad-bundle'],
    ['a path that leaves', 'x', bundle({ '../a': 'a' }), 'bad-bundle'],
    ['an absolute path', 'x', bundle({ '/a': 'a' }), 'bad-bundle'],
    ['a control character', 'x', bundle({ 'a\nb': 'a' }), 'bad-bundle'],
    ['a file below a file', 'x', bundle({ a: 'a', 'a/b': 'b' }), 'bad-bundle'],
    ['too deep', 'x', bundle({ [Array.from({ length: 13 }, () => 'd').join('/')]: 'a' }), 'bad-bundle'],
  ];
  test.each(refused)('refuses to put: %s', async (_, name, files, code) => {
    expect(await codeOf(world.as('j1').put(name, files))).toBe(code);
    expect(await world.as('j1').list()).toEqual([]);
  });

  test('a receipt that is not what is there gets nothing', async () => {
    const put = await world.as('j1').put('one', bundle({ a: 'a' }));
    expect(await codeOf(world.as('j1').get({ ...put, name: 'two' }))).toBe('not-found');
    const other = { ...put, digest: `sha256:${'0'.repeat(64)}` };
    expect(await codeOf(world.as('j1').get(other))).toBe('digest-mismatch');
  });

  test('nothing half made is left behind', async () => {
    await world.as('j1').put('one', bundle({ a: 'a' }));
    await codeOf(world.as('j1').put('one', bundle({ a: 'b' })));
    const left = await readdir(folder, { recursive: true });
    expect(left.filter((path) => /wave-put-|\.put-/.test(path))).toEqual([]);
  });
});
