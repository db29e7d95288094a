import { expect, it } from 'vitest';
import type { Usage } from '../journal/index.ts';
import { addUsage, noLessThan, usageSince } from './usage.ts';

const spent = (inputTokens: number, outputTokens: number, costUsd: number | null = null): Usage => ({
  inputTokens,
  outputTokens,
  costUsd,
});

it.each<[string, Usage, Usage]>([
  ['both together', addUsage(spent(10, 1, 0.1), spent(5, 2, 0.2)), spent(15, 3, 0.3)],
  ['no cost where one has none', addUsage(spent(10, 1, 0.1), spent(5, 2)), spent(15, 3)],
  ['nothing where one is unknown', addUsage(spent(10, 1), 'unknown'), 'unknown'],
  ['what is new', usageSince(spent(30, 3, 0.3), spent(10, 1, 0.1)), spent(20, 2, 0.2)],
  ['never below nothing', usageSince(spent(10, 1), spent(30, 3)), spent(0, 0)],
  ['raised to what was seen', noLessThan(spent(10, 9), { inputTokens: 30, outputTokens: 3 }), spent(30, 9)],
  ['unknown stays unknown', noLessThan('unknown', { inputTokens: 30, outputTokens: 3 }), 'unknown'],
])('%s', (_, found, expected) => {
  expect(found).toEqual(expected);
});
