import { describe, expect, it } from 'vitest';
import { feedbackOf, feedbackQueue, renderFeedback, renderFeedbackItem } from './feedback.ts';
import { inboxWaits } from './inbox-waits.ts';
import {
  at,
  attemptStarted,
  by,
  CONTRACT,
  folded,
  history,
  PERSON,
  started,
  WAVE,
} from './sample-wave.fixture.ts';

const ESCALATED = history(
  [0, WAVE, attemptStarted()],
  [0, WAVE, started('A1')],
  [0, WAVE, started('A2')],
  [
    10,
    by('A1'),
    { type: 'post', kind: 'clarification-request', summary: 'who rounds?', targets: ['A2'] },
    'q',
  ],
  [11, by('A1'), { type: 'wait', records: ['q'], seen: [] }],
  [
    300,
    WAVE,
    {
      type: 'post',
      kind: 'human-escalation',
      summary: 'who rounds?',
      detail: 'A1 asks; A2 did not answer in time.\u001b[2J',
      dependsOn: ['q'],
      closureCondition: 'clarification:q',
    },
    'up',
  ],
  [310, by('A2'), { type: 'post', kind: 'request', summary: 'a key for the registry' }, 'r'],
  [320, by('A3'), { type: 'post', kind: 'request', summary: 'done elsewhere', targets: ['A1'] }],
);
const answered = folded([
  ...ESCALATED,
  ...history([400, PERSON, { type: 'answer', record: 'up', text: 'A2 does.' }, 'a']).map((one) => ({
    ...one,
    seq: ESCALATED.length + 1,
  })),
]);
const STATE = folded(ESCALATED);
const ON = { now: at(360), command: 'wave' };
const style = { unicode: true, color: false, width: 100 };

describe('the queue of what people are asked', () => {
  it('has what was escalated and what nobody owes, and nothing that an agent owes', () => {
    expect(feedbackQueue(CONTRACT, STATE).map(({ id, status, waiting }) => [id, status, waiting])).toEqual([
      ['up', 'pending', ['A1']],
      ['r', 'pending', []],
    ]);
    const task = STATE.records.get('q');
    expect(task === undefined ? 1 : feedbackOf(CONTRACT, STATE, task)).toBeNull();
  });

  it('reads as a list that says how to answer', () => {
    expect(renderFeedback(feedbackQueue(CONTRACT, STATE), ON, style)).toMatchInlineSnapshot(`
      "2 questions to answer
        wave-owri  who rounds?  (1 m old, from A1; A1 waits)
        A2-ivbu  a key for the registry  (50 s old, from A2)
      answer: wave feedback respond --id wave-owri --response "…""
    `);
    expect(renderFeedback(feedbackQueue(CONTRACT, answered), ON, style)).toMatchInlineSnapshot(`
      "1 question to answer
        A2-ivbu  a key for the registry  (50 s old, from A2)
      1 over
        wave-owri  who rounds?  (answered by mona: A2 does.)
      answer: wave feedback respond --id A2-ivbu --response "…""
    `);
    expect(renderFeedback([], ON, style)).toMatchInlineSnapshot(`"Nobody is asked anything."`);
  });

  it('shows one whole, and no control character of anybody', () => {
    const [first] = feedbackQueue(CONTRACT, STATE);
    const [, over] = feedbackQueue(CONTRACT, answered);
    expect(
      [first, over]
        .map((one) => (one === undefined ? '' : renderFeedbackItem(one, ON, style)))
        .join('\n===\n'),
    ).toMatchInlineSnapshot(`
      "wave-owri  pending, 1 m old, from A1; A1 waits
        who rounds?

        A1 asks; A2 did not answer in time.

      answer: wave feedback respond --id wave-owri --response "…"
      ===
      wave-owri  answered, 1 m old, from A1
        who rounds?

        A1 asks; A2 did not answer in time.

      answered by mona:
        A2 does."
    `);
  });
});

describe('what a waiting agent is told', () => {
  it('of each record it waits for, who could still settle it', () => {
    expect(inboxWaits(CONTRACT, STATE, 'A1').waits).toMatchObject([
      { id: 'q', status: 'open', prospect: 'person', answer: null },
    ]);
    expect(inboxWaits(CONTRACT, answered, 'A1').waits).toMatchObject([
      { id: 'q', status: 'resolved', answer: { text: 'A2 does.' } },
    ]);
    expect(inboxWaits(CONTRACT, STATE, 'A2').waits).toEqual([]);
  });

  it.each([
    ['agent:A2', 'agent'],
    ['agent:A8', 'later'],
    ['agent:Z9', 'person'],
  ])('%s: %s', (target, prospect) => {
    const state = folded(
      history(
        [0, WAVE, attemptStarted()],
        [1, by('A1'), { type: 'post', kind: 'request', summary: 's', targets: [target] }, 'q'],
        [2, by('A1'), { type: 'wait', records: ['q'], seen: [] }],
      ),
    );
    expect(inboxWaits(CONTRACT, state, 'A1').waits).toMatchObject([{ prospect }]);
  });

  it('and what of its own words had no effect', () => {
    const state = folded(
      history(
        [0, WAVE, attemptStarted()],
        [1, by('A1'), { type: 'ack', record: 'nothing' }, 'x'],
        [2, by('A2'), { type: 'ack', record: 'nothing' }, 'y'],
      ),
    );
    expect(inboxWaits(CONTRACT, state, 'A1').refused).toEqual([
      { entry: 'x', code: 'unknown-record', detail: 'no record nothing' },
    ]);
  });
});
