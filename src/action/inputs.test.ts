import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readPosition, readTicket, WaveFailure } from '../run/index.ts';
import { describeFailure } from './failure.ts';
import { PHASES, readInputs, readRunner } from './inputs.ts';

const standing = { ...process.env };
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'wave-inputs-'));
});
afterEach(() => {
  for (const name of Object.keys(process.env)) if (!(name in standing)) delete process.env[name];
  Object.assign(process.env, standing);
  rmSync(dir, { recursive: true, force: true });
});

const set = (values: Readonly<Record<string, string>>): void => {
  for (const [name, value] of Object.entries(values)) process.env[name] = value;
};
const failureOf = (task: () => unknown): string => {
  try {
    return `no failure: ${JSON.stringify(task())}`;
  } catch (error) {
    return error instanceof WaveFailure ? describeFailure(error) : `a bug: ${String(error)}`;
  }
};

describe('inputs', () => {
  test.each(PHASES.map((phase) => [phase]))('phase %s', (phase) => {
    set({ INPUT_PHASE: phase, INPUT_TOKEN: 't', 'INPUT_POLL-SECONDS': '3', INPUT_STAGE: '5' });
    expect(readInputs()).toMatchObject({ phase, token: 't', pollMs: 3000, stage: 5 });
  });

  test('what is left out has a default', () => {
    set({ INPUT_PHASE: 'agent' });
    expect(readInputs()).toMatchObject({
      plan: '',
      tip: '',
      agent: '',
      stage: 0,
      wave: '',
      lane: '',
      pollMs: 75_000,
    });
  });

  test.each([
    ['', 'bad-input: there is no phase “”'],
    ['close; rm -rf /', 'bad-input: there is no phase “close; rm -rf /”'],
    ['__proto__', 'bad-input: there is no phase “__proto__”'],
  ])('phase %j is refused', (phase, said) => {
    set({ INPUT_PHASE: phase });
    expect(failureOf(readInputs)).toMatch(new RegExp(`^${RegExp.escape(said)}\nfix: Phases: plan, agent`));
  });

  test.each(['x', '-1', '1e9', '1.5', '9999999', '$(id)'])('a number that is %j is refused', (text) => {
    set({ INPUT_PHASE: 'steward', INPUT_STAGE: text });
    expect(failureOf(readInputs)).toContain('bad-input: input stage takes a whole number');
    set({ INPUT_STAGE: '1', 'INPUT_POLL-SECONDS': text });
    expect(failureOf(readInputs)).toContain('bad-input: input poll-seconds takes a whole number');
  });
});

const ticket = {
  wave: 1,
  lane: 'main',
  instance: 'main/wave-1/pr-1',
  pullRequest: 1,
  target: 'topic',
  run: 'g12',
  attempt: 1,
  base: 'a'.repeat(40),
  head: 'b'.repeat(40),
  journal: { tip: 'c'.repeat(40), seq: 2, ours: [[1, 2]] },
  agents: ['A1'],
  stages: [4, 5],
};

describe('the plan output', () => {
  test('comes back as it was given', () => {
    expect(readTicket(JSON.stringify(ticket))).toEqual(ticket);
  });
  test.each<readonly [string, unknown]>([
    ['not JSON', undefined],
    ['an array', []],
    ['another head', { ...ticket, head: '--upload-pack=x' }],
    ['a lane that leads elsewhere', { ...ticket, lane: '../x' }],
    ['an agent that is no id', { ...ticket, agents: ['A1"],"x":["'] }],
    ['a run that is a path', { ...ticket, run: '../g1' }],
    ['a stage that is none', { ...ticket, stages: [6] }],
    ['more than we know', { ...ticket, admin: true }],
    ['a place without what is ours', { ...ticket, journal: { tip: 'c'.repeat(40), seq: 2 } }],
  ])('%s is refused', (_what, value) => {
    expect(failureOf(() => readTicket(value === undefined ? '{' : JSON.stringify(value)))).toMatch(
      /^ticket-invalid: .+\nfix: /,
    );
  });
});

describe('the tip output', () => {
  const oid = 'd'.repeat(40);
  test.each([
    [
      `${oid}+7+1-3,6-7`,
      {
        tip: oid,
        seq: 7,
        ours: [
          [1, 3],
          [6, 7],
        ],
      },
    ],
    [`${oid}+0+`, { tip: oid, seq: 0, ours: [] }],
  ])('%s', (text, place) => {
    expect(readPosition(text)).toEqual(place);
  });
  test.each([
    '',
    'main',
    `${oid}`,
    `${oid}+7`,
    `${oid}+x+1-2`,
    `${oid}+7+1-2,`,
    `${oid}+7+1`,
    `${oid}+7+1-2\n`,
    `-${oid}+7+1-2`,
  ])('%j is refused', (text) => {
    expect(failureOf(() => readPosition(text))).toMatch(
      /^bad-input: input tip is no place in the journal\nfix: /,
    );
  });
});

describe('the runner', () => {
  const whole = (): Readonly<Record<string, string>> => {
    writeFileSync(join(dir, 'event.json'), '{"action":"labeled"}');
    return {
      GITHUB_REPOSITORY: 'acme/app',
      GITHUB_RUN_ID: '77',
      GITHUB_RUN_ATTEMPT: '2',
      GITHUB_EVENT_NAME: 'pull_request_target',
      GITHUB_EVENT_PATH: join(dir, 'event.json'),
      GITHUB_SERVER_URL: 'https://github.com/',
      GITHUB_API_URL: 'https://api.github.com',
      RUNNER_TEMP: dir,
    };
  };
  test('is read once', () => {
    set(whole());
    expect(readRunner()).toMatchObject({
      owner: 'acme',
      repo: 'app',
      runId: '77',
      runAttempt: 2,
      serverUrl: 'https://github.com',
      payload: { action: 'labeled' },
    });
  });
  test.each([
    'GITHUB_REPOSITORY',
    'GITHUB_RUN_ID',
    'GITHUB_EVENT_NAME',
    'GITHUB_SERVER_URL',
    'GITHUB_API_URL',
    'RUNNER_TEMP',
  ])('without %s there is none', (name) => {
    set({ ...whole(), [name]: '' });
    expect(failureOf(readRunner)).toContain(`no-runner: ${name} is not set`);
  });
  test('a payload that cannot be read is no payload', () => {
    const given = whole();
    writeFileSync(join(dir, 'event.json'), '{');
    set(given);
    expect(readRunner().payload).toBe(null);
  });
});

test('a bug says that it is one', () => {
  expect(describeFailure(new TypeError('x is undefined'))).toMatch(
    /^this is a bug in wave, please report it: TypeError: x is undefined/,
  );
});
