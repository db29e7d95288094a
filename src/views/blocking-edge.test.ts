import { describe, expect, it } from 'vitest';
import type { Body } from '../journal/index.ts';
import { blockingEdge, edgeLine } from './blocking-edge.ts';
import { headline } from './headline.ts';
import {
  at,
  attemptStarted,
  BASE,
  by,
  COMMIT,
  CONTRACT,
  finished,
  folded,
  gatesWith,
  history,
  type Line,
  PERSON,
  TREE,
  WAVE,
  why,
} from './sample-wave.fixture.ts';

const post = (kind: string, summary: string, targets: readonly string[] = []): Body =>
  ({ type: 'post', kind, summary, targets }) as Body;
const ran = [
  [0, WAVE, attemptStarted()],
  [1, WAVE, finished('A1')],
  [1, WAVE, finished('A2')],
  [1, WAVE, finished('A3')],
] as const;
const ended = [
  9,
  WAVE,
  { type: 'attempt.ended', attempt: 1, outcome: 'refused', code: 'verify-failed' },
] as const;
const intent = [
  8,
  WAVE,
  { type: 'publish.intent', attempt: 1, commit: COMMIT, tree: TREE, parent: BASE, target: 'main' },
] as const;
const done = [8, WAVE, { type: 'publish.done', attempt: 1, commit: COMMIT, target: 'main' }] as const;
const failed = gatesWith({ verify: [why('verify-failed', 'npm test: exit code 1')] });

const seen = (lines: readonly Line[], gates = gatesWith({})): readonly (string | null)[] => {
  const state = folded(history(...lines));
  const edge = blockingEdge(CONTRACT, state, gates);
  const { lead, sentence, answer } = headline(CONTRACT, state, gates);
  return [edge?.kind ?? null, edge === null ? null : edgeLine(edge, at(60)), `${lead}: ${sentence}`, answer];
};

describe('the blocking edge', () => {
  it('takes a question to a person before a clarification before a request before a blocker', () => {
    const blocker = [2, by('A1'), post('blocker', 'no network')] as const;
    const request = [2, by('A1'), post('request', 'need a type', ['A3'])] as const;
    const unowned = [2, by('A1'), post('request', 'need magic', ['capability:magic'])] as const;
    const question = [2, by('A2'), post('clarification-request', 'who rounds?', ['A3'])] as const;
    const escalation = [2, WAVE, post('human-escalation', 'who pays?')] as const;
    const feedback = [2, PERSON, post('human-feedback', 'is this right?')] as const;
    const start = [0, WAVE, attemptStarted()] as const;
    expect([
      seen([start, blocker, request, unowned, question, escalation, feedback]),
      seen([start, blocker, request, unowned, question, escalation]),
      seen([start, blocker, request, unowned, question]),
      seen([start, blocker, request, unowned]),
      seen([start, blocker, request]),
      seen([start, blocker]),
    ]).toMatchInlineSnapshot(`
      [
        [
          "human-input",
          "question to a person person-6pro "is this right?"  mona → a person, due in 4 m",
          "Waiting for a maintainer: 2 questions block the wave",
          "person-6pro",
        ],
        [
          "human-escalation",
          "escalation wave-6m2c "who pays?"  wave → a person, due in 4 m",
          "Waiting for a maintainer: one question blocks the wave",
          "wave-6m2c",
        ],
        [
          "clarification",
          "clarification A2-inya "who rounds?"  A2 → A3",
          "Waiting for A3: A2 asks "who rounds?"",
          null,
        ],
        [
          "helper-assignment-unresolved",
          "request A1-islx "need magic"  A1 → nobody answers to it, a person decides, due in 4 m",
          "Waiting for a maintainer: A1 requests "need magic", and nobody in the wave answers to it",
          null,
        ],
        [
          "helper-assignment",
          "request A1-z337 "need a type"  A1 → A3",
          "Waiting for A3: A1 requests "need a type"",
          null,
        ],
        [
          "blocker",
          "blocker A1-vqhq "no network"  A1 → a person",
          "Waiting for a maintainer: A1 reports a blocker "no network"",
          null,
        ],
      ]
    `);
  });

  it('is the agents at work, then what the gates say, then nothing', () => {
    expect([
      seen([]),
      seen([...ran.slice(0, 3)]),
      seen([...ran]),
      seen([...ran], failed),
      seen([...ran, ended]),
      seen([...ran, intent, done]),
    ]).toMatchInlineSnapshot(`
      [
        [
          "not-started",
          "nothing has run yet",
          "Not started: nothing has run yet",
          null,
        ],
        [
          "running",
          "A3 is at work",
          "Running: A3 is at work",
          null,
        ],
        [
          "running",
          "E0 comes next",
          "Running: E0 comes next",
          null,
        ],
        [
          "gate",
          "verify-failed: npm test: exit code 1",
          "Waiting for a maintainer: 1 of 14 gates fails: verify-failed",
          null,
        ],
        [
          "gate",
          "the last attempt was refused: verify-failed",
          "Waiting for a maintainer: the last attempt was refused: verify-failed",
          null,
        ],
        [
          null,
          null,
          "Closed: published abc1234 to main",
          null,
        ],
      ]
    `);
  });

  it('turns to a maintainer when the agent that owes is no longer running', () => {
    expect(
      seen([...ran, [2, by('A2'), post('clarification-request', 'who rounds?', ['A3'])], ended]),
    ).toMatchInlineSnapshot(`
      [
        "clarification",
        "clarification A2-inya "who rounds?"  A2 → A3, due in 4 m",
        "Waiting for a maintainer: A2 asks "who rounds?", and A3 is not running",
        "A2-inya",
      ]
    `);
    expect(
      seen([
        ...ran,
        [2, by('A2'), post('clarification-request', 'who rounds?')],
        [2, by('A1'), post('clarification-request', 'who pays?')],
      ]),
    ).toMatchInlineSnapshot(`
      [
        "clarification",
        "clarification A2-inya "who rounds?"  A2 → a person, due in 4 m",
        "Waiting for a maintainer: 2 questions block A2 and A1",
        "A2-inya",
      ]
    `);
  });

  it('follows a clarification to the agent it was routed to', () => {
    const routed = seen([
      ...ran,
      [2, by('A2'), post('clarification-request', 'who rounds?'), 'q'],
      [
        3,
        WAVE,
        {
          type: 'post',
          kind: 'request',
          summary: 'who rounds?',
          targets: ['A1'],
          closureCondition: 'clarification:q',
        },
      ],
    ]);
    expect(routed[1]).toMatchInlineSnapshot(`"clarification A2-ry24 "who rounds?"  A2 → A1, due in 4 m"`);
  });

  it('does not hold a wave for what is advisory or settled', () => {
    const advisory = { type: 'post', kind: 'blocker', summary: 'later', severity: 'advisory' } as Body;
    expect(
      seen(
        [
          ...ran,
          [2, by('A2'), advisory],
          [3, by('A2'), post('request', 'x', ['A3']), 'r'],
          [4, by('A3'), { type: 'update', record: 'r', status: 'resolved' }],
        ],
        failed,
      )[0],
    ).toBe('gate');
  });
});
