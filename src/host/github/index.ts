/**
 * GitHub as we need it: a narrow port, {@link GitHub}, on the REST API with failures as values; the events that
 * start a workflow, read into a closed union; labels that ask for a wave; and finding our own comments again.
 */
export { type GitHubApiOptions, githubApi } from './api.ts';
export { type GitHubEvent, type PullRequestAction, readEvent } from './event.ts';
export { ACTIONS_BOT, findMarked } from './marked-comment.ts';
export { DEFAULT_RETRY, type RetryPolicy } from './retry.ts';
export { withoutSecrets } from './secret-text.ts';
export {
  type Account,
  type CheckAnnotation,
  type CheckChange,
  type CheckConclusion,
  type CheckOutput,
  type CheckRunFacts,
  type CheckState,
  type GitHub,
  type GitHubError,
  type GitHubResult,
  type IssueComment,
  type JobFacts,
  type NewCheck,
  PERMISSIONS,
  type Permission,
  type PullRequestFacts,
  type WritableScope,
  type WrittenCheck,
} from './types.ts';
export { type WaveLabel, waveLabel } from './wave-label.ts';
