/** What a local run is asked, and what it came to. */

import type { Gate, GiveUp } from '../../closure/index.ts';
import type { Contract, RunOverrides } from '../../contract/index.ts';
import type { AlarmClock } from '../../host/index.ts';
import type { WaveState } from '../../state/index.ts';
import type { Reading } from '../lane.ts';
import type { Listener } from '../recorder.ts';
import type { Session } from '../session.ts';

export type LocalRequest = {
  readonly repoDir: string;
  readonly wave: number;
  readonly lane?: string;
  readonly overrides?: RunOverrides;
  readonly maxParallel?: number;
  /** Attempts beside the first; the configuration's number when left out. */
  readonly maxRetries?: number;
  /** What was typed, for whoever finds the lane taken. */
  readonly commandLine: string;
  readonly waveCommand: readonly string[];
  /** False: a wave that closes moves no branch; its commit is only built (the step form). */
  readonly publish?: boolean;
  readonly clock: AlarmClock;
  readonly signal: AbortSignal;
  readonly listen: Listener;
  /** Called once, when there is something to show. */
  readonly onStart?: (session: Session) => void;
};

export type LocalOutcome =
  | { readonly kind: 'invalid'; readonly reading: Reading }
  | {
      readonly kind: 'complete';
      readonly commit: string;
      readonly contract: Contract;
      readonly state: WaveState;
    }
  | {
      readonly kind: 'closed' | 'refused' | 'waiting' | 'interrupted';
      readonly session: Session;
      readonly state: WaveState;
      readonly gates: readonly Gate[];
      readonly tree: string;
      readonly commit: string | null;
      readonly exitCode: number;
      readonly stateDir: string;
      /** Why a refused wave was not tried again; null where that is not the question. */
      readonly gaveUp: GiveUp | null;
    };
