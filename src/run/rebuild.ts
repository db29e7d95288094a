/** Trees from patches: what a journal says was judged, made again where it is read. */
import { STAGES } from '../contract/index.ts';
import { orFail, WaveFailure } from './failure/index.ts';
import { type Session, thisAttempt } from './session.ts';

/**
 * Makes the trees the journal names again, from the patches it names: nobody takes a tree on trust, and whoever holds
 * the journal and its blobs can judge it again.
 */
export const rebuildTrees = async (session: Session): Promise<void> => {
  const attempt = thisAttempt(session);
  if (attempt === null || attempt.trees.implementation === null) return;
  const { agents } = session.contract;
  const workers = agents.filter((agent) => agent.role === 'implementation');
  const stewards = STAGES.flatMap((stage) => agents.filter((agent) => agent.role === stage));
  let tree = session.base.tree;
  for (const agent of [...workers, ...stewards]) {
    const admission = attempt.admissions.get(agent.id);
    if (admission?.kind !== 'admitted') continue;
    const patch = attempt.finished.get(agent.id)?.patch ?? null;
    const bytes = patch === null ? new Uint8Array() : await session.blobs.getBlob(patch.sha256);
    if (bytes === null)
      throw new WaveFailure(
        'blob-missing',
        `the patch of ${agent.id} is in neither an artifact nor the state branch`,
        'Run the wave again.',
      );
    const made =
      bytes.length === 0
        ? tree
        : orFail(await session.scratch.applyPatch(tree, bytes), `the patch of ${agent.id}`);
    if (made !== admission.tree)
      throw new WaveFailure(
        'history-rewritten',
        `the tree recorded after ${agent.id} is not what its patch makes`,
        'Look at who wrote to the state branch; gates stay closed.',
      );
    // A report lies beside the work: the next steward judges the work without it.
    if (agent.role === 'implementation' || agent.role === 'documentation') tree = made;
  }
};
