import { describe, expect, it } from 'vitest';
import type { Body } from '../journal/index.ts';
import { renderLive } from './live.ts';
import {
  ASKED,
  at,
  attemptStarted,
  BASE,
  by,
  CONTRACT,
  finished,
  folded,
  history,
  type Line,
  OPEN_QUESTION,
  proofSignal,
  started,
  WAVE,
} from './sample-wave.fixture.ts';
import { displayWidth } from './text.ts';

const options = {
  now: at(161),
  startedAt: at(0),
  unicode: true,
  color: false,
  width: 100,
};

describe('the live block', () => {
  it('shows a line an agent, who waits for whom, and last why it is not done', () => {
    expect(renderLive(CONTRACT, folded(OPEN_QUESTION), options).join('\n')).toMatchInlineSnapshot(`
      "wave 3 · main · attempt 1 · base 4f1c2ab                                                       02:41
        ✓ A1  parser     claude  1 m 58 s   patch 4 files +212 −8   proof met (integration, durable)
        ● A2  formatter  claude  2 m 40 s   waiting: A3 to answer "who rounds?" (due in 4 m)
        ● A3  cli        claude  2 m 40 s   running
        ○ E0 ○ A7 ○ A8 ○ A9 ○ A0   after implementation
       blocking: clarification A2-6m2c "who rounds?"  A2 → A3, due in 4 m, then it is put before a person"
    `);
  });

  it('holds every line to the width, in letters where there is no Unicode', () => {
    const lines = renderLive(CONTRACT, folded(OPEN_QUESTION), { ...options, width: 72, unicode: false });
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(72);
    expect(lines.join('\n')).toMatchInlineSnapshot(`
      "wave 3 - main - attempt 1 - base 4f1c2ab                           02:41
        v A1  parser     claude  1 m 58 s   patch 4 files +212 -8   proof m...
        * A2  formatter  claude  2 m 40 s   waiting: A3 to answer "who roun...
        * A3  cli        claude  2 m 40 s   running
        o E0 o A7 o A8 o A9 o A0   after implementation
       blocking: clarification A2-6m2c "who rounds?"  A2 -> A3, due in 4 m"
    `);
  });

  it('never scrolls: what is done is gathered where there is no room for a line each', () => {
    const agents = Array.from({ length: 30 }, (_, i) => ({ ...CONTRACT.agents[0], id: `B${i + 1}` }));
    const contract = { ...CONTRACT, agents: [...agents, ...CONTRACT.agents.slice(3)] } as typeof CONTRACT;
    const entries = history(
      [0, WAVE, attemptStarted()],
      ...agents.slice(0, 12).map(({ id }): Line => [9, WAVE, finished(id)]),
      [9, WAVE, { ...finished('B13'), exit: { kind: 'exited', code: 3 } } as Body],
      ...agents.slice(13, 16).map(({ id }): Line => [1, WAVE, started(id)]),
    );
    const lines = (height: number): readonly string[] =>
      renderLive(contract, folded(entries, contract), { ...options, height });
    expect(lines(24).join('\n')).toMatchInlineSnapshot(`
      "wave 3 · main · attempt 1 · base 4f1c2ab                                                       02:41
        ✓ 12 done
        ✗ B13  parser  claude  1 m 58 s   exit code 3
        ● B14  parser  claude  2 m 40 s   running
        ● B15  parser  claude  2 m 40 s   running
        ● B16  parser  claude  2 m 40 s   running
        ○ B17  parser  claude             not started
        ○ B18  parser  claude             not started
        ○ B19  parser  claude             not started
        ○ B20  parser  claude             not started
        ○ B21  parser  claude             not started
        ○ B22  parser  claude             not started
        ○ B23  parser  claude             not started
        ○ B24  parser  claude             not started
        ○ B25  parser  claude             not started
        ○ B26  parser  claude             not started
        ○ B27  parser  claude             not started
        ○ B28  parser  claude             not started
        ○ B29  parser  claude             not started
        ○ B30  parser  claude             not started
        ○ E0 ○ A7 ○ A8 ○ A9 ○ A0   after implementation
       blocking: B14, B15, B16, B17, B18 and 12 more are at work"
    `);
    for (const height of [6, 8, 12, 24, 40]) expect(lines(height).length).toBeLessThanOrEqual(height);
  });

  it('gives a steward its own line when its turn has come, and says how runs failed', () => {
    const entries = history(
      [0, WAVE, attemptStarted()],
      [1, by('A1'), proofSignal],
      [9, WAVE, finished('A1')],
      [9, WAVE, { ...finished('A2'), exit: { kind: 'timed-out', afterMs: 600_000 } } as Body],
      [9, WAVE, finished('A3', 300, 0)],
      [10, WAVE, started('E0')],
      [
        20,
        by('E0'),
        {
          type: 'signal',
          signal: {
            kind: 'eval',
            state: 'satisfied',
            targets: 2,
            benchmarks: 1,
            regressions: 0,
            targetIds: [],
            benchmarkIds: [],
          },
        },
      ],
      [21, WAVE, finished('E0', 11_000, 1)],
      [21, WAVE, started('A7')],
    );
    expect(
      renderLive(CONTRACT, folded(entries), {
        ...options,
        now: at(30),
      }).join('\n'),
    ).toMatchInlineSnapshot(`
      "wave 3 · main · attempt 1 · base 4f1c2ab                                                       00:30
        ✓ A1  parser      claude  1 m 58 s   patch 4 files +212 −8   proof met (integration, durable)
        ✗ A2  formatter   claude  1 m 58 s   stopped at its deadline of 10 m
        ✓ A3  cli         claude  0.3 s      no patch                no proof
        ✓ E0  evaluation  claude  11 s       eval satisfied, 2 targets, 0 regressions
        ● A7  security    claude  9 s        running
        ○ A8 ○ A9 ○ A0   after security
       blocking: A7 judges"
    `);
  });

  it('is parked when only a person can answer', () => {
    const state = folded([
      ...OPEN_QUESTION,
      ...history([
        120,
        WAVE,
        {
          type: 'post',
          kind: 'human-escalation',
          summary: 'who rounds?',
          closureCondition: `clarification:${ASKED}`,
        },
        'esc',
      ]).map((one) => ({ ...one, seq: 50 })),
    ]);
    const parked: Body = {
      type: 'agent.parked',
      attempt: 1,
      agent: 'A2',
      launch: 1,
      executor: 'claude',
      durationMs: 120_000,
      usage: 'unknown',
      patch: null,
      baseTree: BASE,
      session: null,
    };
    const gone = folded([
      ...OPEN_QUESTION,
      ...history([121, WAVE, parked, 'parked']).map((one) => ({ ...one, seq: 51 })),
    ]);
    expect(renderLive(CONTRACT, gone, options)[2]).toMatchInlineSnapshot(
      `"  ⏸ A2  formatter  claude  2 m        parked: A3 to answer "who rounds?" (due in 4 m)"`,
    );
    expect(renderLive(CONTRACT, gone, { ...options, width: 74 }).slice(2)).toMatchInlineSnapshot(`
      [
        "  ⏸ A2  formatter  claude  2 m        parked: A3 to answer "who rounds?"…",
        "  ● A3  cli        claude  2 m 40 s   running",
        "  ○ E0 ○ A7 ○ A8 ○ A9 ○ A0   after implementation",
        " blocking: clarification A2-6m2c "who rounds?"  A2 → A3, due in 4 m",
      ]
    `);
    expect(renderLive(CONTRACT, state, options).at(-1)).toMatchInlineSnapshot(
      `" blocking: escalation wave-c55x "who rounds?"  A2 → a person, due in 4 m"`,
    );
  });

  it('starts from nothing', () => {
    expect(renderLive(CONTRACT, folded([]), options).join('\n')).toMatchInlineSnapshot(`
      "wave 3 · main · not started                                                                    02:41
        ○ A1  parser     claude     not started
        ○ A2  formatter  claude     not started
        ○ A3  cli        claude     not started
        ○ E0 ○ A7 ○ A8 ○ A9 ○ A0   after implementation
       blocking: nothing has run yet"
    `);
  });
});
