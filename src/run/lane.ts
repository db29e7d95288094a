/** A lane of a repository on this machine: what its base commit says, and where its state lives. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import {
  type Config,
  type Contract,
  type Diagnostic,
  filesBeside,
  type Policy,
  policyWeaknesses,
  type RunOverrides,
  readConfig,
  readContract,
  resolvePolicy,
  type SourceFile,
} from '../contract/index.ts';
import { describeRepository, type LocalRepository, openScratch, type Scratch } from '../host/index.ts';
import { orFail, WaveFailure } from './failure/index.ts';

export const CONFIG_FILE = 'wave.config.json';

export type Lane = {
  readonly repository: LocalRepository;
  readonly scratch: Scratch;
  readonly lane: string;
  /** `<stateRoot>/<lane>-wave-launcher`, absolute. */
  readonly stateDir: string;
  readonly config: Config;
};

/** What one commit says about a wave: base policy, configuration and the wave file, all from that commit. */
export type Reading = {
  readonly contract: Contract | null;
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: ReadonlyMap<string, string>;
  readonly waveFile: string;
};

/** Held by the one run of a lane, for as long as it lives. */
export const launcherLock = (stateDir: string): string => join(stateDir, 'launcher.lock');

export const waveFileName = (config: Config, wave: number): string => `${config.wavesDir}/wave-${wave}.md`;

const textAt = async (scratch: Scratch, tree: string, path: string): Promise<SourceFile | null> => {
  const bytes = await scratch.readFileAt(tree, path);
  if (bytes.ok) return { path, text: bytes.value.toString('utf8') };
  if (bytes.code === 'not-found') return null;
  throw new WaveFailure(
    bytes.code,
    `${path}: ${bytes.message}`,
    'Check that the repository is whole (git fsck).',
  );
};

/** Folders of attempts live outside every repository, so that nothing an agent or a command looks up reaches one. */
export const workRoot = (stateDir: string): string =>
  join(
    tmpdir(),
    `wave-orchestration-${userInfo().uid}`,
    createHash('sha256').update(stateDir).digest('hex').slice(0, 16),
  );

const noRepository = (
  repoDir: string,
  { code, message }: { readonly code: string; readonly message: string },
): WaveFailure => {
  const fix = 'Run wave inside the repository whose work it is, or give --repo-root.';
  if (!existsSync(repoDir)) return new WaveFailure('not-a-repository', `${repoDir} is not there`, fix);
  return code === 'not-a-repository'
    ? new WaveFailure(code, `${repoDir} is not in a git repository`, fix)
    : new WaveFailure(
        code,
        `${repoDir}: ${message}`,
        'Check that git is on the PATH and that the repository can be read.',
      );
};

/** The user's repository around a folder, as it is now. */
export const repositoryAt = async (repoDir: string): Promise<LocalRepository> => {
  const described = await describeRepository(repoDir);
  if (!described.ok) throw noRepository(repoDir, described);
  return described.value;
};

/** As wave files and journals take it. */
const LANE = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/**
 * @param scratchDir where our own bare repository is made; a read-only command gives a folder outside the repository
 */
export const openLane = async (
  repoDir: string,
  options: { readonly lane?: string; readonly scratchDir?: string },
): Promise<Lane> => {
  const repository = await repositoryAt(repoDir);
  if (repository.head === null)
    throw new WaveFailure(
      'no-commit',
      'the repository has no commit yet',
      'Commit something first: a wave starts from a commit.',
    );
  const probe = options.scratchDir ?? join(workRoot(repository.root), 'git');
  const scratch = orFail(
    await openScratch(probe, { objectsFrom: repository.objects, objectFormat: repository.objectFormat }),
    'our own git repository',
  );
  const tree = orFail(await scratch.treeOf(repository.head), 'the current commit');
  const file = await textAt(scratch, tree, CONFIG_FILE);
  const lane = options.lane ?? readConfig(file).config.defaultLane;
  if (!LANE.test(lane))
    throw new WaveFailure(
      'lane-invalid',
      `“${lane.slice(0, 60)}” is not the name of a lane`,
      'Lower-case letters, digits, - and _, such as main.',
    );
  // A lane has folders of its own.
  const { config } = readConfig(file, lane);
  return {
    repository,
    scratch,
    lane,
    config,
    stateDir: join(repository.root, config.paths.stateRoot, `${lane}-wave-launcher`),
  };
};

/** Lanes of the repository that have been written to, in order. */
export const lanesWithJournal = async ({ stateDir }: Lane): Promise<readonly string[]> => {
  const names = await readdir(dirname(stateDir)).catch(() => [] as string[]);
  const lanes = names.flatMap((name) => /^([a-z0-9][a-z0-9_-]{0,63})-wave-launcher$/.exec(name)?.[1] ?? []);
  return lanes.toSorted();
};

/** The configuration a commit has; defaults where it has none. */
export const configAt = async (scratch: Scratch, commit: string): Promise<Config> =>
  readConfig(await textAt(scratch, orFail(await scratch.treeOf(commit), 'the base commit'), CONFIG_FILE))
    .config;

/**
 * Reads a wave as `commit` has it; policy, configuration and role prompts come from `base`, which is the same commit on
 * a laptop.
 */
export const readWave = async (
  scratch: Scratch,
  request: {
    readonly wave: number;
    readonly lane: string;
    readonly commit: string;
    readonly base?: string;
    readonly overrides?: RunOverrides;
  },
): Promise<Reading> => {
  const tree = orFail(await scratch.treeOf(request.commit), 'the commit of the wave file');
  const baseTree =
    request.base === undefined ? tree : orFail(await scratch.treeOf(request.base), 'the base commit');
  const configFile = await textAt(scratch, baseTree, CONFIG_FILE);
  const { config, policyInput, diagnostics: configDiagnostics } = readConfig(configFile, request.lane);
  const policy = resolvePolicy(policyInput);
  const waveFile = waveFileName(config, request.wave);
  const files: SourceFile[] = [];
  const wave = await textAt(scratch, tree, waveFile);
  if (wave === null) {
    const there = await wavesAt(scratch, request.commit, config);
    throw new WaveFailure(
      'wave-not-found',
      `${waveFile} is not in commit ${request.commit.slice(0, 7)}`,
      `Write ${waveFile} and commit it: a wave runs as it is committed.${there.length === 0 ? '' : ` Waves there are: ${there.slice(0, 40).join(', ')}.`}`,
    );
  }
  files.push(wave);
  for (const [path, entry] of orFail(
    await scratch.listTree(baseTree, [config.roles.rolePromptDir]),
    'the role prompts',
  ))
    if (entry.mode.startsWith('100') && path.endsWith('.md')) {
      const file = await textAt(scratch, baseTree, path);
      if (file !== null) files.push(file);
    }
  for (const path of filesBeside(config)) {
    const file = await textAt(scratch, tree, path);
    if (file !== null) files.push(file);
  }
  const { contract, diagnostics } = readContract(files, {
    waveFile,
    config,
    policy,
    lane: request.lane,
    ...(request.overrides === undefined ? {} : { overrides: request.overrides }),
  });
  const headFile = baseTree === tree ? null : await textAt(scratch, tree, CONFIG_FILE);
  const all = [
    ...configDiagnostics,
    // Beside a configuration that cannot be read, these would be about the built-in one.
    ...(configDiagnostics.some((one) => one.severity === 'error') ? [] : diagnostics),
    ...(headFile === null ? [] : weakened(policy, headFile, request.lane)),
  ];
  return {
    contract: all.some((one) => one.severity === 'error') ? null : contract,
    diagnostics: all,
    sources: new Map(
      [...files, ...(configFile === null ? [] : [configFile])].map((file) => [file.path, file.text]),
    ),
    waveFile,
  };
};

/** A head that asks for less than the base is told so; the base is what counts either way. */
const weakened = (base: Policy, head: SourceFile, lane: string): readonly Diagnostic[] =>
  policyWeaknesses(base, resolvePolicy(readConfig(head, lane).policyInput), {
    file: head.path,
    line: 1,
    column: 1,
    endLine: 1,
    endColumn: 1,
  });

/** Waves of a lane as it is committed, from one number to another, both included; `to` null is the last there is. */
export const wavesBetween = async (request: {
  readonly repoDir: string;
  readonly lane?: string;
  readonly from: number;
  readonly to: number | null;
}): Promise<readonly number[]> => {
  const { lane, scratch, repository, config } = await openLane(
    request.repoDir,
    request.lane === undefined ? {} : { lane: request.lane },
  );
  const { from, to } = request;
  const all = await wavesAt(scratch, repository.head ?? '', config);
  const found = all.filter((wave) => wave >= from && (to === null || wave <= to));
  if (found.length === 0)
    throw new WaveFailure(
      'wave-not-found',
      `lane ${lane} has no wave from ${from}${to === null ? ' on' : ` to ${to}`} in ${config.wavesDir}`,
      all.length === 0
        ? `Write ${waveFileName(config, from)} and commit it: a wave runs as it is committed.`
        : `Waves: ${all.join(', ')}.`,
    );
  return found;
};

/** Wave numbers the lane has files for, in order. */
export const wavesAt = async (
  scratch: Scratch,
  commit: string,
  config: Config,
): Promise<readonly number[]> => {
  const tree = orFail(await scratch.treeOf(commit), 'the commit');
  const listed = orFail(await scratch.listTree(tree, [config.wavesDir]), 'the waves');
  const found = new Set<number>();
  for (const path of listed.keys()) {
    const digits = new RegExp(`^${RegExp.escape(config.wavesDir)}/wave-(\\d{1,6})\\.md$`).exec(path)?.[1];
    if (digits !== undefined) found.add(Number(digits));
  }
  return [...found].toSorted((a, b) => a - b);
};
