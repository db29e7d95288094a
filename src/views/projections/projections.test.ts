import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { entries as anyEntries } from '../../../test/histories/arbitrary.ts';
import { agentOf, contractOf } from '../../../test/histories/index.ts';
import type { Entry } from '../../journal/index.ts';
import { fold } from '../../state/index.ts';
import {
  admitted,
  attemptStarted,
  by,
  CONTRACT,
  finished,
  folded,
  history,
  type Line,
  OPEN_QUESTION,
  proofRun,
  proofSignal,
  started,
  WAVE,
} from '../sample-wave.fixture.ts';
import { laneProjectionsOf, PROJECTIONS, projectionsOf } from './index.ts';

const files = (entries: readonly Entry[], contract = CONTRACT): ReadonlyMap<string, string> =>
  projectionsOf(contract, folded(entries, contract));
const read = (entries: readonly Entry[], path: string, contract = CONTRACT) =>
  JSON.parse(files(entries, contract).get(path) ?? 'null');
const signal = (signalBody: object): Line[2] => ({ type: 'signal', signal: signalBody }) as Line[2];

const STORY: readonly Line[] = [
  [0, WAVE, attemptStarted()],
  [1, WAVE, started('A1')],
  [2, by('A1'), { type: 'post', kind: 'request', summary: 'a type, please', targets: ['agent:A2'] }, 'ask'],
  [3, by('A2'), { type: 'post', kind: 'request', summary: 'magic', targets: ['capability:magic'] }, 'magic'],
  [4, by('A2'), { type: 'post', kind: 'blocker', summary: 'registry is down', targets: ['A1'] }, 'stuck'],
  [
    5,
    by('A3'),
    { type: 'post', kind: 'claim', summary: 'amounts fit', refs: ['src/parser/a.ts', 'src/format/b.ts'] },
    'fits',
  ],
  [6, by('A1'), signal({ kind: 'doc-delta', state: 'owned', paths: ['docs/parser.md'] })],
  [6, by('A3'), signal({ kind: 'doc-delta', state: 'shared-plan', paths: ['docs/plan.md'] })],
  [7, by('A3'), signal({ kind: 'gap', gap: 'ops', detail: 'no rollback' })],
  [8, by('A1'), proofSignal],
  [9, WAVE, finished('A1')],
  [9, WAVE, admitted('A1', 'src/parser/index.ts', 'docs/parser.md')],
];

describe('the files of a wave', () => {
  test('are those of the table, no more and no fewer', () => {
    const state = folded(OPEN_QUESTION);
    const paths = [
      ...projectionsOf(CONTRACT, state).keys(),
      ...laneProjectionsOf('main', [{ contract: CONTRACT, state }]).keys(),
    ];
    const expected = PROJECTIONS.flatMap(({ path }) =>
      path.includes('<agent>') ? CONTRACT.agents.map(({ id }) => path.replace('<agent>', id)) : [path],
    ).map((path) => path.replace('<n>', '3'));
    expect(paths.toSorted()).toEqual(expected.toSorted());
    for (const { path, schemaVersion } of PROJECTIONS)
      expect(path.endsWith('.json')).toBe(schemaVersion !== null);
  });

  test('say which schema they have, and as of when', () => {
    const state = folded(OPEN_QUESTION);
    const all = new Map([
      ...projectionsOf(CONTRACT, state),
      ...laneProjectionsOf('main', [{ contract: CONTRACT, state }]),
    ]);
    for (const { path, schemaVersion } of PROJECTIONS)
      if (schemaVersion !== null)
        expect(JSON.parse(all.get(path.replace('<n>', '3')) ?? '')).toMatchObject({
          schemaVersion,
          lane: 'main',
        });
    expect(read(OPEN_QUESTION, 'ledger/wave-3.json')).toMatchObject({
      generatedAt: '2026-11-22T10:01:59Z',
      journalSeq: 8,
      instance: 'main/wave-3/local',
    });
  });

  test('there are none of a wave in which nothing happened', () => {
    expect(files([]).size).toBe(0);
    expect(laneProjectionsOf('main', [{ contract: CONTRACT, state: folded([]) }]).size).toBe(0);
  });

  test('no history makes them fail, and its order of delivery does not show', () => {
    const contract = contractOf([agentOf('A1', { capabilities: ['api'] }), 'A2', 'A7', 'A8', 'A9', 'A0']);
    fc.assert(
      fc.property(anyEntries, (all) => {
        const once = projectionsOf(contract, fold(contract, all));
        const again = projectionsOf(contract, fold(contract, [...all].reverse()));
        expect([...again]).toEqual([...once]);
        for (const [path, text] of once) if (path.endsWith('.json')) JSON.parse(text);
      }),
      { numRuns: 60 },
    );
  });
});

describe('who owes what', () => {
  test('with the reason, and what nobody owes', () => {
    const { assignments } = read(history(...STORY), 'assignments/wave-3.json');
    expect(
      assignments.map((one: Record<string, unknown>) => [
        one['id'],
        one['assignedAgentId'],
        one['assignmentReason'],
        one['capability'],
        one['blocking'],
      ]),
    ).toEqual([
      ['assignment:ask:agent:a2', 'A2', 'explicit-agent', null, true],
      ['assignment:magic:capability:magic', null, 'missing-capability-owner', 'magic', true],
      ['assignment:stuck:a1', 'A1', 'exact-agent-id', null, true],
    ]);
  });

  test('what is settled stays, and blocks nothing', () => {
    const answered = history(...STORY, [20, by('A2'), { type: 'answer', record: 'ask', text: 'here' }]);
    expect(read(answered, 'assignments/wave-3.json').assignments[0]).toMatchObject({
      state: 'resolved',
      blocking: false,
    });
  });
});

describe('documents', () => {
  test('are done once they came with a patch', () => {
    expect(read(history(...STORY), 'docs-queue/wave-3.json')).toMatchObject({
      releaseNotesRequired: true,
      openCount: 1,
      items: [
        { id: 'A1:owned:docs/parser.md', kind: 'owned-doc', ownerAgentId: 'A1', state: 'done' },
        { id: 'A3:shared:docs/plan.md', kind: 'shared-plan', ownerAgentId: 'A9', state: 'open' },
      ],
    });
  });
});

describe('security', () => {
  const spoken = (state: string): readonly Entry[] =>
    history(
      [0, WAVE, attemptStarted()],
      [1, by('A7'), signal({ kind: 'security', state, findings: 2, approvals: 0, detail: 'see [x](y)' })],
      [2, WAVE, finished('A7')],
    );
  test.each(['clear', 'concerns', 'blocked'])('%s as the reviewer said', (state) => {
    expect(read(spoken(state), 'security/wave-3.json')).toMatchObject({
      overallState: state,
      totalFindings: 2,
    });
  });
  test('is pending while a reviewer has not ended well', () => {
    expect(read(spoken('clear').slice(0, 2), 'security/wave-3.json').overallState).toBe('pending');
  });
  test('does not apply without a reviewer', () => {
    const contract = { ...CONTRACT, agents: CONTRACT.agents.filter(({ role }) => role !== 'security') };
    expect(read(history(...STORY), 'security/wave-3.json', contract).overallState).toBe('not-applicable');
  });
  test('reads as text in which the reviewer’s markup is dead', () => {
    expect(files(spoken('concerns')).get('security/wave-3.md')).toMatchInlineSnapshot(`
      "# Security of wave 3 · main

      concerns: 2 findings, 0 approvals needed.

      - A7 concerns, 2 findings: see \\[x\\]​(y)
      "
    `);
  });
});

describe('integration', () => {
  const ready: Line = [
    30,
    by('A8'),
    signal({ kind: 'integration', state: 'ready-for-doc-closure', claims: 1, conflicts: 0, blockers: 0 }),
  ];
  const quiet: readonly Line[] = [[0, WAVE, attemptStarted()], ready];
  const recommendation = (...more: readonly Line[]): string =>
    read(history(...quiet, ...more), 'integration/wave-3.json').recommendation;

  test('names what is open with the entry it comes from', () => {
    expect(files(history(...STORY)).get('integration/wave-3.md')).toMatchInlineSnapshot(`
      "# Integration of wave 3 · main

      needs-more-work; the steward has not spoken. Security: pending.

      ## Blockers

      - A2-tqc4 A2: registry is down

      ## Deploy risks

      - A3: ops gap: no rollback

      ## Open claims

      - A3-mwfm A3: amounts fit

      ## Across components

      - A3-mwfm A3: amounts fit (A1 A2)

      ## Documentation gaps

      - A3:shared:docs/plan.md

      ## Helper assignments

      - A1-f4x4 A1: a type, please → A2
      - A2-hpt2 A2: magic → nobody (missing-capability-owner)
      "
    `);
    expect(read(history(...STORY), 'integration/wave-3.json').unresolvedBlockers).toMatchObject([
      { entry: 'stuck', agentId: 'A2' },
    ]);
  });
  test('is ready when the steward says so and nothing stands against it', () => {
    expect(recommendation()).toBe('ready-for-doc-closure');
    expect(read(history([0, WAVE, attemptStarted()]), 'integration/wave-3.json').recommendation).toBe(
      'needs-more-work',
    );
  });
  test.each<[string, Line]>([
    ['an open blocker', [40, by('A2'), { type: 'post', kind: 'blocker', summary: 'stuck', targets: ['A1'] }]],
    ['a risk in operation', [40, by('A3'), signal({ kind: 'gap', gap: 'ops' })]],
    ['a gap in proof', [40, by('A3'), signal({ kind: 'gap', gap: 'durability' })]],
    [
      'a result that did not end well',
      [40, WAVE, { ...finished('A1'), exit: { kind: 'exited', code: 1 } } as Line[2]],
    ],
  ])('is not ready against %s, whatever the steward says', (_, line) => {
    expect(recommendation(line)).toBe('needs-more-work');
  });
});

describe('the ledger', () => {
  test('has every task with its owner and state', () => {
    const tree = {
      type: 'tree.fixed',
      attempt: 1,
      stage: 'implementation',
      tree: '9b12fd0'.padEnd(40, '0'),
      subject: '9b12fd0'.padEnd(40, '0'),
    } as const;
    const { phase, tasks } = read(
      history(...STORY, [12, WAVE, tree], [13, WAVE, proofRun('npm test', 1)]),
      'ledger/wave-3.json',
    );
    expect([
      phase,
      ...tasks.map((one: Record<string, string>) => `${one['id']} ${one['owner']} ${one['state']}`),
    ]).toMatchInlineSnapshot(`
      [
        "cont-eval",
        "implementation:A1 A1 done",
        "implementation:A2 A2 planned",
        "implementation:A3 A3 planned",
        "cont-eval:E0 E0 planned",
        "security:A7 A7 planned",
        "integration:A8 A8 planned",
        "documentation:A9 A9 planned",
        "cont-qa:A0 A0 planned",
        "verify:npm test null blocked",
        "helper:assignment:ask:agent:a2 A2 planned",
        "helper:assignment:magic:capability:magic null blocked",
        "helper:assignment:stuck:a1 A1 planned",
        "doc-helper:A3:shared:docs/plan.md A9 planned",
      ]
    `);
  });
});

describe('the dashboards', () => {
  test('count what waits, and for how long', () => {
    expect(read(history(...STORY, [400, by('A1'), proofSignal]), 'dashboards/wave-3.json')).toMatchObject({
      status: 'running',
      phase: 'implementation',
      attempt: 1,
      coordinationOpen: 4,
      openRequests: 2,
      openBlockers: 1,
      helperAssignmentsOpen: 2,
      unassigned: 1,
      oldestOpenCoordinationAgeMs: 398_000,
      overdueAckCount: 1,
      agents: expect.arrayContaining([
        expect.objectContaining({ agentId: 'A1', state: 'waiting', completedAt: '2026-11-22T10:00:09Z' }),
        expect.objectContaining({ agentId: 'A2', state: 'waiting', startedAt: null }),
      ]),
    });
  });

  test('and the run state say how a wave ended, and which are complete', () => {
    const end = (outcome: string): Line => [
      50,
      WAVE,
      { type: 'attempt.ended', attempt: 1, outcome, code: 'verify-failed' } as Line[2],
    ];
    const state = folded(history([0, WAVE, attemptStarted()], end('refused')));
    const published = {
      run: 'r1',
      attempt: 1,
      commit: 'c'.repeat(40),
      tree: 'd'.repeat(40),
      parent: 'e'.repeat(40),
      target: 'main',
    };
    const lane = laneProjectionsOf('main', [
      { contract: CONTRACT, state },
      { contract: { ...CONTRACT, wave: 2 }, state: { ...state, published } },
    ]);
    expect(JSON.parse(lane.get('run-state.json') ?? '')).toMatchObject({
      completedWaves: [2],
      waves: {
        2: { currentState: 'completed' },
        3: { currentState: 'failed', lastReasonCode: 'verify-failed' },
      },
      history: [
        { wave: 2, attempt: 1 },
        { wave: 3, attempt: 1, toState: 'failed', reasonCode: 'verify-failed' },
      ],
    });
    expect(JSON.parse(lane.get('dashboards/global.json') ?? '')).toMatchObject({
      status: 'failed',
      waves: [
        { wave: 2, status: 'completed' },
        { wave: 3, status: 'failed', agentsTotal: 8 },
      ],
    });
  });
});
