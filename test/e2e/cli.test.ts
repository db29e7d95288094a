import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BREAKS } from '../../src/demo/index.ts';
import { type Entry, encodeEntry } from '../../src/journal/index.ts';
import { handle } from '../../src/state/index.ts';
import { fingerprint } from './fingerprint.ts';
import type { Prepared } from './local-wave.ts';
import { bodiesOf, startRun, userSide } from './local-wave.ts';
import { SMALL_WAVE_FILES, smallWave, smallWaveMarkdown } from './small-wave.ts';
import { type Ended, git, makePlace, type Place, strays, wave } from './wave-process.ts';

type Failure = {
  readonly ok: false;
  readonly error: { readonly code: string; readonly message: string; readonly fix: string };
};

const places: Place[] = [];
const newPlace = async (): Promise<Place> => {
  const place = await makePlace();
  places.push(place);
  return place;
};
afterAll(async () => {
  for (const place of places) await place.remove();
});

/** The same refusal for people and for programs: what, where, what to do; one exit code. */
const expectRefused = async (
  run: (json: boolean) => Promise<Ended>,
  code: string,
  says: string | RegExp,
  exit = 1,
): Promise<void> => {
  const told = await run(false);
  expect(told.stderr).toMatch(new RegExp(`^\\[wave\\] ${code}: .+\\n {2}fix: .+\\n$`, 's'));
  expect(told.stderr).toMatch(says);
  expect(told.code).toBe(exit);
  const json = await run(true);
  const { ok, error } = JSON.parse(json.stdout) as Failure;
  expect({ ok, code: error.code, exit: json.code }).toEqual({ ok: false, code, exit });
  expect(error.message).not.toBe('');
  expect(error.fix).not.toBe('');
};

describe('in a repository with a wave that has not run', () => {
  let one: Prepared;
  beforeAll(async () => {
    one = await smallWave(await newPlace());
  });
  const cases: readonly (readonly [name: string, args: readonly string[], code: string, says: string])[] = [
    ['an unknown command', ['stauts'], 'unknown-command', 'Did you mean wave status'],
    ['help with an unknown command', ['help', 'stauts'], 'unknown-command', 'Did you mean wave status'],
    ['no wave number', ['run'], 'bad-argument', "missing required argument 'wave'"],
    ['waves backwards', ['run', '5..3'], 'bad-argument', 'Write 3..5'],
    ['waves nobody wrote', ['run', '3..5'], 'wave-not-found', 'Waves: 1.'],
    [
      'an executor for nobody',
      ['run', '1', '--executor', 'A7=local'],
      'unknown-agent',
      'Agents: A1, A2, A9, A0',
    ],
    ['no time', ['run', '1', '--timeout-minutes', '0'], 'bad-argument', '--timeout-minutes'],
    ['a wave that is no number', ['run', 'three'], 'bad-argument', '“three” is not a wave number'],
    ['an unknown flag', ['run', '1', '--flag'], 'bad-argument', 'wave help run says'],
    ['an argument too many', ['run', '1', '2'], 'bad-argument', 'too many arguments'],
    [
      'an executor the policy does not take',
      ['run', '1', '--explain', '--executor', 'claude'],
      'wave-invalid',
      'may not run as claude, as --executor asks',
    ],
    ['an unknown executor', ['run', '1', '--executor', 'gpt'], 'bad-argument', 'Executors: claude'],
    ['no agents at once', ['run', '1', '--max-parallel', '0'], 'bad-argument', '“0”'],
    ['a wave without a file', ['run', '9'], 'wave-not-found', 'docs/plans/waves/wave-9.md'],
    ['the status of a wave without a file', ['status', '9'], 'wave-not-found', 'docs/plans/waves/wave-9.md'],
    ['the status of nothing', ['status'], 'no-wave', 'lane main has no journal yet'],
    ['the report of a wave without a file', ['report', '9'], 'wave-not-found', 'wave-9.md'],
    ['a wave file that is not there', ['validate', '7'], 'wave-not-found', 'docs/plans/waves/wave-7.md'],
    ['an unknown verb', ['coord', 'shout'], 'bad-argument', "unknown command 'shout'"],
    ['a record without a kind', ['coord', '--wave', '1', 'post', '--summary', 'x'], 'bad-argument', '--kind'],
    [
      'an unknown kind',
      ['coord', '--wave', '1', 'post', '--kind', 'wish', '--summary', 'x'],
      'bad-argument',
      'One of: request',
    ],
    [
      'a request to nobody',
      ['coord', '--wave', '1', 'post', '--kind', 'request', '--summary', 'x', '--target', 'agent:A7'],
      'unknown-agent',
      'Agents: A1, A2, A9, A0',
    ],
    ['a record nobody made', ['coord', '--wave', '1', 'resolve', 'A1-zzzz'], 'unknown-record', '“A1-zzzz”'],
    ['the inbox of nobody', ['coord', '--wave', '1', 'inbox', '--agent', 'A7'], 'unknown-agent', 'A7'],
    ['no inbox', ['coord', '--wave', '1', 'inbox'], 'bad-argument', '--agent'],
    [
      'an unknown code',
      ['explain', 'missing-deliverabl'],
      'unknown-code',
      'Did you mean missing-deliverable',
    ],
    [
      'an unknown break',
      ['demo', '--break', 'everything'],
      'bad-argument',
      BREAKS.map((each) => each.name).join(', '),
    ],
    ['a seed that is no number', ['demo', '--seed', 'x'], 'bad-argument', '--seed'],
    ['an unknown signal', ['signal', 'shout'], 'unknown-signal', 'Signals: proof'],
    [
      'a verdict nobody knows',
      ['signal', 'verdict', 'maybe'],
      'signal-invalid',
      'pass, concerns, hold, blocked',
    ],
    ['a field no signal has', ['signal', 'verdict', 'pass', '--mood', 'good'], 'bad-argument', '--mood'],
    ['half a field', ['signal', 'doc-delta', '--state'], 'bad-argument', '--state'],
  ];
  test.each(cases)('%s is refused', async (_name, args, code, says) => {
    // A run takes its lane before it looks; nothing else leaves a trace.
    const except = args[0] === 'run' ? '.tmp' : undefined;
    const before = fingerprint(one.repository, except);
    await expectRefused(
      (json) => wave(one.place, [...args, ...(json ? ['--json'] : [])], { cwd: one.repository }),
      code,
      says,
    );
    expect(fingerprint(one.repository, except)).toBe(before);
  });

  test('help is no error, an unknown command shows it', async () => {
    const help = await wave(one.place, []);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    const run = await wave(one.place, ['help', 'run']);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toContain('--max-parallel');
    const unknown = await wave(one.place, ['nope']);
    expect(unknown).toMatchObject({ code: 1, stdout: help.stdout });
  });

  test('signals spelled on the command line are what a marker says', async () => {
    const said = await wave(one.place, ['signal', 'verdict', 'pass', '--detail', 'all of it'], {
      cwd: one.repository,
    });
    expect(said.stdout).toBe('[wave-verdict] pass detail=all of it\n');
    const json = await wave(
      one.place,
      [
        'signal',
        'proof',
        '--completion',
        'integrated',
        '--durability',
        'durable',
        '--proof',
        'live',
        '--state',
        'met',
        '--json',
      ],
      { cwd: one.repository },
    );
    expect(JSON.parse(json.stdout)).toEqual({
      signal: { kind: 'proof', completion: 'integrated', durability: 'durable', proof: 'live', state: 'met' },
      recorded: false,
    });
  });
});

describe('where a wave cannot start', () => {
  const refusals: readonly {
    readonly name: string;
    readonly code: string;
    readonly says: string;
    readonly make: (place: Place) => Promise<string>;
  }[] = [
    {
      name: 'a folder that is not there',
      code: 'not-a-repository',
      says: 'nowhere',
      make: async (place) => join(place.dir, 'nowhere'),
    },
    {
      name: 'a folder that is no repository',
      code: 'not-a-repository',
      says: '--repo-root',
      make: async (place) => place.home,
    },
    {
      name: 'a repository without a commit',
      code: 'no-commit',
      says: 'no commit yet',
      make: async (place) => (await smallWave(place, {})).repository,
    },
    {
      name: 'a wave file nobody committed',
      code: 'wave-not-found',
      says: 'docs/plans/waves/wave-1.md',
      make: async (place) => {
        const { 'docs/plans/waves/wave-1.md': text = '', ...files } = SMALL_WAVE_FILES;
        const { repository } = await smallWave(place, files);
        await mkdir(join(repository, 'docs/plans/waves'), { recursive: true });
        await writeFile(join(repository, 'docs/plans/waves/wave-1.md'), text);
        return repository;
      },
    },
    {
      name: 'a detached HEAD',
      code: 'detached-head',
      says: 'Check out a branch',
      make: async (place) => {
        const { repository } = await smallWave(place);
        await git(place, repository, 'checkout', '--quiet', '--detach');
        return repository;
      },
    },
    {
      name: 'changes nobody committed',
      code: 'uncommitted-changes',
      says: 'README.md',
      make: async (place) => {
        const { repository } = await smallWave(place);
        await appendFile(join(repository, 'README.md'), 'more\n');
        return repository;
      },
    },
  ];
  test.each(refusals)('$name is refused', async ({ code, says, make }) => {
    const place = await newPlace();
    const repository = await make(place);
    const status =
      code === 'not-a-repository' || code === 'no-commit'
        ? ''
        : await git(place, repository, 'status', '--porcelain');
    await expectRefused(
      (json) => wave(place, ['run', '1', '--repo-root', repository, ...(json ? ['--json'] : [])]),
      code,
      says,
    );
    if (status !== '') expect(await git(place, repository, 'status', '--porcelain')).toBe(status);
    expect(strays(place.dir)).toEqual([]);
  });

  test('a wave file that is a pipe is refused, not waited for', async () => {
    const place = await newPlace();
    const { repository } = await smallWave(place);
    await rm(join(repository, 'docs/plans/waves/wave-1.md'));
    execFileSync('mkfifo', [join(repository, 'docs/plans/waves/wave-1.md')]);
    await expectRefused(
      (json) => wave(place, ['validate', '1', '--repo-root', repository, ...(json ? ['--json'] : [])]),
      'unreadable',
      'docs/plans/waves/wave-1.md is no regular file',
    );
  });

  test('a configuration that is no JSON is named with its line', async () => {
    const place = await newPlace();
    const { repository } = await smallWave(place, {
      ...SMALL_WAVE_FILES,
      'wave.config.json': '{\n  "version": 1,\n  "lanes": {,\n}\n',
    });
    for (const command of ['run', 'validate']) {
      const told = await wave(place, [command, '1', '--repo-root', repository]);
      expect(told.code).toBe(1);
      expect(told.stdout).toMatch(/wave\.config\.json:3/);
      const json = await wave(place, [command, '1', '--repo-root', repository, '--json']);
      expect(json.code).toBe(1);
      expect(JSON.parse(json.stdout)).toMatchObject({
        ok: false,
        // And nothing about the wave, which would be read against a configuration that is not its own.
        diagnostics: [
          expect.objectContaining({ at: expect.objectContaining({ file: 'wave.config.json', line: 3 }) }),
        ],
      });
    }
  });

  test('files in the way of what a wave made are named, and moved away it closes', async () => {
    const place = await newPlace();
    const { repository } = await smallWave(place);
    await mkdir(join(repository, 'lib/first-1'), { recursive: true });
    await writeFile(join(repository, 'lib/first-1/first.ts'), 'mine\n');
    const run = () => wave(place, ['run', '1', '--repo-root', repository]);
    const told = await run();
    expect(told).toMatchObject({ code: 1 });
    expect(told.stderr).toMatch(
      /^\[wave\] would-overwrite-untracked: .+: lib\/first-1\/first\.ts\n {2}fix: Move them away/,
    );
    expect(await readFile(join(repository, 'lib/first-1/first.ts'), 'utf8')).toBe('mine\n');
    await rm(join(repository, 'lib'), { recursive: true });
    expect((await run()).code).toBe(0);
  });

  test('waves run in their order', async () => {
    const place = await newPlace();
    const { repository } = await smallWave(place, {
      ...SMALL_WAVE_FILES,
      'docs/plans/waves/wave-2.md': smallWaveMarkdown(2),
    });
    await expectRefused(
      (json) => wave(place, ['run', '2', '--repo-root', repository, ...(json ? ['--json'] : [])]),
      'out-of-order',
      'Run wave 1 first',
    );
    expect((await wave(place, ['run', '1', '--repo-root', repository])).code).toBe(0);
    expect((await wave(place, ['launch', '2', '--repo-root', repository])).code).toBe(0);
    expect(await git(place, repository, 'ls-tree', '--name-only', 'HEAD', 'lib/')).toBe(
      'lib/first-1\nlib/first-2\nlib/second-1\nlib/second-2',
    );
  });

  test('several waves run one after the other, up to the first that does not close', async () => {
    const place = await newPlace();
    const one = await smallWave(place, {
      ...SMALL_WAVE_FILES,
      'docs/plans/waves/wave-2.md': smallWaveMarkdown(2).replace('node --version', 'node no-such-file.mjs'),
      'docs/plans/waves/wave-3.md': smallWaveMarkdown(3),
    });
    const { repository } = one;
    const told = await wave(place, ['run', '1..', '--repo-root', repository, '--json']);
    expect(told.code).toBe(1);
    expect(JSON.parse(told.stdout)).toMatchObject({
      ok: false,
      exitCode: 1,
      waves: [
        { wave: 1, closed: true },
        { wave: 2, closed: false, code: 'verify-failed' },
      ],
      notRun: [3],
    });
    const again = await wave(place, ['run', '1..3', '--repo-root', repository]);
    expect(again.code).toBe(1);
    expect(again.stdout).toContain('== wave 1\nwave 1 is complete');
    expect(again.stdout).toContain('not run: wave 3. Each starts from what the one before it closed on.\n');
  });

  test('the demo writes into nothing that exists', async () => {
    const place = await newPlace();
    const { repository } = await smallWave(place);
    const before = fingerprint(repository);
    await expectRefused(
      (json) => wave(place, ['demo', '--prepare', '--dir', place.dir, ...(json ? ['--json'] : [])]),
      'directory-in-use',
      'repository is there already',
    );
    expect(fingerprint(repository)).toBe(before);
  });
});

describe('beside a wave that ran', () => {
  let one: Prepared;
  beforeAll(async () => {
    one = await smallWave(await newPlace());
    expect((await wave(one.place, ['run', '1', '--repo-root', one.repository])).code).toBe(0);
  });

  test.each([
    'status',
    'status 1 --json',
    'coord show',
    'coord show --json',
    'coord inbox --agent A1',
    'validate --json',
    'explain stale-verdict',
  ])('wave %s writes nothing', async (line) => {
    const words = line.split(' ');
    const before = fingerprint(one.repository);
    const ended = await wave(one.place, words, { cwd: join(one.repository, 'lib') });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    if (words.includes('--json')) JSON.parse(ended.stdout);
    expect(fingerprint(one.repository)).toBe(before);
    expect(readdirSync(one.place.tmp).filter((name) => name.startsWith('wave-read-'))).toEqual([]);
  });

  test('no colour, no redrawing where nobody watches', async () => {
    for (const env of [{}, { NO_COLOR: '1', FORCE_COLOR: '1' }, { CI: 'true' }]) {
      const ended = await wave(one.place, ['status', '1', '--repo-root', one.repository], { env });
      expect(ended.stdout).not.toContain('\x1b');
    }
    const colourful = await wave(one.place, ['status', '1', '--repo-root', one.repository], {
      env: { FORCE_COLOR: '1' },
    });
    expect(colourful.stdout).toContain('\x1b[');
  });

  test('a record is posted, shown, answered and refused by its handle', async () => {
    const coord = (...args: readonly string[]): Promise<Ended> =>
      wave(one.place, ['coord', '--repo-root', one.repository, '--wave', '1', ...args]);
    const posted = JSON.parse(
      (await coord('--json', 'post', '--kind', 'request', '--summary', 'Look again', '--target', 'agent:A1'))
        .stdout,
    ) as { record: { handle: string } };
    const { handle: name } = posted.record;
    expect((await coord('show')).stdout).toContain(name);
    const acked = await coord('ack', name, '--agent', 'A1');
    expect(acked.stdout).toContain(`${name} request acknowledged`);
    const answered = await coord('answer', name, 'Looked.', '--agent', 'A1');
    expect(answered.stdout).toMatch(new RegExp(`^${name} request (?:resolved|closed) `));
    await expectRefused(
      (json) => coord(...(json ? ['--json'] : []), 'resolve', 'A1-nope'),
      'unknown-record',
      'A1-nope',
    );
  });

  test('two records that share a handle are told apart by their ids', async () => {
    const at = '2026-01-01T00:00:00.000Z';
    const post = (id: string, seq: number): Entry => ({
      id,
      seq,
      at,
      by: { kind: 'operator' },
      instance: 'main/wave-1/local',
      family: 'coordination',
      body: { type: 'post', kind: 'decision', summary: 'One of two' },
    });
    // A handle holds 20 bits: among some thousands of ids two meet.
    const seen = new Map<string, string>();
    let twins: readonly [string, string] | null = null;
    for (let i = 0; twins === null; i++) {
      const id = `op.twin${i}`;
      const name = handle({ id, authorAgent: null, author: { kind: 'operator' } } as Parameters<
        typeof handle
      >[0]);
      const other = seen.get(name);
      if (other !== undefined) twins = [other, id];
      seen.set(name, id);
    }
    const dir = join(one.stateDir, 'journal/wave-1/local');
    const file = join(dir, readdirSync(dir).toSorted().at(-1) ?? '');
    const last = (await readFile(file, 'utf8')).trimEnd().split('\n').length;
    await appendFile(file, twins.map((id, i) => `${encodeEntry(post(id, last + 1 + i))}\n`).join(''));
    const name =
      [...seen].find(([, id]) => id === twins[0])?.[0] ??
      handle({ id: twins[0], authorAgent: null, author: { kind: 'operator' } } as Parameters<
        typeof handle
      >[0]);
    await expectRefused(
      (json) =>
        wave(one.place, [
          'coord',
          '--repo-root',
          one.repository,
          '--wave',
          '1',
          ...(json ? ['--json'] : []),
          'show',
          name,
        ]),
      'ambiguous-handle',
      `${twins[0]} or ${twins[1]}`,
    );
    expect(
      (await wave(one.place, ['coord', '--repo-root', one.repository, '--wave', '1', 'show', twins[1]])).code,
    ).toBe(0);
  });

  test('a report goes where it is asked to go', async () => {
    const file = join(one.place.dir, 'out', 'wave.html');
    const ended = await wave(one.place, [
      'report',
      '1',
      '--repo-root',
      one.repository,
      '--out',
      file,
      '--json',
    ]);
    expect(JSON.parse(ended.stdout)).toEqual({ report: file });
    expect(await readFile(file, 'utf8')).toMatch(/^<!doctype html>/i);
  });
});

describe('inside an agent’s run', () => {
  let place: Place;
  let env: Record<string, string>;
  beforeAll(async () => {
    place = await newPlace();
    const [outbox, inbox] = [join(place.dir, 'outbox'), join(place.dir, 'inbox')];
    await mkdir(outbox);
    await mkdir(inbox);
    env = { WAVE_AGENT: 'A1', WAVE_OUTBOX: outbox, WAVE_INBOX: inbox, WAVE_RUN: 'l1', WAVE_ATTEMPT: '2' };
  });

  test('what it says goes into its outbox, under the id it will be known by', async () => {
    const verdict = await wave(
      place,
      [
        'signal',
        'proof',
        '--completion',
        'contract',
        '--durability',
        'none',
        '--proof',
        'unit',
        '--state',
        'met',
      ],
      { env },
    );
    expect(verdict).toMatchObject({ code: 0, stderr: '' });
    const posted = await wave(
      place,
      ['coord', 'post', '--kind', 'request', '--target', 'agent:A2', '--summary', 'Which sign?', '--json'],
      { env },
    );
    expect(JSON.parse(posted.stdout)).toMatchObject({
      id: 'l1.2.A1.2',
      body: { type: 'post', kind: 'request', targets: ['agent:A2'] },
    });
    expect(readdirSync(env['WAVE_OUTBOX'] ?? '').toSorted()).toEqual(['1.json', '2.json']);
    expect(JSON.parse(await readFile(join(env['WAVE_OUTBOX'] ?? '', '1.json'), 'utf8'))).toEqual({
      type: 'signal',
      signal: { kind: 'proof', completion: 'contract', durability: 'none', proof: 'unit', state: 'met' },
    });
    expect((await wave(place, ['coord', 'inbox'], { env })).code).toBe(0);
  });

  test('it cannot speak as another, nor without end', async () => {
    await expectRefused(
      (json) =>
        wave(place, ['coord', 'ack', 'A2-abcd', '--agent', 'A2', ...(json ? ['--json'] : [])], { env }),
      'not-your-name',
      'you are A1 and cannot speak as A2',
    );
    await expectRefused(
      (json) =>
        wave(
          place,
          [
            'coord',
            'post',
            '--kind',
            'evidence',
            '--summary',
            'x',
            '--detail',
            'y'.repeat(9000),
            ...(json ? ['--json'] : []),
          ],
          { env },
        ),
      'outbox-refused',
      'at most 8192',
    );
  });

  test('an outbox that is gone is named', async () => {
    const gone = { ...env, WAVE_OUTBOX: join(place.dir, 'gone') };
    await expectRefused(
      (json) => wave(place, ['signal', 'verdict', 'pass', ...(json ? ['--json'] : [])], { env: gone }),
      'system-error',
      join(place.dir, 'gone'),
    );
  });
});

test('a wave of many files, whose command prints what an entry cannot hold, ends with a reason and not with a failure', async () => {
  const place = await newPlace();
  const paths = Array.from({ length: 300 }, (_, i) => `lib/first-1/a-rather-long-name-of-a-file-${i}.ts`);
  const markdown = smallWaveMarkdown(1)
    .replace('- lib/first-1/first.ts', paths.map((path) => `- ${path}`).join('\n'))
    .replace('node --version', 'node loud.mjs');
  const one = await smallWave(place, {
    ...SMALL_WAVE_FILES,
    'docs/plans/waves/wave-1.md': markdown,
    'loud.mjs': "console.log('語\\u0007\\ud83d'.repeat(9000));\nprocess.exitCode = 1;\n",
  });
  const json = await wave(place, ['run', '1', '--repo-root', one.repository, '--json']);
  expect(json.stderr).toBe('');
  expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, closed: false, code: 'verify-failed' });
  expect(bodiesOf(one, 'proof.recorded')).toEqual([
    expect.objectContaining({ exit: { kind: 'exited', code: 1 }, tail: expect.stringContaining('語') }),
  ]);
  const admitted = bodiesOf(one, 'patch.admitted').find((entry) => entry.agent === 'A1');
  expect(admitted?.paths.length).toBeGreaterThan(100);
});

test('one run a lane: the second is told of the first', async () => {
  const place = await newPlace();
  const one = await smallWave(place, {
    ...SMALL_WAVE_FILES,
    'docs/plans/waves/wave-1.md': smallWaveMarkdown(1).replace('node --version', 'node hold.mjs'),
    'hold.mjs': 'setInterval(() => {}, 1000);\n',
  });
  const first = startRun(one);
  await new Promise<void>((resolve) => {
    first.child.stdout?.on('data', (text: string) => {
      if (text.includes('fixed after implementation')) resolve();
    });
    first.child.once('exit', () => resolve());
  });
  await expectRefused(
    (json) => wave(place, ['run', '1', '--repo-root', one.repository, ...(json ? ['--json'] : [])]),
    'lane-held',
    new RegExp(`wave run 1 .*, process ${first.child.pid} on .+, since 2`),
    32,
  );
  // People may speak while it runs.
  const said = await wave(place, [
    'coord',
    '--repo-root',
    one.repository,
    'post',
    '--kind',
    'decision',
    '--summary',
    'Go on.',
  ]);
  expect(said).toMatchObject({ code: 0, stderr: '' });
  first.signalGroup('SIGTERM');
  expect((await first.ended).code).toBe(130);
  expect(strays(place.dir)).toEqual([]);
  expect(bodiesOf(one, 'proof.recorded')).toEqual([]);
  expect((await userSide(one)).status).toBe('');
  await rm(join(one.repository, '.tmp'), { recursive: true });
});
