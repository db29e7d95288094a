import { describe, expect, it } from 'vitest';
import { movesFor, shell } from './moves.ts';
import {
  attemptStarted,
  by,
  CONTRACT,
  folded,
  gatesWith,
  history,
  OPEN_QUESTION,
  REFUSED_GATES,
  WAVE,
  why,
} from './sample-wave.fixture.ts';

const spelled = (moves: ReturnType<typeof movesFor>): readonly string[] =>
  moves.map((move) => `${move.kind === 'command' ? move.command : `edit ${move.file}`}  ${move.does}`);

describe('what to do next', () => {
  it('after a steward’s no is to ask somebody to mend it: running alone would end in the same way', () => {
    const gates = gatesWith({ security: [why('security-blocked', 'a hole', { agent: 'A7' })] });
    expect(spelled(movesFor(CONTRACT, folded([]), gates, shell('wave', CONTRACT)))).toMatchInlineSnapshot(`
      [
        "wave coord post --kind request --target agent:A1 --summary "…"  asks A1, or whom you name, to mend what A7 found",
        "wave run 3  runs the wave",
      ]
    `);
  });

  it('after a no about an agent that runs again anyway is that run', () => {
    const state = folded(history([0, WAVE, attemptStarted()]));
    const gates = gatesWith({ security: [why('security-blocked', 'a hole', { agent: 'A7' })] });
    expect(spelled(movesFor(CONTRACT, state, gates, shell('wave', CONTRACT)))).toEqual([
      'wave run 3  runs A1, A2 and A3',
    ]);
  });

  it('with a request nobody answers to is to give it to somebody', () => {
    const state = folded(
      history([
        5,
        by('A2'),
        { type: 'post', kind: 'request', summary: 'sign it', targets: ['capability:keys'] },
        'r',
      ]),
    );
    const gates = gatesWith({
      'helper-assignments': [why('helper-assignment-unresolved', 'nobody', { record: 'r' })],
    });
    expect(spelled(movesFor(CONTRACT, state, gates, shell('wave', CONTRACT)))).toMatchInlineSnapshot(`
      [
        "wave control task act reassign --id A2-ivbu --to A1  gives the request to A1, or to whom you name",
        "wave run 3  goes on from there",
      ]
    `);
  });

  it('names the lane where it is not the one that is meant without', () => {
    const side = { ...CONTRACT, lane: 'side' };
    expect(
      spelled(movesFor(side, folded(OPEN_QUESTION), REFUSED_GATES, shell('wave', side))),
    ).toMatchInlineSnapshot(`
      [
        "wave coord answer A2-6m2c "…" --lane side  closes the clarification",
        "wave run 3 --lane side  runs A2 and A3; keeps A1",
      ]
    `);
  });
});
