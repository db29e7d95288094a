/** The operator's commands in one process, on a repository with a wave that has not run. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { fingerprint } from '../../test/e2e/fingerprint.ts';
import { called, type Told } from '../../test/e2e/in-process.ts';
import type { Prepared } from '../../test/e2e/local-wave.ts';
import { smallWave } from '../../test/e2e/small-wave.ts';
import { makePlace } from '../../test/e2e/wave-process.ts';
import type { Task } from '../views/index.ts';
import { run } from './control.ts';

let one: Prepared;
beforeAll(async () => {
  one = await smallWave(await makePlace());
});
afterAll(() => one.place.remove());
afterEach(() => vi.restoreAllMocks());

const control = (...words: readonly string[]): Promise<Told> =>
  called(run, words.length === 0 ? [] : [...words, '--repo-root', one.repository]);
const done = async (...words: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await control(...words);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
};
const json = async <T>(...words: readonly string[]): Promise<T> =>
  JSON.parse(await done(...words, '--json')) as T;
const create = (...words: readonly string[]): readonly string[] => [
  ...['task', 'create', '--wave', '1', '--agent', 'A1', '--kind', 'request', '--summary', 'Who rounds?'],
  ...words,
];
const act = (verb: string, id: string, ...words: readonly string[]): readonly string[] => [
  ...['task', 'act', verb, '--wave', '1', '--id', id],
  ...words,
];

describe('before anything was said', () => {
  test.each<readonly [what: string, words: readonly string[], code: string, says: string]>([
    ['a surface there is not', ['rerunn'], 'bad-argument', "unknown command 'rerunn'"],
    ['an operation there is not', ['task', 'make'], 'bad-argument', "unknown command 'make'"],
    ['a wave without a file', ['status', '--wave', '7'], 'wave-not-found', 'Waves there are: 1.'],
    ['a wave that is no number', ['status', '--wave', 'one'], 'bad-argument', '“one” is not a wave number'],
    ['no wave yet', ['status'], 'no-wave', 'lane main has no journal yet'],
    [
      'a lane without waves',
      ['status', '--wave', '1', '--lane', 'side'],
      'wave-not-found',
      'docs/side/plans/waves/',
    ],
    ['a lane that is a path', ['task', 'list', '--lane', '../side'], 'lane-invalid', '“../side”'],
    [
      'an agent there is not',
      ['status', '--wave', '1', '--agent', 'B7'],
      'unknown-agent',
      'Agents: A1, A2, A9, A0.',
    ],
    ['a list for nobody', ['task', 'list', '--wave', '1', '--agent', 'B7'], 'unknown-agent', 'Agents: A1'],
    ['a task there is not', ['task', 'get', '--wave', '1', '--id', 'A1-zzzz'], 'unknown-record', '“A1-zzzz”'],
    ['an act on nothing', act('resolve', 'A1-zzzz'), 'unknown-record', '“A1-zzzz”'],
    ['an act there is not', act('forget', 'A1-zzzz'), 'bad-argument', 'One of: start, resolve'],
    ['an act without a task', ['task', 'act', 'resolve'], 'bad-argument', "required option '--id <id>'"],
    [
      'a task in nobody’s name',
      ['task', 'create', '--wave', '1', '--kind', 'request', '--summary', 'x'],
      'bad-argument',
      'whose task is it?',
    ],
    ['a task in the name of nobody there', create('--agent', 'B7'), 'unknown-agent', 'Agents: A1'],
    ['a summary of nothing', create('--summary', ' '), 'bad-argument', '--summary says nothing'],
    ['a summary that is a text', create('--summary', 'x'.repeat(401)), 'bad-argument', 'goes into --detail'],
    ['a kind there is not', create('--kind', 'wish'), 'bad-argument', 'One of: request, blocker'],
    ['a priority there is not', create('--priority', 'vast'), 'bad-argument', 'One of: low'],
    ['a target there is not', create('--target', 'agent:B7'), 'unknown-agent', 'or capability:<name>'],
    ['a severity there is not', create('--severity', 'deadly'), 'bad-argument', 'closure-critical'],
    ['what follows from nothing', create('--depends-on', 'A1-zzzz'), 'unknown-record', '“A1-zzzz”'],
    ['a name that could be an id', create('--id', 'op.1'), 'bad-argument', '“op.1” is no name'],
    ['more than an entry holds', create('--detail', 'x'.repeat(6001)), 'entry-invalid', 'detail'],
  ])('%s is refused, and nothing is written', async (_what, words, code, says) => {
    const before = fingerprint(one.repository);
    const told = await control(...words);
    expect(told.stderr).toMatch(new RegExp(`^\\[wave\\] ${code}: .+\\n {2}fix: .+\\n$`, 's'));
    expect(told.stderr).toContain(says);
    expect(told.code).toBe(1);
    const { ok, error } = JSON.parse((await control(...words, '--json')).stdout);
    expect({ ok, code: error.code }).toEqual({ ok: false, code });
    expect(fingerprint(one.repository)).toBe(before);
  });

  test('a verb that is missing is told after those there are', async () => {
    const { code, stderr } = await control('task');
    expect(code).toBe(1);
    expect(stderr).toMatch(/create \[options\].+\n\[wave\] bad-argument: it is not said what to do\n/s);
  });

  test('no surface is a question, not a mistake', async () => {
    const { code, stdout } = await control();
    expect(code).toBe(0);
    expect(stdout).toContain('Usage: wave control');
  });
});

describe('a task through its life', () => {
  const task = (id: string): Promise<Task> => json<Task>('task', 'get', '--id', id);

  test('is made, named, taken up, given on, put before a person, and ends with its chain', async () => {
    expect(
      await done(...create('--kind', 'clarification', '--target', 'agent:A2', '--id', 'rounding')),
    ).toMatch(/^A1-[a-z2-7]{4} clarification open → A2 {2}op\./);
    expect(await task('rounding')).toMatchObject({ writtenBy: 'operator for A1', assigneeAgentId: 'A2' });
    const { stderr } = await control(...create('--id', 'rounding'));
    expect(stderr).toContain('[wave] name-taken: “rounding” names a record of wave 1 already');

    await done(...act('start', 'rounding', '--agent', 'A2'));
    expect(await task('rounding')).toMatchObject({ state: 'working', leaseOwnerAgentId: 'A2' });
    await done(...act('reassign', 'rounding', '--to', 'A9'));
    expect(await task('rounding')).toMatchObject({
      state: 'open',
      assigneeAgentId: 'A9',
      leaseOwnerAgentId: null,
    });

    await done(...act('escalate', 'rounding'));
    expect(await task('escalation-rounding')).toMatchObject({
      taskType: 'escalation',
      state: 'input-required',
      clarificationId: (await task('rounding')).taskId,
    });
    expect((await control(...act('escalate', 'rounding'))).stderr).toContain('[wave] already-escalated');
    expect((await control(...act('reassign', 'escalation-rounding', '--to', 'A2'))).stderr).toMatch(
      /not-assignable: person-\w+ is put before a person.*--id A1-[a-z2-7]{4}/s,
    );

    const settled = await json<{ settled: readonly string[]; task: Task }>(
      ...act('resolve', 'escalation-rounding', '--detail', 'Half to even.'),
    );
    expect(settled.settled).toEqual([(await task('rounding')).taskId]);
    expect(await task('rounding')).toMatchObject({ state: 'resolved', answer: { text: 'Half to even.' } });
    expect(await json('task', 'list')).toEqual([
      expect.objectContaining({ name: 'rounding', state: 'resolved' }),
      expect.objectContaining({ taskType: 'escalation', state: 'resolved' }),
    ]);
  });

  test('is set aside, and holds nothing open any more', async () => {
    const made = await json<{ task: Task }>(...create('--kind', 'blocker', '--id', 'network'));
    expect(made.task).toMatchObject({ blocking: true });
    await done(...act('mark-advisory', 'network'));
    expect(await task('network')).toMatchObject({ state: 'open', blocking: false });
    await done(...act('resolve', 'network'));
    await done(...create('--kind', 'blocker', '--severity', 'stale', '--id', 'old'));
    expect(await task('old')).toMatchObject({ blocking: false });
    await done(...act('resolve', 'old'));
  });

  test('what is settled is not settled again, and the journal does not grow', async () => {
    const before = fingerprint(one.repository);
    for (const verb of ['resolve', 'dismiss', 'cancel', 'start']) {
      const { code, stderr } = await control(...act(verb, 'rounding'));
      expect(code).toBe(1);
      expect(stderr).toMatch(/^\[wave\] not-open: A1-[a-z2-7]{4} is resolved already\n/);
    }
    expect((await control(...act('answer', 'rounding', '--response', 'x'))).stderr).toContain('superseded');
    expect((await control(...act('escalate', 'rounding'))).stderr).toContain('not-escalatable');
    expect(fingerprint(one.repository)).toBe(before);
  });

  test('reading writes nothing', async () => {
    const before = fingerprint(one.repository);
    await done('status');
    await done('status', '--agent', 'A1', '--json');
    await done('task', 'list');
    await done('task', 'get', '--id', 'rounding');
    expect(fingerprint(one.repository)).toBe(before);
  });

  test('a line that cannot be read is named on every look, and every other counts', async () => {
    const folder = join(one.repository, '.tmp/main-wave-launcher/journal/wave-1/local');
    const [segment = ''] = readdirSync(folder);
    const file = join(folder, segment);
    const whole = readFileSync(file, 'utf8');
    const lines = whole.trimEnd().split('\n');
    writeFileSync(file, `${lines.with(-1, '{"id": nothing').join('\n')}\n`);
    const told = await control('status', '--json');
    expect(told.stderr).toMatch(
      /^\[wave\] warning: 1 line of the journal .+\n {2}journal\/wave-1\/local\/\d+\.jsonl:\d+ {2}invalid-json: /,
    );
    expect(JSON.parse(told.stdout).unreadable).toMatchObject([{ line: lines.length, code: 'invalid-json' }]);
    expect((await control('task', 'list')).stderr).toContain('warning: 1 line of the journal');
    writeFileSync(file, whole);
    expect((await control('status')).stderr).toBe('');
  });

  test('any text as an id finds a task or nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 60 }), async (id) => {
        const { code, stderr } = await control('task', 'get', `--id=${id}`);
        expect(code).toBe(1);
        expect(stderr).toMatch(/^\[wave\] unknown-record: /);
      }),
      { numRuns: 10 },
    );
  });
});

describe('inside an agent’s run', () => {
  const inside = (agent: string): void => {
    for (const [name, value] of Object.entries({
      AGENT: agent,
      RUN: 'r1',
      ATTEMPT: '1',
      INBOX: '/none',
      OUTBOX: '/none',
    }))
      vi.stubEnv(`WAVE_${name}`, value);
  };
  afterEach(() => vi.unstubAllEnvs());

  test.each<readonly [what: string, words: readonly string[], code: string]>([
    ['another agent’s name', create('--agent', 'A2'), 'not-your-name'],
    ['the wave’s status', ['status'], 'inside-a-run'],
    ['every task', ['task', 'list'], 'inside-a-run'],
    ['putting it before a person', act('escalate', 'rounding'), 'not-yours'],
  ])('%s is refused', async (_what, words, code) => {
    inside('A1');
    expect((await control(...words)).stderr).toContain(`[wave] ${code}: `);
  });
});
