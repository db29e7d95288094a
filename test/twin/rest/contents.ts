/** Refs, commits and files, read from the bare repositories. */
import { git, gitBytes, tryGit } from '../git.ts';
import { resolveCommit } from '../repositories.ts';
import { type Call, invalid, notFound, page, type Reply, type Route, text } from './route.ts';

const READ = [['contents', 'read']] as const;
const WRITE = [['contents', 'write']] as const;
const OID = /^[0-9a-f]{40}$/;

const refJson = (call: Call, ref: string, sha: string, type = 'commit') => ({
  ref,
  url: `${call.apiUrl}/repos/${call.repo.fullName}/git/${ref}`,
  object: { sha, type, url: `${call.apiUrl}/repos/${call.repo.fullName}/git/${type}s/${sha}` },
});

async function getRef(call: Call): Promise<Reply> {
  const ref = `refs/${call.params.ref}`;
  const found = await tryGit(
    call.repo.gitDir,
    'for-each-ref',
    '--format=%(refname) %(objectname) %(objecttype)',
    ref,
  );
  const line = (found ?? '').split('\n').find((one) => one.startsWith(`${ref} `));
  const [, sha, type] = (line ?? '').split(' ');
  return sha === undefined ? notFound() : { status: 200, body: refJson(call, ref, sha, type) };
}

async function createRef(call: Call): Promise<Reply> {
  const ref = text(call.body.ref);
  const sha = text(call.body.sha);
  if (ref === null || sha === null) return invalid(`Invalid request.\n\n"ref", "sha" weren't supplied.`);
  if (!/^refs\/[^/]+\/./.test(ref))
    return invalid("Reference name must start with 'refs/' and contain at least 2 slashes.");
  if (!OID.test(sha) || (await resolveCommit(call.repo.gitDir, sha)) === null)
    return invalid('Object does not exist');
  if ((await tryGit(call.repo.gitDir, 'rev-parse', '--verify', '--quiet', ref)) !== null) {
    return invalid('Reference already exists');
  }
  await git(call.repo.gitDir, 'update-ref', ref, sha);
  await call.model.followHead(call.repo.fullName, ref.replace(/^refs\/heads\//, ''), sha);
  return { status: 201, body: refJson(call, ref, sha), wrote: { what: 'ref.created', detail: { ref, sha } } };
}

async function updateRef(call: Call): Promise<Reply> {
  const ref = `refs/${call.params.ref}`;
  const sha = text(call.body.sha);
  const before = await resolveCommit(call.repo.gitDir, ref);
  if (sha === null || before === null) return invalid('Reference does not exist');
  if (!OID.test(sha) || (await resolveCommit(call.repo.gitDir, sha)) === null)
    return invalid('Object does not exist');
  const forward = await tryGit(call.repo.gitDir, 'merge-base', '--is-ancestor', before, sha);
  if (forward === null && call.body.force !== true) return invalid('Update is not a fast forward');
  await git(call.repo.gitDir, 'update-ref', ref, sha);
  await call.model.followHead(call.repo.fullName, ref.replace(/^refs\/heads\//, ''), sha);
  const detail = { ref, sha, before, forced: forward === null };
  return { status: 200, body: refJson(call, ref, sha), wrote: { what: 'ref.updated', detail } };
}

async function commitFacts(call: Call, sha: string) {
  const format = '%T%n%P%n%an%n%ae%n%aI%n%cn%n%ce%n%cI%n%B';
  const [tree, parents, an, ae, at, cn, ce, ct, ...message] = (
    await git(call.repo.gitDir, 'show', '-s', `--format=${format}`, sha)
  ).split('\n');
  return {
    tree: tree ?? '',
    parents: (parents ?? '').split(' ').filter(Boolean),
    author: { name: an, email: ae, date: at },
    committer: { name: cn, email: ce, date: ct },
    message: message.join('\n').trimEnd(),
  };
}

async function getGitCommit(call: Call): Promise<Reply> {
  const sha = call.params.sha ?? '';
  if (!OID.test(sha) || (await resolveCommit(call.repo.gitDir, sha)) === null) return notFound();
  const facts = await commitFacts(call, sha);
  const body = {
    sha,
    ...facts,
    tree: { sha: facts.tree },
    parents: facts.parents.map((parent) => ({ sha: parent })),
  };
  return { status: 200, body };
}

async function getCommit(call: Call): Promise<Reply> {
  const sha = await resolveCommit(call.repo.gitDir, call.params.ref ?? '');
  if (sha === null) return invalid(`No commit found for SHA: ${call.params.ref}`);
  if (call.accept.includes('.sha'))
    return { status: 200, body: Buffer.from(sha), headers: { 'content-type': 'text/plain' } };
  const { tree, parents, author, committer, message } = await commitFacts(call, sha);
  const commit = { tree: { sha: tree }, author, committer, message };
  return { status: 200, body: { sha, commit, parents: parents.map((parent) => ({ sha: parent })) } };
}

async function getContents(call: Call): Promise<Reply> {
  const path = (call.params.path ?? '').replace(/\/+$/, '');
  const ref = call.query.get('ref') ?? call.repo.defaultBranch;
  const sha = await resolveCommit(call.repo.gitDir, ref);
  if (sha === null) return { status: 404, body: { message: `No commit found for the ref ${ref}` } };
  const object = (
    await tryGit(call.repo.gitDir, 'rev-parse', '--verify', '--quiet', `${sha}:${path}`)
  )?.trim();
  if (object === undefined) return notFound();
  const type = (await git(call.repo.gitDir, 'cat-file', '-t', object)).trim();
  if (type === 'tree') {
    const rows = (await git(call.repo.gitDir, 'ls-tree', '-l', '-z', object)).split('\0').filter(Boolean);
    const body = rows.map((row) => {
      const [facts, name] = row.split('\t');
      const [mode, kind, id, size] = (facts ?? '').split(/ +/);
      const shown =
        mode === '120000' ? 'symlink' : kind === 'tree' ? 'dir' : kind === 'commit' ? 'submodule' : 'file';
      return {
        type: shown,
        name,
        path: path === '' ? name : `${path}/${name}`,
        sha: id,
        size: Number(size) || 0,
      };
    });
    return { status: 200, body };
  }
  const bytes = await gitBytes(call.repo.gitDir, 'cat-file', 'blob', object);
  if (call.accept.includes('.raw'))
    return { status: 200, body: bytes, headers: { 'content-type': 'application/octet-stream' } };
  const content = `${bytes.toString('base64').replace(/(.{60})/g, '$1\n')}\n`;
  const name = path.split('/').at(-1);
  return {
    status: 200,
    body: { type: 'file', encoding: 'base64', size: bytes.length, name, path, sha: object, content },
  };
}

async function getBranch(call: Call): Promise<Reply> {
  const name = call.params.branch ?? '';
  const sha = await resolveCommit(call.repo.gitDir, `refs/heads/${name}`);
  if (sha === null) return { status: 404, body: { message: 'Branch not found' } };
  return { status: 200, body: { name, commit: { sha }, protected: false } };
}

export const CONTENT_ROUTES: readonly Route[] = [
  { method: 'GET', path: 'branches/:branch*', needs: READ, answer: getBranch },
  // The rules that hold on a branch; the twin's only kind, `model.protect`, is met at the push.
  { method: 'GET', path: 'rules/branches/:branch*', needs: [], answer: (call) => page(call, []) },
  { method: 'GET', path: 'git/ref/:ref*', needs: READ, answer: getRef },
  { method: 'POST', path: 'git/refs', needs: WRITE, answer: createRef },
  { method: 'PATCH', path: 'git/refs/:ref*', needs: WRITE, answer: updateRef },
  { method: 'GET', path: 'git/commits/:sha', needs: READ, answer: getGitCommit },
  { method: 'GET', path: 'commits/:ref', needs: READ, answer: getCommit },
  { method: 'GET', path: 'contents/:path*', needs: READ, answer: getContents },
  { method: 'GET', path: 'contents', needs: READ, answer: getContents },
];
