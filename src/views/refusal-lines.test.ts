import { expect, test } from 'vitest';
import type { InboxItem } from './inbox.ts';
import { openAskLines, refusalLines } from './refusal-lines.ts';

test('an agent’s own reasons come first, then the rest with whom each concerns', () => {
  const lines = refusalLines({
    attempt: 1,
    own: [
      {
        gate: 'implementation',
        code: 'missing-deliverable',
        agent: 'A1',
        record: null,
        detail: 'docs/a.md is declared, not in the tree',
      },
    ],
    others: [
      { gate: 'verify', code: 'verify-failed', agent: null, record: null, detail: 'npm test: exit code 1' },
      {
        gate: 'cont-qa',
        code: 'cont-qa-hold',
        agent: 'A0',
        record: null,
        detail: 'verdict is hold\u001b[31m',
      },
    ],
  });
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "yours: missing-deliverable: docs/a.md is declared, not in the tree
    verify: verify-failed: npm test: exit code 1
    A0: cont-qa-hold: verdict is hold"
  `);
});

test('of what it asked, only what is open holds anything up', () => {
  const ask = (status: InboxItem['status'], summary: string): InboxItem => ({
    id: summary,
    handle: 'A1-k7mq',
    kind: 'clarification-request',
    status,
    priority: 'normal',
    from: 'A1',
    to: ['A2'],
    summary,
    detail: '',
    answer: null,
    deadline: null,
    createdAt: '2026-11-01T12:00:00Z',
  });
  expect(
    openAskLines({
      asks: [
        ask('open', 'which sign?\u001b[2J'),
        ask('resolved', 'done'),
        { ...ask('acknowledged', 'who?'), to: [] },
      ],
    }),
  ).toMatchInlineSnapshot(`
    [
      "A1-k7mq clarification to A2: which sign?",
      "A1-k7mq clarification: who?",
    ]
  `);
});
