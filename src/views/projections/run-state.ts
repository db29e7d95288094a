/** `run-state.json`: which waves of a lane are complete, and how each came to where it is (coordination.md §5.12). */
import type { Instant } from '../../journal/index.ts';
import { statusOf, type WaveStatus } from './dashboards.ts';
import type { Source } from './source.ts';

type Transition = {
  readonly wave: number;
  readonly attempt: number;
  readonly toState: WaveStatus;
  readonly reasonCode: string;
};
export type RunState = {
  readonly schemaVersion: 2;
  readonly kind: 'wave-run-state';
  readonly lane: string;
  /** Published, so that the next wave may start. */
  readonly completedWaves: readonly number[];
  readonly lastUpdatedAt: Instant;
  readonly waves: Readonly<
    Record<
      string,
      {
        readonly wave: number;
        readonly currentState: WaveStatus;
        readonly lastReasonCode: string;
        readonly lastEntryAt: Instant;
        readonly commit: string | null;
      }
    >
  >;
  /** One line an attempt, in order. */
  readonly history: readonly Transition[];
};

const historyOf = ({ contract, state }: Source): readonly Transition[] =>
  [...state.attempts.values()].map(({ attempt, ended }) => ({
    wave: contract.wave,
    attempt,
    toState:
      ended === null
        ? 'running'
        : ended.outcome === 'closed'
          ? 'completed'
          : ended.outcome === 'waiting'
            ? 'waiting'
            : 'failed',
    reasonCode: ended?.code ?? 'running',
  }));

/** `sources` are in wave order, at least one. */
export const runState = (lane: string, sources: readonly Source[]): RunState => ({
  schemaVersion: 2,
  kind: 'wave-run-state',
  lane,
  completedWaves: sources
    .filter(({ state }) => state.published !== null)
    .map(({ contract }) => contract.wave),
  lastUpdatedAt: sources.map(({ at }) => at).reduce((a, b) => (a > b ? a : b), ''),
  waves: Object.fromEntries(
    sources.map((source) => [
      String(source.contract.wave),
      {
        wave: source.contract.wave,
        currentState: statusOf(source),
        lastReasonCode: historyOf(source).at(-1)?.reasonCode ?? 'pending',
        lastEntryAt: source.at,
        commit: source.state.published?.commit ?? null,
      },
    ]),
  ),
  history: sources.flatMap(historyOf),
});
