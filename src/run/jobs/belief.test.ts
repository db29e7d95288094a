import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Author, Body, Entry } from '../../journal/index.ts';
import { alreadySaid, attributing, rangesOf } from './belief.ts';

const OURS = {
  run: 'g7',
  attempt: 2,
  journal: { tip: 'a'.repeat(40), seq: 10, ours: [[9, 10]] as [number, number][] },
};
const TOLD = { tip: 'b'.repeat(40), seq: 20, ours: [[15, 20]] as const };

const entry = (seq: number | null, by: Author, body: Body, id = `g7.2.x.${seq}`): Entry => ({
  id,
  seq,
  at: '2026-01-01T00:00:00Z',
  by,
  instance: 'main/wave-1/pr-1',
  family: 'control',
  body,
});
const ended = (attempt: number): Body => ({
  type: 'attempt.ended',
  attempt,
  outcome: 'closed',
  code: 'closed',
});
const job = (run: string): Author => ({ kind: 'orchestrator', run, job: 'close' });
const agent = (run: string, attempt: number): Author => ({ kind: 'agent', agent: 'A1', run, attempt });
const verdict: Body = { type: 'signal', signal: { kind: 'verdict', verdict: 'pass' } };

describe('whose word an entry is', () => {
  const CASES: readonly (readonly [string, Entry, boolean])[] = [
    ['history of another run', entry(3, job('g6'), ended(1)), true],
    ['an earlier attempt of this run', entry(3, job('g7'), ended(1)), true],
    [
      'a person before the attempt',
      entry(3, { kind: 'person', user: 1, login: 'ada', via: 'c' }, verdict),
      true,
    ],
    ['this attempt, before it was claimed', entry(3, job('g7'), ended(2)), false],
    ['an agent of this attempt, before it was claimed', entry(3, agent('g7', 2), verdict), false],
    ['what plan wrote', entry(9, job('g7'), ended(2)), true],
    ['between plan and record, of this attempt', entry(12, agent('g7', 2), verdict), false],
    ['between plan and record, of an operator', entry(12, { kind: 'operator' }, verdict), false],
    ['between plan and record, of another run', entry(12, job('g6'), ended(1)), false],
    ['what record wrote', entry(16, agent('g7', 2), verdict), true],
    ['after record', entry(21, agent('g7', 2), verdict), false],
    ['not yet appended', entry(null, agent('g7', 2), verdict), true],
    ['after record, said by this very job', entry(30, job('g7'), ended(2), 'own'), true],
  ];
  test.each(CASES)('%s', (_what, one, believed) => {
    const read = attributing(OURS, TOLD, new Set(['own']))(one);
    expect(read.by.kind === 'unattributed').toBe(!believed);
    expect({ ...read, by: null }).toEqual({ ...one, by: null });
  });
});

test('ranges hold the same numbers, in order, and never touch', () => {
  const range = fc
    .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 8 }))
    .map(([from, more]) => [from, from + more] as const);
  fc.assert(
    fc.property(fc.array(range, { maxLength: 12 }), (given) => {
      const numbers = (ranges: readonly (readonly [number, number])[]): readonly number[] =>
        [
          ...new Set(
            ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i)),
          ),
        ].toSorted((a, b) => a - b);
      const made = rangesOf(given);
      expect(numbers(made)).toEqual(numbers(given));
      for (const [i, [from]] of made.entries()) expect(from).toBeGreaterThan((made[i - 1]?.[1] ?? -1) + 1);
    }),
  );
});

describe('a job that runs again', () => {
  const first = entry(12, job('g7'), ended(2), 'g7.2.close.ended');
  const { seq: _seq, ...again } = { ...first, id: 'g7.2.close.r2.ended' };
  test('finds what it said word for word', () => {
    expect(alreadySaid([first], [again])).toEqual({ fresh: [], said: [first] });
  });
  test('says anew what is different now, or was another’s', () => {
    const other = { ...again, body: { ...ended(2), code: 'other' } as Body };
    expect(alreadySaid([first], [other]).fresh).toEqual([other]);
    expect(alreadySaid([{ ...first, by: job('g6') }], [again]).fresh).toEqual([again]);
    expect(alreadySaid([{ ...first, id: 'g7.2.close.forged' }], [again]).fresh).toEqual([again]);
  });
});
