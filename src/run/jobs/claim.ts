/** The second half of `plan`: what stands of this wave decides, then the next attempt is claimed and the gate opened. */
import { next } from '../../closure/index.ts';
import { type Contract, STAGES } from '../../contract/index.ts';
import type { PullRequestFacts } from '../../host/index.ts';
import { type InstanceId, instanceId, type JournalStore, parseInstanceId } from '../../journal/index.ts';
import { shortOid } from '../../views/index.ts';
import { WaveFailure } from '../failure/index.ts';
import { keep } from '../keep.ts';
import { journalRecorder, provisionalRecorder } from '../recorder.ts';
import { evidenceOf, fact, NOTHING_ELSE, type Session } from '../session.ts';
import { sayBroken } from './broken.ts';
import { type JobContext, stageNumber } from './context.ts';
import { nothing, type PlanOutcome, refuse } from './plan-outcome.ts';
import { GATE_CHECK, postCheck, postSticky, stickyOf } from './posting.ts';
import { appendTo, openStore } from './session.ts';

/** Another instance of the same wave whose attempt has not ended: answers and verdicts never cross instances. */
const liveTwin = async (
  context: JobContext,
  store: JournalStore,
  contract: Contract,
  own: InstanceId,
): Promise<InstanceId | null> => {
  const instances = await store.instances();
  if ('kind' in instances) throw new WaveFailure(instances.code, instances.message, instances.fix);
  const { lane, wave } = parseInstanceId(own);
  for (const other of instances) {
    const parsed = parseInstanceId(other);
    if (other === own || parsed.lane !== lane || parsed.wave !== wave) continue;
    const last = [...(await journalRecorder(contract, other, store)).state().attempts.values()].at(-1);
    if (last !== undefined && last.ended === null && (await isRunning(context, last.run))) return other;
  }
  return null;
};

const isRunning = async (context: JobContext, run: string): Promise<boolean> => {
  const id = /^g(\d+)$/.exec(run)?.[1];
  if (id === undefined || id === context.runId) return false;
  const jobs = await context.github.jobs(id);
  return jobs.ok && jobs.value.some((job) => job.status !== 'completed');
};

/** Claims the next attempt on the state branch and opens the gate. */
export const claim = async (
  context: JobContext,
  contract: Contract,
  pullRequest: PullRequestFacts,
  scratch: Session['scratch'],
): Promise<PlanOutcome> => {
  const { headSha: head, baseSha: base } = pullRequest;
  const instance = instanceId(contract.lane, contract.wave, { kind: 'pr', number: pullRequest.number });
  const store = openStore(context, contract.lane, null);
  // One look at the branch for all of it; the append looks again.
  const looked = { ...store, read: store.seen };
  const twin = await liveTwin(context, looked, contract, instance);
  if (twin !== null)
    return refuse(
      context,
      head,
      'instance-live',
      `Wave ${contract.wave} runs already as ${parseInstanceId(twin).origin}`,
      `Another instance of this wave is live: \`${twin}\`. It has to end first.`,
    );
  const standing = await journalRecorder(contract, instance, looked);
  const last = [...standing.state().attempts.values()].at(-1);
  if (last !== undefined && last.ended === null && (await isRunning(context, last.run)))
    return refuse(
      context,
      head,
      'attempt-live',
      `Attempt ${last.attempt} of this wave is still running`,
      `Run ${last.run.slice(1)} holds it.`,
    );
  const { published } = standing.state();
  if (published?.commit === head) return nothing(`wave ${contract.wave} is complete on this pull request`);
  if (published !== null)
    return refuse(
      context,
      head,
      'wave-complete',
      `Wave ${contract.wave} closed on ${shortOid(published.commit)}`,
      `What came to the branch after \`${shortOid(published.commit)}\` was judged by nobody. Put the branch back there, and ask for the rest in a pull request of its own or in another wave.`,
    );

  const tree = await scratch.treeOf(head);
  if (!tree.ok) throw new WaveFailure(tree.code, tree.message, 'Run the job again.');
  const recorder = provisionalRecorder(contract, standing.entries());
  const attempt = Math.max(0, ...standing.state().attempts.keys()) + 1;
  const session: Session = {
    contract,
    instance,
    run: `g${context.runId}`,
    attempt,
    take: context.runAttempt,
    base: { commit: head, tree: tree.value },
    law: tree.value,
    scratch,
    recorder,
    blobs: store,
    clock: context.clock,
    workDir: context.workDir,
    guarded: NOTHING_ELSE,
  };
  const step = next(contract, recorder.state(), await evidenceOf(session), context.clock.now().toISOString());
  if (step.do !== 'run-agents')
    throw new WaveFailure(
      'no-attempt',
      `a new attempt of wave ${contract.wave} would not start with agents but with ${step.do}`,
      'Start the wave again.',
    );
  const { agents, reused } = await keep(session, step);
  const digests = { waveDigest: contract.digests.wave, policyDigest: contract.digests.policy };
  await recorder.record([
    fact(session, 'plan', 'instance', { type: 'instance.opened', base, ...digests }),
    fact(session, 'plan', 'attempt', {
      type: 'attempt.started',
      attempt,
      base: head,
      baseTree: tree.value,
      agents,
      ...digests,
    }),
  ]);
  await recorder.record(reused);
  const journal = await appendTo(
    store,
    recorder.added().map(({ seq: _seq, ...entry }) => entry),
  );
  const state = (await journalRecorder(contract, instance, looked)).state();
  if (state.attempts.get(attempt)?.run !== session.run)
    return refuse(
      context,
      head,
      'attempt-live',
      `Another run claimed attempt ${attempt} first`,
      `Run ${state.attempts.get(attempt)?.run.slice(1) ?? ''} holds it.`,
    );

  const who = agents.length === 0 ? 'every agent is kept' : agents.join(', ');
  const externalId = `${instance}#${attempt}`;
  await postCheck(
    context,
    GATE_CHECK,
    head,
    externalId,
    { status: 'in_progress' },
    {
      title: `Attempt ${attempt} runs: ${who}`.slice(0, 60),
      summary: `Wave ${contract.wave} on \`${head.slice(0, 7)}\`, attempt ${attempt}.\n\n${contract.agents.map((agent) => `- ${agent.id} on ${agent.executor.id}`).join('\n')}`,
    },
  );
  try {
    await postSticky(
      context,
      pullRequest.number,
      instance,
      stickyOf(context, {
        contract,
        state,
        gates: [],
        instance,
        tree: null,
        closed: false,
        commit: null,
        stateTip: journal.tip,
      }),
    );
  } catch (error) {
    // The gate is open already and this attempt will not run: it is concluded here.
    await sayBroken(context, { instance, externalId, pullRequest: null }, [head], error);
    throw error;
  }
  return {
    kind: 'run',
    ticket: {
      wave: contract.wave,
      lane: contract.lane,
      instance,
      pullRequest: pullRequest.number,
      target: pullRequest.headRef,
      run: session.run,
      attempt,
      base,
      head,
      journal: { ...journal, ours: journal.ours.map(([from, to]) => [from, to]) },
      agents: [...agents],
      stages: STAGES.filter((stage) => contract.agents.some((agent) => agent.role === stage)).map(
        stageNumber,
      ),
    },
  };
};
