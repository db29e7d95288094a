/** Bare repositories as GitHub hosts them: any reachable object may be fetched, `refs/pull/*` is read-only. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GIT_ENV, git, pipeThrough, tryGit } from './git.ts';

/**
 * Refuses what GitHub refuses before a ref moves: a protected ref (rules are lines `<ref> <message>` in
 * `twin-rules`), and a workflow file in a push by a token without the `workflows` permission, which no
 * `GITHUB_TOKEN` can have.
 */
const UPDATE_HOOK = `#!/bin/sh
ref=$1 old=$2 new=$3
if [ -f "$GIT_DIR/twin-rules" ]; then
  while read -r name message; do
    if [ "$name" = "$ref" ]; then echo "error: $message" >&2; exit 1; fi
  done < "$GIT_DIR/twin-rules"
fi
case $new in *[!0]*) ;; *) exit 0 ;; esac
if [ "$TWIN_MAY_PUSH_WORKFLOWS" != 1 ]; then
  files=$(git log -1 --format= --name-only "$new" --not --all -- .github/workflows)
  if [ -n "$files" ]; then
    set -f; IFS='
'; set -- $files
    echo "refusing to allow a GitHub App to create or update workflow \\\`$1\\\` without \\\`workflows\\\` permission" >&2
    exit 1
  fi
fi
exit 0
`;

const CONFIG = `[core]
	repositoryformatversion = 0
	filemode = true
	bare = true
	hooksPath = hooks
	alternateRefsCommand = true
[uploadpack]
	allowAnySHA1InWant = true
	allowFilter = true
[receive]
	hideRefs = refs/pull
	denyNonFastForwards = false
	denyDeletes = false
	autogc = false
[gc]
	auto = 0
`;

/** Makes the bare repository of `fullName` under `root`; a fork starts with the refs of its parent. */
export async function createBareRepository(
  root: string,
  fullName: string,
  defaultBranch: string,
  parent: string | null,
): Promise<string> {
  const gitDir = join(root, `${fullName}.git`);
  for (const folder of ['hooks', 'objects', 'refs']) await mkdir(join(gitDir, folder), { recursive: true });
  await writeFile(join(gitDir, 'HEAD'), `ref: refs/heads/${defaultBranch}\n`);
  await writeFile(join(gitDir, 'config'), CONFIG);
  await writeFile(join(gitDir, 'hooks', 'update'), UPDATE_HOOK, { mode: 0o755 });
  if (parent !== null) await git(gitDir, 'fetch', '--quiet', parent, '+refs/heads/*:refs/heads/*');
  return gitDir;
}

export type NewCommit = {
  /** Branch to move, without `refs/heads/`; made when it is not there. */
  readonly branch: string;
  /** Path to content; `null` removes. Paths not named stay. */
  readonly files: Readonly<Record<string, string | null>>;
  readonly message?: string;
  /** Branch or commit to start from when `branch` does not exist; none makes an orphan. */
  readonly from?: string;
};

const data = (content: string): string => `data ${Buffer.byteLength(content)}\n${content}\n`;
const quoted = (path: string): string => `"${path.replaceAll(/["\\]/g, '\\$&')}"`;

/** Adds a commit to a bare repository with git-fast-import(1) and moves the branch; answers the new commit's id. */
export async function addCommit(gitDir: string, commit: NewCommit): Promise<string> {
  const ref = `refs/heads/${commit.branch}`;
  const current = await resolveCommit(gitDir, ref);
  const parent = current ?? (commit.from === undefined ? null : await resolveCommit(gitDir, commit.from));
  const stream = [
    `feature done\ncommit ${ref}\nmark :1\n`,
    `committer ${GIT_ENV.GIT_COMMITTER_NAME} <${GIT_ENV.GIT_COMMITTER_EMAIL}> now\n`,
    data(commit.message ?? 'change'),
    parent === null ? '' : `from ${parent}\n`,
    ...Object.entries(commit.files).map(([path, content]) =>
      content === null ? `D ${quoted(path)}\n` : `M 100644 inline ${quoted(path)}\n${data(content)}`,
    ),
    'get-mark :1\ndone\n',
  ];
  const done = await pipeThrough('git', ['fast-import', '--quiet', '--done', '--date-format=now'], {
    cwd: gitDir,
    env: GIT_ENV,
    input: Buffer.from(stream.join('')),
  });
  if (done.code !== 0) throw new Error(`git fast-import: ${done.stderr}`);
  return done.stdout.toString('utf8').trim();
}

const BRANCH = /^refs\/heads\/[\w/-]+$/;
const OBJECT = /^[0-9a-f]{40}$/;
/** Commits known to be in a repository, which they never leave. */
const commits = new Map<string, Set<string>>();

/** The commit a revision names, or `null`. Never reads a revision as an option. */
export async function resolveCommit(gitDir: string, revision: string): Promise<string | null> {
  const known = commits.get(gitDir) ?? new Set();
  commits.set(gitDir, known);
  // What a branch names stands in its file (gitrepository-layout(5)).
  const named = BRANCH.test(revision)
    ? (await readFile(join(gitDir, revision), 'latin1').catch(() => revision)).trim()
    : revision;
  if (known.has(named)) return named;
  const asked = await tryGit(
    gitDir,
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${named}^{commit}`,
  );
  const found = asked === null ? null : asked.trim();
  if (found === named && OBJECT.test(found)) known.add(found);
  return found;
}

/** Makes every push to `ref` fail with `message`, as a ruleset or branch protection does (`GH013: …`, `GH006: …`). */
export async function protectRef(gitDir: string, ref: string, message: string): Promise<void> {
  await writeFile(join(gitDir, 'twin-rules'), `${ref} ${message}\n`, { flag: 'a' });
}
