import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { GateId } from '../../src/closure/index.ts';
import { BREAK_NAMES, type BreakName } from './breaks.ts';
import { BUILT, makePlace, type Place, ROOT, wave } from './wave-process.ts';

const HOOK = join(ROOT, 'test/faults/hook.mjs');

/** The one gate that is there to refuse each break. */
const RESPONSIBLE: Readonly<Record<BreakName, GateId>> = {
  'missing-deliverable': 'implementation',
  'stolen-file': 'implementation',
  'forged-verdict': 'cont-qa',
  'lying-proof': 'verify',
  'quoted-marker': 'implementation',
  'open-request': 'helper-assignments',
  'open-clarification': 'clarifications',
  'eval-regression': 'cont-eval',
  'blocked-security': 'security',
  contradiction: 'blockers',
  'ghost-component': 'components',
  'stale-verdict': 'cont-qa',
  crash: 'implementation',
  hang: 'implementation',
};

const places: Place[] = [];
afterEach(async () => {
  for (const place of places.splice(0)) await place.remove();
});
const place = async (): Promise<Place> => {
  const made = await makePlace();
  places.push(made);
  return made;
};

test.each(BREAK_NAMES)('%s closes in a build whose responsible gate always holds', async (name) => {
  const where = await place();
  const shown = await wave(where, ['demo', '--dir', join(where.dir, 'demo'), '--break', name, '--json'], {
    node: ['--import', HOOK],
    env: { WAVE_FAULT: RESPONSIBLE[name], ...BUILT },
  });
  expect(shown.stderr).toBe('');
  expect(JSON.parse(shown.stdout)).toMatchObject({ ok: true, closed: true, code: null, exitCode: 0 });
  expect(shown.code).toBe(0);
});

test('a build is told which fault to have, and has it', async () => {
  const where = await place();
  const unnamed = await wave(where, ['--version'], { node: ['--import', HOOK] });
  expect(unnamed.code).not.toBe(0);
  expect(unnamed.stderr).toContain('WAVE_FAULT names a fault');
  const unknown = await wave(where, ['--version'], {
    node: ['--import', HOOK],
    env: { WAVE_FAULT: 'nothing-of-the-kind' },
  });
  expect(unknown.code).not.toBe(0);
  expect(unknown.stderr).toContain('nothing-of-the-kind.fault.ts');
});
