import { expect, test } from 'vitest';
import { refusalLines } from './refusal-lines.ts';

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
