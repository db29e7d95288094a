/**
 * Takes in what the untrusted jobs of this run handed over, in the order of the job graph, and works out again what it
 * means: admissions, trees and the binding of a steward's word are never read from a job that ran an agent.
 */
import { STAGES, type StewardRole } from '../../contract/index.ts';
import {
  type Bundle,
  ExchangeError,
  type NamedReceipt,
  newestAttempt,
  type Receipt,
  speakers,
} from '../../host/index.ts';
import { readProofs, readResult } from '../handover.ts';
import { patchFactOf, resultEntries } from '../ingest.ts';
import { fact, thisAttempt } from '../session.ts';
import { judge } from '../stage.ts';
import { type JobContext, stewardName } from './context.ts';
import type { JobSession } from './session.ts';

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
