import { describe, expect, it } from 'vitest';
import type { Body } from '../journal/index.ts';
import type { WaveState } from '../state/index.ts';
import { at, by, CONTRACT, folded, history, type Line, PERSON, WAVE } from './sample-wave.fixture.ts';
import { renderTask, renderTasks, type Task, taskOf, tasksOf, told } from './task.ts';

const style = { unicode: true, color: false, width: 100 };
const operator = { kind: 'operator', as: 'A1' } as const;
const need: Body = {
  type: 'post',
  kind: 'request',
  summary: 'Need a decision\x1b[2J on the session',
  detail: 'It changed under two of us.',
  targets: ['agent:A8'],
  priority: 'high',
  refs: ['src/parser/session.ts'],
  name: 'need-decision',
};
const question: Body = {
  type: 'post',
  kind: 'clarification-request',
  summary: 'who rounds?',
  targets: ['A3'],
};
const asked = (...more: readonly Line[]): WaveState => folded(history([0, operator, need, 'need'], ...more));
const task = (state: WaveState, id: string): Task => {
  const record = state.records.get(id);
  const found = record === undefined ? null : taskOf(CONTRACT, state, record);
  if (found === null) throw new Error(`${id} is no task`);
  return found;
};

describe('a task', () => {
  it('says what is asked of whom, by when', () => {
    expect(renderTask(task(asked(), 'need'), at(60), style)).toMatchInlineSnapshot(`
      "A1-x2g7  request "Need a decision on the session"
        open · high · blocks the wave
        asked by  A1 (operator for A1), 1 m ago
        owed by   A8, as agent:A8 (explicit-agent)
        deadline  to be taken up: due in 4 m; to be settled: due in 29 m
        about     src/parser/session.ts
        detail    It changed under two of us.
        name      need-decision
        id        need"
    `);
    const { title, ...rest } = task(asked(), 'need');
    // Programs get the text as it was written.
    expect(title).toBe('Need a decision\x1b[2J on the session');
    expect(rest).toMatchInlineSnapshot(`
      {
        "ackDeadlineAt": "2026-11-22T10:05:00.000Z",
        "answer": null,
        "assigneeAgentId": "A8",
        "assignments": [
          {
            "assignee": "A8",
            "reason": "explicit-agent",
            "target": "agent:A8",
            "targetKind": "agent",
          },
        ],
        "blocking": true,
        "clarificationId": null,
        "closedBy": null,
        "createdAt": "2026-11-22T10:00:00Z",
        "dependsOn": [],
        "detail": "It changed under two of us.",
        "evidenceRefs": [
          "src/parser/session.ts",
        ],
        "handle": "A1-x2g7",
        "leaseOwnerAgentId": null,
        "name": "need-decision",
        "needsHuman": false,
        "owner": "A1",
        "ownerAgentId": "A1",
        "priority": "high",
        "resolveDeadlineAt": "2026-11-22T10:30:00.000Z",
        "state": "open",
        "targets": [
          "agent:A8",
        ],
        "taskId": "need",
        "taskType": "request",
        "updatedAt": "2026-11-22T10:00:00Z",
        "writtenBy": "operator for A1",
      }
    `);
  });

  it('says what came of it', () => {
    const state = asked([90, PERSON, { type: 'answer', record: 'need', text: 'keep both' }, 'answer']);
    expect(renderTask(task(state, 'need'), at(200), { ...style, unicode: false })).toMatchInlineSnapshot(`
      "A1-x2g7  request "Need a decision on the session"
        resolved - high - does not block
        asked by  A1 (operator for A1), 3 m ago
        owed by   A8, as agent:A8 (explicit-agent)
        about     src/parser/session.ts
        detail    It changed under two of us.
        answer    mona: keep both
        ended by  answer
        name      need-decision
        id        need"
    `);
  });

  it.each<[what: string, act: Body | null, by: 'A8' | 'operator', expected: Partial<Task>]>([
    [
      'open',
      null,
      'A8',
      { state: 'open', leaseOwnerAgentId: null, ackDeadlineAt: '2026-11-22T10:05:00.000Z' },
    ],
    [
      'taken up',
      { type: 'ack', record: 'need' },
      'A8',
      {
        state: 'working',
        leaseOwnerAgentId: 'A8',
        ackDeadlineAt: null,
        resolveDeadlineAt: '2026-11-22T10:30:00.000Z',
      },
    ],
    [
      'dismissed',
      { type: 'update', record: 'need', status: 'cancelled' },
      'operator',
      { state: 'cancelled', blocking: false, resolveDeadlineAt: null },
    ],
    [
      'given to a capability nobody has',
      { type: 'update', record: 'need', targets: ['capability:poetry'] },
      'operator',
      { state: 'open', needsHuman: true, assigneeAgentId: null },
    ],
  ])('that is %s', (_what, act, who, expected) => {
    const author = who === 'operator' ? ({ kind: 'operator' } as const) : by('A8');
    const state = act === null ? asked() : asked([10, author, act]);
    expect(task(state, 'need')).toMatchObject(expected);
  });

  it('of a question’s chain names the question; an escalation waits for a person', () => {
    const state = folded(
      history(
        [0, by('A2'), question, 'q'],
        [
          5,
          WAVE,
          {
            type: 'post',
            kind: 'human-escalation',
            summary: 'who rounds?',
            closureCondition: 'clarification:q',
          },
          'esc',
        ],
      ),
    );
    expect(task(state, 'esc')).toMatchObject({
      taskType: 'escalation',
      state: 'input-required',
      needsHuman: true,
      clarificationId: 'q',
    });
    expect(task(state, 'q')).toMatchObject({
      taskType: 'clarification',
      clarificationId: 'q',
      needsHuman: false,
    });
  });

  it('is no note of the orchestrator', () => {
    const state = folded(
      history([0, WAVE, { type: 'post', kind: 'orchestrator-guidance', summary: 'go on' }, 'note']),
    );
    expect(tasksOf(CONTRACT, state, { settled: 'with' })).toEqual([]);
  });
});

describe('the list of tasks', () => {
  const state = asked(
    [5, by('A2'), question, 'q'],
    [6, by('A3'), { type: 'post', kind: 'evidence', summary: 'rounding is in src/format' }, 'fact'],
    [7, by('A3'), { type: 'answer', record: 'q', text: 'format does' }, 'answer'],
    [8, WAVE, { type: 'post', kind: 'human-escalation', summary: 'may it ship?' }, 'esc'],
    [9, operator, { type: 'update', record: 'need', targets: ['capability:poetry'] }],
  );

  it('has what is open first, the nearest deadline first', () => {
    expect(renderTasks(tasksOf(CONTRACT, state, { settled: 'with' }), at(400), style)).toMatchInlineSnapshot(`
      "open: 3 tasks
        wave-c55x  overdue by 1 m      escalation wave → a person  "may it ship?"
        A1-x2g7    overdue by 1 m      request A1 → a person  "Need a decision on the session"
        A3-dz64    no deadline         evidence A3  "rounding is in src/format" (does not block)

      settled: 1 task
        A2-ry24    resolved            clarification A2 → A3  "who rounds?""
    `);
  });

  it.each([
    ['A1', ['need']],
    ['A3', ['fact', 'q']],
    ['A8', []],
  ])('of %s has what it asked or owes', (agent, ids) => {
    expect(tasksOf(CONTRACT, state, { agent, settled: 'with' }).map((one) => one.taskId)).toEqual(ids);
  });

  it('says when nothing is open', () => {
    expect(renderTasks([], at(0), style)).toBe('nothing is open');
  });
});

it('an act says what the task is now, and what ended with it', () => {
  const state = asked([1, by('A8'), { type: 'ack', record: 'need' }]);
  expect(told(task(state, 'need'), [], style)).toMatchInlineSnapshot(`"A1-x2g7 request working → A8  need"`);
  const record = state.records.get('need');
  expect(told(task(state, 'need'), record === undefined ? [] : [record], style)).toMatchInlineSnapshot(`
    "A1-x2g7 request working → A8  need
      and with it A1-x2g7 request"
  `);
});
