/** Each job's token: every scope it needs is one it fails without, and no token or secret is left anywhere. */
import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Permissions, workflowDispatchEvent } from '../twin/index.ts';
import { codeOf, goOn, type Phase, type Played, playRun } from './jobs-story.ts';
import {
  commentsOf,
  gitIn,
  journalOf,
  keep,
  openWorld,
  type Told,
  tellSmall,
  type World,
} from './jobs-world.ts';

let world: World;
let told: Told;
let ready: Played;
let stops: Map<Phase, { readonly played: Played; readonly restore: () => Promise<void> }>;
const CANARY = 'canary-5f1d2c7e9b';
beforeAll(async () => {
  process.env['WAVE_TEST_CANARY_TOKEN'] = CANARY;
  world = await openWorld();
  told = await tellSmall(world);
  stops = new Map();
  let at = await playRun(world, told, {}, 'agent');
  stops.set('agent', { played: at, restore: keep(world, told) });
  for (const [from, until] of [
    ['agent', 'record'],
    ['record', 'prove'],
    ['prove', 'steward-1'],
    ['steward-1', 'prove-again'],
    ['prove-again', 'steward-5'],
    ['steward-5', 'close'],
  ] as const) {
    at = await goOn(world, told, at, from, {}, until);
    stops.set(until, { played: at, restore: keep(world, told) });
  }
  ready = at;
});
afterAll(async () => {
  delete process.env['WAVE_TEST_CANARY_TOKEN'];
  await world?.close();
});

/** Scopes wave.yml declares that nothing asks for yet, and what the design keeps them for. */
const RESERVED: Readonly<Record<Phase, Readonly<Record<string, string>>>> = {
  plan: {
    actions:
      'cancels the run of an old head and dispatches the next attempt; reading jobs of a run that holds an attempt is tested with the instances',
    issues: 'escalations and reactions; comments of a pull request need pull-requests alone',
  },
  record: {
    actions: 'reads the listing of another run attempt by the API; the runtime token lists this run',
  },
  close: { actions: 'dispatches the next attempt', issues: 'escalation comments' },
};

const without = (permissions: Permissions, scope: string): Permissions =>
  Object.fromEntries(Object.entries(permissions).filter(([name]) => name !== scope));
const JOBS: readonly Phase[] = [
  'plan',
  'agent',
  'record',
  'prove',
  'steward-4',
  'prove-again',
  'steward-5',
  'close',
];
const FROM: Readonly<Record<Phase, Phase>> = { 'steward-4': 'steward-1' };

const phaseWithout = async (job: Phase, scope: string): Promise<Played> => {
  const permissions = { [job]: without(world.permissions[job] ?? {}, scope) };
  if (job === 'plan') {
    // A dispatch names a pull request and leaves the rest to be read.
    const other = await tellSmall(world);
    const payload = workflowDispatchEvent(world.twin, {
      repository: other.repository,
      workflow: '.github/workflows/wave.yml',
      inputs: { wave: '1', pr: String(other.number) },
      sender: 'ada',
    });
    return playRun(world, other, { permissions, event: { name: 'workflow_dispatch', payload } }, 'agent');
  }
  const from = FROM[job] ?? job;
  const stop = stops.get(from);
  await stop?.restore();
  const next = [...stops.keys()][[...stops.keys()].indexOf(from) + 1];
  return goOn(world, told, stop?.played ?? ready, from, { permissions }, next);
};

describe('a job without a scope that it declares', () => {
  const declared = (): readonly (readonly [Phase, string])[] =>
    JOBS.flatMap((job) => Object.keys(world.permissions[job] ?? {}).map((scope) => [job, scope] as const));

  test('every declared scope is needed or reserved', async () => {
    for (const [job, scope] of declared()) {
      const played = await phaseWithout(job, scope);
      const name = job === 'agent' ? 'agent A1' : job;
      const code = codeOf(played, name);
      if (RESERVED[job]?.[scope] !== undefined) expect([job, scope, code]).toEqual([job, scope, null]);
      else {
        expect(String(code), `${job} without ${scope}`).toMatch(
          /^(?:missing-scope|forbidden|push-forbidden|unreachable)$/,
        );
        const error = played.errors[name] as { message: string; fix: string };
        expect(`${error.message} ${error.fix}`, `${job} without ${scope}`).toContain(`${scope}: `);
      }
    }
  });

  test('every untrusted job reads contents and nothing more', () => {
    for (const job of [
      'agent',
      'prove',
      'prove-again',
      'steward-1',
      'steward-2',
      'steward-3',
      'steward-4',
      'steward-5',
    ])
      expect(world.permissions[job]).toEqual({ contents: 'read' });
  });
});

/** All files of an archive as stored by the service. */
const unpacked = (bytes: Uint8Array): string => {
  const buffer = Buffer.from(bytes);
  let text = '';
  for (
    let at = buffer.indexOf('PK\x03\x04', 0, 'latin1');
    at >= 0;
    at = buffer.indexOf('PK\x03\x04', at + 4, 'latin1')
  ) {
    const [size, name, extra, method] = [
      buffer.readUInt32LE(at + 18),
      buffer.readUInt16LE(at + 26),
      buffer.readUInt16LE(at + 28),
      buffer.readUInt16LE(at + 8),
    ];
    const data = buffer.subarray(at + 30 + name + extra, at + 30 + name + extra + size);
    text += (method === 8 ? inflateRawSync(data) : data).toString('latin1');
  }
  return text;
};

test('after a whole story no token and no secret of the machine is in anything that is left', async () => {
  await stops.get('close')?.restore();
  const played = await goOn(world, told, ready, 'close');
  expect(codeOf(played, 'close')).toBe(null);
  const { model } = world.twin;
  const artifacts = model.artifacts.filter((one) => one.run === played.run);
  expect(artifacts.length).toBeGreaterThan(8);
  // The reader below does read what is packed.
  expect(artifacts.map((one) => unpacked(one.bytes)).join('')).toContain('"type":"publish.intent"');
  const objects = gitIn(
    world,
    told,
    'cat-file',
    '--batch-all-objects',
    '--batch-check=%(objectname) %(objecttype)',
  )
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, type]) => type === 'blob' || type === 'commit')
    .map(([oid = '', type = '']) => gitIn(world, told, 'cat-file', type, oid));
  const left: Readonly<Record<string, string>> = {
    artifacts: artifacts.map((one) => `${one.name}\n${unpacked(one.bytes)}`).join('\n'),
    comments: commentsOf(world, told)
      .map((one) => one.body)
      .join('\n'),
    checks: JSON.stringify(model.checkRuns),
    journal: JSON.stringify(journalOf(world, told)),
    objects: objects.join('\n'),
    config: readFileSync(`${model.repository(told.repository).gitDir}/config`, 'utf8'),
    log: [ready, played].flatMap((one) => one.log).join('\n'),
  };
  const secrets = [...model.tokens.keys(), ...model.runtimeTokens.keys(), CANARY];
  expect(secrets.length).toBeGreaterThan(10);
  for (const secret of secrets)
    for (const form of [
      secret,
      Buffer.from(secret).toString('base64').replace(/=+$/, ''),
      Buffer.from(`x-access-token:${secret}`).toString('base64').replace(/=+$/, ''),
    ])
      for (const [place, text] of Object.entries(left))
        expect(text.includes(form), `${secret.slice(0, 8)}… in ${place}`).toBe(false);
});
