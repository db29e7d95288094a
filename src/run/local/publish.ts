/** The end of a local run that holds: the admitted merge, in an order that can be taken up again. */
import { failing, type Gate, gates } from '../../closure/index.ts';
import { sha256 } from '../../contract/index.ts';
import { type DirectoryStore, fastForward, importCommit } from '../../host/index.ts';
import type { WaveState } from '../../state/index.ts';
import { attemptEnded } from '../attempt-ended.ts';
import { buildCommits, ontoHead } from '../commit.ts';
import { orFail, WaveFailure } from '../failure/index.ts';
import { type Lane, readWave, repositoryAt } from '../lane.ts';
import { evidenceOf, fact, type Session, treeFact } from '../session.ts';
import type { LocalRequest } from './request.ts';

/** A published commit that the target branch really holds. */
export const alreadyPublished = async (lane: Lane, state: WaveState): Promise<string | null> => {
  const { published } = state;
  if (published === null || lane.repository.head === null) return null;
  const held = await lane.scratch.isAncestor(published.commit, lane.repository.head);
  return held.ok && held.value ? published.commit : null;
};

/** A run that died between the merge and its record: the merge stands, so it is written down. */
export const finishIntent = async (session: Session, lane: Lane): Promise<void> => {
  const { intent, published } = session.recorder.state();
  if (
    intent === null ||
    published !== null ||
    lane.repository.head === null ||
    lane.repository.branch !== intent.target
  )
    return;
  const held = await session.scratch.isAncestor(intent.commit, lane.repository.head);
  const tree = await session.scratch.treeOf(intent.commit);
  if (held.ok && held.value && tree.ok && tree.value === intent.tree)
    await session.recorder.record([
      {
        ...fact(session, 'close', `published-${intent.commit.slice(0, 12)}`, {
          type: 'publish.done',
          attempt: intent.attempt,
          commit: intent.commit,
          target: intent.target,
        }),
      },
    ]);
};

/** Lines in the journal that this run did not write and that claim a fact of closure: named, and kept out for good. */
export const recordForeignLines = async (session: Session, store: DirectoryStore): Promise<void> => {
  await session.recorder.refresh();
  const foreign = await store.foreign(session.instance);
  if ('kind' in foreign) throw new WaveFailure(foreign.code, foreign.message, foreign.fix);
  await session.recorder.record(
    foreign.map((line) =>
      fact(session, 'guard', `line-${line.sha256.slice(0, 12)}`, {
        type: 'line.quarantined',
        file: line.file,
        line: line.line,
        sha256: line.sha256,
        code: line.code,
        claims: line.claims,
      }),
    ),
  );
};

/** What a person does first where running again alone would end in the same way. */
const PUBLISH_FIXES: Readonly<Record<string, string>> = {
  'uncommitted-changes': 'Commit or stash them. ',
  'would-overwrite-untracked': 'Move them away: the wave made files of these names. ',
};
export const fewOf = (files: readonly string[]): string =>
  files.slice(0, 5).join(', ') + (files.length > 5 ? ` and ${files.length - 5} more` : '');

/** Merges what was judged, or says why not. The order is design §5's: commit, intent, move the branch, published. */
export const publish = async (
  session: Session,
  lane: Lane,
  request: LocalRequest,
  store: DirectoryStore,
): Promise<{ readonly gates: readonly Gate[]; readonly tree: string; readonly commit: string | null }> => {
  const chain = await buildCommits(session);
  const { head, branch } = await repositoryAt(request.repoDir);
  if (head === null || (branch === null && request.publish !== false))
    throw new WaveFailure(
      'detached-head',
      'the branch the wave started on is gone',
      'Check out the branch again and run the wave again.',
    );
  const ships = await ontoHead(session, chain, head);
  const current = await readWave(session.scratch, {
    wave: request.wave,
    lane: lane.lane,
    commit: head,
  });
  await recordForeignLines(session, store);
  const evidence = await evidenceOf(session, {
    ships: await treeFact(session, ships.tree, ships.subject),
    waveDigest: current.contract?.digests.wave ?? sha256(''),
    policyDigest: current.contract?.digests.policy ?? sha256(''),
  });
  const all = gates(session.contract, session.recorder.state(), evidence, 'close');
  if (failing(all).length > 0) return { gates: all, tree: ships.tree, commit: null };
  if ('conflicts' in ships)
    throw new WaveFailure(
      'merge-conflict',
      `${branch} moved and conflicts with the wave in ${ships.conflicts.slice(0, 5).join(', ')}`,
      'Run the wave again: it starts from the new head.',
    );
  if (request.publish === false || branch === null) {
    await session.recorder.record([attemptEnded(session, 'closed', all)]);
    return { gates: all, tree: ships.tree, commit: ships.commit };
  }
  orFail(
    await importCommit(request.repoDir, session.scratch, ships.commit),
    'bringing the wave’s commits into the repository',
  );
  await session.recorder.record([
    fact(session, 'close', `intent-${ships.commit.slice(0, 12)}`, {
      type: 'publish.intent',
      attempt: session.attempt,
      commit: ships.commit,
      tree: ships.tree,
      parent: head,
      target: branch,
    }),
  ]);
  const moved = await fastForward(request.repoDir, { branch, from: head, to: ships.commit });
  if (!moved.ok)
    throw new WaveFailure(
      moved.code,
      `every gate holds, but ${branch} could not be moved: ${moved.message}${'files' in moved ? `: ${fewOf(moved.files)}` : ''}`,
      `${PUBLISH_FIXES[moved.code] ?? ''}Run the wave again: nothing is lost, proven work is kept.`.trim(),
    );
  await session.recorder.record([
    fact(session, 'close', `published-${ships.commit.slice(0, 12)}`, {
      type: 'publish.done',
      attempt: session.attempt,
      commit: ships.commit,
      target: branch,
    }),
    attemptEnded(session, 'closed', all),
  ]);
  return { gates: all, tree: ships.tree, commit: ships.commit };
};
