import { expect, test } from 'vitest';
import type { Body } from '../journal/index.ts';
import { attemptStarted, by, folded, history, WAVE } from '../views/sample-wave.fixture.ts';
import { demoRecap } from './demo-recap.ts';

const finished = (agent: string, attempt: number, reusedFrom?: string): Body => ({
  type: 'agent.finished',
  attempt,
  agent,
  executor: 'command',
  isolation: 'none',
  exit: { kind: 'exited', code: 0 },
  durationMs: 10,
  usage: { inputTokens: 1, outputTokens: 1, costUsd: 0 },
  patch: null,
  baseTree: '4f1c2ab'.padEnd(40, '0'),
  ...(reusedFrom === undefined ? {} : { reusedFrom }),
});
const stated = (kind: 'claim' | 'evidence', value: string): Body => ({
  type: 'post',
  kind,
  summary: `decimals are ${value}`,
  subject: 'decimals/jpy',
  value,
});

test('who asked whom, who contradicted whom, and what another attempt did about it', () => {
  const state = folded(
    history(
      [0, WAVE, attemptStarted()],
      [
        1,
        by('A1'),
        { type: 'post', kind: 'clarification-request', summary: 'which sign?', targets: ['agent:A2'] },
      ],
      [
        2,
        by('A2'),
        { type: 'post', kind: 'request', summary: 'list the decimals', targets: ['capability:rounding'] },
      ],
      [3, by('A3'), { type: 'answer', record: 'e3', text: 'JPY 0' }],
      [4, by('A2'), { type: 'answer', record: 'e2', text: '_' }],
      [5, by('A1'), stated('claim', '2')],
      [6, by('A3'), stated('evidence', '0')],
      [7, WAVE, finished('A1', 1), 'a1'],
      [7, WAVE, finished('A2', 1), 'a2'],
      [7, WAVE, finished('A3', 1), 'a3'],
      [8, by('A8'), { type: 'post', kind: 'request', summary: 'mend it', targets: ['agent:A1'] }],
      [
        9,
        WAVE,
        {
          type: 'attempt.ended',
          attempt: 1,
          outcome: 'refused',
          code: 'contradiction-open',
          reasons: [
            {
              gate: 'blockers',
              code: 'contradiction-open',
              agent: 'A1',
              record: null,
              detail: 'they differ',
            },
          ],
        },
      ],
      [10, WAVE, { ...attemptStarted(2), agents: ['A1'] } as Body],
      [11, WAVE, finished('A2', 2, 'a2')],
      [11, WAVE, finished('A3', 2, 'a3')],
      [12, by('A1', 2), stated('claim', '0')],
      [13, by('A1', 2), { type: 'answer', record: 'e11', text: 'done' }],
      [14, WAVE, finished('A1', 2)],
    ),
  );
  expect(demoRecap(state).join('\n')).toMatchInlineSnapshot(`
    "A1 had to know “which sign?” and A2 answered “_”
    A2 asked for capability:rounding: “list the decimals”, and A3 has it
    A1 and A3 contradicted each other on decimals/jpy, repaired by A1 in the end
    A8 asked A1: “mend it”, and it is done
    attempt 1 was refused (contradiction-open), attempt 2 ran A1 again and kept A2 and A3"
  `);
});

test('nothing to tell of a wave in which nobody spoke', () => {
  expect(demoRecap(folded(history([0, WAVE, attemptStarted()])))).toEqual([]);
});
