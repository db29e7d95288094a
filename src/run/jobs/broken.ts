/**
 * A trusted job that cannot go on says so where people look before it fails: a gate left `in_progress` would block the
 * pull request for good and tell nobody why (platform.md S31).
 */
import type { InstanceId } from '../../journal/index.ts';
import { safeInline, stickyMarker } from '../../views/index.ts';
import { WaveFailure } from '../failure/index.ts';
import type { JobContext } from './context.ts';
import { GATE_CHECK, ourChecks, postCheck, postSticky, runUrl } from './posting.ts';

/** A bug's message may hold anything, so it is shown in the job's log only. */
export const told = (
  error: unknown,
): { readonly code: string; readonly message: string; readonly fix: string } =>
  error instanceof WaveFailure
    ? { code: error.code, message: error.message, fix: error.fix }
    : {
        code: 'internal-error',
        message: 'the job ended with an error of wave itself',
        fix: 'See the log of the job, and report it.',
      };

export const brokenSummary = (error: unknown): string => {
  const { code, message, fix } = told(error);
  return `**${code}**: ${safeInline(message, 600)}\n\n${safeInline(fix, 400)}`;
};

/** In place of the status: what the gate could not be decided for. */
export const brokenSticky = (instance: InstanceId, run: string, error: unknown): string => {
  const [lane = '', wave = ''] = instance.split('/');
  return `### ${wave.replace('wave-', 'Wave ')} · ${safeInline(lane, 64)} ${stickyMarker(instance)}\n**Not decided**: ${brokenSummary(error)}\n\n[run](${run})\n`;
};

type Place = {
  readonly instance: InstanceId;
  readonly externalId: string;
  readonly pullRequest: number | null;
};

/** Concludes the gate on these commits as failure, unless it is concluded there, and says why in the comment. Never throws. */
export const sayBroken = async (
  context: JobContext,
  { instance, externalId, pullRequest }: Place,
  commits: readonly string[],
  error: unknown,
): Promise<void> => {
  const trying = async (what: string, task: () => Promise<void>): Promise<void> => {
    try {
      await task();
    } catch (second) {
      context.log(`${what} could not be told: ${second instanceof Error ? second.message : String(second)}`);
    }
  };
  const { code } = told(error);
  for (const sha of commits)
    await trying(`the gate of ${sha.slice(0, 7)}`, async () => {
      const standing = (await ourChecks(context, sha, GATE_CHECK)).find(
        (one) => one.externalId === externalId,
      );
      if (standing?.status === 'completed') return;
      await postCheck(
        context,
        GATE_CHECK,
        sha,
        externalId,
        { status: 'completed', conclusion: 'failure' },
        { title: `Not decided: ${code}`.slice(0, 60), summary: brokenSummary(error) },
      );
    });
  if (pullRequest !== null)
    await trying('the comment', () =>
      postSticky(context, pullRequest, instance, brokenSticky(instance, runUrl(context), error)),
    );
};
