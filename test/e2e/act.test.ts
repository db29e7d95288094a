import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { label, openStage, type Stage, tell } from './act-story.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

describe('a labelled pull request', () => {
  test('closes the wave through the shipped workflow', { timeout: 240_000 }, async (context) => {
    const { number, head } = await tell(stage, 'acme/amounts', null);
    const result = await label(stage, 'acme/amounts', number);
    if ('skipped' in result) return context.skip(`skipped: ${result.skipped}`);
    console.log(result.output.slice(-90000), result.durationMs, head);
    expect(result.exitCode).toBe(0);
  });
});
