import { describe, expect, test } from 'vitest';
import {
  adding,
  all,
  BASE,
  type Change,
  changing,
  contractOf,
  fact,
  type History,
  honest,
  inWorld,
  placed,
  removing,
  resignalling,
  spoken,
  underContract,
} from '../../test/histories/index.ts';
import type { Entry } from '../journal/index.ts';
import { fold } from '../state/index.ts';
import { afterRefusal } from './after-refusal.ts';
import { failing, gates } from './gates/evaluate.ts';
import { lastRefusal } from './last-refusal.ts';

const CONTRACT = contractOf(['A1', 'A2', 'E0', 'A7', 'A8', 'A9', 'A0']);
const base = { tree: BASE, waveDigest: CONTRACT.digests.wave, policyDigest: CONTRACT.digests.policy };
const reasonsOf = ({ contract, entries, evidence }: History) =>
  failing(gates(contract, fold(contract, entries), evidence, 'close'));

/** The history with its attempt ended, as the run that refuses it writes it down. */
const ended = (history: History): History => {
  const { attempt } = history.world;
  const reasons = reasonsOf(history).map(({ gate, code, agent, record, detail }) => ({
    gate,
    code,
    agent,
    record,
    detail,
  }));
  const end = fact(
    'close',
    'ended',
    { type: 'attempt.ended', attempt, outcome: 'refused', code: reasons[0]?.code ?? '', reasons },
    { attempt },
  );
  return adding([end])(history);
};
const refused = (...changes: readonly Change[]): History =>
  ended(all(...changes)(inWorld({ ships: null })(honest({ contract: CONTRACT }))));

/** The same attempt once more, in the same run. */
const again = (history: History, ...changes: readonly Change[]): History => {
  const repeated = JSON.parse(
    JSON.stringify(history.entries)
      .replaceAll('local-1.1.', 'local-1.2.')
      .replaceAll('"attempt":1', '"attempt":2'),
  ) as readonly Entry[];
  const second = repeated.filter(
    ({ body }) => body.type !== 'instance.opened' && body.type !== 'attempt.ended',
  );
  return ended(
    all(...changes)(
      inWorld({ attempt: 2 })({ ...history, entries: placed([...history.entries, ...second]) }),
    ),
  );
};
const decided = (history: History, maxRetries = 3) => {
  const state = fold(history.contract, history.entries);
  const attempt = state.attempts.get(history.world.attempt);
  if (attempt === undefined) throw new Error('no attempt');
  const after = afterRefusal(
    history.contract,
    state,
    attempt,
    reasonsOf(history),
    base,
    maxRetries,
    () => new Set(['local', 'codex'] as const),
  );
  return after.do === 'retry'
    ? `retry ${after.selection.agents.join(' ')} keep ${after.selection.kept.map(({ agent }) => agent).join(' ')}`
    : `give up ${JSON.stringify(after.why)}`;
};

const crash = (id: string): Change => changing(id, { exit: { kind: 'exited', code: 1 } });
const hold = resignalling('local-1.1.A0.2', { verdict: 'hold' });

describe('another attempt', () => {
  test.each<[string, History, string]>([
    ['of the one that failed', refused(crash('local-1.1.A1.finished')), 'retry A1 keep A2'],
    [
      '§14.77: of all that failed, together',
      refused(crash('local-1.1.A1.finished'), removing('local-1.1.A2.1')),
      'retry A1 A2 keep ',
    ],
    [
      'of stewards alone, when a steward’s own run failed',
      refused(crash('local-1.1.A8.finished')),
      'retry  keep A1 A2',
    ],
    ['of stewards alone, when one said nothing', refused(removing('local-1.1.A7.1')), 'retry  keep A1 A2'],
    [
      'of whom a steward that says no names',
      refused(
        hold,
        adding([spoken('A0', 9, { type: 'post', kind: 'request', summary: 'mend it', targets: ['A2'] })]),
      ),
      'retry A2 keep A1',
    ],
  ])('%s', (_, history, expected) => {
    expect(decided(history)).toBe(expected);
  });
});

describe('no further attempt', () => {
  test('as a steward’s no is not asked again until it is a yes', () => {
    expect(decided(refused(hold))).toBe('give up {"code":"nobody-to-relaunch","by":["A0"]}');
    expect(decided(refused(resignalling('local-1.1.A7.1', { state: 'blocked' })))).toBe(
      'give up {"code":"nobody-to-relaunch","by":["A7"]}',
    );
  });

  test('while a file has to say something else first', () => {
    const strict = (history: History): History => ({
      ...history,
      contract: { ...history.contract, policy: { ...history.contract.policy, allowSimulated: false } },
    });
    expect(decided(refused(strict))).toBe('give up {"code":"edit-first","codes":["simulated-not-allowed"]}');
  });

  test('beyond the number allowed', () => {
    const first = refused(crash('local-1.1.A1.finished'));
    expect(decided(first, 0)).toBe('give up {"code":"retries-spent","retries":0}');
    const second = again(first, removing('local-1.2.A2.1'));
    expect(decided(second, 1)).toBe('give up {"code":"retries-spent","retries":1}');
    expect(decided(second, 2)).toBe('retry A1 A2 keep ');
  });

  test('when the one before failed in the same way on the same work', () => {
    const first = refused(crash('local-1.1.A1.finished'));
    expect(decided(again(first))).toBe('give up {"code":"no-progress","since":1}');
    const otherTree = changing('local-1.2.trees.implementation', { subject: '7'.repeat(40) });
    expect(decided(again(first, otherTree))).toMatch(/^retry A1 /);
    const another = underContract((contract) => ({
      ...contract,
      agents: contract.agents.map((agent) => ({
        ...agent,
        executor: { ...agent.executor, fallbacks: ['codex'] as const },
      })),
    }));
    expect(decided(another(again(first)))).toMatch(/^retry A1 /);
  });
});

test('a relaunched agent is told what was said of it, and the rest', () => {
  const state = fold(CONTRACT, refused(crash('local-1.1.A1.finished'), removing('local-1.1.A2.1')).entries);
  expect(lastRefusal(state, 2, 'A1')).toMatchObject({
    attempt: 1,
    own: [{ code: 'agent-crashed', agent: 'A1' }],
    others: [{ code: 'missing-wave-proof', agent: 'A2' }],
  });
  expect(lastRefusal(state, 1, 'A1')).toBeNull();
});
