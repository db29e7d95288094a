/**
 * Git smart HTTP on the bare repositories, by git's own server processes, which are started as git-http-backend(1)
 * starts them (gitprotocol-http(5)).
 */
import { gunzipSync } from 'node:zlib';
import { GIT_ENV, pipeThrough } from './git.ts';
import type { Model } from './model.ts';
import { allows } from './scopes.ts';
import type { Identity, LogEntry } from './types.ts';

export type GitRequest = {
  readonly method: string;
  /** `/owner/name.git/info/refs`. */
  readonly path: string;
  readonly search: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
  readonly identity: Identity | null;
  /** Whether the request carried an Authorization header at all. */
  readonly authorized: boolean;
};

export type GitReply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
};

type RefCommand = { readonly ref: string; readonly before: string; readonly after: string };

/** The ref updates at the head of a receive-pack request (gitprotocol-pack, "Reference Update Request"). */
function refCommands(body: Uint8Array): readonly RefCommand[] {
  const bytes = Buffer.from(body);
  const found: RefCommand[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = Number.parseInt(bytes.toString('latin1', at, at + 4), 16);
    if (!(length > 4)) break;
    const line = bytes.toString('utf8', at + 4, at + length).split('\0')[0] ?? '';
    const command = /^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) (\S+)/.exec(line);
    if (command !== null)
      found.push({ before: command[1] ?? '', after: command[2] ?? '', ref: command[3] ?? '' });
    at += length;
  }
  return found;
}

const plain = (
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): GitReply => ({
  status,
  headers: { 'content-type': 'text/plain', ...headers },
  body: Buffer.from(`${message}\n`),
});

/** What comes before the refs: a packet that names the service, and an end (gitprotocol-http(5), "Smart Server Response"). */
const greetingOf = (service: string): string => {
  const line = `# service=${service}\n`;
  return `${(line.length + 4).toString(16).padStart(4, '0')}${line}0000`;
};

const capabilities = new WeakMap<object, GitReply>();

/** Answers one git request: fetch needs `contents: read`, push `contents: write`. Accepted pushes move the pull requests. */
export async function answerGit(model: Model, request: GitRequest): Promise<GitReply> {
  const { identity, method, path } = request;
  const log = (kind: LogEntry['kind'], status: number, detail: LogEntry['detail']): void => {
    const who = { login: identity?.login ?? null, run: identity?.run ?? null, job: identity?.job ?? null };
    model.record({ kind, channel: 'git', method, path, status, ...who, detail });
  };
  const place = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/.exec(path);
  const fullName = `${place?.[1]}/${place?.[2]}`;
  const service =
    place?.[3] === 'info/refs' ? new URLSearchParams(request.search).get('service') : place?.[3];
  if (place === null || (service !== 'git-upload-pack' && service !== 'git-receive-pack')) {
    log('unknown-route', 501, {});
    return plain(501, 'The twin speaks smart HTTP only.');
  }
  if (identity === null) {
    // git asks without a token first and waits to be asked for one.
    log(request.authorized ? 'unknown-token' : 'call', 401, {});
    return plain(401, 'Authentication required', { 'www-authenticate': 'Basic realm="GitHub"' });
  }
  const repo = model.repositories.get(fullName);
  if (repo === undefined) {
    log('call', 404, {});
    return plain(404, 'Repository not found.');
  }
  const pushes = service === 'git-receive-pack';
  const foreign = pushes && identity.repository !== null && identity.repository !== fullName;
  if (foreign || !allows(identity.permissions, [['contents', pushes ? 'write' : 'read']])) {
    log('denied', 403, { service, repository: fullName });
    const why = pushes
      ? `Permission to ${fullName}.git denied to ${identity.login}.`
      : 'Write access to repository not granted.';
    return plain(403, `remote: ${why}`);
  }
  model.count(`git:${service}${place[3] === 'info/refs' ? ':refs' : ''}`);

  const protocol = String(request.headers['git-protocol'] ?? '');
  // In protocol 2 the answer to the first question says what the server can do, not what it holds (gitprotocol-v2,
  // "Capability Advertisement"): it is the same every time, and git is asked for it once.
  const constant = place[3] === 'info/refs' && !pushes && protocol.includes('version=2');
  const told = constant ? capabilities.get(repo) : undefined;
  if (told !== undefined) {
    log('call', told.status, { service, repository: fullName });
    return told;
  }

  const encoded = request.headers['content-encoding'] === 'gzip';
  const input = encoded ? gunzipSync(request.body) : request.body;
  const asked = place[3] === 'info/refs';
  const command = service.slice('git-'.length);
  const done = await pipeThrough(
    'git',
    [command, '--stateless-rpc', ...(asked ? ['--advertise-refs'] : []), repo.gitDir],
    {
      cwd: model.root,
      env: {
        ...GIT_ENV,
        GIT_PROTOCOL: protocol,
        TWIN_MAY_PUSH_WORKFLOWS: identity.workflows ? '1' : '0',
      },
      input,
    },
  );
  // Protocol 2 has no such greeting, and there is none for pushing.
  const greeting = asked && !constant ? greetingOf(service) : '';
  const reply: GitReply = {
    status: 200,
    headers: {
      'content-type': `application/x-${service}-${asked ? 'advertisement' : 'result'}`,
      'cache-control': 'no-cache, max-age=0, must-revalidate',
    },
    body: Buffer.concat([Buffer.from(greeting), done.stdout]),
  };
  if (constant) capabilities.set(repo, reply);
  if (place[3] !== 'git-receive-pack') {
    log('call', reply.status, { service, repository: fullName });
    return reply;
  }
  const report = Buffer.from(reply.body).toString('latin1');
  for (const { ref, before, after } of refCommands(input)) {
    if (!report.includes(`ok ${ref}\n`)) {
      log('call', reply.status, { repository: fullName, refused: ref });
      continue;
    }
    const branch = ref.replace(/^refs\/heads\//, '');
    const deleted = /^0+$/.test(after);
    log('push', reply.status, {
      repository: fullName,
      ref,
      branch,
      before,
      after,
      deleted,
    });
    if (!deleted) await model.followHead(fullName, branch, after);
  }
  return reply;
}
