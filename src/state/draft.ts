/** The shapes of a state, writable while a fold is under way; nobody outside the fold holds one. */
import type { AgentId } from '../contract/index.ts';
import type { EntryId } from '../journal/index.ts';
import { type DraftSettled, nothingSettled } from './settled.ts';
import type { Attempt, SpokenSignal, WaveState } from './types.ts';

type Draft<T> = {
  -readonly [K in keyof T]: T[K] extends ReadonlyMap<infer A, infer B>
    ? Map<A, B>
    : T[K] extends ReadonlySet<infer A>
      ? Set<A>
      : T[K] extends readonly (infer A)[]
        ? A[]
        : T[K];
};
export type DraftAttempt = Omit<Draft<Attempt>, 'signals'> & { signals: Map<AgentId, SpokenSignal[]> };
export type DraftState = Omit<Draft<WaveState>, 'attempts' | 'followers' | 'settled'> & {
  attempts: Map<number, DraftAttempt>;
  followers: Map<EntryId, Set<EntryId>>;
  settled: DraftSettled;
};

export const emptyState = (): DraftState => ({
  instance: null,
  lastSeq: 0,
  lastAt: null,
  records: new Map(),
  assignments: new Map(),
  contradictions: new Map(),
  open: new Map(),
  settled: nothingSettled(),
  followers: new Map(),
  waiting: new Map(),
  parked: new Map(),
  rejections: [],
  attempts: new Map(),
  intent: null,
  published: null,
  firedTimers: new Set(),
  quarantined: [],
});
