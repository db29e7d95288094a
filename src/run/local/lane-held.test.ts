import { expect, test } from 'vitest';
import { laneHeld } from './lane-held.ts';

const by = {
  pid: 4711,
  startedAt: '2026-11-22T10:00:00.000Z',
  purpose: 'wave run 3 --executor codex',
  host: 'anvil',
};

test('the second run of a lane is told who holds it', () => {
  const failure = laneHeld('main', by, '/repo/.tmp/main-wave-launcher/launcher.lock', 'anvil');
  expect(failure).toMatchObject({ code: 'lane-held', exitCode: 32 });
  expect(`${failure.message}\n${failure.fix}`).toMatchInlineSnapshot(`
    "lane main is in use: wave run 3 --executor codex, process 4711 on anvil, since 2026-11-22T10:00:00.000Z
    Wait until it is done, or stop that process."
  `);
});

test('a holder on another machine cannot be looked at, so a person decides', () => {
  const { message, fix } = laneHeld('main', by, '/repo/.tmp/main-wave-launcher/launcher.lock', 'bellows');
  expect(`${message}\n${fix}`).toMatchInlineSnapshot(`
    "lane main is in use: wave run 3 --executor codex, process 4711 on anvil, since 2026-11-22T10:00:00.000Z
    Wait until it is done. It runs on another machine, so nobody here can see whether it still lives: if it does not, remove /repo/.tmp/main-wave-launcher/launcher.lock."
  `);
});

test('a lock file nobody can read is named', () => {
  const { message, fix } = laneHeld('main', { ...by, pid: 0 }, '/repo/.tmp/main-wave-launcher/launcher.lock');
  expect(`${message}\n${fix}`).toMatchInlineSnapshot(`
    "lane main is in use, and /repo/.tmp/main-wave-launcher/launcher.lock cannot be read to say by whom
    If no wave runs in this lane, remove /repo/.tmp/main-wave-launcher/launcher.lock."
  `);
});
