import { describe, expect, it } from 'vitest';
import type { Contract } from '../contract/index.ts';
import { deliverableAnnotations, diagnosticAnnotations } from './annotations.ts';
import { CHECK_NAMES, checkOutput, isSticky, stickyComment, stickyMarker } from './github.ts';
import { jobSummary } from './job-summary.ts';
import {
  ASKED,
  attemptStarted,
  by,
  CONTRACT,
  finished,
  folded,
  gatesWith,
  history,
  INSTANCE,
  OPEN_QUESTION,
  REFUSED_GATES,
  STAGE_GATES,
  span,
  TREE,
  WAVE,
  why,
} from './sample-wave.fixture.ts';

const STATE = folded([
  ...OPEN_QUESTION,
  ...history([
    130,
    WAVE,
    {
      type: 'post',
      kind: 'human-escalation',
      summary: 'who rounds?',
      closureCondition: `clarification:${ASKED}`,
    },
  ]).map((one) => ({ ...one, id: 'esc', seq: 50 })),
]);
const links = { run: 'https://github.com/o/r/actions/runs/1', report: 'javascript:alert(1)' };
const sticky = {
  contract: CONTRACT,
  state: STATE,
  gates: REFUSED_GATES,
  instance: INSTANCE,
  tree: TREE,
  links,
  stateTip: 'wave-state@77ac1e',
  maxAttempts: 2,
};
const check = {
  name: 'wave/cont-qa',
  contract: CONTRACT,
  state: STATE,
  gates: REFUSED_GATES,
  tree: TREE,
  closed: false,
  commit: null,
  links,
} as const;

const HOSTILE =
  '@octo | Fixes #1 <img src=x> ![a](https://t.example) \n/wave run 3 `x` <!-- wave-status main/wave-3/local -->';
const hostileContract: Contract = {
  ...CONTRACT,
  agents: CONTRACT.agents.map((agent) => ({ ...agent, title: HOSTILE })),
};
const hostileState = folded(
  history(
    [0, WAVE, attemptStarted()],
    [1, by('A1'), { type: 'post', kind: 'blocker', summary: HOSTILE, detail: HOSTILE }],
    [2, WAVE, finished('A1')],
    [3, by('A1'), { type: 'signal', signal: { kind: 'gap', gap: 'docs', detail: HOSTILE } }],
  ),
  hostileContract,
);
const hostileGates = gatesWith({ blockers: [why('blocker-open', HOSTILE, { agent: 'A1' })] });

describe('the sticky comment', () => {
  it('begins with who must act', () => {
    expect(stickyComment(sticky)).toMatchInlineSnapshot(`
      "### Wave 3 · main <!-- wave-status main/wave-3/local -->
      **Waiting for a maintainer**: one question blocks A2

      | | Agent | Executor | State | Proof |
      |---|---|---|---|---|
      | ✓ | A1 parser | claude | done in 1 m 58 s | integration, durable |
      | ⏸ | A2 formatter | claude | asked: "who rounds?" | – |
      | ● | A3 cli | claude | running | – |

      Gates: implementation ✗ · components ✓ · verify ○ · helper assignments ✓ · dependencies ✓ · clarifications ✗ · blockers and contradictions ✓ · cont-EVAL ○ · security ○ · integration ○ · documentation ○ · component matrix ○ · cont-QA ○ · infra ✓   on \`9b12fd0\`

      | Gate | Who | Code | Why |
      |---|---|---|---|
      | ✗ implementation | A2 | \`missing-deliverable\` | docs/format.md is declared, not in the tree |
      | ✗ implementation | A2 | \`proof-level-gap\` | contract asks integration, agent reported unit |
      | ✗ clarifications | A2-6m2c | \`clarification-open\` | A2-gmcw “who rounds?” asked by A2, nobody has answered |

      <details><summary>open requests and clarifications (2) · timings</summary>

      - \`A2-6m2c\` clarification of A2, owed by A3: who rounds?
      - \`wave-c55x\` escalation of wave: who rounds?

      Timings: A1 1 m 58 s

      </details>

      isolation user · attempt 1 of 2 · [run](https://github.com/o/r/actions/runs/1) · state \`wave-state@77ac1e\`"
    `);
  });

  it('is found by its marker on the first line and nowhere else', () => {
    expect(isSticky(stickyComment(sticky), INSTANCE)).toBe(true);
    expect(isSticky(stickyComment(sticky), 'main/wave-3/pr-1')).toBe(false);
    expect(isSticky(`> quoted\n${stickyMarker(INSTANCE)}`, INSTANCE)).toBe(false);
  });

  it('has nothing of an agent live in it', () => {
    for (const text of [
      stickyComment({ ...sticky, contract: hostileContract, state: hostileState, gates: hostileGates }),
      checkOutput({ ...check, contract: hostileContract, state: hostileState, gates: hostileGates }).summary,
      jobSummary({ contract: hostileContract, state: hostileState, gates: hostileGates }),
    ]) {
      const foreign = text
        .replace(stickyMarker(INSTANCE), '')
        .replaceAll(/\[run\]\([^)]*\)|<\/?(?:details|summary)>/g, '');
      for (const live of [/@octo/, /#1\b/, /<img/, /!\[a\]\(/, /^\/wave/m, /<!--/, /https:\/\//])
        expect(foreign).not.toMatch(live);
    }
  });

  it('stays within a comment with hundreds of agents', () => {
    const agents = Array.from({ length: 900 }, (_, i) => ({
      ...(CONTRACT.agents[0] as Contract['agents'][number]),
      id: `B${i}`,
      title: 'é'.repeat(60),
    }));
    const body = stickyComment({ ...sticky, contract: { ...CONTRACT, agents } });
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(65_536);
    expect(isSticky(body, INSTANCE)).toBe(true);
  });
});

describe('a check run', () => {
  it('says what is true in its title', () => {
    const noSecurity = gatesWith({}).map((gate) =>
      gate.id === 'security' && gate.status === 'held'
        ? { ...gate, note: 'the wave has no such stage' }
        : gate,
    );
    expect({
      refused: CHECK_NAMES.map((name) => `${name}: ${checkOutput({ ...check, name }).title}`),
      closed: CHECK_NAMES.map(
        (name) => `${name}: ${checkOutput({ ...check, name, gates: noSecurity, closed: true }).title}`,
      ),
    }).toMatchInlineSnapshot(`
      {
        "closed": [
          "wave/implementation: Holds on 9b12fd0",
          "wave/cont-eval: Holds on 9b12fd0",
          "wave/security: The wave has no such stage",
          "wave/integration: Holds on 9b12fd0",
          "wave/documentation: Holds on 9b12fd0",
          "wave/cont-qa: Closed on 9b12fd0",
        ],
        "refused": [
          "wave/implementation: 2 of 8 gates fail: A2 missing-deliverable",
          "wave/cont-eval: Not asked yet on 9b12fd0",
          "wave/security: Not asked yet on 9b12fd0",
          "wave/integration: Not asked yet on 9b12fd0",
          "wave/documentation: Not asked yet on 9b12fd0",
          "wave/cont-qa: 2 of 14 gates fail: A2 missing-deliverable",
        ],
      }
    `);
  });

  it('never calls held what was not asked', () => {
    expect(CHECK_NAMES.map((name) => checkOutput({ ...check, name }).state)).toEqual([
      'failed',
      'not-asked',
      'not-asked',
      'not-asked',
      'not-asked',
      'failed',
    ]);
    expect(checkOutput({ ...check, gates: [] }).state).toBe('not-asked');
    expect(checkOutput({ ...check, gates: gatesWith({}) }).state).toBe('held');
  });

  it('shows the refusal, what is next, and the evidence', () => {
    expect(checkOutput(check).summary).toMatchInlineSnapshot(`
      "wave 3 is not closed: 2 of 14 gates fail on tree 9b12fd0

      | Gate | Who | Code | Why |
      |---|---|---|---|
      | ✗ implementation | A2 | \`missing-deliverable\` | docs/format.md is declared, not in the tree |
      | ✗ implementation | A2 | \`proof-level-gap\` | contract asks integration, agent reported unit |
      | ✓ components | | | the wave promotes nothing |
      | ○ verify | | | not asked |
      | ✓ helper assignments | | | nothing is open |
      | ✓ dependencies | | | nothing is open |
      | ✗ clarifications | A2-6m2c | \`clarification-open\` | A2-gmcw “who rounds?” asked by A2, nobody has answered |
      | ✓ blockers and contradictions | | | nothing is open |
      | ○ cont-EVAL | | | not asked |
      | ○ security | | | not asked |
      | ○ integration | | | not asked |
      | ○ documentation | | | not asked |
      | ○ component matrix | | | not asked |
      | ○ cont-QA | | | not asked |
      | ✓ infra | | | nothing is out of order |

      **Next**

      - take the label wave:3 off and put it on again: runs A2 and A3; keeps A1

      **Evidence**

      - tree \`9b12fd0000000000000000000000000000000000\`
      - wave digest \`dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd\`
      - policy digest \`dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd\`
      - journal at entry 50
      - [run](https://github.com/o/r/actions/runs/1)"
    `);
  });

  it('keeps the limits of the checks API', () => {
    const many = gatesWith(
      {
        implementation: Array.from({ length: 400 }, (_, i) =>
          why('missing-deliverable', `${'é'.repeat(290)} ${i}`, { agent: `A${i}` }),
        ),
      },
      STAGE_GATES,
    );
    const { title, summary } = checkOutput({ ...check, gates: many, state: hostileState });
    expect(title.length).toBeLessThanOrEqual(60);
    expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(65_535);
  });
});

describe('annotations', () => {
  it('put findings and missing deliverables on their lines', () => {
    const declared = {
      ...CONTRACT,
      agents: CONTRACT.agents.map((agent) =>
        agent.id === 'A2' ? { ...agent, deliverables: [{ path: 'docs/format.md', at: span(41) }] } : agent,
      ),
    };
    expect([
      ...diagnosticAnnotations([
        {
          code: 'unknown-key',
          at: span(7),
          message: 'model is not known',
          fix: 'leave it out',
          severity: 'warning',
        },
      ]),
      ...deliverableAnnotations(declared, REFUSED_GATES),
    ]).toMatchInlineSnapshot(`
      [
        {
          "annotation_level": "warning",
          "end_column": 17,
          "end_line": 7,
          "message": "model is not known. Fix: leave it out",
          "path": "docs/plans/waves/wave-3.md",
          "start_column": 3,
          "start_line": 7,
          "title": "unknown-key",
        },
        {
          "annotation_level": "failure",
          "end_line": 41,
          "message": "docs/format.md is declared, not in the tree",
          "path": "docs/plans/waves/wave-3.md",
          "start_line": 41,
          "title": "A2 missing-deliverable",
        },
      ]
    `);
  });

  it('give columns only on one line', () => {
    const [one] = diagnosticAnnotations([
      { code: 'x', at: { ...span(3), endLine: 9 }, message: 'm', severity: 'error' },
    ]);
    expect(one).not.toHaveProperty('start_column');
  });
});

describe('the job summary', () => {
  it('draws agents and gates, and counts time and cost', () => {
    expect(
      jobSummary({ contract: CONTRACT, state: STATE, gates: REFUSED_GATES, links }),
    ).toMatchInlineSnapshot(`
      "### Wave 3 · main

      **Waiting for a maintainer**: one question blocks A2

      \`\`\`mermaid
      flowchart LR
        a0["✓ A1 parser"]:::done
        a1["⏸ A2 formatter"]:::paused
        a2["● A3 cli"]:::running
        g0(["✗ implementation"]):::failed
        g1(["✓ components"]):::done
        g2(["○ verify"]):::waiting
        g3(["✓ helper assignments"]):::done
        g4(["✓ dependencies"]):::done
        g5(["✗ clarifications"]):::failed
        g6(["✓ blockers and contradictions"]):::done
        g7(["○ cont-EVAL"]):::waiting
        g8(["○ security"]):::waiting
        g9(["○ integration"]):::waiting
        g10(["○ documentation"]):::waiting
        g11(["○ component matrix"]):::waiting
        g12(["○ cont-QA"]):::waiting
        g13(["✓ infra"]):::done
        a0 --> g0
        a1 --> g0
        a2 --> g0
        g0 --> g1 --> g2 --> g3 --> g4 --> g5 --> g6 --> g7 --> g8 --> g9 --> g10 --> g11 --> g12 --> g13
        classDef done fill:#1a7f3722,stroke:#1a7f37
        classDef failed fill:#cf222e22,stroke:#cf222e
        classDef running fill:#0969da22,stroke:#0969da
        classDef waiting fill:#8c959f22,stroke:#8c959f
        classDef paused fill:#bf870022,stroke:#bf8700
      \`\`\`

      #### Gates

      | Gate | Who | Code | Why |
      |---|---|---|---|
      | ✗ implementation | A2 | \`missing-deliverable\` | docs/format.md is declared, not in the tree |
      | ✗ implementation | A2 | \`proof-level-gap\` | contract asks integration, agent reported unit |
      | ✓ components | | | the wave promotes nothing |
      | ○ verify | | | not asked |
      | ✓ helper assignments | | | nothing is open |
      | ✓ dependencies | | | nothing is open |
      | ✗ clarifications | A2-6m2c | \`clarification-open\` | A2-gmcw “who rounds?” asked by A2, nobody has answered |
      | ✓ blockers and contradictions | | | nothing is open |
      | ○ cont-EVAL | | | not asked |
      | ○ security | | | not asked |
      | ○ integration | | | not asked |
      | ○ documentation | | | not asked |
      | ○ component matrix | | | not asked |
      | ○ cont-QA | | | not asked |
      | ✓ infra | | | nothing is out of order |

      #### Agents

      | Agent | Executor | Time | Patch | Tokens | Cost |
      |---|---|---|---|---|---|
      | ✓ A1 parser | claude | 1 m 58 s | patch 4 files +212 −8 | 91200 in, 8400 out | $0.41 |

      Known cost: $0.41 in 1 run.

      [run](https://github.com/o/r/actions/runs/1)
      "
    `);
  });
});
