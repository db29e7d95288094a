/**
 * The first, trusted job (design §5 `plan`): what the event asks for, who asked, what the base branch allows, who runs.
 * It claims the attempt and opens the gate; everything after it rests on its ticket.
 */

import type { Permission, PullRequestFacts } from '../../host/index.ts';
import { WaveFailure } from '../failure/index.ts';
import { configAt, readWave } from '../lane.ts';
import { brokenSummary, told } from './broken.ts';
import { claim } from './claim.ts';
import type { JobContext } from './context.ts';
import { nothing, type PlanOutcome, refuse } from './plan-outcome.ts';
import { answered, GATE_CHECK, ourChecks, postCheck, previewId } from './posting.ts';
import { fetchCommits } from './session.ts';
import { intoAnother, sharedHeadWords } from './shared-head.ts';

type Asked = {
  readonly wave: number;
  readonly lane: string;
  readonly pullRequest: PullRequestFacts;
  readonly asker: string;
};

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
