/** One steward's stage: its agents run on the tree that is judged, and their word is bound to it. */
import type { StewardRole } from '../contract/index.ts';
import { stateDigest } from '../state/index.ts';
import { admitSteward } from './admit.ts';
import { evidenceOf, fact, type Session, thisAttempt } from './session.ts';

/** The commit a stage's agents start from. */
export const stageCommit = async (
  session: Session,
  stage: StewardRole,
): Promise<{ readonly commit: string; readonly tree: string }> => {
  const trees = thisAttempt(session)?.trees;
  const tree =
    (stage === 'cont-qa' ? (trees?.documentation ?? trees?.implementation) : trees?.implementation)?.tree ??
    session.base.tree;
  return { tree, commit: await candidateCommit(session, tree, `${session.instance}: ${stage}`) };
};

/** A commit that only agents see: the tree on top of the base. */
export const candidateCommit = async (session: Session, tree: string, message: string): Promise<string> => {
  if (tree === session.base.tree) return session.base.commit;
  const made = await session.scratch.commitTree({
    tree,
    parents: [session.base.commit],
    message,
    author: { name: 'wave', email: 'wave@users.noreply.invalid' },
    date: '2000-01-01T00:00:00Z',
  });
  if (!made.ok) throw new Error(`commit-tree: ${made.message}`);
  return made.value;
};

/**
 * After the stage's agents ended: admits what they wrote and binds their word to the subject they were given and to
 * what was in force and owed when they gave it.
 */
export const judge = async (session: Session, stage: StewardRole): Promise<void> => {
  const agents = session.contract.agents.filter((agent) => agent.role === stage);
  const evidence = await evidenceOf(session);
  const given = stage === 'cont-qa' ? evidence.candidate : evidence.implementation;
  for (const agent of agents) await admitSteward(session, agent);
  if (given === null) return;
  await session.recorder.record([
    fact(session, stage, 'judged', {
      type: 'stage.judged',
      attempt: session.attempt,
      stage,
      agents: agents.map((agent) => agent.id),
      subject: given.subject,
      waveDigest: session.contract.digests.wave,
      policyDigest: session.contract.digests.policy,
      stateDigest: stateDigest(session.contract, session.recorder.state(), stage),
    }),
  ]);
};
