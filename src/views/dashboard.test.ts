import { describe, expect, it } from 'vitest';
import type { Body } from '../journal/index.ts';
import { dashboardJson, type LaneSeen, renderDashboard, type WaveSeen } from './dashboard.ts';
import {
  at,
  attemptStarted,
  by,
  COMMIT,
  CONTRACT,
  finished,
  folded,
  history,
  type Line,
  OPEN_QUESTION,
  started,
  TREE,
  WAVE,
} from './sample-wave.fixture.ts';
import { displayWidth } from './text.ts';

const style = { unicode: true, color: false, width: 100 };
const seen = (wave: number, alive: boolean, ...lines: readonly Line[]): WaveSeen => ({
  kind: 'wave',
  wave,
  contract: { ...CONTRACT, wave },
  state: folded(history(...lines)),
  alive,
});
const published = (wave: number): WaveSeen =>
  seen(
    wave,
    false,
    [0, WAVE, attemptStarted()],
    [1, WAVE, started('A1')],
    [2, WAVE, finished('A1')],
    [
      3,
      WAVE,
      {
        type: 'publish.intent',
        attempt: 1,
        commit: COMMIT,
        tree: TREE,
        parent: TREE,
        target: 'main',
      } as Body,
    ],
    [4, WAVE, { type: 'publish.done', attempt: 1, commit: COMMIT, target: 'main' } as Body],
  );
const run = { command: 'wave run 3', pid: 4711, since: at(0) };
const main: LaneSeen = {
  lane: 'main',
  run,
  waves: [
    published(2),
    { kind: 'wave', wave: 3, contract: CONTRACT, state: folded(OPEN_QUESTION), alive: true },
    seen(4, false),
  ],
};
const release: LaneSeen = {
  lane: 'release',
  run: null,
  waves: [
    { kind: 'unreadable', wave: 1, problem: 'docs/release/plans/waves/wave-1.md:3: no \x1b[2Jagents' },
    seen(2, false, [0, WAVE, attemptStarted()], [1, WAVE, started('A1')]),
    seen(
      3,
      false,
      [0, WAVE, attemptStarted()],
      [5, by('A1'), { type: 'post', kind: 'blocker', summary: 'no access' }],
      [9, WAVE, { type: 'attempt.ended', attempt: 1, outcome: 'refused', code: 'blocker-open' }],
    ),
  ],
};

describe('the dashboard', () => {
  it('has every lane and wave, and what runs in full', () => {
    expect(renderDashboard([main, release], at(161), style)).toMatchInlineSnapshot(`
      " main: wave run 3 (process 4711, 2 m)
        ✓ 2  closed          attempt 1  1 of 8 agents          published abc1234 to main
        ● 3  implementation  attempt 1  1 of 8 agents  1 open  clarification A2-6m2c "who rounds?"  A2 →…
        ○ 4  planned                    8 agents

       release: no run
        ✗ 1  unreadable                                     docs/release/plans/waves/wave-1.md:3: no agen…
        ✗ 2  interrupted  attempt 1  0 of 8 agents          was interrupted; what is proven is kept
        ✗ 3  refused      attempt 1  0 of 8 agents  1 open  blocker A1-vqhq "no access"  A1 → a person

      wave 3 · main · attempt 1 · base 4f1c2ab                                                       02:41
        ✓ A1  parser     claude  1 m 58 s   patch 4 files +212 −8   proof met (integration, durable)
        ● A2  formatter  claude  2 m 40 s   waiting: A3 to answer "who rounds?" (due in 4 m)
        ● A3  cli        claude  2 m 40 s   running
        ○ E0 ○ A7 ○ A8 ○ A9 ○ A0   after implementation
       blocking: clarification A2-6m2c "who rounds?"  A2 → A3, due in 4 m, then it is put before a person"
    `);
  });

  it.each([40, 60, 100, 160])('keeps to %i columns, in letters too', (width) => {
    const text = renderDashboard([main, release], at(161), { unicode: false, color: false, width });
    expect(Math.max(...text.split('\n').map(displayWidth))).toBeLessThanOrEqual(width);
    expect(text).not.toMatch(/[^\x20-\x7e\n]/);
  });

  it('counts older closed waves instead of listing them', () => {
    const waves = Array.from({ length: 8 }, (_, i) => published(i + 1));
    expect(renderDashboard([{ ...main, run: null, waves }], at(161), style)).toMatchInlineSnapshot(`
      " main: no run
        3 earlier waves closed
        ✓ 4  closed  attempt 1  1 of 8 agents  published abc1234 to main
        ✓ 5  closed  attempt 1  1 of 8 agents  published abc1234 to main
        ✓ 6  closed  attempt 1  1 of 8 agents  published abc1234 to main
        ✓ 7  closed  attempt 1  1 of 8 agents  published abc1234 to main
        ✓ 8  closed  attempt 1  1 of 8 agents  published abc1234 to main"
    `);
  });

  it('says the same to programs', () => {
    const json = dashboardJson([main, release], at(161)) as { lanes: { waves: Record<string, unknown>[] }[] };
    expect(json.lanes[0]?.waves[1]).toMatchInlineSnapshot(`
      {
        "agentsActive": 2,
        "agentsCompleted": 1,
        "agentsFailed": 0,
        "agentsPending": 5,
        "agentsTotal": 8,
        "alive": true,
        "attempt": 1,
        "blockingEdge": {
          "code": null,
          "deadline": "2026-11-22T10:06:50.000Z",
          "detail": null,
          "from": "A2",
          "handle": "A2-6m2c",
          "kind": "clarification",
          "owner": {
            "agents": [
              "A3",
            ],
            "kind": "agents",
          },
          "record": "e6",
          "since": "2026-11-22T10:01:50Z",
          "summary": "who rounds?",
        },
        "coordinationOpen": 1,
        "headline": "Waiting for A3: A2 asks "who rounds?"",
        "helperAssignmentsOpen": 0,
        "instance": "main/wave-3/local",
        "openClarifications": 1,
        "openHumanEscalations": 0,
        "published": null,
        "startedAt": "2026-11-22T10:00:00Z",
        "status": "implementation",
        "updatedAt": "2026-11-22T10:01:59Z",
        "wave": 3,
        "waveFile": "docs/plans/waves/wave-3.md",
      }
    `);
    expect(json.lanes[1]?.waves.map(({ wave, status, alive }) => ({ wave, status, alive }))).toEqual([
      { wave: 1, status: 'unreadable', alive: undefined },
      { wave: 2, status: 'interrupted', alive: false },
      { wave: 3, status: 'refused', alive: false },
    ]);
  });
});
