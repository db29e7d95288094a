import { afterAll, beforeAll, expect, test } from 'vitest';
import { codeOf, playRun } from './jobs-story.ts';
import {
  checksOf,
  commentsOf,
  gatesOn,
  headOf,
  journalOf,
  openWorld,
  tellSmall,
  type World,
} from './jobs-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

test('honest', async () => {
  const told = await tellSmall(world);
  const t = performance.now();
  const played = await playRun(world, told);
  console.log(performance.now() - t, played.results, played.errors, played.log);
  console.log(
    gatesOn(world, told),
    gatesOn(world, told, headOf(world, told)),
    commentsOf(world, told).length,
    checksOf(world, told).length,
    journalOf(world, told)
      .map((e) => e.body.type)
      .join(' '),
  );
  expect(codeOf(played, 'close')).toBe(null);
});
