import { describe, expect, it } from 'vitest';
import type { Body } from '../journal/index.ts';
import { nextTimer, nextTimerLine } from './next-timer.ts';
import {
  at,
  attemptStarted,
  by,
  CONTRACT,
  folded,
  history,
  OPEN_QUESTION,
  started,
  WAVE,
} from './sample-wave.fixture.ts';

const line = (entries: Parameters<typeof folded>[0], now = at(161)): string | null => {
  const state = folded(entries);
  const timer = nextTimer(CONTRACT, state, now);
  return timer === null ? null : nextTimerLine(state, timer, now);
};
const begun = (question: Partial<Extract<Body, { type: 'post' }>>): ReturnType<typeof history> =>
  history(
    [0, WAVE, attemptStarted()],
    [1, WAVE, started('A1')],
    [1, WAVE, started('A2')],
    [1, WAVE, started('A3')],
    [
      10,
      by('A2'),
      { type: 'post', kind: 'clarification-request', summary: 'who rounds?', targets: ['A3'], ...question },
      'q',
    ],
  );

describe('what happens by itself', () => {
  it('is that somebody else is asked, where somebody else could know', () => {
    expect(line(begun({ detail: 'It is about src/parser/round.ts.' }))).toMatchInlineSnapshot(
      `"A2-ry24 to be taken up, due in 2 m; then it goes on to A1"`,
    );
  });

  it('is that a person is asked, where nobody could', () => {
    expect(line(OPEN_QUESTION)).toMatchInlineSnapshot(
      `"A2-6m2c to be taken up, due in 4 m; then it is put before a person"`,
    );
  });

  it('is that a person is asked, where what was taken up is not settled in time', () => {
    const taken = [
      ...begun({}),
      ...history([20, by('A3'), { type: 'ack', record: 'q' }, 'a']).map((one) => ({ ...one, seq: 9 })),
    ];
    expect(line(taken)).toMatchInlineSnapshot(
      `"A2-ry24 to be settled, due in 27 m; then it is put before a person"`,
    );
  });

  it('is nothing, where nothing is under a clock', () => {
    expect(line(history([0, WAVE, attemptStarted()]))).toBeNull();
  });
});
