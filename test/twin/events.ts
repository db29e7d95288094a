/** Event payloads as GitHub delivers them, made from the model. */
import { resolveCommit } from './repositories.ts';
import {
  commentJson,
  issueJson,
  labelJson,
  pullJson,
  repositoryJson,
  type Urls,
  userJson,
} from './rest/json.ts';
import type { Twin } from './server.ts';
import type { Comment, PullRequest } from './types.ts';

export type EventPayload = Readonly<Record<string, unknown>>;

const common = (twin: Twin, fullName: string, sender: string, urls: Urls) => ({
  repository: repositoryJson(twin.model, twin.model.repository(fullName), urls),
  sender: userJson(twin.model.user(sender), urls),
});

/** `pull_request_target` and `pull_request`; `label` for `labeled`, `before` for `synchronize`. */
export async function pullRequestEvent(
  twin: Twin,
  pull: PullRequest,
  event: {
    readonly action: 'opened' | 'synchronize' | 'reopened' | 'labeled' | 'unlabeled' | 'closed';
    readonly sender?: string;
    readonly label?: string;
    readonly before?: string;
  },
): Promise<EventPayload> {
  const base = twin.model.repository(pull.repository);
  const baseSha = await resolveCommit(base.gitDir, `refs/heads/${pull.baseRef}`);
  return {
    action: event.action,
    number: pull.number,
    pull_request: pullJson(twin.model, pull, twin, baseSha),
    ...(event.label === undefined ? {} : { label: labelJson(event.label, pull.labels.indexOf(event.label)) }),
    ...(event.before === undefined ? {} : { before: event.before, after: pull.headSha }),
    ...common(twin, pull.repository, event.sender ?? pull.user.login, twin),
  };
}

/** `issue_comment: created` on a pull request; there is no head in it. */
export function issueCommentEvent(twin: Twin, comment: Comment): EventPayload {
  const pull = twin.model.pulls.find(
    (one) => one.repository === comment.repository && one.number === comment.issue,
  );
  if (pull === undefined) throw new Error(`comment ${comment.id} is on no pull request of the model`);
  return {
    action: 'created',
    issue: issueJson(pull, twin),
    comment: commentJson(comment, twin),
    ...common(twin, comment.repository, comment.user.login, twin),
  };
}

/** `workflow_dispatch`. */
export function workflowDispatchEvent(
  twin: Twin,
  event: {
    readonly repository: string;
    readonly workflow: string;
    readonly inputs: Readonly<Record<string, string>>;
    readonly ref?: string;
    readonly sender?: string;
  },
): EventPayload {
  const ref = event.ref ?? twin.model.repository(event.repository).defaultBranch;
  const shared = common(twin, event.repository, event.sender ?? 'github-actions[bot]', twin);
  return { inputs: event.inputs, ref: `refs/heads/${ref}`, workflow: event.workflow, ...shared };
}

/** `push`, from a push the log knows or the test made. */
export function pushEvent(
  twin: Twin,
  event: {
    readonly repository: string;
    readonly ref: string;
    readonly before: string;
    readonly after: string;
    readonly sender?: string;
  },
): EventPayload {
  const { ref, before, after } = event;
  return { ref, before, after, ...common(twin, event.repository, event.sender ?? 'author', twin) };
}
