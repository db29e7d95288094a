import { fromMarkdown } from 'mdast-util-from-markdown';
import { describe, expect, it } from 'vitest';
import { REASONS } from '../closure/index.ts';
import { explainReason, reasonCodesMarkdown } from './reason-docs.ts';

describe('the reason codes', () => {
  it('are all documented, a row each', () => {
    const text = reasonCodesMarkdown();
    for (const code of Object.keys(REASONS))
      expect(text.split('\n').filter((line) => line.includes(`\`${code}\` |`))).toHaveLength(1);
    expect(fromMarkdown(text).children[0]).toMatchObject({ type: 'heading', depth: 1 });
    expect(text.split('\n').slice(0, 11).join('\n')).toMatchInlineSnapshot(`
      "# Reason codes

      Why a gate does not hold. A gate gives all its failing reasons at once, each with one of these codes; the codes are
      stable. \`wave explain <code>\` prints the same.

      <!-- Written from src/closure/reasons.ts. -->

      | Code | What it means | What clears it |
      |---|---|---|
      | <a id="agent-not-run"></a>\`agent-not-run\` | The agent has no result in this attempt. | Run the wave again; the agent is launched. |
      | <a id="agent-parked"></a>\`agent-parked\` | The agent waits for an answer. Its process was ended; its work so far and its session are kept. | Answer what it waits for and run the wave again: it goes on where it stopped. |"
    `);
  });

  it('explain themselves one at a time', () => {
    expect(explainReason('missing-deliverable')).toMatchInlineSnapshot(`
      "missing-deliverable
        A declared deliverable is not a file in the tree.
        clears: The agent writes it, or the wave file no longer declares it."
    `);
    expect([explainReason('nope'), explainReason('constructor')]).toEqual([null, null]);
  });
});
