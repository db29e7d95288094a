import { describe, expect, it } from 'vitest';
import type { Body } from '../journal/index.ts';
import {
  at,
  attemptStarted,
  by,
  CONTRACT,
  finished,
  folded,
  gatesWith,
  history,
  OPEN_QUESTION,
  REFUSED_GATES,
  TREE,
  WAVE,
} from './sample-wave.fixture.ts';
import { phaseOf, renderStatus, statusJson } from './status.ts';

const style = { unicode: true, color: false, width: 100 };

describe('wave status', () => {
  it('answers on one screen', () => {
    expect(
      renderStatus({ contract: CONTRACT, state: folded(OPEN_QUESTION), gates: [], now: at(161) }, style),
    ).toMatchInlineSnapshot(`
      "Waiting for A3: A2 asks "who rounds?"
      wave 3 · main · phase implementation · attempt 1 · 1 record

       blocking: clarification A2-6m2c "who rounds?"  A2 → A3, due in 4 m
       since:    51 s
       next timer: A2-6m2c to be taken up, due in 4 m

        ● working      A2 running · A3 running
        ✓ satisfied    A1
        ○ planned      E0 A7 A8 A9 A0

       open: 1 task
        A2-6m2c  due in 4 m          clarification A2 → A3  "who rounds?""
    `);
  });

  it('says what a refused attempt waits for', () => {
    const state = folded([
      ...OPEN_QUESTION,
      ...history([
        200,
        WAVE,
        { type: 'attempt.ended', attempt: 1, outcome: 'refused', code: 'missing-deliverable' },
      ]).map((one) => ({ ...one, id: 'end', seq: 40 })),
    ]);
    expect(
      renderStatus(
        { contract: CONTRACT, state, gates: REFUSED_GATES, now: at(700) },
        { ...style, unicode: false },
      ),
    ).toMatchInlineSnapshot(`
      "Waiting for a maintainer: A2 asks "who rounds?", and A3 is not running
      wave 3 - main - phase refused - attempt 1 - 1 record

       blocking: clarification A2-6m2c "who rounds?"  A2 -> A3, overdue by 4 m
       since:    9 m
       next timer: A2-6m2c to be taken up, overdue by 4 m

        p blocked      A2 waits for A2-6m2c - A3 owes A2-6m2c
        v satisfied    A1
        o planned      E0 A7 A8 A9 A0

       open: 1 task
        A2-6m2c  overdue by 4 m      clarification A2 -> A3  "who rounds?""
    `);
  });

  it('has every logical state', () => {
    const state = folded(
      history(
        [0, WAVE, attemptStarted()],
        [1, by('A2'), { type: 'post', kind: 'request', summary: 'x', targets: ['A3'] }, 'r'],
        [2, by('A3'), { type: 'ack', record: 'r' }],
        [3, WAVE, { ...finished('A1'), exit: { kind: 'exited', code: 1 } } as Body],
        [3, WAVE, finished('A2')],
        [3, WAVE, finished('A3')],
        [3, WAVE, finished('E0')],
      ),
    );
    expect(
      statusJson({ contract: CONTRACT, state, gates: gatesWith({}) }).logicalAgents,
    ).toMatchInlineSnapshot(`
      [
        {
          "agentId": "A1",
          "reason": "exit code 1",
          "state": "needs-rerun",
          "taskIds": [],
        },
        {
          "agentId": "A2",
          "reason": "waits for A2-ivbu",
          "state": "blocked",
          "taskIds": [
            "r",
          ],
        },
        {
          "agentId": "A3",
          "reason": "has taken up A2-ivbu",
          "state": "working",
          "taskIds": [
            "r",
          ],
        },
        {
          "agentId": "E0",
          "reason": "has judged",
          "state": "closed",
          "taskIds": [],
        },
        {
          "agentId": "A7",
          "reason": "has not run in this attempt",
          "state": "planned",
          "taskIds": [],
        },
        {
          "agentId": "A8",
          "reason": "has not run in this attempt",
          "state": "planned",
          "taskIds": [],
        },
        {
          "agentId": "A9",
          "reason": "has not run in this attempt",
          "state": "planned",
          "taskIds": [],
        },
        {
          "agentId": "A0",
          "reason": "has not run in this attempt",
          "state": "planned",
          "taskIds": [],
        },
      ]
    `);
  });

  it('knows the phase from what was recorded', () => {
    const entries = [
      [0, WAVE, attemptStarted()],
      [1, WAVE, { type: 'tree.fixed', attempt: 1, stage: 'implementation', tree: TREE, subject: TREE }],
      [2, WAVE, { type: 'attempt.ended', attempt: 1, outcome: 'waiting', code: 'human-feedback-open' }],
    ] as const;
    expect(
      [0, 1, 2, 3].map((count) => phaseOf(CONTRACT, folded(history(...entries.slice(0, count))))),
    ).toEqual(['planned', 'implementation', 'cont-eval', 'waiting']);
  });
});
