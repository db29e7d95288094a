/** The commits a closed wave becomes: one an agent, in the order they were admitted, closure reports last. */
import { withReports } from './admit.ts';
import { orFail } from './failure/index.ts';
import { type Session, subjectOf, thisAttempt } from './session.ts';

const author = (id: string, title: string): { name: string; email: string } => ({
  name: `${id} ${title}`.replaceAll(/[<>\n]/g, ' ').trim(),
  email: `${id.toLowerCase()}@wave.invalid`,
});
const WAVE = { name: 'wave', email: 'wave@wave.invalid' };

export type Chain = { readonly commit: string; readonly tree: string; readonly subject: string };

/**
 * Deterministic: the same admitted patches on the same base give the same commits, so a second `close` builds what the
 * first one pushed.
 */
export const buildCommits = async (session: Session): Promise<Chain> => {
  const attempt = thisAttempt(session);
  const date = attempt?.startedAt ?? '2000-01-01T00:00:00Z';
  const trailers = (agent?: string): string =>
    [
      `Wave: ${session.instance}`,
      ...(agent === undefined ? [] : [`Wave-Agent: ${agent}`]),
      `Wave-Run: ${session.run}/${session.attempt}`,
    ].join('\n');
  let commit = session.base.commit;
  let tree = session.base.tree;
  const add = async (next: string, message: string, by: { name: string; email: string }): Promise<void> => {
    if (next === tree) return;
    commit = orFail(
      await session.scratch.commitTree({ tree: next, parents: [commit], message, author: by, date }),
      'the commit',
    );
    tree = next;
  };
  const workers = ['implementation', 'documentation'].flatMap((role) =>
    session.contract.agents.filter((agent) => agent.role === role),
  );
  for (const agent of workers) {
    const admission = attempt?.admissions.get(agent.id);
    if (admission?.kind !== 'admitted') continue;
    await add(
      admission.tree,
      `${agent.title} (${agent.id}, wave ${session.contract.wave})\n\n${trailers(agent.id)}\n`,
      author(agent.id, agent.title),
    );
  }
  const title =
    session.contract.commitMessage ?? `Close wave ${session.contract.wave}: ${session.contract.title}`;
  await add(await withReports(session, tree), `${title}\n\n${trailers()}\n`, WAVE);
  return { commit, tree, subject: await subjectOf(session, tree) };
};

/** What publishing onto `head` would ship: the chain itself, or its merge when the target moved meanwhile. */
export const ontoHead = async (
  session: Session,
  chain: Chain,
  head: string,
): Promise<
  | (Chain & { readonly merged: boolean })
  | { readonly conflicts: readonly string[]; readonly tree: string; readonly subject: string }
> => {
  if (head === session.base.commit) return { ...chain, merged: false };
  const merged = orFail(
    await session.scratch.mergeTrees(head, chain.commit),
    'the merge with what came to the target branch meanwhile',
  );
  if ('conflicts' in merged) {
    const tree = orFail(await session.scratch.treeOf(head), 'the target branch');
    return { conflicts: merged.conflicts, tree, subject: await subjectOf(session, tree) };
  }
  const { tree } = merged;
  const commit = orFail(
    await session.scratch.commitTree({
      tree,
      parents: [head, chain.commit],
      message: `Merge wave ${session.contract.wave}\n\nWave: ${session.instance}\nWave-Run: ${session.run}/${session.attempt}\n`,
      author: WAVE,
      date: thisAttempt(session)?.startedAt ?? '2000-01-01T00:00:00Z',
    }),
    'the merge commit',
  );
  return { commit, tree, subject: await subjectOf(session, tree), merged: true };
};
