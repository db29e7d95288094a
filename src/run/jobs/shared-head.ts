/**
 * A check belongs to a commit, not to a pull request: what one base branch's policy let close would also count where the
 * same branch is asked into another one (platform.md S30). So it is refused while that is so.
 */
import type { PullRequestFacts } from '../../host/index.ts';
import type { JobContext } from './context.ts';
import { answered } from './posting.ts';

/** An open pull request of the same branch into another one; null when there is none. */
export const intoAnother = async (
  context: JobContext,
  { number, headRef, baseRef }: PullRequestFacts,
): Promise<PullRequestFacts | null> =>
  answered(await context.github.pullRequestsFrom(headRef)).find(
    (one) => one.number !== number && one.headRef === headRef && one.baseRef !== baseRef && !one.fork,
  ) ?? null;

export const sharedHeadWords = (
  { headRef, baseRef }: PullRequestFacts,
  other: PullRequestFacts,
): { readonly message: string; readonly fix: string } => ({
  message: `${headRef} is asked into ${baseRef} here and into ${other.baseRef} by #${other.number}; a check of its commit would count for both, whoever’s policy it was judged by`,
  fix: `Close #${other.number}, or give it a branch of its own; then put the label on again.`,
});
