import { expect, test } from 'vitest';
import { eachAtMost } from './side-by-side.ts';

test('at most so many at once, the results in the order of the items', async () => {
  let running = 0;
  let highest = 0;
  const done = await eachAtMost(2, [3, 1, 2, 0], async (turns) => {
    highest = Math.max(highest, ++running);
    for (let i = 0; i < turns; i++) await Promise.resolve();
    running--;
    return turns * 10;
  });
  expect(done.map(({ item, result }) => [item, result])).toEqual([
    [3, 30],
    [1, 10],
    [2, 20],
    [0, 0],
  ]);
  expect(highest).toBe(2);
  expect(await eachAtMost(2, [], async () => 0)).toEqual([]);
});

test('the first failure is the whole’s, and nothing more is begun', async () => {
  const begun: number[] = [];
  const failing = eachAtMost(1, [1, 2, 3], async (item) => {
    begun.push(item);
    if (item === 2) throw new Error('two');
  });
  await expect(failing).rejects.toThrow('two');
  expect(begun).toEqual([1, 2]);
});
