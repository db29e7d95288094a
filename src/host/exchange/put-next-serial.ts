import { type ArtifactName, artifactName } from './artifact-name.ts';
import { type Bundle, type Exchange, ExchangeError, type Receipt } from './types.ts';

/** Names to try before giving up: an agent that squats names costs another job this many uploads at most. */
const TRIES = 8;

/**
 * Puts under the first free name of a kind, from `name.serial` (1) on: for a job whose name somebody else took, and
 * for cumulative outboxes. Rejects like {@link Exchange.put}; `name-taken` when eight names in a row are.
 */
export const putNextSerial = async (
  exchange: Exchange,
  name: Omit<ArtifactName, 'serial'> & { readonly serial?: number },
  files: Bundle,
): Promise<Receipt> => {
  const first = name.serial ?? 1;
  for (let serial = first; ; serial += 1) {
    try {
      return await exchange.put(artifactName({ ...name, serial }), files);
    } catch (error) {
      const taken = error instanceof ExchangeError && error.code === 'name-taken';
      if (!taken || serial + 1 >= first + TRIES || serial >= 999) throw error;
    }
  }
};
