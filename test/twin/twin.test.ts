import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DefaultArtifactClient } from '@actions/artifact';
import { Octokit } from '@octokit/rest';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { GIT_ENV } from './git.ts';
import type { Permissions } from './scopes.ts';
import { startTwin, type Twin } from './server.ts';

const exec = promisify(execFile);
const REPO = { owner: 'acme', repo: 'app' };

let folder: string;
let twin: Twin;
let mainSha: string;
let topicSha: string;

const quietLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const octokit = (permissions: Permissions, login?: string): Octokit => {
  const auth = twin.model.mintToken({ permissions, ...(login === undefined ? {} : { login }) });
  return new Octokit({ auth, baseUrl: twin.apiUrl, log: quietLog });
};
const git = async (token: string | null, cwd: string, ...args: readonly string[]): Promise<string> => {
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  const auth = token === null ? [] : ['-c', `http.extraHeader=Authorization: basic ${basic}`];
  const { stdout } = await exec('git', [...auth, ...args], { cwd, env: GIT_ENV });
  return stdout.trim();
};
const statusOf = async (call: Promise<unknown>): Promise<number> => {
  try {
    return (await call) === undefined ? 0 : 200;
  } catch (error) {
    return (error as { status: number }).status;
  }
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twin-'));
  twin = await startTwin({ root: join(folder, 'remote') });
  await twin.model.addRepository({ fullName: 'acme/app', roles: { ada: 'maintain', bob: 'read' } });
  const workflow = 'on: workflow_dispatch\njobs: {}\n';
  mainSha = await twin.model.commit('acme/app', {
    branch: 'main',
    files: { 'README.md': 'hello\n', '.github/workflows/wave.yml': workflow },
  });
  topicSha = await twin.model.commit('acme/app', {
    branch: 'topic',
    from: 'main',
    files: { 'docs/a.md': 'a\n' },
  });
});
afterEach(async () => {
  await twin.close();
  await rm(folder, { recursive: true, force: true });
});

describe('REST', () => {
  test('a pull request, its comments over several pages, and who wrote them', async () => {
    const pull = await twin.model.openPullRequest('acme/app', { head: 'topic', user: 'ada' });
    for (let at = 0; at < 45; at += 1)
      twin.model.addComment('acme/app', { issue: 1, body: `note ${at}`, login: 'ada' });
    const client = octokit({ 'pull-requests': 'write' });
    const { data } = await client.pulls.get({ ...REPO, pull_number: pull.number });
    expect([data.head.sha, data.base.ref, data.base.sha, data.user.login]).toEqual([
      topicSha,
      'main',
      mainSha,
      'ada',
    ]);
    const made = await client.issues.createComment({ ...REPO, issue_number: 1, body: 'status' });
    const all = await client.paginate(client.issues.listComments, { ...REPO, issue_number: 1, per_page: 20 });
    expect(all).toHaveLength(46);
    expect(all.at(-1)?.user?.login).toBe('github-actions[bot]');
    await client.issues.updateComment({ ...REPO, comment_id: made.data.id, body: 'status 2' });
    const found = await client.pulls.list({ ...REPO, head: 'acme:topic' });
    expect(found.data.map((one) => one.number)).toEqual([1]);
    expect(found.headers['x-ratelimit-used']).toBe(String(twin.model.rateLimit.used));
    twin.model.assertSilence([
      { what: 'comment.created', where: { issue: 1, body: /^status$/ } },
      { what: 'comment.updated', where: { body: 'status 2' } },
    ]);
  });

  const scopes: readonly (readonly [string, Permissions, (client: Octokit) => Promise<unknown>, number])[] = [
    [
      'comment with issues',
      { issues: 'write' },
      (c) => c.issues.createComment({ ...REPO, issue_number: 1, body: 'x' }),
      200,
    ],
    [
      'comment with pull-requests',
      { 'pull-requests': 'write' },
      (c) => c.issues.createComment({ ...REPO, issue_number: 1, body: 'x' }),
      200,
    ],
    [
      'comment with contents',
      { contents: 'write' },
      (c) => c.issues.createComment({ ...REPO, issue_number: 1, body: 'x' }),
      403,
    ],
    ['pull with issues', { issues: 'write' }, (c) => c.pulls.get({ ...REPO, pull_number: 1 }), 403],
    [
      'check with read',
      { checks: 'read' },
      (c) => c.checks.create({ ...REPO, name: 'x', head_sha: topicSha }),
      403,
    ],
    [
      'check with write',
      { checks: 'write' },
      (c) => c.checks.create({ ...REPO, name: 'x', head_sha: topicSha }),
      200,
    ],
    [
      'dispatch with read',
      { actions: 'read' },
      (c) => c.actions.createWorkflowDispatch({ ...REPO, workflow_id: 'wave.yml', ref: 'main' }),
      403,
    ],
    [
      'dispatch with write',
      { actions: 'write' },
      (c) => c.actions.createWorkflowDispatch({ ...REPO, workflow_id: 'wave.yml', ref: 'main' }),
      200,
    ],
    [
      'dispatch of no file',
      { actions: 'write' },
      (c) => c.actions.createWorkflowDispatch({ ...REPO, workflow_id: 'no.yml', ref: 'main' }),
      404,
    ],
    ['probe refs, read', { contents: 'read' }, (c) => c.request('POST /repos/acme/app/git/refs'), 403],
    ['probe refs, write', { contents: 'write' }, (c) => c.request('POST /repos/acme/app/git/refs'), 422],
    ['probe checks, none', { contents: 'write' }, (c) => c.request('POST /repos/acme/app/check-runs'), 403],
    ['probe checks, write', { checks: 'write' }, (c) => c.request('POST /repos/acme/app/check-runs'), 422],
  ];
  test.each(scopes)('scope: %s', async (_name, permissions, call, status) => {
    await twin.model.openPullRequest('acme/app', { head: 'topic' });
    expect(await statusOf(call(octokit(permissions)))).toBe(status);
  });

  test('a token nobody minted, and a route nobody wrote', async () => {
    const stranger = new Octokit({ auth: 'ghs_stranger', baseUrl: twin.apiUrl, log: quietLog });
    expect(await statusOf(stranger.pulls.list(REPO))).toBe(401);
    expect(await statusOf(octokit({}).gists.list())).toBe(501);
    expect(() => twin.model.assertSilence()).toThrow(/unknown-token: GET[\s\S]*unknown-route: GET \/gists/);
  });

  test('check runs: limits, latest per name, annotations append', async () => {
    const client = octokit({ checks: 'write' });
    const create = (output: { title: string; summary: string }) =>
      client.checks.create({ ...REPO, name: 'wave/cont-qa', head_sha: topicSha, output });
    // 65,535 bytes, not characters.
    expect(await statusOf(create({ title: 't', summary: 'é'.repeat(32_768) }))).toBe(422);
    expect(await statusOf(client.checks.create({ ...REPO, name: 'x', head_sha: 'f'.repeat(40) }))).toBe(422);
    await create({ title: 't', summary: 'é'.repeat(32_767) });
    const second = await create({ title: 't', summary: 's' });
    const annotation = {
      path: 'a',
      start_line: 1,
      end_line: 1,
      annotation_level: 'notice' as const,
      message: 'm',
    };
    const patch = (count: number) =>
      client.checks.update({
        ...REPO,
        check_run_id: second.data.id,
        conclusion: 'failure',
        output: { title: 't', summary: 's', annotations: Array.from({ length: count }, () => annotation) },
      });
    expect(await statusOf(patch(51))).toBe(422);
    await patch(50);
    await patch(10);
    const listed = await client.checks.listForRef({ ...REPO, ref: 'topic' });
    expect(
      listed.data.check_runs.map((one) => [one.id, one.status, one.conclusion, one.output.annotations_count]),
    ).toEqual([[second.data.id, 'completed', 'failure', 60]]);
    expect((await client.checks.listForRef({ ...REPO, ref: topicSha, filter: 'all' })).data.total_count).toBe(
      2,
    );
  });

  test.each([
    ['ada', 'write', 'maintain'],
    ['bob', 'read', 'read'],
    ['acme', 'admin', 'admin'],
    ['carol', 'read', 'read'],
    ['nobody-known', 404, 404],
  ])('permission of %s', async (username, permission, role) => {
    twin.model.user('carol');
    const asked = octokit({}).repos.getCollaboratorPermissionLevel({ ...REPO, username });
    if (typeof permission === 'number') expect(await statusOf(asked)).toBe(404);
    else expect((await asked).data).toMatchObject({ permission, role_name: role });
  });

  test('refs, commits, files and folders', async () => {
    const client = octokit({ contents: 'read' });
    expect((await client.git.getRef({ ...REPO, ref: 'heads/topic' })).data.object.sha).toBe(topicSha);
    expect((await client.git.getCommit({ ...REPO, commit_sha: topicSha })).data.parents).toMatchObject([
      { sha: mainSha },
    ]);
    const file = await client.repos.getContent({ ...REPO, path: 'docs/a.md', ref: topicSha });
    const { content } = file.data as { content: string };
    expect(Buffer.from(content, 'base64').toString()).toBe('a\n');
    const list = await client.repos.getContent({ ...REPO, path: 'docs', ref: 'topic' });
    expect(list.data).toMatchObject([{ type: 'file', path: 'docs/a.md' }]);
    expect(await statusOf(client.repos.getContent({ ...REPO, path: 'docs/a.md' }))).toBe(404);
  });

  test('a dispatch says what it started, and the silence says what was not expected', async () => {
    const inputs = { wave: '3', pr: '1' };
    const wanted = { ...REPO, workflow_id: 'wave.yml', ref: 'main', inputs, return_run_details: true };
    const { data } = await octokit({ actions: 'write' }).request(
      'POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches',
      wanted,
    );
    expect(twin.model.dispatches).toMatchObject([
      { inputs, run: String((data as { workflow_run_id: number }).workflow_run_id) },
    ]);
    expect(() => twin.model.assertSilence([{ what: 'dispatch', times: 2 }])).toThrow(
      'expected 2 × dispatch, saw 1',
    );
    expect(() => twin.model.assertSilence()).toThrow(/Nobody expected:\n {2}#\d+ dispatch: POST/);
    twin.model.assertSilence([{ what: 'dispatch', where: { wave: '3' } }]);
  });
});

describe('faults and limits', () => {
  test('the nth request fails as told, the reply of a write is lost, and the limit is counted', async () => {
    await twin.model.openPullRequest('acme/app', { head: 'topic' });
    const client = octokit({ 'pull-requests': 'write' });
    const ask = () => statusOf(client.pulls.get({ ...REPO, pull_number: 1, request: { retries: 0 } }));
    twin.model.faults.rest = ({ nth }) => (nth === 1 ? { status: 502 } : 'pass');
    expect([await ask(), await ask(), await ask()]).toEqual([200, 502, 200]);
    twin.model.faults.rest = ({ method }) => (method === 'POST' ? 'drop-reply' : 'pass');
    await expect(client.issues.createComment({ ...REPO, issue_number: 1, body: 'x' })).rejects.toThrow();
    twin.model.assertSilence([{ what: 'comment.created' }]);
    twin.model.rateLimit.limit = twin.model.rateLimit.used;
    expect(await ask()).toBe(403);
  });
});

describe('a fork', () => {
  test('its pull request is readable in the base repository and follows its branch', async () => {
    await twin.model.addRepository({ fullName: 'eve/app', forkOf: 'acme/app' });
    await twin.model.commit('eve/app', { branch: 'patch', from: 'main', files: { 'x.txt': '1\n' } });
    await twin.model.openPullRequest('acme/app', { head: 'patch', headRepository: 'eve/app', user: 'eve' });
    const after = await twin.model.commit('eve/app', { branch: 'patch', files: { 'x.txt': '2\n' } });
    const client = octokit({ contents: 'read', 'pull-requests': 'read' });
    const { data } = await client.pulls.get({ ...REPO, pull_number: 1 });
    expect([data.head.sha, data.head.repo?.full_name, data.head.repo?.fork]).toEqual([
      after,
      'eve/app',
      true,
    ]);
    const file = await client.repos.getContent({ ...REPO, path: 'x.txt', ref: 'refs/pull/1/head' });
    expect(file.data).toMatchObject({ type: 'file', size: 2 });
  });
});

describe('git', () => {
  const clone = async (token: string): Promise<string> => {
    const work = join(folder, 'work');
    await mkdir(work);
    await git(null, work, 'init', '-q');
    await git(token, work, 'fetch', '-q', '--depth', '1', `${twin.serverUrl}/acme/app`, topicSha);
    await git(null, work, 'checkout', '-q', 'FETCH_HEAD');
    return work;
  };
  const commitFile = async (work: string, path: string, content: string): Promise<string> => {
    await mkdir(join(work, path, '..'), { recursive: true });
    await writeFile(join(work, path), content);
    await git(null, work, 'add', '-A');
    await git(null, work, 'commit', '-qm', 'change');
    return git(null, work, 'rev-parse', 'HEAD');
  };

  test('a push moves the pull request and is in the log; a read token cannot push', async () => {
    const pull = await twin.model.openPullRequest('acme/app', { head: 'topic' });
    const reader = twin.model.mintToken({ permissions: { contents: 'read' } });
    const writer = twin.model.mintToken({ permissions: { contents: 'write' }, run: '7', job: 'close' });
    const work = await clone(reader);
    const after = await commitFile(work, 'b.txt', 'b\n');
    const url = `${twin.serverUrl}/acme/app.git`;
    await expect(git(reader, work, 'push', '-q', url, 'HEAD:refs/heads/topic')).rejects.toThrow(/403/);
    await expect(git('ghs_no', work, 'push', '-q', url, 'HEAD:refs/heads/topic')).rejects.toThrow(
      /could not read Username|Authentication failed/,
    );
    await git(writer, work, 'push', '-q', url, 'HEAD:refs/heads/topic');
    expect(pull.headSha).toBe(after);
    expect(await git(reader, work, 'ls-remote', url, 'refs/pull/1/head')).toContain(after);
    twin.model.assertSilence([
      { what: 'denied', where: { service: 'git-receive-pack' } },
      { what: 'unknown-token' },
      { what: 'push', where: { branch: 'topic', before: topicSha, after, run: '7', job: 'close' } },
    ]);
  });

  test('protected refs, workflow files and pull refs are refused as GitHub does', async () => {
    const writer = twin.model.mintToken({ permissions: { contents: 'write' } });
    const work = await clone(writer);
    const url = `${twin.serverUrl}/acme/app`;
    await twin.model.protect(
      'acme/app',
      'refs/heads/topic',
      'GH006: Protected branch update failed for refs/heads/topic.',
    );
    await commitFile(work, 'b.txt', 'b\n');
    await expect(git(writer, work, 'push', '-q', url, 'HEAD:topic')).rejects.toThrow(
      /GH006[\s\S]*hook declined/,
    );
    await expect(git(writer, work, 'push', '-q', url, 'HEAD:refs/pull/9/head')).rejects.toThrow(/hidden ref/);
    await commitFile(work, '.github/workflows/x.yml', 'on: push\n');
    await expect(git(writer, work, 'push', '-q', url, 'HEAD:refs/heads/new')).rejects.toThrow(
      /without `workflows` permission/,
    );
    twin.model.assertSilence();
    const person = twin.model.mintToken({
      permissions: { contents: 'write' },
      workflows: true,
      login: 'ada',
    });
    await git(person, work, 'push', '-q', url, 'HEAD:refs/heads/new');
    twin.model.assertSilence([{ what: 'push', where: { branch: 'new', login: 'ada' } }]);
  });

  test('a reply that is lost after the push was accepted', async () => {
    const writer = twin.model.mintToken({ permissions: { contents: 'write' } });
    const work = await clone(writer);
    await commitFile(work, 'b.txt', 'b\n');
    twin.model.faults.git = ({ path }) => (path.endsWith('/git-receive-pack') ? 'drop-reply' : 'pass');
    const url = `${twin.serverUrl}/acme/app`;
    await expect(git(writer, work, 'push', '-q', url, 'HEAD:refs/heads/topic')).rejects.toThrow();
    twin.model.assertSilence([{ what: 'push', where: { branch: 'topic' } }]);
  });
});

describe('artifacts', () => {
  const client = new DefaultArtifactClient();
  const as = (run: string, job: string): void => {
    vi.stubEnv('ACTIONS_RUNTIME_TOKEN', twin.model.mintRuntimeToken({ run, job }));
  };
  beforeEach(() => {
    vi.stubEnv('GITHUB_SERVER_URL', twin.serverUrl);
    vi.stubEnv('ACTIONS_RESULTS_URL', twin.resultsUrl);
    // The client talks to the runner on stdout.
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  test('the real client uploads, lists, downloads and deletes', async () => {
    const file = join(folder, 'hello.txt');
    await writeFile(file, 'hello artifact\n');
    as('42', 'job-a');
    const made = await client.uploadArtifact('wave-result-r1-A1', [file], folder);
    await expect(client.uploadArtifact('wave-result-r1-A1', [file], folder)).rejects.toThrow(/409/);
    as('42', 'job-b');
    const { artifacts } = await client.listArtifacts();
    expect(artifacts).toMatchObject([
      { name: 'wave-result-r1-A1', id: made.id, digest: `sha256:${made.digest}` },
    ]);
    const target = join(folder, 'down');
    const down = await client.downloadArtifact(made.id ?? 0, {
      path: target,
      expectedHash: `sha256:${made.digest}`,
    });
    expect(down.digestMismatch).toBe(false);
    expect(await readFile(join(target, 'hello.txt'), 'utf8')).toBe('hello artifact\n');
    expect(twin.model.artifacts).toMatchObject([{ run: '42', job: 'job-a', finalized: true }]);
    expect(twin.model.calls.get('artifact:CreateArtifact')).toBe(2);
    as('43', 'job-a');
    expect((await client.listArtifacts()).artifacts).toEqual([]);
    as('42', 'job-b');
    await client.deleteArtifact('wave-result-r1-A1');
    twin.model.assertSilence([{ what: 'artifact.deleted', where: { name: 'wave-result-r1-A1' } }]);
  });

  test('the public way by REST finds and downloads the artifacts of another run', async () => {
    const file = join(folder, 'hello.txt');
    await writeFile(file, 'x'.repeat(100_000));
    const run = twin.model.addRun({ repository: 'acme/app' });
    as(run.id, 'job-a');
    const made = await client.uploadArtifact('one', [file], folder);
    const token = twin.model.mintToken({ permissions: { actions: 'read' } });
    vi.stubEnv('GITHUB_API_URL', twin.apiUrl);
    const rest = octokit({ actions: 'read' });
    const listed = await rest.actions.listWorkflowRunArtifacts({ ...REPO, run_id: Number(run.id) });
    expect(listed.data.artifacts).toMatchObject([{ name: 'one', id: made.id }]);
    const zip = await fetch(`${twin.apiUrl}/repos/acme/app/actions/artifacts/${made.id}/zip`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(
      Buffer.from(await zip.arrayBuffer())
        .subarray(0, 2)
        .toString(),
    ).toBe('PK');
  });

  test('a job cannot finish the artifact of another, and the listing says whose it is', async () => {
    const call = async (method: string, job: string, body: Record<string, unknown>) => {
      const token = twin.model.mintRuntimeToken({ run: '1', job });
      const answer = await fetch(
        `${twin.resultsUrl}twirp/github.actions.results.api.v1.ArtifactService/${method}`,
        {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ workflow_run_backend_id: '1', workflow_job_run_backend_id: job, ...body }),
        },
      );
      return { status: answer.status, body: (await answer.json()) as { artifacts?: unknown[] } };
    };
    expect((await call('CreateArtifact', 'a', { name: 'n', version: 7 })).status).toBe(200);
    expect((await call('FinalizeArtifact', 'b', { name: 'n', size: '0' })).status).toBe(404);
    expect((await call('CreateArtifact', 'a', { name: 'm', workflow_job_run_backend_id: 'b' })).status).toBe(
      403,
    );
    expect((await call('FinalizeArtifact', 'a', { name: 'n', size: '0' })).status).toBe(200);
    const listed = await call('ListArtifacts', 'b', {});
    expect(listed.body.artifacts).toMatchObject([{ name: 'n', size: '0', workflow_job_run_backend_id: 'a' }]);
  });
});
