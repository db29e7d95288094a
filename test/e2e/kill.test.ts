import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Entry } from '../../src/journal/index.ts';
import { bodiesOf, journal, type Prepared, runJson, type UserSide, userSide } from './local-wave.ts';
import { preparePair } from './pair-story.ts';
import { SMALL_WAVE_FILES, smallWave } from './small-wave.ts';
import { git, makePlace, type Options, programOf, strays, wave } from './wave-process.ts';

/** Where in a run the machine goes away: before its n-th effect, or in the middle of it (`<n>+`). */
type Point = string;

const HOOK = fileURLToPath(new URL('./kill-points.mjs', import.meta.url));
const hooked = (env: Readonly<Record<string, string>>): Options => ({
  env: { NODE_OPTIONS: `--import=${HOOK}`, ...env },
});

const runArgs = (one: Prepared): readonly string[] => [
  'run',
  String(one.wave),
  '--repo-root',
  one.repository,
];

/** mulberry32: the points of one test run can be drawn again from the seed in its message. */
const draws = (seed: number): ((below: number) => number) => {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % Math.max(1, below);
  };
};

const shuffled = <T>(items: readonly T[], pick: (below: number) => number): T[] => {
  const left = [...items];
  return items.flatMap(() => left.splice(pick(left.length), 1));
};

/** What the journal of a closed wave says, but for who said it, when, and on which base: what every run comes to. */
const meaningOf = (one: Prepared) => {
  const [done] = bodiesOf(one, 'publish.done');
  const intent = bodiesOf(one, 'publish.intent').find(({ commit }) => commit === done?.commit);
  const ofAttempt = <T extends Entry['body']['type']>(type: T) =>
    bodiesOf(one, type).filter((body) => 'attempt' in body && body.attempt === intent?.attempt);
  return {
    admitted: ofAttempt('patch.admitted')
      .map(({ agent, patch, paths }) => ({ agent, patch, paths }))
      .toSorted((a, b) => a.agent.localeCompare(b.agent)),
    refused: ofAttempt('patch.refused').map(({ agent }) => agent),
    trees: ofAttempt('tree.fixed').map(({ stage }) => stage),
    proofs: ofAttempt('proof.recorded').map(({ run, exit }) => ({ run, exit })),
    judged: ofAttempt('stage.judged').map(({ stage, agents }) => ({ stage, agents })),
  };
};

/**
 * What the branch came to: each commit's author, subject and files, byte for byte. Left out are the ids of commits, which
 * name the run, and the configuration, in which stands where the place is.
 */
const commitsOf = async (one: Prepared): Promise<readonly string[]> =>
  (await git(one.place, one.repository, 'log', '--raw', '--root', '--no-abbrev', '--format=%an <%ae> %s'))
    .split('\n')
    .filter((text) => !text.endsWith('\twave.config.json'));

type Honest = {
  readonly meaning: ReturnType<typeof meaningOf>;
  readonly commits: readonly string[];
  /** Every point of the run, in order. */
  readonly points: readonly Point[];
};

const honestRun = async (make: () => Promise<Prepared>): Promise<Honest> => {
  const one = await make();
  try {
    const log = join(one.place.dir, 'effects');
    expect(await runJson(one, hooked({ WAVE_KILL_LOG: log }))).toMatchObject({ closed: true });
    const effects = (await readFile(log, 'utf8')).split('\n').slice(0, -1);
    return {
      meaning: meaningOf(one),
      commits: await commitsOf(one),
      points: effects.flatMap((what, n) => (what.endsWith('+') ? [`${n}`, `${n}+`] : [`${n}`])),
    };
  } finally {
    await one.place.remove();
  }
};

/**
 * One repository: killed at these points, run after run, then left to run until it closes.
 *
 * @returns how many of the points were reached; a run that closes before its point ends the row
 */
const killed = async (
  make: () => Promise<Prepared>,
  honest: Honest,
  points: readonly Point[],
): Promise<number> => {
  const one = await make();
  try {
    const base = await userSide(one);
    let reached = 0;
    const context = (): string => JSON.stringify({ points, reached, base });
    for (const point of points) {
      const ended = await wave(one.place, runArgs(one), hooked({ WAVE_KILL_AT: point }));
      const side = await userSide(one);
      const publishing = bodiesOf(one, 'publish.intent').map((intent) => intent.commit);
      // Theirs is what it was, or what was decided and written down to be published.
      expect([base.head, ...publishing], context()).toContain(side.head);
      // A merge that was cut off may lie half way; nothing else of theirs changes.
      if (publishing.length === 0) expect(side.status, context()).toBe('');
      if (ended.signal !== 'SIGKILL') break;
      reached++;
    }
    const last = await runJson(one);
    expect(last, `${context()} ${JSON.stringify(last)}`).toMatchObject({ ok: true, closed: true, status: 0 });

    const side = await userSide(one);
    expect(side, context()).toMatchObject({ branch: 'main', status: '' });
    expect(await commitsOf(one), context()).toEqual(honest.commits);
    expect(meaningOf(one), context()).toEqual(honest.meaning);
    const { entries, bad } = journal(one);
    expect(
      bad.filter((line) => !line.endsWith('~torn')),
      context(),
    ).toEqual([]);
    expect(new Set(entries.map((entry) => entry.id)).size, context()).toBe(entries.length);
    expect(bodiesOf(one, 'publish.done'), context()).toEqual([
      expect.objectContaining({ commit: side.head }),
    ]);
    expect(
      await git(one.place, one.repository, 'fsck', '--no-dangling', '--connectivity-only'),
      context(),
    ).toBe('');
    expect(strays(one.place.dir), context()).toEqual([]);
    return reached;
  } finally {
    await one.place.remove();
  }
};

/** Kills at so many different points, two repositories at a time, at most `most` in each. */
const kills = async (
  wanted: number,
  make: () => Promise<Prepared>,
  honest: Honest,
  most: number,
): Promise<void> => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const pick = draws(seed);
  expect(honest.points.length).toBeGreaterThanOrEqual(wanted);
  // Every stretch of the run has its share, whatever the seed.
  const share = honest.points.length / wanted;
  const spread = Array.from({ length: wanted }, (_, i) => honest.points[Math.floor(i * share)] ?? '');
  const left = shuffled(spread, pick);
  let reached = 0;
  let spare = wanted;
  let failed = false;
  const side = async (): Promise<void> => {
    while (left.length > 0 && !failed) {
      const points = left.splice(0, most);
      const of = await killed(make, honest, points);
      reached += of;
      // A first run has all points, a later one may have closed before: what was not reached is the first of another.
      left.unshift(...points.slice(Math.max(of, 1)));
      // Agents run side by side: a late effect of one run may be missing in another, and an earlier one is drawn for it.
      if (of === 0 && spare-- > 0) left.push(honest.points[pick(honest.points.length)] ?? '');
    }
  };
  const watched = (): Promise<void> =>
    side().catch((error: unknown) => {
      failed = true;
      throw new Error(`points drawn from seed ${seed}`, { cause: error });
    });
  // Both are waited for, whatever becomes of the other: nothing is left running.
  const ends = await Promise.allSettled([watched(), watched()]);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  expect(reached).toBeGreaterThanOrEqual(wanted);
};

/** The small wave, proven by a program that is over at once: it runs hundreds of times. */
const CHEAP_PROOF: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(SMALL_WAVE_FILES).map(([path, text]) => [
    path,
    text
      .replace('node --version', 'true')
      .replace('"isolation"', '"verifyPrograms": ["true"],\n    "isolation"'),
  ]),
);

/** Drawn anew each time: a change is killed at a part of them, CI kills at two hundred. */
const POINTS = Number(process.env['WAVE_KILL_POINTS'] ?? 60);

describe.each([
  {
    name: 'agents of the local executor',
    wanted: POINTS,
    most: 12,
    make: async () => smallWave(await makePlace(), CHEAP_PROOF),
  },
  { name: 'agents that are programs and talk', wanted: 8, most: 4, make: preparePair },
])('killed with $name', ({ wanted, most, make }) => {
  let honest: Honest;
  beforeAll(async () => {
    honest = await honestRun(make);
  });

  test(`at ${wanted} points, and the same command again, ends as if nothing had happened`, {
    timeout: 300_000,
  }, async () => {
    await kills(wanted, make, honest, most);
  });
});

describe('killed while git moves the branch', () => {
  /** A wave whose run died when it called `git merge`: every gate held, the branch did not move. */
  const diedAtMerge = async (): Promise<Prepared & { readonly commit: string; readonly base: UserSide }> => {
    const one = await smallWave(await makePlace(), { ...SMALL_WAVE_FILES, 'docs/made-1.md': 'Before.\n' });
    const base = await userSide(one);
    const bin = join(one.place.dir, 'bin');
    const real = await programOf('git');
    await mkdir(bin);
    await writeFile(
      join(bin, 'git'),
      `#!/bin/sh\ncase " $* " in *' merge --ff-only '*) kill -9 $PPID;; *) exec ${real} "$@";; esac\n`,
      { mode: 0o755 },
    );
    const killed = await wave(one.place, ['run', '1', '--repo-root', one.repository], {
      env: { PATH: `${bin}:${one.place.env['PATH']}` },
    });
    expect(killed.signal).toBe('SIGKILL');
    const [intent] = bodiesOf(one, 'publish.intent');
    expect(bodiesOf(one, 'publish.done')).toEqual([]);
    expect(await userSide(one)).toEqual(base);
    return { ...one, commit: intent?.commit ?? '', base };
  };
  const at = (one: Prepared, path: string): string => join(one.repository, path);

  const HALVES: readonly {
    readonly name: string;
    readonly make: (one: Prepared & { readonly commit: string }) => Promise<void>;
  }[] = [
    {
      name: 'before any file was written, holding the index',
      make: (one) => writeFile(at(one, '.git/index.lock'), ''),
    },
    {
      name: 'among the files, one of them cut short',
      make: async (one) => {
        await writeFile(at(one, '.git/index.lock'), 'DIRC');
        await mkdir(at(one, 'lib/first-1'), { recursive: true });
        await writeFile(
          at(one, 'lib/first-1/first.ts'),
          await git(one.place, one.repository, 'show', `${one.commit}:lib/first-1/first.ts`).then(
            (text) => `${text}\n`,
          ),
        );
        await mkdir(at(one, 'lib/second-1'));
        await writeFile(at(one, 'lib/second-1/second.ts'), 'export');
      },
    },
    {
      name: 'between the index and the branch',
      make: async (one) => {
        await git(one.place, one.repository, 'read-tree', '-m', '-u', 'HEAD', one.commit);
        await writeFile(at(one, '.git/refs/heads/main.lock'), one.commit);
      },
    },
    {
      name: 'between the branch and our record of it',
      make: async (one) =>
        void (await git(one.place, one.repository, 'merge', '--ff-only', '--quiet', one.commit)),
    },
  ];

  test.each(HALVES)('$name: the same command closes the wave', async ({ make }) => {
    const one = await diedAtMerge();
    try {
      await make(one);
      const again = await runJson(one);
      expect(again).toMatchObject({ ok: true, closed: true, status: 0 });
      const side = await userSide(one);
      expect(side.status).toBe('');
      expect(bodiesOf(one, 'publish.done')).toEqual([expect.objectContaining({ commit: side.head })]);
      expect(await git(one.place, one.repository, 'show', 'HEAD:lib/second-1/second.ts')).toContain(
        'export const',
      );
    } finally {
      await one.place.remove();
    }
  });

  test('what somebody changed since is theirs: refused by name, nothing put back', async () => {
    const one = await diedAtMerge();
    try {
      await writeFile(at(one, '.git/index.lock'), '');
      await mkdir(at(one, 'lib/first-1'), { recursive: true });
      await writeFile(at(one, 'lib/first-1/first.ts'), 'mine\n');
      await writeFile(at(one, 'README.md'), 'mine too\n');
      const refused = await wave(one.place, ['run', '1', '--repo-root', one.repository, '--json']);
      expect(refused.code).toBe(1);
      expect(JSON.parse(refused.stdout)).toMatchObject({
        ok: false,
        error: { code: 'uncommitted-changes', message: expect.stringContaining('README.md') },
      });
      expect(await userSide(one)).toMatchObject({ head: one.base.head });
      expect(await readFile(at(one, 'lib/first-1/first.ts'), 'utf8')).toBe('mine\n');
      expect(await readFile(at(one, 'README.md'), 'utf8')).toBe('mine too\n');
    } finally {
      await one.place.remove();
    }
  });
});
