import { describe, expect, test } from 'vitest';
import type { ExecutorChoice, ExecutorId } from '../contract/index.ts';
import { executorsHere, refuseMissingExecutors } from './executors-here.ts';
import { WaveFailure } from './failure/index.ts';

const agent = (id: string, executor: ExecutorId, ...fallbacks: readonly ExecutorId[]) => {
  const choice: ExecutorChoice = {
    id: executor,
    program: null,
    model: null,
    timeoutMs: 1,
    selectedBy: 'agent-id',
    fallbacks,
    budget: { turns: null, tokens: null, cost: null },
  };
  return { id, executor: choice };
};
const IN = {
  config: {
    executors: {
      default: 'claude',
      byRole: {},
      fallbackOrder: [],
      budget: { turns: null, tokens: null, cost: null },
      programs: {},
      access: { codex: { keyVariable: 'TEAM_KEY' } },
    },
  },
} as const;
const only =
  (...here: readonly ExecutorId[]) =>
  (id: ExecutorId) =>
    here.includes(id) ? null : { message: `there is no program ${id} on PATH`, fix: `install ${id}` };

describe('executors of this machine', () => {
  test('are those of an agent and its fallbacks that can be started', () => {
    expect([...executorsHere(IN, agent('A1', 'claude', 'codex', 'local'), only('codex', 'local'))]).toEqual([
      'codex',
      'local',
    ]);
  });

  test('are looked for with the key the configuration names', () => {
    const asked: unknown[] = [];
    executorsHere(IN, agent('A1', 'claude', 'codex'), (id, { keyVariable }) => {
      asked.push([id, keyVariable]);
      return null;
    });
    expect(asked).toEqual([
      ['claude', undefined],
      ['codex', 'TEAM_KEY'],
    ]);
  });

  test('one that is missing is no refusal where a fallback is here', () => {
    expect(() =>
      refuseMissingExecutors({ ...IN, agents: [agent('A1', 'claude', 'codex')] }, only('codex')),
    ).not.toThrow();
  });

  test('all that are missing are said at once, with whom they concern', () => {
    const agents = [
      agent('A1', 'claude'),
      agent('A2', 'codex'),
      agent('A3', 'claude', 'codex'),
      agent('A4', 'local'),
    ];
    let told = '';
    try {
      refuseMissingExecutors({ ...IN, agents }, only('local'));
    } catch (error) {
      if (error instanceof WaveFailure) told = `${error.code}: ${error.message}\n${error.fix}`;
    }
    expect(told).toMatchInlineSnapshot(`
      "executor-not-available: A1, A3: there is no program claude on PATH; A2: there is no program codex on PATH
      install claude; install codex"
    `);
  });
});
