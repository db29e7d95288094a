/** What the jobs of this run handed over as artifacts, of those jobs that may speak. */
import { sha256 } from '../../contract/index.ts';
import {
  type Bundle,
  ExchangeError,
  type NamedReceipt,
  newestAttempt,
  type Receipt,
  speakers,
} from '../../host/index.ts';
import type { JobContext } from './context.ts';

/** What the run's jobs handed over, the newest of each, only from jobs that may speak. */
export const handedOver = async (context: JobContext): Promise<readonly NamedReceipt[]> => {
  const receipts: readonly Receipt[] = await context.exchange.list();
  const { accepted, dropped } = speakers(receipts);
  for (const one of dropped) context.log(`artifact dropped: ${one.code}: ${one.why}`);
  return newestAttempt(accepted);
};

export const bundleOf = async (
  context: JobContext,
  from: readonly NamedReceipt[],
  what: string,
  speaker: string,
): Promise<Bundle | null> => {
  const found = from.find(({ name }) => name.what === what && name.agent === speaker);
  if (found === undefined) return null;
  try {
    return await context.exchange.get(found.receipt);
  } catch (error) {
    // A bundle that cannot be unpacked is one that does not hold together: its agent has no result.
    if (
      error instanceof ExchangeError &&
      (error.code === 'hostile-archive' || error.code === 'too-large' || error.code === 'digest-mismatch')
    ) {
      context.log(`artifact refused: ${error.code}: ${error.message}`);
      return null;
    }
    throw error;
  }
};

/**
 * The patch with this digest, from a result of this run. The bytes are what the digest says, so it does not matter whose
 * job still has them.
 */
export const patchHandedOver = async (context: JobContext, digest: string): Promise<Uint8Array | null> => {
  const from = await handedOver(context);
  for (const { name } of from) {
    if (name.what !== 'result' && name.what !== 'stage') continue;
    const bundle = await bundleOf(context, from, name.what, name.agent);
    for (const [path, bytes] of bundle ?? [])
      if (path.endsWith('changes.patch') && sha256(bytes) === digest) return bytes;
  }
  return null;
};
