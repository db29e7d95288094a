/**
 * The step form (design §5 `phase: all`): the whole wave in one job. Agents and we share that machine, so nothing is
 * published: patch, journal and report are artifacts, and the job's own conclusion is the gate.
 */
import { artifactName, type Exchange, type GitHub } from '../../host/index.ts';
import { WaveFailure } from '../failure/index.ts';
import { type LocalOutcome, type LocalRequest, runLocally } from '../local/index.ts';
import { patchTexts, traceFiles } from '../trace.ts';

/** A token that can write would be in reach of every agent of this job. */
export const refuseWritableToken = async (github: GitHub): Promise<void> => {
  const scopes = await github.writableScopes();
  if (!scopes.ok)
    throw new WaveFailure(
      'token-unverified',
      `it could not be seen whether the token may write: ${scopes.error.message}`,
      'Set `permissions: contents: read` on the job.',
    );
  if (scopes.value.length > 0)
    throw new WaveFailure(
      'token-can-write',
      `the token may write ${scopes.value.join(', ')}, and agents share this machine with it`,
      'Set `permissions: contents: read` on the job; the reusable workflow keeps agents and write tokens apart.',
    );
};

export const stepJob = async (
  request: Omit<LocalRequest, 'publish'>,
  exchange: Exchange | null,
  runAttempt: number,
): Promise<LocalOutcome> => {
  const outcome = await runLocally({ ...request, publish: false });
  if (!('session' in outcome) || exchange === null) return outcome;
  const { session, gates, tree, commit } = outcome;
  const closed = outcome.kind === 'closed';
  const files = new Map(
    traceFiles({
      session,
      gates,
      tree,
      closed,
      commit,
      patches: await patchTexts(session),
      command: 'npx wave-orchestration',
      at: session.clock.now().toISOString(),
    }),
  );
  if (tree !== null && tree !== session.base.tree) {
    const patch = await session.scratch.diffPatch(session.base.tree, tree);
    if (patch.ok && patch.value.length > 0) files.set('wave.patch', patch.value);
  }
  await exchange.put(artifactName({ what: 'trace', attempt: runAttempt, agent: 'step' }), files);
  return outcome;
};
