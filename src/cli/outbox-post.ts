/** An agent's own words on their way out, as the commands it calls post them. */
import { postToOutbox } from '../agents/index.ts';
import { WaveFailure } from '../run/index.ts';

/** @returns the message's number */
export const postOwn = async (outbox: string, body: unknown): Promise<number> => {
  try {
    return await postToOutbox(outbox, body);
  } catch (error) {
    // A bound of the outbox, said in a sentence for whoever speaks.
    if (error instanceof RangeError)
      throw new WaveFailure(
        'outbox-refused',
        error.message,
        'Say less, or fewer things: what was posted before stays.',
      );
    throw error;
  }
};
