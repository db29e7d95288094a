import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { isReasonCode } from '../../src/closure/index.ts';
import {
  BREAK_CODES,
  BREAK_NAMES,
  brokenDemo,
  expectBranchUntouched,
  expectJournalRefused,
  preparedAt,
} from './breaks.ts';
import { type Place, strays } from './wave-process.ts';

const places: Place[] = [];
afterEach(async () => {
  for (const place of places.splice(0)) await place.remove();
});

test.each(BREAK_NAMES)('%s is refused in a generated wave', async (name) => {
  const code = BREAK_CODES[name];
  // A new one every time: other ids, paths and counts than anybody has looked at.
  const [seed = 0] = fc.sample(fc.nat({ max: 999_999_999 }), 1);
  const { place, repository, shown } = await brokenDemo(
    places,
    '--break',
    name,
    '--seed',
    String(seed),
    '--json',
  );
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
  const one = preparedAt(place, repository, json.wave);
  await expectBranchUntouched(one, name);
  expectJournalRefused(one, code);
  expect(strays(place.dir), context).toEqual([]);
});
