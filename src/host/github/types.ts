/** What we ask of GitHub, and nothing else it can do: the port, its facts and its failures. */

export type GitHubErrorKind =
  /** The token may not; `permissions` is the line to add under the job's `permissions:`. */
  | { readonly kind: 'missing-scope'; readonly scope: string; readonly permissions: string }
  /** Not there, or the token may not see it: GitHub does not say which. */
  | { readonly kind: 'not-found' }
  | { readonly kind: 'bad-credentials' }
  /** The hourly budget is used up until then (ISO 8601, UTC). */
  | { readonly kind: 'rate-limited'; readonly resetAt: string }
  /** Too much at once; `retryAfterMs` as GitHub asked, or a minute. */
  | { readonly kind: 'secondary-limit'; readonly retryAfterMs: number }
  | { readonly kind: 'validation' }
  /** Understood and declined for another reason than the token's scopes. */
  | { readonly kind: 'refused' }
  /** `ambiguous`: the change may have been made; look before doing it again. */
  | { readonly kind: 'server'; readonly ambiguous: boolean }
  | { readonly kind: 'network'; readonly ambiguous: boolean }
  /** An answer of another shape than documented, or more than we read. */
  | { readonly kind: 'bad-response' };
export type GitHubError = GitHubErrorKind & {
  /** Null when no answer came, or nothing was sent. */
  readonly status: number | null;
  /** One line for people: what was tried, what GitHub said, what to change. Never a secret. */
  readonly message: string;
};
export type GitHubResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: GitHubError };

export type Account = {
  readonly id: number;
  readonly login: string;
  /** GitHub's own word: `User`, `Bot`, `Organization`, `Mannequin`. */
  readonly type: string;
};

export type PullRequestFacts = {
  readonly number: number;
  readonly state: 'open' | 'closed';
  readonly merged: boolean;
  readonly headSha: string;
  /** Branch names, without `refs/heads/`. */
  readonly headRef: string;
  /** `owner/name`; null when the fork is gone. */
  readonly headRepo: string | null;
  readonly baseRef: string;
  readonly baseSha: string;
  /** The head is in another repository than the base, or in one that is gone. */
  readonly fork: boolean;
  readonly labels: readonly string[];
  readonly author: Account | null;
};

export type IssueComment = {
  readonly id: number;
  readonly body: string;
  /** Null for a deleted account: nobody's word. */
  readonly author: Account | null;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type CheckConclusion = 'success' | 'failure' | 'cancelled' | 'timed_out' | 'action_required';
export type CheckAnnotation = {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly level: 'notice' | 'warning' | 'failure';
  readonly title?: string;
  readonly message: string;
};
/** Texts over GitHub's limits are cut, never refused: a gate that cannot be posted would be a missing gate. */
export type CheckOutput = {
  readonly title: string;
  readonly summary: string;
  readonly text?: string;
  readonly annotations?: readonly CheckAnnotation[];
};
export type CheckState =
  | { readonly status: 'queued' | 'in_progress' }
  /** Neither `neutral` nor `skipped`: GitHub counts both as passing (S31). */
  | { readonly status: 'completed'; readonly conclusion: CheckConclusion };
export type NewCheck = {
  readonly name: string;
  /** The commit that was evaluated, full SHA (S30). */
  readonly headSha: string;
  readonly externalId: string;
  readonly detailsUrl?: string;
  readonly state: CheckState;
  readonly output: CheckOutput;
};
export type CheckChange = Partial<Pick<NewCheck, 'externalId' | 'detailsUrl' | 'state' | 'output'>>;
export type CheckRunFacts = {
  readonly id: number;
  readonly name: string;
  readonly headSha: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly externalId: string;
  readonly title: string | null;
  /** The App that made it; any other App's check of the same name is not ours (S32). */
  readonly app: { readonly id: number; readonly slug: string } | null;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  readonly url: string | null;
};
/** `unsent`: annotations of the output GitHub did not take; the check itself stands. */
export type WrittenCheck = CheckRunFacts & { readonly unsent: number };

export const PERMISSIONS = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const;
export type Permission = (typeof PERMISSIONS)[number];

export type JobFacts = {
  readonly id: number;
  readonly name: string;
  readonly runAttempt: number;
  readonly status: string;
  readonly conclusion: string | null;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
};

export type WritableScope = 'contents' | 'checks' | 'issues or pull-requests';

export interface GitHub {
  pullRequest(number: number): Promise<GitHubResult<PullRequestFacts>>;
  /** The open ones of a branch of this repository. */
  pullRequestsFrom(headRef: string): Promise<GitHubResult<readonly PullRequestFacts[]>>;
  /** All of them, oldest first. Needs `pull-requests: read` or `issues: read`. */
  comments(number: number): Promise<GitHubResult<readonly IssueComment[]>>;
  createComment(number: number, body: string): Promise<GitHubResult<IssueComment>>;
  updateComment(id: number, body: string): Promise<GitHubResult<IssueComment>>;
  createCheck(check: NewCheck): Promise<GitHubResult<WrittenCheck>>;
  updateCheck(id: number, change: CheckChange): Promise<GitHubResult<WrittenCheck>>;
  /** Every check run on a commit, older ones of a name too, newest first. */
  checksOn(sha: string, name?: string): Promise<GitHubResult<readonly CheckRunFacts[]>>;
  /** `unverified` when GitHub did not say clearly; that is a refusal, whatever the cause (S05). */
  permissionOf(login: string): Promise<Permission | 'unverified'>;
  /** Starts a workflow of the default branch. `runId` null where GitHub does not tell it. */
  dispatch(
    workflow: string,
    ref: string,
    inputs: Readonly<Record<string, string>>,
  ): Promise<GitHubResult<{ readonly runId: string | null }>>;
  /** The jobs of a run's latest attempt, or of all attempts. */
  jobs(runId: string, which?: 'latest' | 'all'): Promise<GitHubResult<readonly JobFacts[]>>;
  /** One regular file of at most 1 MB at a commit or branch, by the contents API. */
  fileAt(path: string, ref: string): Promise<GitHubResult<Uint8Array>>;
  /** Which scopes the token may write, by requests that are refused before they could change anything. */
  writableScopes(): Promise<GitHubResult<readonly WritableScope[]>>;
  /** Requests sent so far, retries included: the repository's budget is 1,000 an hour. */
  calls(): number;
}
