import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  bodiesOf,
  journal,
  journalBytes,
  type Prepared,
  runJson,
  startRun,
  type UserSide,
  userSide,
} from './local-wave.ts';
import { preparePair } from './pair-story.ts';
import { SMALL_WAVE_FILES, smallWave } from './small-wave.ts';
import { git, makePlace, programOf, strays, wave } from './wave-process.ts';

/** Where in a run the machine goes away. */
type Point =
  | { readonly kind: 'after'; readonly ms: number }
  /** When the journal grew by so many bytes, and a moment later. */
  | { readonly kind: 'grown'; readonly bytes: number; readonly ms: number };

type Honest = {
  readonly files: string;
  readonly ms: number;
  readonly bytes: number;
  readonly publishAt: number;
};

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

/** What the branch holds, but for the configuration: in it stands where the place is. */
const filesOf = async ({ place, repository }: Prepared): Promise<string> =>
  (await git(place, repository, 'ls-tree', '-r', 'HEAD'))
    .split('\n')
    .filter((line) => !line.endsWith('\twave.config.json'))
    .join('\n');

const honestRun = async (make: () => Promise<Prepared>): Promise<Honest> => {
  const one = await make();
  try {
    const began = performance.now();
    const { closed } = await runJson(one);
    const ms = performance.now() - began;
    expect(closed).toBe(true);
    const { entries } = journal(one);
    const lines = entries.map((entry) => JSON.stringify(entry).length + 1);
    const before = entries.findIndex((entry) => entry.body.type === 'publish.intent');
    const publishAt = lines.slice(0, before + 1).reduce((sum, length) => sum + length, 0);
    return {
      files: await filesOf(one),
      ms,
      bytes: lines.reduce((sum, length) => sum + length, 0),
      publishAt,
    };
  } finally {
    await one.place.remove();
  }
};

/** Starts the wave and kills its whole process group at a point. @returns whether the kill came before the end */
const killAt = async (one: Prepared, point: Point): Promise<boolean> => {
  const stood = journalBytes(one);
  const run = startRun(one, '--json');
  let ended = false;
  const end = run.ended.finally(() => {
    ended = true;
  });
  const tick = (ms: number): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, ms));
  if (point.kind === 'grown') while (!ended && journalBytes(one) - stood < point.bytes) await tick(3);
  if (!ended) await Promise.race([end, tick(point.ms)]);
  run.signalGroup('SIGKILL');
  return (await end).signal === 'SIGKILL';
};

/** One repository: killed up to `most` times, then left to run until it closes. @returns the kills that hit */
const chain = async (
  make: () => Promise<Prepared>,
  honest: Honest,
  pick: (below: number) => number,
  most: number,
): Promise<number> => {
  const one = await make();
  try {
    const base = await userSide(one);
    const points: Point[] = [];
    let killed = 0;
    const context = (): string => JSON.stringify({ points, killed, base });
    for (let i = 0; i < most; i++) {
      const kind = pick(5);
      const point: Point =
        kind < 2
          ? { kind: 'after', ms: pick(honest.ms) }
          : kind < 4
            ? { kind: 'grown', bytes: pick(honest.bytes), ms: pick(40) }
            : { kind: 'grown', bytes: Math.max(1, honest.publishAt - 400 + pick(800)), ms: pick(60) };
      points.push(point);
      const hit = await killAt(one, point);
      if (hit) killed++;
      const side = await userSide(one);
      const publishing = bodiesOf(one, 'publish.intent').map((intent) => intent.commit);
      // Theirs is what it was, or what was decided and written down to be published.
      expect([base.head, ...publishing], context()).toContain(side.head);
      // A merge that was cut off may lie half way; nothing else of theirs changes.
      if (publishing.length === 0) expect(side.status, context()).toBe('');
      if (!hit) break;
    }
    const last = await runJson(one);
    expect(last, `${context()} ${JSON.stringify(last)}`).toMatchObject({ ok: true, closed: true, status: 0 });

    const side = await userSide(one);
    expect(side, context()).toMatchObject({ branch: 'main', status: '' });
    expect(await filesOf(one), context()).toBe(honest.files);
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
    return killed;
  } finally {
    await one.place.remove();
  }
};

/** Goes on, two repositories at a time, until so many kills have hit. */
const kills = async (
  wanted: number,
  make: () => Promise<Prepared>,
  honest: Honest,
  most: number,
): Promise<void> => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const pick = draws(seed);
  let hit = 0;
  let failed = false;
  const side = async (): Promise<void> => {
    while (hit < wanted && !failed) hit += await chain(make, honest, pick, most);
  };
  const watched = (): Promise<void> =>
    side().catch((error: unknown) => {
      failed = true;
      throw new Error(`points drawn from seed ${seed}`, { cause: error });
    });
  // Both are waited for, whatever becomes of the other: nothing is left running.
  const ends = await Promise.allSettled([watched(), watched()]);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  expect(hit).toBeGreaterThanOrEqual(wanted);
};

describe.each([
  {
    name: 'agents of the local executor',
    wanted: 42,
    most: 7,
    make: async () => smallWave(await makePlace()),
  },
  { name: 'agents that are programs and talk', wanted: 8, most: 4, make: preparePair },
])('killed with $name', ({ wanted, most, make }) => {
  let honest: Honest;
  beforeAll(async () => {
    honest = await honestRun(make);
  });

  test(`${wanted} kills at random points, and the same command again, end as if nothing had happened`, {
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
