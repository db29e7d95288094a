import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { isReasonCode, REASONS } from '../../src/closure/index.ts';
import { BREAKS } from '../../src/demo/index.ts';
import {
  BREAK_CODES,
  BREAK_NAMES,
  brokenDemo,
  expectBranchUntouched,
  expectJournalRefused,
  preparedAt,
} from './breaks.ts';
import { type Place, ROOT, strays, wave } from './wave-process.ts';

const places: Place[] = [];
afterEach(async () => {
  for (const place of places.splice(0)) await place.remove();
});

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
    const { place, repository, shown } = await brokenDemo(places, '--break', name);
    expect(shown.stderr).toBe('');
    expect(shown.code).not.toBe(0);
    const one = preparedAt(place, repository, 3);
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
});
