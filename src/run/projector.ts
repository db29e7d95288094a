/** Writes the familiar files of a lane, those that changed, each in one step. They are never read back. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Contract } from '../contract/index.ts';
import { replaceFile } from '../host/index.ts';
import type { WaveState } from '../state/index.ts';
import { laneProjectionsOf, projectionsOf } from '../views/index.ts';

export type KnownWave = { readonly contract: Contract; readonly state: WaveState };

export type Projector = {
  /** Something happened that the files should show. */
  readonly due: () => void;
  readonly write: (state: WaveState) => void;
  /** Only when something is due, and the last writing is long enough ago. */
  readonly writeDue: (state: WaveState) => void;
};

/** While a wave runs the files take at most this part of its time. */
const SHARE = 0.1;

/**
 * @param earlier the other waves of the lane, which stand still while this one runs
 * @param elapsed milliseconds on a clock that only goes forward
 */
export const projector = (
  stateDir: string,
  contract: Contract,
  earlier: readonly KnownWave[],
  elapsed: () => number = () => performance.now(),
): Projector => {
  const written = new Map<string, string>();
  let isDue = false;
  let notBefore = 0;
  const write = (state: WaveState): void => {
    isDue = false;
    const began = elapsed();
    const files = [
      ...projectionsOf(contract, state),
      ...laneProjectionsOf(contract.lane, [...earlier, { contract, state }]),
    ];
    try {
      for (const [path, text] of files) {
        const file = join(stateDir, path);
        if (written.get(path) === text && existsSync(file)) continue;
        replaceFile(file, text);
        written.set(path, text);
      }
    } catch (error) {
      // The journal stands, whatever becomes of its copies; what could not be written is tried again next time.
      if (!(error instanceof Error && 'code' in error)) throw error;
    }
    const ended = elapsed();
    notBefore = ended + (ended - began) / SHARE;
  };
  return {
    due: () => {
      isDue = true;
    },
    write,
    writeDue: (state) => {
      if (isDue && elapsed() >= notBefore) write(state);
    },
  };
};
