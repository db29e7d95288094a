import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { layOut } from './layout.ts';
import { recentPerOwner } from './recent.ts';
import { isOid, line, output, type Repository } from './repository.ts';
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

  const pack = await packOf(scratch, commit);
  if (!pack.ok) return pack;
  const branch = `wave/${agent}`;
  const clone: Repository = { dir: join(dir, '.git'), networkEnv: {} };
  await layOut(clone.dir, {
    bare: false,
    objectFormat: commit.length === 64 ? 'sha256' : 'sha1',
    branch,
    config: ['[user]', `\tname = wave agent ${agent}`, `\temail = ${agent.toLowerCase()}@wave.invalid`],
    // What a fetch of depth 1 leaves.
    files: { shallow: `${commit}\n`, [`refs/heads/${branch}`]: `${commit}\n` },
  });
  for (const kind of ['pack', 'idx'])
    await copyFile(
      `${pack.value}.${kind}`,
      join(clone.dir, 'objects', 'pack', `pack-${commit}.${kind}`),
      constants.COPYFILE_FICLONE,
    );
  const filled = await output(clone, ['reset', '--quiet', '--hard', `refs/heads/${branch}`], {
    workTree: dir,
    index: join(clone.dir, 'index'),
  });
  return filled.ok ? success({ branch }) : filled;
};

const packs = recentPerOwner<Repository, Result<string>>(8, (made) => made.ok);
/** Milliseconds after which a pack is of no run any more. */
const PACK_AGE_MS = 7 * 24 * 60 * 60_000;

/**
 * One commit and all below it, packed once for all agents that start from it.
 *
 * @returns the path of the pack without `.pack` and `.idx`
 */
const packOf = (scratch: Repository, commit: string): Promise<Result<string>> =>
  packs(scratch).of(commit, async () => {
    const folder = join(scratch.dir, 'wave-packs');
    await mkdir(folder, { recursive: true });
    await dropOldPacks(folder);
    const base = join(folder, randomUUID());
    const packed = await output(scratch, ['pack-objects', '--quiet', '--revs', base], {
      stdin: `${commit}\n--shallow ${commit}\n`,
    });
    return packed.ok ? success(`${base}-${line(packed.value)}`) : packed;
  });

/** What earlier runs left. A name that is gone meanwhile was dropped by another run. */
const dropOldPacks = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder)) {
    const found = await stat(join(folder, name)).catch(() => null);
    if (found !== null && Date.now() - found.mtimeMs > PACK_AGE_MS)
      await rm(join(folder, name), { force: true });
  }
};
