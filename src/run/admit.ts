/** Builds the trees a wave is judged on, from admitted patches only (design §6 Admission, §7 Trees). */
import { availableParallelism } from 'node:os';
import { examine, place } from '../agents/index.ts';
import { endedWell } from '../closure/index.ts';
import { type Agent, sha256 } from '../contract/index.ts';
import type { NewEntry, Refusal } from '../journal/index.ts';
import { plainText, within } from './bounded.ts';
import { WaveFailure } from './failure/index.ts';
import { fact, type Session, subjectOf, thisAttempt } from './session.ts';
import { eachAtMost } from './side-by-side.ts';

type Admitted = { readonly tree: string; readonly entries: readonly NewEntry[] };

const refused = (session: Session, agent: Agent, patch: string, refusals: readonly Refusal[]): NewEntry =>
  fact(session, agent.id, 'admission', {
    type: 'patch.refused',
    attempt: session.attempt,
    agent: agent.id,
    patch,
    // The first refusals say enough.
    refusals: within(
      refusals.slice(0, 16).map((one) => ({
        code: one.code,
        path: plainText(one.path, 200),
        detail: plainText(one.detail, 200),
      })),
    ),
  });

/** What the patch wrote, as far as an entry holds it: what the agent owes comes first, the tree has the rest. */
const pathsOf = (agent: Agent, paths: readonly string[]): readonly string[] => {
  const owed = new Set([agent.reportPath, ...agent.deliverables.map((one) => one.path)]);
  return within([...paths.filter((path) => owed.has(path)), ...paths.filter((path) => !owed.has(path))]);
};

type Offer =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'patch';
      readonly sha256: string;
      readonly examined: Awaited<ReturnType<typeof examine>>;
    };

/** What an agent offers, examined alone. A run that did not end well offers nothing, and a refusal stands. */
const offerOf = async (session: Session, agent: Agent): Promise<Offer> => {
  const finished = thisAttempt(session)?.finished.get(agent.id);
  if (thisAttempt(session)?.admissions.get(agent.id)?.kind === 'refused') return { kind: 'none' };
  if (finished === undefined || !endedWell(finished.exit)) return { kind: 'none' };
  const sha = finished.patch?.sha256 ?? sha256('');
  const patch = finished.patch === null ? new Uint8Array() : await session.blobs.getBlob(sha);
  if (patch === null)
    throw new WaveFailure(
      'blob-missing',
      `the patch of ${agent.id} (sha256 ${sha.slice(0, 12)}) is not in the journal's store`,
      'Run the wave again: the agent is launched anew.',
    );
  const { scratch, contract } = session;
  const { baseTree } = finished;
  const examined = await examine({ scratch, contract, agent: agent.id, baseTree, patch });
  return { kind: 'patch', sha256: sha, examined };
};

/** Puts what an agent offers onto a tree, and says what became of it. */
const admit = async (session: Session, agent: Agent, offer: Offer, onto: string): Promise<Admitted> => {
  if (offer.kind === 'none') return { tree: onto, entries: [] };
  const { examined, sha256: patch } = offer;
  const outcome = examined.ok ? await place(examined, onto) : examined;
  if (!outcome.ok) return { tree: onto, entries: [refused(session, agent, patch, outcome.refusals)] };
  return {
    tree: outcome.tree,
    entries: [
      fact(session, agent.id, 'admission', {
        type: 'patch.admitted',
        attempt: session.attempt,
        agent: agent.id,
        patch,
        tree: outcome.tree,
        paths: pathsOf(agent, outcome.paths),
      }),
    ],
  };
};

/** T0: the base and every admitted implementation patch, in the order of the wave file. */
export const fixImplementationTree = async (session: Session): Promise<void> => {
  const workers = session.contract.agents.filter(({ role }) => role === 'implementation');
  const offers = await eachAtMost(availableParallelism(), workers, (agent) => offerOf(session, agent));
  let { tree } = session.base;
  const entries: NewEntry[] = [];
  for (const { item: agent, result } of offers) {
    const one = await admit(session, agent, result, tree);
    tree = one.tree;
    entries.push(...one.entries);
  }
  const subject = await subjectOf(session, tree);
  await session.recorder.record([
    ...entries,
    fact(session, 'trees', 'implementation', {
      type: 'tree.fixed',
      attempt: session.attempt,
      stage: 'implementation',
      tree,
      subject,
    }),
  ]);
};

/** A steward's patch onto the tree it judged; documentation's makes T1. */
export const admitSteward = async (session: Session, agent: Agent): Promise<void> => {
  const { implementation, documentation } = thisAttempt(session)?.trees ?? {
    implementation: null,
    documentation: null,
  };
  const onto = documentation?.tree ?? implementation?.tree;
  if (onto === undefined)
    throw new WaveFailure('no-tree', `${agent.id} ran before there was a tree`, 'Run the wave again.');
  const { tree, entries } = await admit(session, agent, await offerOf(session, agent), onto);
  const fixed =
    agent.role === 'documentation'
      ? [
          fact(session, 'trees', 'documentation', {
            type: 'tree.fixed',
            attempt: session.attempt,
            stage: 'documentation',
            tree,
            subject: await subjectOf(session, tree),
          }),
        ]
      : [];
  await session.recorder.record([...entries, ...fixed]);
};

/** The tree that ships: T1 with the closure reports, which are committed last. */
export const withReports = async (session: Session, tree: string): Promise<string> => {
  let shipped = tree;
  for (const agent of session.contract.agents) {
    const admission = thisAttempt(session)?.admissions.get(agent.id);
    if (
      agent.reportPath === null ||
      admission?.kind !== 'admitted' ||
      !admission.paths.includes(agent.reportPath)
    )
      continue;
    const laid = await session.scratch.overlay(shipped, admission.tree, [agent.reportPath]);
    if (!laid.ok)
      throw new WaveFailure(laid.code, `the report of ${agent.id}: ${laid.message}`, 'Run the wave again.');
    shipped = laid.value;
  }
  return shipped;
};
