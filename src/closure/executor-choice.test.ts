import { describe, expect, test } from 'vitest';
import { changing, contractOf, honest, RUN } from '../../test/histories/index.ts';
import type { ExecutorChoice, ExecutorId } from '../contract/index.ts';
import type { Entry, ExitReason } from '../journal/index.ts';
import { fold } from '../state/index.ts';
import { chooseExecutor } from './executor-choice.ts';

const CONTRACT = contractOf(['A1', 'A2', 'A0']);
const own: ExecutorChoice = {
  id: 'claude',
  program: null,
  model: 'opus',
  timeoutMs: 60_000,
  selectedBy: 'agent-id',
  fallbacks: ['codex', 'opencode'],
  budget: { turns: null, tokens: 200_000, cost: null },
};
const EVERY: readonly ExecutorId[] = ['claude', 'codex', 'opencode'];
const agent = { id: 'A1', executor: own };

/** Attempt 1 ended so, and attempt 2 when it is given. */
const having = (...ends: readonly (readonly [ExecutorId, ExitReason | 'reused'])[]) => {
  const entries = ends.flatMap(([executor, exit], i): readonly Entry[] => {
    const part = exit === 'reused' ? { reusedFrom: 'x' } : { exit };
    const { entries } = changing('local-1.1.A1.finished', { executor, ...part })(
      honest({ contract: CONTRACT }),
    );
    return JSON.parse(
      JSON.stringify(entries)
        .replaceAll('local-1.1.', `local-1.${i + 1}.`)
        .replaceAll('"attempt":1', `"attempt":${i + 1}`),
    ) as readonly Entry[];
  });
  const state = fold(
    CONTRACT,
    entries.map((entry, i) => ({ ...entry, seq: i + 1 })),
  );
  return (available: readonly ExecutorId[] = EVERY, executor: ExecutorChoice = own): ExecutorId =>
    chooseExecutor(state, { run: RUN, attempt: ends.length + 1 }, { ...agent, executor }, new Set(available))
      .id;
};
const WELL: ExitReason = { kind: 'exited', code: 0 };
const CRASHED: ExitReason = { kind: 'exited', code: 1 };

describe('the executor of the next attempt', () => {
  test('is its own at first, a fallback where its own is not here, its own where nothing else is either', () => {
    expect(having()()).toBe('claude');
    expect(having()(['codex', 'opencode'])).toBe('codex');
    expect(having()([])).toBe('claude');
  });

  test.each<[string, ExitReason]>([
    ['exit code', CRASHED],
    ['signal', { kind: 'signalled', signal: 'SIGKILL' }],
    ['timeout', { kind: 'timed-out', afterMs: 1 }],
    ['output', { kind: 'output-capped', bytes: 1 }],
    ['start', { kind: 'failed-to-start', message: 'no' }],
  ])('is a fallback after a failure of the process: %s', (_, exit) => {
    expect(having(['claude', exit])()).toBe('codex');
  });

  test('§14.73: stays after a failure of the work', () => {
    expect(having(['claude', WELL])()).toBe('claude');
    expect(having(['claude', { kind: 'lost' }])()).toBe('claude');
    expect(having(['codex', WELL])()).toBe('codex');
    expect(having(['codex', 'reused'])()).toBe('claude');
  });

  test('goes down the chain, each once, and §14.72: stays where nothing is left', () => {
    expect(having(['claude', CRASHED], ['codex', CRASHED])()).toBe('opencode');
    expect(having(['claude', CRASHED])(['claude', 'opencode'])).toBe('opencode');
    expect(having(['claude', CRASHED], ['codex', CRASHED])(['claude', 'codex'])).toBe('codex');
    expect(having(['claude', CRASHED])(EVERY, { ...own, fallbacks: [] })).toBe('claude');
  });

  test('of a fallback has neither the model nor the program of another, and its budget', () => {
    const state = fold(CONTRACT, []);
    expect(chooseExecutor(state, { run: RUN, attempt: 1 }, agent, new Set(['codex'] as const))).toEqual({
      ...own,
      id: 'codex',
      model: null,
      selectedBy: 'fallback',
    });
  });
});
