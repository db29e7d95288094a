import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PRIORITIES, RECORD_KINDS } from '../journal/index.ts';
import { type CoordinationRecord, deadlineOf, isGateRelevant, type WaveState } from '../state/index.ts';
import { choose, mostUrgentFirst, NAMED } from './inbox-choice.ts';
import { by, CONTRACT, folded, history, type Line, PERSON } from './sample-wave.fixture.ts';

const NEWEST = 5;

/** Open records of any kind and priority, asked at any time, some of them taken up or opened again since. */
const waves: fc.Arbitrary<WaveState> = fc
  .array(
    fc.record({
      seconds: fc.integer({ min: 0, max: 3 }),
      kind: fc.constantFrom(...RECORD_KINDS),
      priority: fc.constantFrom(...PRIORITIES),
      later: fc.constantFrom<readonly ('acknowledged' | 'resolved' | 'open')[]>(
        [],
        ['acknowledged'],
        ['resolved', 'open'],
      ),
    }),
    { maxLength: 40 },
  )
  .map((records) => {
    const posts = records.map(
      ({ seconds, kind, priority }, i): Line => [
        seconds,
        by('A0'),
        { type: 'post', kind, priority, summary: `${i}`, status: 'open' },
        `r${i}`,
      ],
    );
    const changes = records.flatMap(({ later }, i) =>
      later.map(
        (status, n): Line => [9, PERSON, { type: 'update', record: `r${i}`, status }, `r${i}.${n}.${status}`],
      ),
    );
    return folded(history(...posts, ...changes));
  });

/** By priority, then deadline; what has none after that, what holds the wave before what does not, the newest first. */
const plainOrder = (state: WaveState): readonly CoordinationRecord[] => {
  const open = [...state.open.values()];
  const deadline = (one: CoordinationRecord): number =>
    Date.parse(deadlineOf(CONTRACT, state, one)?.at ?? '9999-12-31T23:59:59Z');
  const place = (one: CoordinationRecord): number =>
    deadlineOf(CONTRACT, state, one) === null ? -open.indexOf(one) : open.indexOf(one);
  return open.toSorted(
    (a, b) =>
      PRIORITIES.indexOf(b.priority) - PRIORITIES.indexOf(a.priority) ||
      deadline(a) - deadline(b) ||
      Number(isGateRelevant(b)) - Number(isGateRelevant(a)) ||
      place(a) - place(b),
  );
};

const ids = (records: readonly CoordinationRecord[]): readonly string[] => records.map(({ id }) => id);

describe('what is open', () => {
  it('is put in order once, as the plain comparison of any two would', () => {
    fc.assert(
      fc.property(waves, (state) => {
        const ordered = mostUrgentFirst(CONTRACT, state.open.values());
        expect(ids(ordered.map(({ record }) => record))).toEqual(ids(plainOrder(state)));
      }),
    );
  });
});

describe('a choice', () => {
  it('shows the newest and the most urgent in order, counts all of the rest and names the first', () => {
    fc.assert(
      fc.property(waves, fc.integer({ min: NEWEST, max: 12 }), (state, cap) => {
        const { shown, rest, count } = choose(state, mostUrgentFirst(CONTRACT, state.open.values()), [], cap);
        const all = ids(plainOrder(state));
        const newest = all.length <= cap ? [] : [...state.open.keys()].slice(-NEWEST);
        const others = all.filter((id) => !newest.includes(id));
        const places = cap - newest.length;
        expect(ids(shown)).toEqual(all.filter((id) => newest.includes(id) || others.indexOf(id) < places));
        expect(rest).toEqual(others.slice(places, places + NAMED));
        expect(count).toBe(all.length - shown.length);
      }),
    );
  });
});
