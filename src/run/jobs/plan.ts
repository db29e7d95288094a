/**
 * The first, trusted job (design §5 `plan`): what the event asks for, who asked, what the base branch allows, who runs.
 * It claims the attempt and opens the gate; everything after it rests on its ticket.
 */

import { next } from '../../closure/index.ts';
import { type Contract, type Diagnostic, STAGES } from '../../contract/index.ts';
import type { Permission, PullRequestFacts } from '../../host/index.ts';
import { type InstanceId, instanceId, type JournalStore, parseInstanceId } from '../../journal/index.ts';
import { diagnosticAnnotations, shortOid } from '../../views/index.ts';
import { WaveFailure } from '../failure/index.ts';
import { keep } from '../keep.ts';
import { configAt, readWave } from '../lane.ts';
import { journalRecorder, provisionalRecorder } from '../recorder.ts';
import { evidenceOf, fact, NOTHING_ELSE, type Session } from '../session.ts';
import { brokenSummary, sayBroken, told } from './broken.ts';
import { type JobContext, stageNumber, type Ticket } from './context.ts';
import {
  answered,
  asCheckAnnotation,
  GATE_CHECK,
  ourChecks,
  postCheck,
  postSticky,
  previewId,
  stickyOf,
} from './posting.ts';
import { appendTo, fetchCommits, openStore } from './session.ts';
import { intoAnother, sharedHeadWords } from './shared-head.ts';

export type PlanOutcome =
  | { readonly kind: 'run'; readonly ticket: Ticket }
  /** Nothing to do, or refused; `red` when the job has to fail. */
  | { readonly kind: 'nothing'; readonly why: string; readonly red: boolean };

type Asked = {
  readonly wave: number;
  readonly lane: string;
  readonly pullRequest: PullRequestFacts;
  readonly asker: string;
};

const nothing = (why: string, red = false): PlanOutcome => ({ kind: 'nothing', why, red });

/** Who may start a wave: whoever may push. Without a configuration on the base branch, maintainers only. */
const mayStart = (permission: Permission | 'unverified', builtIn: boolean): boolean =>
  permission === 'admin' || permission === 'maintain' || (permission === 'write' && !builtIn);

/** The wave an event asks to run, or why it asks for none. */
const asked = async (context: JobContext): Promise<Asked | PlanOutcome> => {
  const { event, github } = context;
  if (event.kind === 'ignored') return nothing(event.why);
  if (event.kind === 'dispatch') {
    const { wave = '', pr = '', lane = '' } = event.inputs;
    if (!/^\d{1,6}$/.test(wave) || !/^\d{1,9}$/.test(pr))
      return nothing('a dispatch names a wave and a pull request by number', true);
    return {
      wave: Number(wave),
      lane,
      pullRequest: answered(await github.pullRequest(Number(pr))),
      asker: event.sender.login,
    };
  }
  if (event.kind !== 'pull-request') return nothing(`${event.kind} events start nothing yet`);
  if (event.action === 'labeled') {
    if (event.wave === null) return nothing(`the label is no wave label`);
    return {
      wave: event.wave.wave,
      lane: event.wave.lane ?? '',
      pullRequest: event.pullRequest,
      asker: event.sender.login,
    };
  }
  return preview(context, event.pullRequest, event.action);
};

/** Opening or pushing spends nothing: the gate says where things stand. */
const preview = async (
  context: JobContext,
  pullRequest: PullRequestFacts,
  action: string,
): Promise<PlanOutcome> => {
  if (action === 'closed' || pullRequest.state === 'closed') return nothing('the pull request is closed');
  const labels = pullRequest.labels.filter((label) => /^wave:/.test(label));
  const ours = await ourChecks(context, pullRequest.headSha, GATE_CHECK);
  // Our own push has its verdict already.
  if (ours.length > 0) return nothing('the gate of this commit is open or concluded already');
  if (labels.length === 0)
    await postCheck(
      context,
      GATE_CHECK,
      pullRequest.headSha,
      previewId(pullRequest.headSha),
      { status: 'completed', conclusion: 'success' },
      { title: 'No wave in this pull request', summary: 'No label `wave:<n>` asks for one.' },
    );
  else
    await postCheck(
      context,
      GATE_CHECK,
      pullRequest.headSha,
      previewId(pullRequest.headSha),
      { status: 'queued' },
      {
        title: 'The wave has not run on this commit',
        summary: `Take off the label \`${labels[0]}\` and put it on again to run it here.`,
      },
    );
  return nothing(`${action}: checked, nothing started`);
};

/** Refusals that are about the asking, not about the commit: they say nothing over a verdict that is there or under way. */
const ABOUT_THE_ASKING: ReadonlySet<string> = new Set(['not-authorised', 'attempt-live']);

const refuse = async (
  context: JobContext,
  sha: string,
  code: string,
  title: string,
  summary: string,
  diagnostics: readonly Diagnostic[] = [],
): Promise<PlanOutcome> => {
  context.log(`${code}: ${title}`);
  const judged = async (): Promise<boolean> =>
    (await ourChecks(context, sha, GATE_CHECK)).some((one) => one.externalId !== previewId(sha));
  if (ABOUT_THE_ASKING.has(code) && (await judged())) return nothing(`${code}: ${title}`, true);
  await postCheck(
    context,
    GATE_CHECK,
    sha,
    `plan-${code}-${context.runId}`,
    { status: 'completed', conclusion: 'failure' },
    {
      title: title.slice(0, 60),
      summary,
      annotations: diagnosticAnnotations(diagnostics).map(asCheckAnnotation),
    },
  );
  return nothing(`${code}: ${title}`, true);
};

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

export const planJob = async (context: JobContext): Promise<PlanOutcome> => {
  const request = await asked(context);
  if ('kind' in request) return request;
  try {
    return await decide(context, request);
  } catch (error) {
    // No run comes of it, so no later job would say why.
    const { code } = told(error);
    await refuse(
      context,
      request.pullRequest.headSha,
      code,
      `The wave could not be started: ${code}`,
      brokenSummary(error),
    ).catch((second: unknown) => context.log(`the gate could not be told: ${told(second).message}`));
    throw error;
  }
};

const decide = async (
  context: JobContext,
  { pullRequest, wave, ...request }: Asked,
): Promise<PlanOutcome> => {
  const head = pullRequest.headSha;
  if (pullRequest.state === 'closed') return nothing('the pull request is closed');
  if (pullRequest.fork)
    return refuse(
      context,
      head,
      'fork',
      'A fork: a maintainer has to start this wave',
      'Waves of forks are not started by a label: no secret and no write token goes to code from outside.',
    );
  const other = await intoAnother(context, pullRequest);
  if (other !== null) {
    const { message, fix } = sharedHeadWords(pullRequest, other);
    return refuse(
      context,
      head,
      'head-shared',
      `#${other.number} asks for the same branch`,
      `${message}. ${fix}`,
    );
  }
  const scratch = await fetchCommits(context, [pullRequest.baseSha, head]);
  const lane =
    request.lane === '' ? (await configAt(scratch, pullRequest.baseSha)).defaultLane : request.lane;
  const reading = await readWave(scratch, { wave, lane, commit: head, base: pullRequest.baseSha }).catch(
    (error: unknown) => {
      if (error instanceof WaveFailure && error.code === 'wave-not-found') return error;
      throw error;
    },
  );
  if (reading instanceof WaveFailure)
    return refuse(
      context,
      head,
      reading.code,
      `There is no wave ${wave} in this commit`,
      `${reading.message}. ${reading.fix}`,
    );
  const { contract, diagnostics } = reading;
  const permission = await context.github.permissionOf(request.asker);
  const builtIn = contract?.policy.source === 'built-in';
  if (!mayStart(permission, builtIn))
    return refuse(
      context,
      head,
      'not-authorised',
      'Whoever asked may not start a wave',
      `Permission of the asker: ${permission}. ${builtIn ? 'Without wave.config.json on the base branch only a maintainer may.' : 'It takes write access.'}`,
    );
  if (contract === null) {
    const errors = diagnostics.filter((one) => one.severity === 'error');
    return refuse(
      context,
      head,
      'wave-invalid',
      `${errors.length} findings in wave ${wave}: ${errors[0]?.code ?? ''}`,
      errors.map((one) => `- \`${one.at.file}:${one.at.line}\` **${one.code}**: ${one.message}`).join('\n'),
      diagnostics,
    );
  }
  return claim(context, contract, pullRequest, scratch);
};

/** Claims the next attempt on the state branch and opens the gate. */
const claim = async (
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
