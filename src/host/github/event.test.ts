import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readEvent } from './event.ts';
import { waveLabel } from './wave-label.ts';

const SHA = 'a'.repeat(40);
const ada = { id: 7, login: 'ada', type: 'User', node_id: 'ignored' };
const repository = { id: 1, full_name: 'acme/app', default_branch: 'main', private: false };
const common = { repository, sender: { ...ada, id: 8, login: 'sender' } };
const pull = {
  number: 12,
  state: 'open',
  merged: false,
  user: ada,
  labels: [{ name: 'wave:3' }, { name: null }],
  head: { sha: SHA, ref: 'topic', repo: { id: 1, full_name: 'acme/app' } },
  base: { sha: 'b'.repeat(40), ref: 'main', repo: { id: 1, full_name: 'acme/app' } },
};
const pullEvent = (action: string, more: object = {}) => ({
  action,
  number: 12,
  pull_request: pull,
  ...common,
  ...more,
});
const comment = {
  id: 99,
  body: '/wave run 3',
  user: ada,
  created_at: '2026-01-01T00:00:00Z',
  author_association: 'OWNER',
};
const commentEvent = (more: object = {}) => ({
  action: 'created',
  issue: { number: 12, pull_request: { url: 'x' } },
  comment,
  ...common,
  ...more,
});

describe('events', () => {
  test.each(['opened', 'synchronize', 'reopened', 'closed'])('pull request %s', (action) => {
    expect(readEvent('pull_request_target', pullEvent(action, { label: { name: 'wave:3' } }))).toEqual({
      kind: 'pull-request',
      action,
      pullRequest: {
        number: 12,
        state: 'open',
        merged: false,
        headSha: SHA,
        headRef: 'topic',
        headRepo: 'acme/app',
        baseRef: 'main',
        baseSha: 'b'.repeat(40),
        fork: false,
        labels: ['wave:3'],
        author: { id: 7, login: 'ada', type: 'User' },
      },
      label: null,
      wave: null,
      repository: { fullName: 'acme/app', defaultBranch: 'main' },
      sender: { id: 8, login: 'sender', type: 'User' },
    });
  });

  test.each([
    ['wave:3', { lane: null, wave: 3 }],
    ['wave:docs/0', { lane: 'docs', wave: 0 }],
    ['bug', null],
  ])('pull request labeled %s', (label, wave) => {
    const event = readEvent('pull_request_target', pullEvent('labeled', { label: { name: label } }));
    expect(event).toMatchObject({ kind: 'pull-request', action: 'labeled', label, wave });
  });

  test.each([
    ['another repository', { id: 2, full_name: 'eve/app' }, 'eve/app'],
    ['another repository of the same name', { id: 2, full_name: 'acme/app' }, 'acme/app'],
    ['a repository that is gone', null, null],
  ])('a head in %s is a fork', (_, repo, headRepo) => {
    const event = readEvent(
      'pull_request_target',
      pullEvent('opened', { pull_request: { ...pull, head: { ...pull.head, repo } } }),
    );
    expect(event).toMatchObject({ pullRequest: { fork: true, headRepo } });
  });

  test('a comment on a pull request: its author speaks, not the sender', () => {
    expect(readEvent('issue_comment', commentEvent())).toEqual({
      kind: 'comment',
      number: 12,
      id: 99,
      body: '/wave run 3',
      author: { id: 7, login: 'ada', type: 'User' },
      createdAt: '2026-01-01T00:00:00Z',
      repository: { fullName: 'acme/app', defaultBranch: 'main' },
      sender: { id: 8, login: 'sender', type: 'User' },
    });
  });

  test('a merge group', () => {
    const group = {
      head_sha: SHA,
      head_ref: 'refs/heads/gh-readonly-queue/main/pr-12',
      base_sha: SHA,
      base_ref: 'refs/heads/main',
    };
    const event = readEvent('merge_group', { action: 'checks_requested', merge_group: group, ...common });
    expect(event).toMatchObject({
      kind: 'merge-group',
      headSha: SHA,
      headRef: group.head_ref,
      baseRef: 'refs/heads/main',
    });
  });

  test('a dispatch, whatever types its inputs have', () => {
    const inputs = { wave: '3', live: true, pr: 12, empty: null };
    const event = readEvent('workflow_dispatch', { ref: 'refs/heads/main', inputs, ...common });
    expect(event).toMatchObject({
      kind: 'dispatch',
      ref: 'refs/heads/main',
      inputs: { wave: '3', live: 'true', pr: '12', empty: '' },
    });
    expect(readEvent('workflow_dispatch', { ref: 'refs/heads/main', inputs: null, ...common })).toMatchObject(
      { inputs: {} },
    );
  });

  const ignored: readonly (readonly [string, string, unknown])[] = [
    ['an event we do not listen to', 'push', {}],
    ['the pull request’s own event', 'pull_request', pullEvent('opened')],
    ['a name with tricks in it', 'x\n::set-output name=a::b', {}],
    ['another action', 'pull_request_target', pullEvent('assigned')],
    ['an edited comment', 'issue_comment', commentEvent({ action: 'edited' })],
    ['a comment on an issue', 'issue_comment', commentEvent({ issue: { number: 12 } })],
    ['a merge group that is gone', 'merge_group', { action: 'destroyed' }],
    ['no payload', 'issue_comment', null],
    [
      'a head that is no commit',
      'pull_request_target',
      pullEvent('opened', { pull_request: { ...pull, head: { ...pull.head, sha: '--upload-pack=x' } } }),
    ],
    ['a comment by nobody', 'issue_comment', commentEvent({ comment: { ...comment, user: null } })],
  ];
  test('ignored, and why', () => {
    const said = ignored.map(([what, name, payload]) => {
      const event = readEvent(name, payload);
      return `${what}: ${event.kind === 'ignored' ? `${event.code}: ${event.why}` : event.kind}`;
    });
    expect(said.join('\n')).toMatchInlineSnapshot(`
      "an event we do not listen to: other-event: "push" is not an event waves listen to
      the pull request’s own event: other-event: "pull_request" is not an event waves listen to
      a name with tricks in it: other-event: "x\\n::set-output name=a::b" is not an event waves listen to
      another action: other-action: pull_request_target "assigned" starts nothing
      an edited comment: other-action: issue_comment "edited" starts nothing
      a comment on an issue: not-a-pull-request: the comment is on an issue; waves are commanded on pull requests
      a merge group that is gone: other-action: merge_group "destroyed" starts nothing
      no payload: malformed: the issue_comment event is not as GitHub documents it: payload: Invalid input: expected object, received null
      a head that is no commit: malformed: the pull_request_target event is not as GitHub documents it: pull_request.head.sha: Invalid string: must match pattern /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/
      a comment by nobody: malformed: the issue_comment event is not as GitHub documents it: comment.user: Invalid input: expected object, received null"
    `);
  });

  test('is total', () => {
    const names = fc.constantFrom('pull_request_target', 'issue_comment', 'merge_group', 'workflow_dispatch');
    fc.assert(
      fc.property(names, fc.jsonValue(), (name, payload) => {
        expect(readEvent(name, payload).kind).toBe('ignored');
      }),
    );
  });
});

test.each([
  ['wave:1', { lane: null, wave: 1 }],
  ['wave:main/12', { lane: 'main', wave: 12 }],
  ['wave:a_b-c/0', { lane: 'a_b-c', wave: 0 }],
  ['wave:01', null],
  ['wave: 1', null],
  ['wave:1 ', null],
  ['wave:1\n', null],
  ['Wave:1', null],
  ['wave:-1', null],
  ['wave:1.5', null],
  ['wave:9999999', null],
  ['wave:/1', null],
  ['wave:../1', null],
  ['wave:Main/1', null],
  ['wave:a/b/1', null],
  ['wave', null],
])('label %j', (text, wave) => expect(waveLabel(text)).toEqual(wave));
