import { describe, expect, test } from 'vitest';
import { contractOf, EVERY_STEWARD, honest, removing } from '../../test/histories/index.ts';
import { fold } from '../state/index.ts';
import { allHold, failing, gates } from './gates/evaluate.ts';
import { next } from './next.ts';
import type { Evidence, TreeFact } from './types.ts';

const NOW = '2026-11-22T12:00:00Z';
const everybody = contractOf(['A1', 'A2', 'E0', 'A7', 'A8', 'A9', 'A0']);
const few = contractOf(['A1', 'A2', 'A9', 'A0']);

describe('nothing in an honest history can be left out', () => {
  test.each([
    // The proof on T0 let the stewards start; what ships is proved by the one on T1.
    ['with documentation of its own', honest({ contract: everybody }), /\.prove\.3333-0$/],
    ['with components and eval targets', honest({ contract: EVERY_STEWARD }), /\.prove\.3333-0$/],
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

  test('nor any part of what the run found in its own git', () => {
    const { contract, entries, evidence } = honest({ contract: EVERY_STEWARD });
    const state = fold(contract, entries);
    const without = (paths: TreeFact | null, path: string): TreeFact | null =>
      paths && { ...paths, files: new Map([...paths.files].filter(([one]) => one !== path)) };
    const parts: readonly (readonly [string, Partial<Evidence>])[] = [
      ['T0', { implementation: null }],
      ['the candidate', { candidate: null }],
      ['the matrix', { matrix: { kind: 'missing' } }],
      ...[...evidence.reports.keys()].map(
        (agent) =>
          [
            `the report of ${agent}`,
            { reports: new Map([...evidence.reports].filter(([one]) => one !== agent)) },
          ] as const,
      ),
      ...[...(evidence.candidate?.files.keys() ?? [])].map(
        (path) => [path, { candidate: without(evidence.candidate, path) }] as const,
      ),
    ];
    expect(parts.map(([what]) => what)).toEqual([
      'T0',
      'the candidate',
      'the matrix',
      'the report of E0',
      'the report of A7',
      'the report of A8',
      'the report of A0',
      'src/a1.ts',
      'docs/proof/a1.md',
      'src/a2.ts',
    ]);
    for (const [what, part] of parts)
      expect(allHold(gates(contract, state, { ...evidence, ...part }, 'close')), what).toBe(false);
  });

  test('order within the journal is part of it: a verdict before its attempt is no verdict', () => {
    const history = honest({ contract: few });
    const reversed = history.entries.toReversed().map((entry, i) => ({ ...entry, seq: i + 1 }));
    const state = fold(few, reversed);
    expect(next(few, state, history.evidence, NOW).do).not.toBe('finish');
  });
});
