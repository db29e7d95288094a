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
  /** Only when something is due. */
  readonly writeDue: (state: WaveState) => void;
};

/** @param earlier the other waves of the lane, which stand still while this one runs */
export const projector = (stateDir: string, contract: Contract, earlier: readonly KnownWave[]): Projector => {
  const written = new Map<string, string>();
  let isDue = false;
  const write = (state: WaveState): void => {
    isDue = false;
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
  };
  return {
    due: () => {
      isDue = true;
    },
    write,
    writeDue: (state) => {
      if (isDue) write(state);
    },
  };
};
