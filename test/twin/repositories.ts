/** Bare repositories as GitHub hosts them: any reachable object may be fetched, `refs/pull/*` is read-only. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
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
  file=$(git log --format= --name-only "$new" --not --all -- .github/workflows | head -n 1)
  if [ -n "$file" ]; then
    echo "refusing to allow a GitHub App to create or update workflow \\\`$file\\\` without \\\`workflows\\\` permission" >&2
    exit 1
  fi
fi
exit 0
`;

const CONFIG: readonly (readonly [string, string])[] = [
  ['http.receivepack', 'true'],
  ['uploadpack.allowAnySHA1InWant', 'true'],
  ['uploadpack.allowFilter', 'true'],
  ['receive.hideRefs', 'refs/pull'],
  ['receive.denyNonFastForwards', 'false'],
  ['receive.denyDeletes', 'false'],
  ['receive.autogc', 'false'],
  ['gc.auto', '0'],
  ['core.hooksPath', 'hooks'],
];

/** Makes the bare repository of `fullName` under `root`; a fork starts with the refs of its parent. */
export async function createBareRepository(
  root: string,
  fullName: string,
  defaultBranch: string,
  parent: string | null,
): Promise<string> {
  const gitDir = join(root, `${fullName}.git`);
  await mkdir(gitDir, { recursive: true });
  await git(gitDir, 'init', '--quiet', '--bare', `--initial-branch=${defaultBranch}`, '--template=', '.');
  if (parent !== null) await git(gitDir, 'fetch', '--quiet', parent, '+refs/heads/*:refs/heads/*');
  for (const [key, value] of CONFIG) await git(gitDir, 'config', key, value);
  await mkdir(join(gitDir, 'hooks'), { recursive: true });
  await writeFile(join(gitDir, 'hooks', 'update'), UPDATE_HOOK, { mode: 0o755 });
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

/** Adds a commit to a bare repository by plumbing alone and moves the branch; answers the new commit's id. */
export async function addCommit(gitDir: string, commit: NewCommit): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), 'twin-index-'));
  try {
    const env = { ...GIT_ENV, GIT_INDEX_FILE: join(scratch, 'index') };
    const plumb = async (args: readonly string[], input: string | Uint8Array = ''): Promise<string> => {
      const bytes = typeof input === 'string' ? Buffer.from(input) : input;
      const done = await pipeThrough('git', args, { cwd: gitDir, env, input: bytes });
      if (done.code !== 0) throw new Error(`git ${args.join(' ')}: ${done.stderr}`);
      return done.stdout.toString('utf8').trim();
    };
    const current = await resolveCommit(gitDir, `refs/heads/${commit.branch}`);
    const parent = current ?? (commit.from === undefined ? null : await resolveCommit(gitDir, commit.from));
    if (parent !== null) await plumb(['read-tree', parent]);
    for (const [path, content] of Object.entries(commit.files)) {
      if (content === null) await plumb(['update-index', '--force-remove', path]);
      else {
        const blob = await plumb(['hash-object', '-w', '--stdin'], content);
        await plumb(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`]);
      }
    }
    const tree = await plumb(['write-tree']);
    const parents = parent === null ? [] : ['-p', parent];
    const sha = await plumb(['commit-tree', tree, ...parents, '-F', '-'], commit.message ?? 'change');
    await plumb(['update-ref', `refs/heads/${commit.branch}`, sha]);
    return sha;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The commit a revision names, or `null`. Never reads a revision as an option. */
export async function resolveCommit(gitDir: string, revision: string): Promise<string | null> {
  const found = await tryGit(
    gitDir,
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${revision}^{commit}`,
  );
  return found === null ? null : found.trim();
}

/** Makes every push to `ref` fail with `message`, as a ruleset or branch protection does (`GH013: …`, `GH006: …`). */
export async function protectRef(gitDir: string, ref: string, message: string): Promise<void> {
  await writeFile(join(gitDir, 'twin-rules'), `${ref} ${message}\n`, { flag: 'a' });
}
