import { chmodSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GitSandbox, gitSandbox } from './git-sandbox.fixture.ts';
import { classifyPush, type RemoteAuth } from './remote.ts';
import { must } from './result.ts';
import { openScratch, type Scratch } from './scratch.ts';

let box: GitSandbox;
let scratch: Scratch;
let remote: string;
let head: string;
const REF = 'refs/heads/main';

beforeAll(async () => {
  box = gitSandbox();
  head = box.repository('user', { a: '1\n' }).head;
  remote = box.path('remote.git');
  box.git(box.dir, 'clone', '-q', '--bare', box.path('user'), remote);
  scratch = must(await openScratch(box.path('scratch')));
});
afterAll(() => box.remove());

const child = async (of: string, message: string) =>
  must(
    await scratch.commitTree({
      tree: must(await scratch.treeOf(of)),
      parents: [of],
      message,
      author: { name: 'n', email: 'e@example.com' },
      date: '2026-11-03T10:00:00Z',
    }),
  );

describe('fetch and push', () => {
  it('fetches one commit, and pushes what builds on it', async () => {
    must(await scratch.fetchFrom(remote, [`+${REF}:refs/wave/base`], { depth: 1 }));
    expect(must(await scratch.commitOf('refs/wave/base'))).toBe(head);
    const next = await child(head, 'next');
    expect(must(await scratch.push(remote, next, REF))).toEqual({ kind: 'ok', updated: true });
    expect(must(await scratch.push(remote, next, REF))).toEqual({ kind: 'ok', updated: false });
    expect(must(await scratch.push(remote, next, 'refs/heads/new'))).toEqual({ kind: 'ok', updated: true });
    // Somebody who started from the same commit has lost, and nothing is overwritten.
    expect(must(await scratch.push(remote, await child(head, 'late'), REF))).toMatchObject({
      kind: 'lost-race',
    });
    expect(box.git(remote, 'rev-parse', REF)).toBe(next);
  });
  it('tells a hook from a race', async () => {
    box.write(remote, {
      'hooks/update': '#!/bin/sh\necho "GH013: Repository rule violations found" >&2\nexit 1\n',
    });
    box.git(remote, 'config', 'core.hooksPath', 'hooks');
    chmodSync(`${remote}/hooks/update`, 0o755);
    const next = await child(box.git(remote, 'rev-parse', REF), 'ruled');
    const outcome = must(await scratch.push(remote, next, REF));
    expect(outcome).toMatchObject({ kind: 'rejected-by-rule' });
    expect('detail' in outcome && outcome.detail).toContain('GH013');
  });
  it('says what a ref of a remote names, by its whole name', async () => {
    box.git(remote, 'update-ref', 'refs/wave/refs/heads/none', head);
    expect(must(await scratch.refAt(remote, REF))).toBe(box.git(remote, 'rev-parse', REF));
    expect(must(await scratch.refAt(remote, 'refs/heads/none'))).toBe(null);
    expect(await scratch.refAt(remote, '--upload-pack=touch')).toMatchObject({ code: 'bad-argument' });
    expect(await scratch.refAt('ext::sh -c touch% /x', REF)).toMatchObject({ code: 'bad-url' });
  });
  it.each<[string, string[], string]>([
    ['refs/heads/none', ['refs/heads/none:refs/wave/x'], 'ref-not-found'],
    ['an option', ['--upload-pack=touch'], 'bad-argument'],
  ])('refuses to fetch %s', async (_, refspecs, code) => {
    expect(await scratch.fetchFrom(remote, refspecs)).toMatchObject({ ok: false, code });
  });
  it.each([
    'ext::sh -c touch% /x',
    'ssh://host/x',
    'git@github.com:a/b',
    '-x',
    'relative',
    'https://user:secret@host/x',
    'file:///x',
  ])('knows no remote %s', async (url) => {
    expect(await scratch.fetchFrom(url, ['main'])).toMatchObject({ code: 'bad-url' });
    expect(await scratch.push(url, head, REF)).toMatchObject({ code: 'bad-url' });
  });
  it('sends no credential unencrypted to another machine', async () => {
    expect(
      await scratch.fetchFrom('http://example.com/x', ['main'], { auth: { header: 'A: b' } }),
    ).toMatchObject({ code: 'bad-url' });
  });
});

describe('a credential', () => {
  const auth: RemoteAuth = { header: 'Authorization: basic c2VjcmV0LXRva2Vu' };
  it.each<[number, string, string]>([
    [401, 'forbidden', 'forbidden'],
    [403, 'forbidden', 'forbidden'],
    [404, 'forbidden', 'forbidden'],
    [500, 'unreachable', 'ambiguous'],
    [302, 'git-failed', 'ambiguous'],
  ])('is sent, is nowhere else, and %i is understood', async (status, fetchCode, pushKind) => {
    const headers: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      headers.push(request.headers.authorization);
      response
        .writeHead(status, { 'WWW-Authenticate': 'Basic', Location: 'http://127.0.0.1:1/elsewhere' })
        .end('c2VjcmV0LXRva2Vu');
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/o/r.git`;
      const fetched = await scratch.fetchFrom(url, ['refs/heads/main'], { auth });
      const asked = await scratch.refAt(url, REF, { auth });
      const pushed = await scratch.push(url, head, REF, { auth });
      expect(fetched).toMatchObject({ code: fetchCode });
      expect(asked).toMatchObject({ code: fetchCode });
      expect(pushed).toMatchObject({ value: { kind: pushKind } });
      expect(new Set(headers)).toEqual(new Set(['basic c2VjcmV0LXRva2Vu']));
      expect(JSON.stringify([fetched, asked, pushed])).not.toContain('c2VjcmV0');
      expect(readFileSync(box.path('scratch/config'), 'utf8')).not.toContain('c2VjcmV0');
    } finally {
      await new Promise((done) => server.close(done));
    }
  });
  it('that nobody listens for is unreachable', async () => {
    expect(await scratch.fetchFrom('http://127.0.0.1:1/x', ['main'])).toMatchObject({ code: 'unreachable' });
  });
});

describe('classifyPush', () => {
  const bad = (summary: string) => `To https://github.com/o/r\n!\t${head}:${REF}\t${summary}\nDone\n`;
  it.each<[string, string, number, string, string]>([
    ['[rejected] (fetch first)', '', 1, '', 'lost-race'],
    ['[rejected] (non-fast-forward)', '', 1, '', 'lost-race'],
    ['[rejected] (stale info)', '', 1, '', 'lost-race'],
    ['[remote rejected] (failed to update ref)', '', 1, '', 'lost-race'],
    ["[remote rejected] (cannot lock ref 'refs/heads/main': is at a but expected b)", '', 1, '', 'lost-race'],
    ['[remote rejected] (pre-receive hook declined)', '', 1, '', 'rejected-by-rule'],
    [
      '[remote rejected] (protected branch hook declined)',
      'remote: error: GH006: Protected branch update failed',
      1,
      '',
      'rejected-by-rule',
    ],
    [
      '[remote rejected] (push declined due to repository rule violations)',
      'remote: error: GH013: Repository rule',
      1,
      '',
      'rejected-by-rule',
    ],
    [
      '[remote rejected] (refusing to allow a GitHub App to create or update workflow without `workflows` permission)',
      '',
      1,
      '',
      'rejected-by-rule',
    ],
    ['[remote rejected] (shallow update not allowed)', '', 1, '', 'rejected-by-rule'],
    ['[remote rejected] (unpacker error)', '', 1, '', 'ambiguous'],
    [
      '',
      'remote: Permission to o/r.git denied to github-actions[bot].\nfatal: unable to access: The requested URL returned error: 403',
      128,
      'x',
      'forbidden',
    ],
    ['', "fatal: Authentication failed for 'https://github.com/o/r/'", 128, 'x', 'forbidden'],
    ['', 'remote: Repository not found.\nfatal: repository not found', 128, 'x', 'forbidden'],
    ['', 'fatal: unable to access: The requested URL returned error: 502', 128, 'x', 'ambiguous'],
    [
      '',
      'error: RPC failed; curl 56 Recv failure: Connection reset by peer\nfatal: early EOF',
      128,
      'x',
      'ambiguous',
    ],
    ['', '', 1, 'x', 'ambiguous'],
  ])('%s %s', (summary, stderr, exit, noStatus, kind) => {
    const stdout = Buffer.from(noStatus === '' ? bad(summary) : '');
    expect(classifyPush({ exit, stdout, stderr }).kind).toBe(kind);
  });
});
