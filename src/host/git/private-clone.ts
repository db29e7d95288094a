import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EXACT_BYTES } from './exact-bytes.ts';
import { isOid, output, type Repository } from './repository.ts';
import { failure, type GitFailureCode, type Result, success } from './result.ts';

export type CloneOptions = {
  /** Names the branch, `wave/<agent>`, and the author of what the agent commits for itself. */
  readonly agent: string;
};

/**
 * An agent's own repository in `dir` (made, or empty): a normal clone of one commit, history depth 1, on branch
 * `wave/<agent>`, with its own copy of the objects, no remote and no credential. What the agent does to it reaches
 * nobody; what is in it afterwards is read by `snapshotWorktree` alone.
 */
export const clonePrivate = async (
  scratch: Repository,
  commit: string,
  dir: string,
  { agent }: CloneOptions,
): Promise<Result<{ readonly branch: string }, GitFailureCode | 'directory-not-empty'>> => {
  if (!isOid(commit)) return failure('bad-argument', `not an object id: ${commit.slice(0, 80)}`);
  if (!/^[A-Za-z0-9][\w-]*(?:\.[\w-]+)*$/.test(agent) || agent.endsWith('.lock'))
    return failure('bad-argument', `an agent id cannot name a branch: ${agent}`);
  await mkdir(dir, { recursive: true });
  if ((await readdir(dir)).length > 0) return failure('directory-not-empty', `${dir} is not empty`);

  const branch = `wave/${agent}`;
  const clone: Repository = { dir: join(dir, '.git'), networkEnv: {} };
  const inClone = { workTree: dir, index: join(clone.dir, 'index') };
  const format = commit.length === 64 ? 'sha256' : 'sha1';
  const steps: ReadonlyArray<() => Promise<Result<Buffer>>> = [
    () =>
      // `init` takes the folder as an argument; GIT_DIR would make it a repository without a worktree.
      output(
        scratch,
        ['init', '--quiet', '--template=', `--object-format=${format}`, `--initial-branch=${branch}`, dir],
        {
          env: { GIT_DIR: clone.dir, GIT_WORK_TREE: dir },
        },
      ),
    () =>
      output(
        clone,
        ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--depth=1', scratch.dir, commit],
        { env: { GIT_ALLOW_PROTOCOL: 'file' }, set: ['protocol.file.allow=always'] },
      ),
    () => output(clone, ['update-ref', `refs/heads/${branch}`, commit]),
    async () => {
      await mkdir(join(clone.dir, 'info'), { recursive: true });
      await writeFile(join(clone.dir, 'info', 'attributes'), EXACT_BYTES);
      return output(clone, ['config', '--local', 'user.name', `wave agent ${agent}`]);
    },
    () => output(clone, ['config', '--local', 'user.email', `${agent.toLowerCase()}@wave.invalid`]),
    () =>
      output(clone, ['config', '--local', '--unset', 'core.worktree']).then(() => success(Buffer.alloc(0))),
    () => output(clone, ['reset', '--quiet', '--hard', `refs/heads/${branch}`], inClone),
  ];
  for (const step of steps) {
    const done = await step();
    if (!done.ok) return done;
  }
  return success({ branch });
};
