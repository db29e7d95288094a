/** Keeping agents whose earlier results may be offered again, as far as their patches are still there. */
import type { Step } from '../closure/index.ts';
import type { NewEntry } from '../journal/index.ts';
import { reusedEntry } from './ingest.ts';
import type { Session } from './session.ts';

/**
 * Results the next attempt offers again, and who runs in it. A patch the store has lost cannot be admitted: its agent runs
 * anew, or no later attempt would ever come past it.
 */
export const keep = async (
  session: Session,
  { agents, kept }: Extract<Step, { do: 'run-agents' }>,
): Promise<{ readonly agents: readonly string[]; readonly reused: readonly NewEntry[] }> => {
  const reused: NewEntry[] = [];
  const running = new Set(agents);
  for (const { agent, from } of kept) {
    const entry = reusedEntry(session, agent, from);
    const patch = entry?.body.type === 'agent.finished' ? entry.body.patch : null;
    const isThere = patch === null || (await session.blobs.getBlob(patch.sha256)) !== null;
    if (entry !== null && isThere) reused.push(entry);
    else running.add(agent);
  }
  const order = session.contract.agents.map(({ id }) => id);
  return { agents: order.filter((id) => running.has(id)), reused };
};
