/** Repositories, collaborators, pull requests, comments, labels, reactions. */
import { resolveCommit } from '../repositories.ts';
import type { Need } from '../scopes.ts';
import type { Comment, PullRequest } from '../types.ts';
import { commentJson, issueJson, labelJson, pullJson, repositoryJson, userJson } from './json.ts';
import { type Call, invalid, notFound, page, type Reply, type Route, text } from './route.ts';

const READ_PULLS: readonly Need[] = [['pull-requests', 'read']];
const READ_TALK: readonly Need[] = [
  ['issues', 'read'],
  ['pull-requests', 'read'],
];
const WRITE_TALK: readonly Need[] = [
  ['issues', 'write'],
  ['pull-requests', 'write'],
];
/** In characters as GitHub counts them: UTF-16 units. */
const LONGEST_BODY = 65_536;

const pullOf = (call: Call): PullRequest | undefined =>
  call.model.pulls.find(
    (pull) => pull.repository === call.repo.fullName && pull.number === Number(call.params.number),
  );
const commentOf = (call: Call): Comment | undefined =>
  call.model.comments.find(
    (one) => one.repository === call.repo.fullName && one.id === Number(call.params.comment),
  );

async function pullBody(call: Call, pull: PullRequest): Promise<unknown> {
  return pullJson(
    call.model,
    pull,
    call,
    await resolveCommit(call.repo.gitDir, `refs/heads/${pull.baseRef}`),
  );
}

async function listPulls(call: Call): Promise<Reply> {
  const state = call.query.get('state') ?? 'open';
  const head = call.query.get('head');
  const base = call.query.get('base');
  const found = call.model.pulls.filter((pull) => {
    if (pull.repository !== call.repo.fullName) return false;
    if (state !== 'all' && pull.state !== state) return false;
    if (base !== null && pull.baseRef !== base) return false;
    const owner = call.model.repository(pull.headRepository).owner;
    return head === null || head === `${owner}:${pull.headRef}`;
  });
  const bodies: unknown[] = [];
  for (const pull of found.reverse()) bodies.push(await pullBody(call, pull));
  return page(call, bodies);
}

function bodyProblem(call: Call): Reply | null {
  const body = text(call.body.body);
  if (body === null || body === '') {
    return invalid('Validation Failed', [{ resource: 'IssueComment', code: 'missing_field', field: 'body' }]);
  }
  if (body.length > LONGEST_BODY) {
    const message = 'body is too long (maximum is 65536 characters)';
    return invalid('Validation Failed', [
      { resource: 'IssueComment', code: 'custom', field: 'body', message },
    ]);
  }
  return null;
}

function createComment(call: Call): Reply {
  const pull = pullOf(call);
  if (pull === undefined) return notFound();
  const problem = bodyProblem(call);
  if (problem !== null) return problem;
  const comment = call.model.addComment(call.repo.fullName, {
    issue: pull.number,
    body: text(call.body.body) ?? '',
    login: call.identity.login,
    by: { run: call.identity.run, job: call.identity.job },
  });
  const detail = { issue: pull.number, id: comment.id, body: comment.body };
  return { status: 201, body: commentJson(comment, call), wrote: { what: 'comment.created', detail } };
}

function updateComment(call: Call): Reply {
  const comment = commentOf(call);
  if (comment === undefined) return notFound();
  const problem = bodyProblem(call);
  if (problem !== null) return problem;
  comment.body = text(call.body.body) ?? '';
  comment.updatedAt = call.model.tick();
  const detail = { issue: comment.issue, id: comment.id, body: comment.body, author: comment.user.login };
  return { status: 200, body: commentJson(comment, call), wrote: { what: 'comment.updated', detail } };
}

function deleteComment(call: Call): Reply {
  const comment = commentOf(call);
  if (comment === undefined) return notFound();
  call.model.comments.splice(call.model.comments.indexOf(comment), 1);
  const detail = { issue: comment.issue, id: comment.id, author: comment.user.login };
  return { status: 204, wrote: { what: 'comment.deleted', detail } };
}

function permission(call: Call): Reply {
  const login = call.params.login ?? '';
  const user = [...call.model.users.values()].find((one) => one.login.toLowerCase() === login.toLowerCase());
  const role = call.repo.roles.get(login) ?? (call.repo.owner === login ? 'admin' : undefined);
  if (user === undefined && role === undefined) return notFound();
  // Everybody can read a public repository; the legacy field knows neither maintain nor triage.
  const exact = role ?? (call.repo.private ? 'none' : 'read');
  const legacy = {
    admin: 'admin',
    maintain: 'write',
    write: 'write',
    triage: 'read',
    read: 'read',
    none: 'none',
  }[exact];
  const rank = ['none', 'read', 'triage', 'write', 'maintain', 'admin'].indexOf(exact);
  const permissions = {
    pull: rank >= 1,
    triage: rank >= 2,
    push: rank >= 3,
    maintain: rank >= 4,
    admin: rank >= 5,
  };
  const body = {
    permission: legacy,
    role_name: exact,
    user: { ...userJson(call.model.user(login), call), permissions, role_name: exact },
  };
  return { status: 200, body };
}

function addLabels(call: Call): Reply {
  const pull = pullOf(call);
  if (pull === undefined) return notFound();
  const wanted = Array.isArray(call.body.labels)
    ? call.body.labels.filter((one) => typeof one === 'string')
    : [];
  const added = wanted.filter((label) => !pull.labels.includes(label));
  pull.labels.push(...added);
  const detail = { issue: pull.number, labels: added };
  return { status: 200, body: pull.labels.map(labelJson), wrote: { what: 'label.added', detail } };
}

function removeLabel(call: Call): Reply {
  const pull = pullOf(call);
  const label = call.params.label ?? '';
  if (pull === undefined || !pull.labels.includes(label)) return notFound();
  pull.labels = pull.labels.filter((one) => one !== label);
  const detail = { issue: pull.number, label };
  return { status: 200, body: pull.labels.map(labelJson), wrote: { what: 'label.removed', detail } };
}

function react(call: Call): Reply {
  const comment = commentOf(call);
  const content = text(call.body.content);
  if (comment === undefined) return notFound();
  const known = ['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'rocket', 'eyes'];
  if (content === null || !known.includes(content)) return invalid('Validation Failed');
  const body = {
    id: call.model.nextId(),
    content,
    user: userJson(call.model.user(call.identity.login), call),
  };
  return { status: 201, body, wrote: { what: 'reaction.created', detail: { comment: comment.id, content } } };
}

export const CONVERSATION_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '',
    needs: [],
    answer: (call) => ({ status: 200, body: repositoryJson(call.model, call.repo, call) }),
  },
  { method: 'GET', path: 'collaborators/:login/permission', needs: [], answer: permission },
  { method: 'GET', path: 'pulls', needs: READ_PULLS, answer: listPulls },
  {
    method: 'GET',
    path: 'pulls/:number',
    needs: READ_PULLS,
    answer: async (call) => {
      const pull = pullOf(call);
      return pull === undefined ? notFound() : { status: 200, body: await pullBody(call, pull) };
    },
  },
  {
    method: 'GET',
    path: 'issues/:number',
    needs: READ_TALK,
    answer: (call) => {
      const pull = pullOf(call);
      return pull === undefined ? notFound() : { status: 200, body: issueJson(pull, call) };
    },
  },
  {
    method: 'GET',
    path: 'issues/:number/comments',
    needs: READ_TALK,
    answer: (call) => {
      const pull = pullOf(call);
      if (pull === undefined) return notFound();
      const found = call.model.comments.filter(
        (one) => one.repository === call.repo.fullName && one.issue === pull.number,
      );
      return page(
        call,
        found.map((one) => commentJson(one, call)),
      );
    },
  },
  { method: 'POST', path: 'issues/:number/comments', needs: WRITE_TALK, answer: createComment },
  {
    method: 'GET',
    path: 'issues/comments/:comment',
    needs: READ_TALK,
    answer: (call) => {
      const comment = commentOf(call);
      return comment === undefined ? notFound() : { status: 200, body: commentJson(comment, call) };
    },
  },
  { method: 'PATCH', path: 'issues/comments/:comment', needs: WRITE_TALK, answer: updateComment },
  { method: 'DELETE', path: 'issues/comments/:comment', needs: WRITE_TALK, answer: deleteComment },
  { method: 'POST', path: 'issues/comments/:comment/reactions', needs: WRITE_TALK, answer: react },
  { method: 'POST', path: 'issues/:number/labels', needs: WRITE_TALK, answer: addLabels },
  { method: 'DELETE', path: 'issues/:number/labels/:label', needs: WRITE_TALK, answer: removeLabel },
];
