import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { isReasonCode, REASONS } from '../../src/closure/index.ts';
import { BREAKS } from '../../src/demo/index.ts';
import { BREAK_CODES, BREAK_NAMES, type BreakName } from './breaks.ts';
import { bodiesOf, journal, type Prepared, userSide } from './local-wave.ts';
import { git, makePlace, type Place, ROOT, strays, wave } from './wave-process.ts';

const places: Place[] = [];
afterEach(async () => {
  for (const place of places.splice(0)) await place.remove();
});

/** `wave demo --break …` in a place of its own. */
const demo = async (
  ...args: readonly string[]
): Promise<{
  readonly place: Place;
  readonly repository: string;
  readonly shown: Awaited<ReturnType<typeof wave>>;
}> => {
  const place = await makePlace();
  places.push(place);
  const shown = await wave(place, ['demo', '--dir', join(place.dir, 'demo'), ...args]);
  return { place, repository: join(place.dir, 'demo', 'repository'), shown };
};

const at = (place: Place, repository: string, number: number): Prepared => ({
  place,
  repository,
  wave: number,
  stateDir: join(repository, '.tmp', 'main-wave-launcher'),
});

/** The user's branch holds what it held, and what the break itself committed to it. */
const expectBranchUntouched = async (one: Prepared, name: BreakName): Promise<void> => {
  const own = name === 'stale-verdict' ? ['A byte more'] : [];
  expect((await git(one.place, one.repository, 'log', '--format=%s')).split('\n')).toEqual([
    ...own,
    'A small library and a wave',
  ]);
  expect(await userSide(one)).toMatchObject({ branch: 'main', status: '' });
};

const expectJournalRefused = (one: Prepared, code: string): void => {
  expect(journal(one).bad).toEqual([]);
  expect(bodiesOf(one, 'publish.done')).toEqual([]);
  expect(bodiesOf(one, 'attempt.ended')).toEqual([expect.objectContaining({ outcome: 'refused', code })]);
};

test('the table is whole: every break of the demo, each a code of its own, all published', () => {
  expect(BREAKS.map((one) => one.name).toSorted()).toEqual(BREAK_NAMES.toSorted());
  const codes = Object.values(BREAK_CODES);
  expect(new Set(codes).size).toBe(codes.length);
  expect(codes.filter((code) => !isReasonCode(code))).toEqual([]);
});

test('no product code outside the demo knows a break by its name', () => {
  // Two breaks are called what their reason is called, two are words of every day: those are looked for as a choice
  // somebody makes (`--break crash`, a quoted name beside the word), the others as they are.
  const telling = BREAK_NAMES.filter((name) => !isReasonCode(name) && name.includes('-'));
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.startsWith('demo/'),
  );
  expect(sources.length).toBeGreaterThan(50);
  for (const path of sources) {
    const text = readFileSync(join(ROOT, 'src', path), 'utf8');
    expect(
      // As a word of its own: `cont-eval-regressions` is a code, and no break.
      telling.filter((name) => new RegExp(`(?<![a-z-])${name}(?![a-z-])`).test(text)),
      path,
    ).toEqual([]);
    if (path.startsWith('cli/demo.')) continue;
    expect(text, path).not.toMatch(/\bbreaks?\.(?:name|story)\b|from '.*demo\/(?:breaks|index)\.ts'/);
  }
});

describe.each(BREAK_NAMES)('%s', (name) => {
  const code = BREAK_CODES[name];

  test('is refused in the story', async () => {
    const { place, repository, shown } = await demo('--break', name);
    expect(shown.stderr).toBe('');
    expect(shown.code).not.toBe(0);
    const one = at(place, repository, 3);
    // The end of the run: a sentence, the leading reason first, all others under it, what to do, the report.
    const end = shown.stdout.slice(shown.stdout.indexOf('\nwave 3 is not closed'));
    const refusals = end.split('\n').filter((line) => /^ ✗ /.test(line));
    expect(refusals[0]).toContain(code);
    expect(end).toMatch(/^ next: {2}\S/m);
    const report = /^ report: (.+)$/m.exec(end)?.[1] ?? '';
    expect(existsSync(join(place.dir, report)) || existsSync(report)).toBe(true);

    await expectBranchUntouched(one, name);
    expectJournalRefused(one, code);
    expect(strays(place.dir)).toEqual([]);

    const explained = await wave(place, ['explain', code, '--json']);
    expect(JSON.parse(explained.stdout)).toEqual({
      code,
      meaning: REASONS[code].meaning,
      fix: REASONS[code].clears,
    });
  });

  test('is refused in a generated wave', async () => {
    // A new one every time: other ids, paths and counts than anybody has looked at.
    const [seed = 0] = fc.sample(fc.nat({ max: 999_999_999 }), 1);
    const { place, repository, shown } = await demo('--break', name, '--seed', String(seed), '--json');
    const context = `wave demo --break ${name} --seed ${seed}`;
    const json = JSON.parse(shown.stdout) as {
      wave: number;
      gates: readonly { id: string; reasons: readonly { code: string }[] }[];
    };
    expect(json, context).toMatchObject({
      ok: false,
      closed: false,
      code,
      commit: null,
      exitCode: shown.code,
    });
    expect(shown.code, context).not.toBe(0);
    const reasons = json.gates.flatMap((gate) => gate.reasons);
    expect(reasons[0]?.code, context).toBe(code);
    expect(
      reasons.filter((reason) => !isReasonCode(reason.code)),
      context,
    ).toEqual([]);
    expect(json, context).toMatchObject({
      next: [expect.anything(), ...(json as unknown as { next: unknown[] }).next.slice(1)],
    });
    const one = at(place, repository, json.wave);
    await expectBranchUntouched(one, name);
    expectJournalRefused(one, code);
    expect(strays(place.dir), context).toEqual([]);
  });
});
