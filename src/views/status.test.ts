import { describe, expect, it } from 'vitest';
import type { Body } from '../journal/index.ts';
import { phaseOf } from './phase.ts';
import {
  at,
  attemptStarted,
  by,
  CONTRACT,
  finished,
  folded,
  gatesWith,
  history,
  type Line,
  OPEN_QUESTION,
  PERSON,
  REFUSED_GATES,
  TREE,
  WAVE,
  why,
} from './sample-wave.fixture.ts';
import { renderStatus, statusJson } from './status.ts';

const style = { unicode: true, color: false, width: 100 };

describe('wave status', () => {
  it('answers on one screen', () => {
    expect(
      renderStatus(
        { contract: CONTRACT, state: folded(OPEN_QUESTION), gates: [], now: at(161), command: 'wave' },
        style,
      ),
    ).toMatchInlineSnapshot(`
      "Waiting for A3: A2 asks "who rounds?"
      wave 3 · main · phase implementation · attempt 1 · not isolated · 1 record

       blocking: clarification A2-6m2c "who rounds?"  A2 → A3, due in 4 m
       since:    51 s
       timer:    A2-6m2c to be taken up, due in 4 m; then it is put before a person

        ● working      A2 running · A3 running
        ✓ satisfied    A1
        ○ planned      E0 A7 A8 A9 A0

       open: 1 task
        A2-6m2c  due in 4 m          clarification A2 → A3  "who rounds?""
    `);
  });

  it('says that a run was cut off, and what goes on from there', () => {
    const cutOff = {
      contract: CONTRACT,
      state: folded(OPEN_QUESTION),
      gates: [],
      now: at(161),
      alive: false,
      command: 'npx wave-orchestration',
    };
    expect(renderStatus(cutOff, style)).toMatchInlineSnapshot(`
      "Interrupted: the run has ended before the wave did; what is proven is kept
      wave 3 · main · phase implementation · attempt 1 · not isolated · 1 record

       blocking: clarification A2-6m2c "who rounds?"  A2 → A3, due in 4 m
       since:    51 s

        ✗ needs-rerun  A2 was cut off · A3 was cut off
        ✓ satisfied    A1
        ○ planned      E0 A7 A8 A9 A0

       open: 1 task
        A2-6m2c  due in 4 m          clarification A2 → A3  "who rounds?"

       next:  npx wave-orchestration run 3  goes on from there"
    `);
    expect(statusJson(cutOff)).toMatchObject({
      headline: 'Interrupted: the run has ended before the wave did; what is proven is kept',
      activeAttempt: { attempt: 1, ended: null, alive: false },
    });
  });

  it('says how a wave that never ran is begun', () => {
    expect(
      renderStatus({ contract: CONTRACT, state: folded([]), gates: [], now: at(0), command: 'wave' }, style),
    ).toMatchInlineSnapshot(`
      "Not started: nothing has run yet
      wave 3 · main · phase planned · 0 records

       blocking: nothing has run yet

        ○ planned      A1 A2 A3 E0 A7 A8 A9 A0

       next:  wave run 3  runs the wave"
    `);
  });

  describe('with a question only a person can answer', () => {
    const asked = (...lines: readonly Line[]) =>
      folded(
        history(...lines, [
          5,
          PERSON,
          { type: 'post', kind: 'human-feedback', summary: 'which licence?' },
          'q',
        ]),
      );
    const tail = (state: ReturnType<typeof folded>, more: object = {}): string =>
      renderStatus({ contract: CONTRACT, state, gates: [], now: at(9), command: 'wave', ...more }, style)
        .split('\n')
        .slice(-2)
        .join('\n');

    it('says how it is answered before the wave runs', () => {
      expect(tail(asked())).toMatchInlineSnapshot(`
        " next:  wave coord answer person-ry24 "…"  closes the question to a person
                wave run 3                         runs the wave"
      `);
    });
    it('says so while a run is at it', () => {
      expect(tail(asked([0, WAVE, attemptStarted()]), { alive: true })).toMatchInlineSnapshot(`
        "
         next:  wave coord answer person-ry24 "…"  closes the question to a person"
      `);
    });
    it('says so when the run was cut off', () => {
      expect(tail(asked([0, WAVE, attemptStarted()]), { alive: false })).toMatchInlineSnapshot(`
        " next:  wave coord answer person-ry24 "…"  closes the question to a person
                wave run 3                         goes on from there"
      `);
    });
  });

  it('leaves a contradiction to integration as long as the attempt goes on', () => {
    const lines: readonly Line[] = [
      [0, WAVE, attemptStarted()],
      [9, WAVE, finished('A1')],
    ];
    const over: Line = [
      10,
      WAVE,
      { type: 'attempt.ended', attempt: 1, outcome: 'refused', code: 'contradiction-open' },
    ];
    const gates = gatesWith({ blockers: [why('contradiction-open', 'they differ', { agent: 'A1' })] });
    const standing = (state: ReturnType<typeof folded>) =>
      statusJson({ contract: CONTRACT, state, gates, now: at(11), alive: true }).logicalAgents[0]?.state;
    expect([standing(folded(history(...lines))), standing(folded(history(...lines, over)))]).toEqual([
      'satisfied',
      'needs-rerun',
    ]);
  });

  it('does not cut off the end of its sentence', () => {
    const state = folded(
      history([
        5,
        by('A1'),
        {
          type: 'post',
          kind: 'request',
          summary: 'Need integration decision for the auth and session interface change',
          targets: ['A8'],
        },
      ]),
    );
    expect(
      renderStatus(
        { contract: CONTRACT, state, gates: [], now: at(9), command: 'wave' },
        { ...style, width: 60 },
      )
        .split('\n')
        .slice(0, 3)
        .join('\n'),
    ).toMatchInlineSnapshot(`
      "Waiting for a maintainer: A1 requests "Need integration
      decision for the auth and session interface change", and A8
      is not running"
    `);
  });

  it('of one agent keeps to what it asked or owes', () => {
    const state = folded([
      ...OPEN_QUESTION,
      ...history([
        120,
        by('A1'),
        { type: 'post', kind: 'request', summary: 'a decision', targets: ['A8'] },
        'other',
      ]).map((one) => ({ ...one, seq: 60 })),
    ]);
    const status = { contract: CONTRACT, state, gates: [], now: at(161), command: 'wave', agent: 'A1' };
    expect(renderStatus(status, style)).toMatchInlineSnapshot(`
      "Waiting for A3: A2 asks "who rounds?"
      wave 3 · main · phase implementation · attempt 1 · not isolated · 2 records

       blocking: clarification A2-6m2c "who rounds?"  A2 → A3, due in 4 m
       since:    51 s
       timer:    A2-6m2c to be taken up, due in 4 m; then it is put before a person

        ⏸ blocked      A1 waits for A1-3euy

       open for A1: 1 task
        A1-3euy  no deadline         request A1 → A8  "a decision""
    `);
    expect(statusJson(status)).toMatchObject({
      agentId: 'A1',
      logicalAgents: [{ agentId: 'A1', state: 'blocked', taskIds: ['other'] }],
      tasks: [{ taskId: 'other' }],
      helperAssignments: [{ record: 'other', assignee: 'A8' }],
      blockingEdge: { kind: 'clarification', since: at(110) },
    });
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
        { contract: CONTRACT, state, gates: REFUSED_GATES, now: at(700), command: 'wave' },
        { ...style, unicode: false },
      ),
    ).toMatchInlineSnapshot(`
      "Waiting for a maintainer: A2 asks "who rounds?", and A3 is not running
      wave 3 - main - phase refused - attempt 1 - not isolated - 1 record

       blocking: clarification A2-6m2c "who rounds?"  A2 -> A3, overdue by 4 m
       since:    9 m

        p blocked      A2 waits for A2-6m2c - A3 owes A2-6m2c
        v satisfied    A1
        o planned      E0 A7 A8 A9 A0

       open: 1 task
        A2-6m2c  overdue by 4 m      clarification A2 -> A3  "who rounds?"

       next:  wave coord answer A2-6m2c "..."
                closes the clarification
              wave run 3                     runs A2 and A3; keeps A1"
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
      statusJson({ contract: CONTRACT, state, gates: gatesWith({}), now: at(0) }).logicalAgents,
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
