import { describe, expect, test } from 'vitest';
import { contractOf, honest, removing } from '../../test/histories/index.ts';
import { fold } from '../state/index.ts';
import { allHold, failing, gates } from './gates/evaluate.ts';
import { next } from './next.ts';

const NOW = '2026-11-22T12:00:00Z';
const everybody = contractOf(['A1', 'A2', 'E0', 'A7', 'A8', 'A9', 'A0']);
const few = contractOf(['A1', 'A2', 'A9', 'A0']);

describe('nothing in an honest history can be left out', () => {
  test.each([
    // The proof on T0 let the stewards start; what ships is proved by the one on T1.
    ['with documentation of its own', honest({ contract: everybody }), /\.prove\.3333-0$/],
    ['of the smallest wave', honest({ contract: few }), /\.prove\.3333-0$/],
    // There T1 is T0, so the fact that names T1 says nothing new; here nobody names it.
    ['with documentation that changed nothing', honest({ contract: everybody, docs: 'unchanged' }), /^none$/],
  ])('%s', (_, history, spare) => {
    const { contract } = history;
    const state = fold(contract, history.entries);
    expect(failing(gates(contract, state, history.evidence, 'close'))).toEqual([]);
    expect(next(contract, state, history.evidence, NOW)).toEqual({ do: 'finish' });

    const closedWithout = history.entries
      .filter(({ id }) => {
        const { entries, evidence } = removing(id)(history);
        const without = fold(contract, entries);
        const holds = allHold(gates(contract, without, evidence, 'close'));
        const finishes = next(contract, without, evidence, NOW).do === 'finish';
        return holds || finishes;
      })
      .map(({ id }) => id);
    expect(closedWithout.filter((id) => !spare.test(id))).toEqual([]);
  });

  test('order within the journal is part of it: a verdict before its attempt is no verdict', () => {
    const history = honest({ contract: few });
    const reversed = history.entries.toReversed().map((entry, i) => ({ ...entry, seq: i + 1 }));
    const state = fold(few, reversed);
    expect(next(few, state, history.evidence, NOW).do).not.toBe('finish');
  });
});
