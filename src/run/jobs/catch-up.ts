/**
 * Takes in what the untrusted jobs of this run handed over, in the order of the job graph, and works out again what it
 * means: admissions, trees and the binding of a steward's word are never read from a job that ran an agent.
 */
import { STAGES, type StewardRole } from '../../contract/index.ts';
import type { Bundle, NamedReceipt } from '../../host/index.ts';
import { readProofs, readResult } from '../handover.ts';
import { patchFactOf, resultEntries } from '../ingest.ts';
import { fact, thisAttempt } from '../session.ts';
import { judge } from '../stage.ts';
import { type JobContext, stewardName } from './context.ts';
import { bundleOf, handedOver } from './handed-over.ts';
import type { JobSession } from './session.ts';

/** Files of one agent in a steward's bundle, which may hold several. */
const partOf = (bundle: Bundle, agent: string): Bundle =>
  new Map(
    [...bundle].flatMap(([path, bytes]) =>
      path.startsWith(`${agent}/`) ? [[path.slice(agent.length + 1), bytes] as const] : [],
    ),
  );

/** Results of agents, in the order of the wave file. */
export const takeResults = async (
  session: JobSession,
  agents: readonly string[],
  bundle: (agent: string) => Promise<Bundle | null>,
): Promise<void> => {
  for (const agent of agents) {
    if (thisAttempt(session)?.finished.has(agent) === true) continue;
    const result = readResult(session, agent, await bundle(agent));
    await session.recorder.record(
      resultEntries(
        session,
        result,
        result.patch.length === 0 ? null : patchFactOf(result.patch, session.remember(result.patch)),
      ),
    );
  }
};

const takeProofs = async (
  context: JobContext,
  session: JobSession,
  from: readonly NamedReceipt[],
  job: 'prove' | 'proveagain',
): Promise<void> => {
  const bundle = await bundleOf(context, from, 'proofs', job);
  await session.recorder.record(
    readProofs(session, session.contract, bundle, (index, body, at) =>
      fact(session, job, String(index), body as Parameters<typeof fact>[3], at),
    ),
  );
};

const takeStage = async (
  context: JobContext,
  session: JobSession,
  from: readonly NamedReceipt[],
  stage: StewardRole,
): Promise<void> => {
  if (thisAttempt(session)?.judgements.has(stage) === true) return;
  const bundle = await bundleOf(context, from, 'stage', stewardName(stage));
  if (bundle === null) return;
  const agents = session.contract.agents.filter((agent) => agent.role === stage).map((agent) => agent.id);
  await takeResults(session, agents, async (agent) => partOf(bundle, agent));
  await judge(session, stage);
};

/** Everything up to a stage; all of it without one. */
export const catchUp = async (
  context: JobContext,
  session: JobSession,
  before: StewardRole | 'proveagain' | null,
): Promise<void> => {
  const from = await handedOver(context);
  await takeProofs(context, session, from, 'prove');
  for (const stage of STAGES) {
    if (stage === before || (stage === 'cont-qa' && before === 'proveagain')) return;
    await takeStage(context, session, from, stage);
    // Documentation makes the tree that ships; what was proved before it is proved on it.
    if (stage === 'documentation' && before !== 'proveagain')
      await takeProofs(context, session, from, 'proveagain');
  }
};
