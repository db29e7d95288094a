/** The port against the twin, with the faults GitHub has. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Fault, type Permissions, startTwin, type Twin } from '../../../test/twin/index.ts';
import { githubApi } from './api.ts';
import type { GitHub, GitHubResult, NewCheck } from './types.ts';

const WRITER: Permissions = {
  contents: 'write',
  checks: 'write',
  'pull-requests': 'write',
  actions: 'write',
};
let folder: string;
let twin: Twin;
let headSha: string;
let waits: number[];
let number: number;

const as = (permissions: Permissions, more: { readonly token?: string } = {}): GitHub =>
  githubApi({
    apiUrl: twin.apiUrl,
    token: more.token ?? twin.model.mintToken({ permissions }),
    owner: 'acme',
    repo: 'app',
    sleep: async (ms) => void waits.push(ms),
    now: () => new Date(Date.UTC(2026, 0, 1)),
    random: () => 0,
  });
const must = <T>(result: GitHubResult<T>): T => {
  if (result.ok) return result.value;
  throw new Error(`${result.error.kind}: ${result.error.message}`);
};
const failure = (result: GitHubResult<unknown>): string =>
  result.ok ? 'ok' : `${result.error.kind}: ${result.error.message}`;
/** Answers the next REST requests with these faults, in order. */
const next = (...faults: readonly Fault[]): void => {
  const left = [...faults];
  twin.model.faults.rest = () => left.shift() ?? 'pass';
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'github-'));
  twin = await startTwin({ root: join(folder, 'remote') });
  const roles = {
    ada: 'admin',
    max: 'maintain',
    bob: 'write',
    tom: 'triage',
    ron: 'read',
    nil: 'none',
  } as const;
  await twin.model.addRepository({ fullName: 'acme/app', roles });
  const workflow = 'on: workflow_dispatch\njobs: {}\n';
  await twin.model.commit('acme/app', {
    branch: 'main',
    files: { 'docs/a b%2f.md': 'é\n', 'empty.txt': '', '.github/workflows/wave.yml': workflow },
  });
  headSha = await twin.model.commit('acme/app', { branch: 'topic', from: 'main', files: { 'b.txt': 'b\n' } });
  number = (await twin.model.openPullRequest('acme/app', { head: 'topic', user: 'bob' })).number;
});
beforeEach(() => {
  waits = [];
  twin.model.faults.rest = () => 'pass';
  twin.model.comments.length = 0;
  twin.model.checkRuns.length = 0;
  twin.model.dispatches.length = 0;
  twin.model.forgetLog();
});
afterAll(async () => {
  await twin.close();
  await rm(folder, { recursive: true, force: true });
});

const check = (more: Partial<NewCheck> = {}): NewCheck => ({
  name: 'wave/cont-qa',
  headSha,
  externalId: '7.1',
  state: { status: 'in_progress' },
  output: { title: 'Running', summary: 'wave 1' },
  ...more,
});

describe('facts', () => {
  test('a pull request', async () => {
    expect(must(await as(WRITER).pullRequest(number))).toMatchObject({
      number,
      state: 'open',
      headSha,
      headRef: 'topic',
      headRepo: 'acme/app',
      baseRef: 'main',
      fork: false,
      author: { login: 'bob' },
    });
  });

  test('the open pull requests of a branch', async () => {
    const numbers = async (branch: string) =>
      must(await as(WRITER).pullRequestsFrom(branch)).map((pull) => pull.number);
    expect(await numbers('topic')).toEqual([number]);
    expect(await numbers('nowhere')).toEqual([]);
  });

  test('comments of all pages', async () => {
    for (let n = 0; n < 205; n += 1)
      twin.model.addComment('acme/app', { issue: number, body: `c${n}`, login: 'ron' });
    const github = as({ 'pull-requests': 'read' });
    const all = must(await github.comments(number));
    expect([all.length, all[0]?.body, all.at(-1)?.body, github.calls()]).toEqual([205, 'c0', 'c204', 3]);
  });

  test('comments are written, edited and ours', async () => {
    const github = as(WRITER);
    const made = must(await github.createComment(number, 'one'));
    must(await github.updateComment(made.id, 'two'));
    expect(must(await github.comments(number))).toMatchObject([
      { id: made.id, body: 'two', author: { login: 'github-actions[bot]', id: made.author?.id } },
    ]);
    twin.model.assertSilence([{ what: 'comment.created' }, { what: 'comment.updated' }]);
  });

  test.each([
    ['ada', 'admin'],
    ['max', 'maintain'],
    ['bob', 'write'],
    ['tom', 'triage'],
    ['ron', 'read'],
    ['nil', 'none'],
    ['nobody', 'unverified'],
    ['evil[bot]', 'unverified'],
    ['../../../user', 'unverified'],
    ['', 'unverified'],
  ])('the permission of %j is %s', async (login, permission) => {
    expect(await as({}).permissionOf(login)).toBe(permission);
  });

  const odd: readonly (readonly [string, Fault])[] = [
    ['500', { status: 500 }],
    ['403', { status: 403 }],
    ['an answer about somebody else', { status: 200, body: { permission: 'admin', user: { login: 'ada' } } }],
    ['another word', { status: 200, body: { permission: 'owner', user: { login: 'bob' } } }],
    [
      'flags at odds with the word',
      {
        status: 200,
        body: {
          permission: 'read',
          user: { login: 'bob', permissions: { admin: true, push: true, pull: true } },
        },
      },
    ],
    ['nobody at all', { status: 200, body: { permission: 'admin', user: null } }],
    ['nothing', 'drop-request'],
  ];
  test.each(odd)('a permission is unverified after %s', async (_, fault) => {
    next(fault, fault, fault, fault);
    expect(await as({}).permissionOf('bob')).toBe('unverified');
  });

  test('a custom role counts for what its flags say', async () => {
    const permissions = { admin: false, maintain: false, push: true, triage: true, pull: true };
    next({
      status: 200,
      body: { permission: 'write', role_name: 'release captain', user: { login: 'Bob', permissions } },
    });
    expect(await as({}).permissionOf('bob')).toBe('write');
  });

  test('a file at a ref, and what is none', async () => {
    const github = as({ contents: 'read' });
    expect(Buffer.from(must(await github.fileAt('docs/a b%2f.md', 'main'))).toString()).toBe('é\n');
    expect(must(await github.fileAt('empty.txt', headSha))).toHaveLength(0);
    expect(failure(await github.fileAt('docs', 'main'))).toBe(
      'validation: could not read docs: it is no regular file',
    );
    expect(failure(await github.fileAt('missing', 'main'))).toMatch(/^not-found: could not read missing/);
    for (const path of ['', '../x', 'docs//a', '/docs'])
      expect(failure(await github.fileAt(path, 'main'))).toMatch(/^validation/);
    next({ status: 200, body: { type: 'file', encoding: 'none', size: 2_000_000, content: '' } });
    expect(failure(await github.fileAt('big', 'main'))).toBe('validation: could not read big: over 1 MB');
    next({ status: 200, body: { type: 'symlink', size: 1, target: 'x' } });
    expect(failure(await github.fileAt('link', 'main'))).toMatch(/no regular file/);
  });

  test('a dispatch tells the run it started, where GitHub does', async () => {
    const github = as(WRITER);
    const { runId } = must(await github.dispatch('wave.yml', 'main', { wave: '1' }));
    expect(runId).toBe(twin.model.dispatches[0]?.run);
    expect(must(await github.jobs(runId ?? ''))).toEqual([]);
    next({ status: 204 });
    expect(must(await github.dispatch('wave.yml', 'main', {}))).toEqual({ runId: null });
    const many = Object.fromEntries(Array.from({ length: 26 }, (_, n) => [`i${n}`, '']));
    expect(failure(await github.dispatch('wave.yml', 'main', many))).toMatch(
      /^validation: .* more than 25 inputs/,
    );
    twin.model.assertSilence([{ what: 'dispatch', where: { ref: 'main' } }]);
  });
});

describe('checks', () => {
  test('opened, concluded, listed newest first', async () => {
    const github = as(WRITER);
    const first = must(await github.createCheck(check()));
    const done = { status: 'completed', conclusion: 'success' } as const;
    must(await github.updateCheck(first.id, { state: done, output: { title: 'Closed', summary: 'ok' } }));
    const second = must(await github.createCheck(check({ externalId: '7.2' })));
    must(await github.createCheck(check({ name: 'wave/security' })));
    const found = must(await github.checksOn(headSha, 'wave/cont-qa'));
    expect(found.map((one) => [one.id, one.externalId, one.conclusion, one.title])).toEqual([
      [second.id, '7.2', null, 'Running'],
      [first.id, '7.1', 'success', 'Closed'],
    ]);
    expect(found[0]?.app?.slug).toBe('github-actions');
    expect(must(await github.checksOn(headSha))).toHaveLength(3);
  });

  test('annotations over 50 go on in further calls; the check stands when they fail', async () => {
    const annotations = Array.from({ length: 120 }, (_, n) => ({
      path: 'a.md',
      startLine: n + 1,
      endLine: n + 1,
      level: 'warning' as const,
      message: `m${n}`,
    }));
    const github = as(WRITER);
    const output = { title: 't', summary: 's', annotations };
    expect(must(await github.createCheck(check({ output }))).unsent).toBe(0);
    expect(twin.model.checkRuns[0]?.annotations).toHaveLength(120);
    next('pass', 'pass', { status: 502 });
    expect(must(await github.createCheck(check({ output }))).unsent).toBe(20);
    expect(twin.model.checkRuns[1]?.annotations).toHaveLength(100);
  });

  test('a short SHA or a branch is no commit', async () => {
    const github = as(WRITER);
    expect(failure(await github.createCheck(check({ headSha: 'topic' })))).toMatch(/^validation: .*full SHA/);
    expect(failure(await github.checksOn(headSha.slice(0, 7)))).toMatch(/^validation/);
    expect(github.calls()).toBe(0);
  });
});

describe('failures', () => {
  test('a missing scope names the line to add', async () => {
    const github = as({ contents: 'read' });
    const said = [
      failure(await github.createCheck(check())),
      failure(await github.createComment(number, 'x')),
      failure(await github.dispatch('wave.yml', 'main', {})),
      failure(await github.pullRequest(number)),
      failure(await github.checksOn(headSha)),
    ];
    expect(said.join('\n').replaceAll(headSha.slice(0, 12), 'HEAD')).toMatchInlineSnapshot(`
      "missing-scope: could not open the check wave/cont-qa: the token may not; add "checks: write" under "permissions:" of this job and of the job that calls it
      missing-scope: could not comment on #1: the token may not; add "pull-requests: write" under "permissions:" of this job and of the job that calls it
      missing-scope: could not start wave.yml: the token may not; add "actions: write" under "permissions:" of this job and of the job that calls it
      missing-scope: could not read pull request 1: the token may not; add "pull-requests: read" under "permissions:" of this job and of the job that calls it
      missing-scope: could not read the checks on HEAD: the token may not; add "checks: read" under "permissions:" of this job and of the job that calls it"
    `);
  });

  test('a read is tried again, a write that adds is not', async () => {
    const github = as(WRITER);
    next({ status: 502 }, 'drop-request', 'drop-reply');
    expect(must(await github.pullRequest(number)).number).toBe(number);
    expect([waits, github.calls()]).toEqual([[500, 1_000, 2_000], 4]);
    next('drop-reply');
    const lost = await github.createComment(number, 'once');
    expect(lost).toMatchObject({ ok: false, error: { kind: 'network', ambiguous: true } });
    expect(twin.model.comments).toHaveLength(1);
    next({ status: 500 }, { status: 500 }, { status: 500 }, { status: 500 });
    expect(failure(await github.pullRequest(number))).toMatch(
      /^server: could not read pull request 1: GitHub answered 500/,
    );
  });

  test('a secondary limit is waited for as long as GitHub asks, on writes too', async () => {
    const limit = {
      status: 403,
      headers: { 'retry-after': '9' },
      body: { message: 'You have exceeded a secondary rate limit' },
    };
    next(limit);
    must(await as(WRITER).createComment(number, 'x'));
    expect(waits).toEqual([9_000]);
  });

  test('an hour’s limit is told, not waited for', async () => {
    const reset = Date.UTC(2026, 0, 1, 1) / 1_000;
    next({
      status: 403,
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset) },
      body: { message: 'API rate limit exceeded' },
    });
    const github = as(WRITER);
    expect(await github.pullRequest(number)).toMatchObject({
      ok: false,
      error: { kind: 'rate-limited', resetAt: '2026-01-01T01:00:00.000Z' },
    });
    expect(github.calls()).toBe(1);
  });

  test('too long a comment and an empty one are not sent', async () => {
    const github = as(WRITER);
    expect(failure(await github.createComment(number, 'x'.repeat(65_537)))).toMatch(
      /^validation: .*65537 characters/,
    );
    expect(failure(await github.updateComment(1, ' \n'))).toMatch(/^validation: .*empty/);
    expect(github.calls()).toBe(0);
  });

  test('an answer of another shape is named', async () => {
    next({ status: 200, body: { number: 1, state: 'weird' } });
    expect(failure(await as(WRITER).pullRequest(number))).toBe(
      'bad-response: could not read pull request 1: state is not as documented',
    );
  });

  test.each([`ghs_${'a1'.repeat(18)}`, 'opaque-token-of-a-proxy'])(
    'the token is in no message, even when the answer repeats it: %s',
    async (token) => {
      const github = as(WRITER, { token });
      for (const status of [400, 401, 403, 404, 409, 422, 429, 500]) {
        next(
          ...Array.from({ length: 4 }, () => ({
            status,
            body: { message: `bad ${token}`, errors: [token] },
          })),
        );
        expect(JSON.stringify(await github.pullRequest(number))).not.toContain(token);
      }
      const closed = githubApi({
        apiUrl: `http://x:${token}@127.0.0.1:1`,
        token,
        owner: 'a',
        repo: 'b',
        retry: { tries: 1 },
      });
      expect(JSON.stringify(await closed.pullRequest(1))).not.toContain(token);
    },
  );
});

describe('what a token may write', () => {
  test.each<readonly [Permissions, readonly string[]]>([
    [{ contents: 'read' }, []],
    [{ contents: 'read', checks: 'read', issues: 'read', 'pull-requests': 'read' }, []],
    [{ contents: 'write' }, ['contents']],
    [{ checks: 'write' }, ['checks']],
    [{ issues: 'write' }, ['issues or pull-requests']],
    [{ 'pull-requests': 'write' }, ['issues or pull-requests']],
    [WRITER, ['contents', 'checks', 'issues or pull-requests']],
  ])('%j', async (permissions, writable) => {
    expect(must(await as(permissions).writableScopes())).toEqual(writable);
    twin.model.assertSilence([]);
  });

  test('is not guessed when GitHub does not say', async () => {
    const down = { status: 503 };
    next(down, down, down, down);
    expect(failure(await as({}).writableScopes())).toMatch(/^server/);
    next({ status: 403, headers: { 'retry-after': '3600' } });
    expect(failure(await as({}).writableScopes())).toMatch(/^secondary-limit/);
    next({ status: 404 });
    expect(failure(await as({}).writableScopes())).toMatch(/^not-found/);
  });
});
