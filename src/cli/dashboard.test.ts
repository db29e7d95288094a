/** `wave dashboard` on a repository with two waves: one that somebody has asked something in, one that cannot be read. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fingerprint } from '../../test/e2e/fingerprint.ts';
import { called, type Told } from '../../test/e2e/in-process.ts';
import type { Prepared } from '../../test/e2e/local-wave.ts';
import { SMALL_WAVE_FILES, smallWave, smallWaveMarkdown } from '../../test/e2e/small-wave.ts';
import { makePlace } from '../../test/e2e/wave-process.ts';
import { run as control } from './control.ts';
import { run } from './dashboard.ts';

let one: Prepared;
beforeAll(async () => {
  one = await smallWave(await makePlace(), {
    ...SMALL_WAVE_FILES,
    'docs/plans/waves/wave-2.md': '# Wave 2 - Nothing\n',
    'docs/release/plans/waves/wave-7.md': smallWaveMarkdown(7),
  });
});
afterAll(() => one.place.remove());

const dashboard = (...words: readonly string[]): Promise<Told> =>
  called(run, [...words, '--repo-root', one.repository]);

test('shows what there is, begun or not, and writes nothing', async () => {
  const untouched = fingerprint(one.repository);
  const { code, stdout } = await dashboard();
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^ main: no run\n {2}○ 1 {2}planned .*4 agents\n {2}✗ 2 {2}unreadable .*wave-2\.md:1: the wave has no agents\n$/,
  );
  expect(fingerprint(one.repository)).toBe(untouched);

  const asked = [
    'task',
    'create',
    '--wave',
    '1',
    '--agent',
    'A1',
    '--kind',
    'request',
    '--summary',
    'Who rounds?',
  ];
  await called(control, [...asked, '--target', 'agent:A2', '--repo-root', one.repository]);
  const before = fingerprint(one.repository);
  // Where nobody watches, it is printed once.
  expect((await dashboard('--watch')).stdout).toMatch(
    / 1 open {2}request A1-\w{4} "Who rounds\?" {2}A1 → A2/,
  );
  const json = JSON.parse((await dashboard('--json')).stdout);
  expect(json).toMatchObject({
    schemaVersion: 1,
    kind: 'global-dashboard',
    lanes: [
      {
        lane: 'main',
        run: null,
        waves: [
          { wave: 1, status: 'planned', agentsTotal: 4, agentsPending: 4, helperAssignmentsOpen: 1 },
          { wave: 2, status: 'unreadable' },
        ],
      },
    ],
  });
  expect(fingerprint(one.repository)).toBe(before);
});

test('a lane has waves of its own', async () => {
  await called(control, [
    ...['task', 'create', '--lane', 'release', '--wave', '7', '--agent', 'A1', '--kind', 'blocker'],
    ...['--summary', 'No signing key', '--repo-root', one.repository],
  ]);
  const { lanes } = JSON.parse((await dashboard('--json')).stdout) as {
    lanes: readonly { lane: string; waves: readonly { wave: number }[] }[];
  };
  expect(lanes.map(({ lane, waves }) => `${lane} ${waves.map(({ wave }) => wave).join()}`)).toEqual([
    'main 1,2',
    'release 7',
  ]);
  expect((await dashboard('--lane', 'release')).stdout).toMatch(
    /^ release: no run\n {2}○ 7 .*"No signing key"/,
  );
});

test.each([
  ['a lane without a journal', ['--lane', 'side'], 'no-wave'],
  ['a lane that is a path', ['--lane', '../side'], 'lane-invalid'],
  ['a flag there is not', ['--wacth'], 'bad-argument'],
])('%s is refused', async (_what, words, code) => {
  const { code: exit, stderr } = await dashboard(...words);
  expect(exit).toBe(1);
  expect(stderr).toMatch(new RegExp(`^\\[wave\\] ${code}: .+\\n {2}fix: .+\\n$`));
});
