/** What GitHub is told: checks and the sticky comment. Everything is looked for before it is written, so that telling it twice changes nothing. */

import type { Gate } from '../../closure/index.ts';
import type { Contract } from '../../contract/index.ts';
import {
  ACTIONS_BOT,
  type CheckAnnotation,
  type CheckRunFacts,
  type CheckState,
  findMarked,
  type GitHubResult,
} from '../../host/index.ts';
import type { InstanceId } from '../../journal/index.ts';
import type { WaveState } from '../../state/index.ts';
import {
  type Annotation,
  CHECK_NAMES,
  type CheckName,
  checkOutput,
  deliverableAnnotations,
  stickyComment,
  stickyMarker,
} from '../../views/index.ts';
import { WaveFailure } from '../failure/index.ts';
import type { JobContext } from './context.ts';

export const GATE_CHECK: CheckName = 'wave/cont-qa';

/** The value GitHub answered with, or a failure that says which setting to change. */
export const answered = <T>(result: GitHubResult<T>): T => {
  if (result.ok) return result.value;
  const { error } = result;
  throw new WaveFailure(
    error.kind,
    error.message,
    error.kind === 'missing-scope'
      ? `Add “${error.permissions}” under this job's permissions, as wave.yml has it.`
      : 'Run the job again; nothing is posted twice.',
  );
};

export const runUrl = (context: JobContext): string =>
  `${context.serverUrl}/${context.repository}/actions/runs/${context.runId}`;

export type CheckWords = {
  readonly title: string;
  readonly summary: string;
  readonly annotations?: readonly CheckAnnotation[];
};

/** Whose checks `GITHUB_TOKEN` makes. Another App's check of the same name is not ours, and not ours to change. */
const ACTIONS_APP = 'github-actions';

export const ourChecks = async (
  context: JobContext,
  sha: string,
  name: string,
): Promise<readonly CheckRunFacts[]> =>
  answered(await context.github.checksOn(sha, name)).filter((one) => one.app?.slug === ACTIONS_APP);

/** What a preview says before any run; the first run takes its check over. */
export const previewId = (sha: string): string => `preview-${sha.slice(0, 12)}`;

/**
 * Brings the newest check of a name on a commit to a state, or makes it. A check that says this already is left alone.
 *
 * @param externalId run, attempt and what was judged: what tells our check from a stranger's of the same name
 */
export const postCheck = async (
  context: JobContext,
  name: string,
  sha: string,
  externalId: string,
  state: CheckState,
  words: CheckWords,
): Promise<void> => {
  const ours = await ourChecks(context, sha, name);
  const standing =
    ours.find((one) => one.externalId === externalId) ??
    ours.find((one) => one.externalId === previewId(sha) && one.status !== 'completed');
  const detailsUrl = runUrl(context);
  if (standing === undefined) {
    answered(
      await context.github.createCheck({ name, headSha: sha, externalId, detailsUrl, state, output: words }),
    );
    return;
  }
  const same =
    standing.externalId === externalId &&
    standing.title === words.title &&
    standing.status === state.status &&
    (state.status !== 'completed' || standing.conclusion === state.conclusion);
  if (!same)
    answered(await context.github.updateCheck(standing.id, { externalId, detailsUrl, state, output: words }));
};

export const asCheckAnnotation = (one: Annotation): CheckAnnotation => ({
  path: one.path,
  startLine: one.start_line,
  endLine: one.end_line,
  level: one.annotation_level,
  title: one.title,
  message: one.message,
});

export type Verdict = {
  readonly contract: Contract;
  readonly state: WaveState;
  readonly gates: readonly Gate[];
  readonly instance: InstanceId;
  readonly tree: string | null;
  readonly closed: boolean;
  readonly commit: string | null;
  readonly stateTip: string;
};

/** All checks of the wave on the commit that was evaluated: held is success, anything else at the end is failure. */
export const postChecks = async (
  context: JobContext,
  verdict: Verdict,
  sha: string,
  externalId: string,
): Promise<void> => {
  for (const name of CHECK_NAMES) {
    const text = checkOutput({ name, ...verdict, links: { run: runUrl(context) } });
    const good = name === GATE_CHECK ? verdict.closed : text.state === 'held';
    const annotations =
      name === 'wave/implementation'
        ? deliverableAnnotations(verdict.contract, verdict.gates).map(asCheckAnnotation)
        : [];
    await postCheck(
      context,
      name,
      sha,
      externalId,
      { status: 'completed', conclusion: good ? 'success' : 'failure' },
      { title: text.title, summary: text.summary, annotations },
    );
  }
};

/** The one comment of an instance: found by marker and author, written when it says something new. */
export const postSticky = async (
  context: JobContext,
  pullRequest: number,
  instance: InstanceId,
  body: string,
): Promise<void> => {
  const standing = findMarked(
    answered(await context.github.comments(pullRequest)),
    stickyMarker(instance),
    ACTIONS_BOT.id,
  );
  if (standing === null) answered(await context.github.createComment(pullRequest, body));
  else if (standing.body !== body) answered(await context.github.updateComment(standing.id, body));
};

export const stickyOf = (context: JobContext, verdict: Verdict): string =>
  stickyComment({
    contract: verdict.contract,
    state: verdict.state,
    gates: verdict.gates,
    instance: verdict.instance,
    tree: verdict.tree,
    links: { run: runUrl(context) },
    stateTip: `wave-state@${verdict.stateTip.slice(0, 7)}`,
  });
