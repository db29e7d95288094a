import { expect, test } from 'vitest';
import { type Preview, previewJson, renderPreview } from './preview.ts';
import { CONTRACT } from './sample-wave.fixture.ts';

const [first, ...rest] = CONTRACT.agents.filter(({ role }) => role === 'implementation');
const preview: Preview = {
  contract: CONTRACT,
  attempt: 2,
  base: 'a'.repeat(40),
  published: null,
  selection: {
    agents: first === undefined ? [] : [first.id],
    kept: rest.map(({ id }) => ({ agent: id, from: 'r1.1.x.finished' })),
    why: Object.fromEntries([
      ...(first === undefined ? [] : [[first.id, 'agent-crashed'] as const]),
      ...rest.map(({ id }) => [id, 'its patch is admitted and proved again'] as const),
    ]),
  },
  executors: new Map(
    CONTRACT.agents.map((agent, i) => [
      agent.id,
      {
        choice: { ...agent.executor, budget: { turns: i === 0 ? 40 : null, tokens: null, cost: null } },
        here: i !== 0,
      },
    ]),
  ),
  maxParallel: 4,
  maxRetries: 1,
  inTheWay: [],
};

test('says who would run, on what, who is kept and why', () => {
  expect(renderPreview(preview)).toMatchInlineSnapshot(`
    "wave 3 · main · attempt 2 would start on aaaaaaa

      runs  A1  claude  agent-crashed (10 m, 40 turns; not on this machine)
      kept  A2          its patch is admitted and proved again
      kept  A3          its patch is admitted and proved again
      runs  E0  claude  judges as cont-eval once the gates before it hold (10 m)
      runs  A7  claude  judges as security once the gates before it hold (10 m)
      runs  A8  claude  judges as integration once the gates before it hold (10 m)
      runs  A9  claude  judges as documentation once the gates before it hold (10 m)
      runs  A0  claude  judges as cont-qa once the gates before it hold (10 m)

      at most 4 agents at once, 1 retry; 1 command to verify
      nothing was started"
  `);
});

test('says what a run would be refused for', () => {
  expect(renderPreview({ ...preview, inTheWay: ['uncommitted changes in README.md'] })).toContain(
    '\n  a run would be refused: uncommitted changes in README.md\n  nothing was started',
  );
});

test('of a complete wave says that', () => {
  expect(renderPreview({ ...preview, published: 'b'.repeat(40) })).toMatchInlineSnapshot(
    `"wave 3 is complete: published as bbbbbbb. There is nothing left to run."`,
  );
});

test('has the same for machines', () => {
  expect((previewJson(preview) as { agents: readonly unknown[] }).agents[0]).toMatchInlineSnapshot(`
    {
      "agent": "A1",
      "budget": {
        "cost": null,
        "tokens": null,
        "turns": 40,
      },
      "executor": "claude",
      "fallbacks": [],
      "here": false,
      "model": null,
      "role": "implementation",
      "runs": true,
      "selectedBy": "lane-default",
      "timeoutMs": 600000,
      "why": "agent-crashed",
    }
  `);
});
