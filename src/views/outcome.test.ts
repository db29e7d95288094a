import { describe, expect, it } from 'vitest';
import type { Body } from '../journal/index.ts';
import { type Outcome, outcomeJson, renderOutcome } from './outcome.ts';
import {
  ASKED,
  admitted,
  attemptStarted,
  BASE,
  by,
  COMMIT,
  CONTRACT,
  DIGEST,
  finished,
  folded,
  gatesWith,
  history,
  OPEN_QUESTION,
  proofRun,
  proofSignal,
  REFUSED_GATES,
  STAGE_GATES,
  TREE,
  WAVE,
  why,
} from './sample-wave.fixture.ts';

const style = { unicode: true, color: false, width: 110 };
const refused: Outcome = {
  contract: CONTRACT,
  state: folded(OPEN_QUESTION),
  gates: REFUSED_GATES,
  tree: TREE,
  closed: false,
  commit: null,
  reportPath: '.tmp/main-wave-launcher/reports/wave-3.html',
  command: 'wave',
};

const CLOSED = folded(
  history(
    [0, WAVE, attemptStarted()],
    [1, by('A1'), proofSignal],
    [2, WAVE, finished('A1')],
    [2, WAVE, { ...finished('A2', 0, 1), reusedFrom: 'old' } as Body],
    [2, WAVE, finished('A3', 61_000, 0)],
    [3, WAVE, admitted('A1', 'src/parser/index.ts')],
    [3, WAVE, admitted('A2', 'src/format/index.ts')],
    [4, WAVE, proofRun('npm test')],
    [5, by('A0'), { type: 'signal', signal: { kind: 'verdict', verdict: 'pass' } }],
    [6, WAVE, finished('A0', 2_000, 1)],
    [
      7,
      WAVE,
      {
        type: 'stage.judged',
        attempt: 1,
        stage: 'cont-qa',
        agents: ['A0'],
        subject: TREE,
        waveDigest: DIGEST,
        policyDigest: DIGEST,
        stateDigest: DIGEST,
      },
    ],
    [
      8,
      WAVE,
      { type: 'publish.intent', attempt: 1, commit: COMMIT, tree: TREE, parent: BASE, target: 'main' },
    ],
    [8, WAVE, { type: 'publish.done', attempt: 1, commit: COMMIT, target: 'main' }],
  ),
);

describe('a refused wave', () => {
  it('shows every failing reason, the earliest gate first, and the cheapest moves', () => {
    expect(renderOutcome(refused, style)).toMatchInlineSnapshot(`
      "wave 3 is not closed: 2 of 14 gates fail on tree 9b12fd0

       ✗ implementation  A2       missing-deliverable  docs/format.md is declared, not in the tree
                         A2       proof-level-gap      contract asks integration, agent reported unit
       ✗ clarifications  A2-6m2c  clarification-open   A2-gmcw “who rounds?” asked by A2, nobody has answered
       ○ 7 later gates were not asked

       next:  wave coord answer A2-6m2c "…"  closes the clarification
              wave run 3                     runs A2 and A3; keeps A1
       report: .tmp/main-wave-launcher/reports/wave-3.html"
    `);
  });

  it('fits a narrow terminal without Unicode', () => {
    expect(renderOutcome(refused, { unicode: false, color: false, width: 60 })).toMatchInlineSnapshot(`
      "wave 3 is not closed: 2 of 14 gates fail on tree 9b12fd0

       x implementation  A2       missing-deliverable
           docs/format.md is declared, not in the tree
                         A2       proof-level-gap
           contract asks integration, agent reported unit
       x clarifications  A2-6m2c  clarification-open
           A2-gmcw "who rounds?" asked by A2, nobody has answered
       o 7 later gates were not asked

       next:  wave coord answer A2-6m2c "..."
                closes the clarification
              wave run 3
                runs A2 and A3; keeps A1
       report: .tmp/main-wave-launcher/reports/wave-3.html"
    `);
  });

  it('names forged entries and foreign lines, and makes hostile text safe', () => {
    const state = folded(
      history(
        [0, WAVE, attemptStarted()],
        [1, by('A1'), { type: 'signal', signal: { kind: 'verdict', verdict: 'pass' } }],
        [
          2,
          WAVE,
          {
            type: 'line.quarantined',
            file: 'control-plane/wave-3.jsonl',
            line: 4,
            sha256: DIGEST,
            code: 'foreign-line',
            claims: 'signal verdict\x1b[2J',
          },
        ],
      ),
    );
    const gates = gatesWith({
      'cont-qa': [
        why('verdict-without-authority', 'A1 spoke for A0; \x1b[31mit has\u202e no effect', { agent: 'A0' }),
      ],
    });
    expect(
      renderOutcome({ ...refused, state, gates, reportPath: null, command: 'npx wave-orchestration' }, style),
    ).toMatchInlineSnapshot(`
      "wave 3 is not closed: 1 of 14 gates fails on tree 9b12fd0

       ✗ cont-qa  A0  verdict-without-authority  A1 spoke for A0; it has<U+202E> no effect

       1 entry kept without effect:
         A1 tried signal verdict: may not signal verdict (signal-without-authority)

       1 line quarantined:
         control-plane/wave-3.jsonl:4 foreign-line, claims signal verdict

       next:  npx wave-orchestration run 3  runs A1, A2 and A3"
    `);
  });

  it('offers one move per record, an edit before the run it needs, and the end of a chain for its follow-up', () => {
    const state = folded(
      history(
        [0, WAVE, attemptStarted()],
        [1, by('A2'), { type: 'post', kind: 'clarification-request', summary: 'who rounds?' }, ASKED],
        [
          2,
          WAVE,
          {
            type: 'post',
            kind: 'request',
            summary: 'who rounds?',
            targets: ['A3'],
            closureCondition: `clarification:${ASKED}`,
          },
          'follow',
        ],
        [3, by('A1'), { type: 'post', kind: 'blocker', summary: 'no network' }, 'block'],
      ),
    );
    const gates = gatesWith(
      {
        implementation: [
          why('path-not-owned', 'src/x.ts: owned by A1', { agent: 'A2' }),
          why('simulated-not-allowed', 'ran on the local executor', { agent: 'A1' }),
          why('simulated-not-allowed', 'ran on the local executor', { agent: 'A2' }),
        ],
        clarifications: [
          why('clarification-open', 'open', { record: ASKED }),
          why('clarification-follow-up-open', 'open', { record: 'follow' }),
        ],
        blockers: [why('blocker-open', 'A1-xxxx “no network”', { record: 'block', agent: 'A1' })],
      },
      STAGE_GATES,
    );
    expect(renderOutcome({ ...refused, state, gates }, style).split('next:')[1]).toMatchInlineSnapshot(`
      "  wave coord answer A2-6m2c "…"    closes the clarification
              wave coord resolve A1-jfvm       closes the blocker, once it is done
              edit docs/plans/waves/wave-3.md  Only if it needs what it took: add the path to the agent’s “File
                                               ownership”, or let its owner do the work.
              edit wave.config.json            Use a model executor, or set policy.allowSimulated on the base
                                               branch.
              wave run 3                       runs A1, A2 and A3
       report: .tmp/main-wave-launcher/reports/wave-3.html"
    `);
  });

  it('says where the output of a program that ended badly is, and of no other', () => {
    const gates = gatesWith({
      implementation: [why('agent-crashed', 'ended with exit code 70', { agent: 'A2' })],
    });
    const logs = new Map([
      ['A1', 'logs/wave-3-a1.log'],
      ['A2', 'logs/wave-3-a2.log'],
    ]);
    expect(renderOutcome({ ...refused, gates, logs }, style)).toMatchInlineSnapshot(`
      "wave 3 is not closed: 1 of 14 gates fails on tree 9b12fd0

       ✗ implementation  A2  agent-crashed  ended with exit code 70

       log of A2: logs/wave-3-a2.log

       next:  wave run 3  runs A2 and A3; keeps A1
       report: .tmp/main-wave-launcher/reports/wave-3.html"
    `);
  });

  it('has the same for machines', () => {
    const json = outcomeJson(refused);
    expect({ ...json, gates: (json.gates as unknown[]).slice(0, 2) }).toMatchInlineSnapshot(`
      {
        "attempt": 1,
        "closed": false,
        "codes": [
          "missing-deliverable",
          "proof-level-gap",
          "clarification-open",
        ],
        "commit": null,
        "gates": [
          {
            "evidence": "",
            "id": "implementation",
            "reasons": [
              {
                "agent": "A2",
                "code": "missing-deliverable",
                "detail": "docs/format.md is declared, not in the tree",
                "evidence": [
                  "docs/plans/waves/wave-3.md:41",
                  "9b12fd0000000000000000000000000000000000",
                ],
                "gate": "implementation",
                "handle": null,
                "record": null,
              },
              {
                "agent": "A2",
                "code": "proof-level-gap",
                "detail": "contract asks integration, agent reported unit",
                "evidence": [],
                "gate": "implementation",
                "handle": null,
                "record": null,
              },
            ],
            "status": "failed",
          },
          {
            "evidence": "the wave promotes nothing",
            "id": "components",
            "reasons": [],
            "status": "held",
          },
        ],
        "gaveUp": null,
        "instance": "main/wave-3/local",
        "lane": "main",
        "next": [
          {
            "clears": [
              "clarification-open",
            ],
            "command": "wave coord answer A2-6m2c "…"",
            "does": "closes the clarification",
            "kind": "command",
          },
          {
            "clears": [
              "missing-deliverable",
              "proof-level-gap",
            ],
            "command": "wave run 3",
            "does": "runs A2 and A3; keeps A1",
            "kind": "command",
          },
        ],
        "quarantined": [],
        "rejected": [],
        "report": ".tmp/main-wave-launcher/reports/wave-3.html",
        "summary": "wave 3 is not closed: 2 of 14 gates fail on tree 9b12fd0",
        "target": null,
        "tree": "9b12fd0000000000000000000000000000000000",
        "wave": 3,
      }
    `);
  });
});

describe('a closed wave', () => {
  it('shows each gate with its evidence, the commit, and who did what', () => {
    expect(
      renderOutcome({ ...refused, state: CLOSED, gates: gatesWith({}), closed: true, commit: COMMIT }, style),
    ).toMatchInlineSnapshot(`
      "wave 3 is closed: every gate holds on tree 9b12fd0, published abc1234 to main

       ✓ implementation      patches of A1 and A2 admitted
       ✓ components          the wave promotes nothing
       ✓ verify              npm test passed in 0.3 s on 9b12fd0
       ✓ helper-assignments  nothing is open
       ✓ dependencies        nothing is open
       ✓ clarifications      nothing is open
       ✓ blockers            nothing is open
       ✓ cont-eval           E0
       ✓ security            A7
       ✓ integration         A8
       ✓ documentation       A9
       ✓ component-matrix    the wave has no component matrix
       ✓ cont-qa             A0 verdict pass, tree 9b12fd0
       ✓ infra               nothing is out of order

         A1  parser     1 m 58 s, patch 4 files +212 −8, proof met (integration, durable)
         A2  formatter  kept, patch 1 file +212 −8
         A3  cli        1 m 1 s, no patch
         judged by A0

       report: .tmp/main-wave-launcher/reports/wave-3.html"
    `);
  });

  it('says what is still to come when nothing failed', () => {
    expect(
      renderOutcome(
        { ...refused, state: CLOSED, gates: gatesWith({}, ['cont-qa']), closed: false, tree: null },
        style,
      ).split('\n')[0],
    ).toMatchInlineSnapshot(`"wave 3 is not closed: 1 gate was not asked yet"`);
  });

  it('uses colour for what failed and nothing else in a plain terminal', () => {
    expect(renderOutcome(refused, { ...style, color: true })).toContain('\x1b[31m✗\x1b[39m implementation');
    expect(renderOutcome(refused, style)).not.toContain('\x1b');
  });
});
