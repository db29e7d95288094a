/** The JSON GitHub answers with, as far as clients read it. */
import type { Model } from '../model.ts';
import type {
  Artifact,
  CheckRun,
  Comment,
  Job,
  PullRequest,
  Repository,
  User,
  WorkflowRun,
} from '../types.ts';

export type Urls = { readonly apiUrl: string; readonly serverUrl: string };

export const userJson = (user: User, urls: Urls) => ({
  login: user.login,
  id: user.id,
  type: user.type,
  url: `${urls.apiUrl}/users/${encodeURIComponent(user.login)}`,
  html_url: `${urls.serverUrl}/${user.login.replace(/\[bot\]$/, '')}`,
  site_admin: false,
});

export const repositoryJson = (model: Model, repo: Repository, urls: Urls) => ({
  id: repo.id,
  name: repo.name,
  full_name: repo.fullName,
  owner: userJson(model.user(repo.owner), urls),
  private: repo.private,
  fork: repo.forkOf !== null,
  visibility: repo.private ? 'private' : 'public',
  default_branch: repo.defaultBranch,
  html_url: `${urls.serverUrl}/${repo.fullName}`,
  url: `${urls.apiUrl}/repos/${repo.fullName}`,
  clone_url: `${urls.serverUrl}/${repo.fullName}.git`,
});

export const labelJson = (name: string, index: number) => ({
  id: index + 1,
  name,
  color: 'ededed',
  default: false,
});

export const pullJson = (model: Model, pull: PullRequest, urls: Urls, baseSha: string | null) => {
  const base = model.repository(pull.repository);
  const head = model.repository(pull.headRepository);
  return {
    id: pull.id,
    number: pull.number,
    state: pull.state,
    title: pull.title,
    body: pull.body,
    draft: pull.draft,
    merged: pull.merged,
    merge_commit_sha: null,
    user: userJson(pull.user, urls),
    author_association: pull.authorAssociation,
    labels: pull.labels.map(labelJson),
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    url: `${urls.apiUrl}/repos/${base.fullName}/pulls/${pull.number}`,
    html_url: `${urls.serverUrl}/${base.fullName}/pull/${pull.number}`,
    head: {
      ref: pull.headRef,
      sha: pull.headSha,
      label: `${head.owner}:${pull.headRef}`,
      user: userJson(model.user(head.owner), urls),
      repo: repositoryJson(model, head, urls),
    },
    base: {
      ref: pull.baseRef,
      sha: baseSha,
      label: `${base.owner}:${pull.baseRef}`,
      user: userJson(model.user(base.owner), urls),
      repo: repositoryJson(model, base, urls),
    },
  };
};

/** A pull request as the issues routes and the `issue_comment` event show it: no head, no base. */
export const issueJson = (pull: PullRequest, urls: Urls) => ({
  id: pull.id,
  number: pull.number,
  state: pull.state,
  title: pull.title,
  body: pull.body,
  user: userJson(pull.user, urls),
  author_association: pull.authorAssociation,
  labels: pull.labels.map(labelJson),
  created_at: pull.createdAt,
  updated_at: pull.updatedAt,
  url: `${urls.apiUrl}/repos/${pull.repository}/issues/${pull.number}`,
  html_url: `${urls.serverUrl}/${pull.repository}/pull/${pull.number}`,
  pull_request: { url: `${urls.apiUrl}/repos/${pull.repository}/pulls/${pull.number}` },
});

export const commentJson = (comment: Comment, urls: Urls) => ({
  id: comment.id,
  body: comment.body,
  user: userJson(comment.user, urls),
  created_at: comment.createdAt,
  updated_at: comment.updatedAt,
  author_association: comment.authorAssociation,
  url: `${urls.apiUrl}/repos/${comment.repository}/issues/comments/${comment.id}`,
  html_url: `${urls.serverUrl}/${comment.repository}/pull/${comment.issue}#issuecomment-${comment.id}`,
  issue_url: `${urls.apiUrl}/repos/${comment.repository}/issues/${comment.issue}`,
  performed_via_github_app: comment.by === null ? null : { slug: 'github-actions' },
});

export const checkJson = (check: CheckRun, urls: Urls) => ({
  id: check.id,
  name: check.name,
  head_sha: check.headSha,
  status: check.status,
  conclusion: check.conclusion,
  external_id: check.externalId,
  details_url: check.detailsUrl,
  started_at: check.startedAt,
  completed_at: check.completedAt,
  output: { ...check.output, annotations_count: check.annotations.length },
  app: check.app,
  check_suite: { id: 1 },
  pull_requests: [],
  url: `${urls.apiUrl}/repos/${check.repository}/check-runs/${check.id}`,
  html_url: `${urls.serverUrl}/${check.repository}/runs/${check.id}`,
});

export const runJson = (run: WorkflowRun, urls: Urls) => ({
  id: Number(run.id),
  name: run.workflow,
  path: run.workflow,
  event: run.event,
  status: run.status,
  conclusion: run.conclusion,
  run_attempt: run.attempt,
  head_sha: run.headSha,
  head_branch: run.headBranch,
  created_at: run.createdAt,
  url: `${urls.apiUrl}/repos/${run.repository}/actions/runs/${run.id}`,
  html_url: `${urls.serverUrl}/${run.repository}/actions/runs/${run.id}`,
});

export const jobJson = (job: Job, run: WorkflowRun, urls: Urls) => ({
  id: job.id,
  run_id: Number(run.id),
  run_attempt: run.attempt,
  head_sha: run.headSha,
  name: job.name,
  status: job.status,
  conclusion: job.conclusion,
  steps: [],
  html_url: `${urls.serverUrl}/${run.repository}/actions/runs/${run.id}/job/${job.id}`,
});

export const artifactJson = (artifact: Artifact, repository: string, urls: Urls) => ({
  id: artifact.id,
  name: artifact.name,
  size_in_bytes: artifact.size,
  digest: artifact.digest,
  expired: false,
  created_at: artifact.createdAt,
  workflow_run: { id: Number(artifact.run) },
  url: `${urls.apiUrl}/repos/${repository}/actions/artifacts/${artifact.id}`,
  archive_download_url: `${urls.apiUrl}/repos/${repository}/actions/artifacts/${artifact.id}/zip`,
});
