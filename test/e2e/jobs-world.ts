/** A small wave in a pull request on the twin: agents that need no program, so that a whole story takes seconds. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { decodeSegment, type Entry } from '../../src/journal/index.ts';
import {
  type CheckRun,
  type Comment,
  jobPermissions,
  type Permissions,
  type Role,
  startTwin,
  type Twin,
} from '../twin/index.ts';
import { SMALL_WAVE_FILES, smallWaveMarkdown } from './small-wave.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

export type World = {
  readonly dir: string;
  readonly twin: Twin;
  /** What each job of the shipped wave.yml declares. */
  readonly permissions: Readonly<Record<string, Permissions>>;
  readonly close: () => Promise<void>;
};

export const openWorld = async (): Promise<World> => {
  const dir = await mkdtemp(join(tmpdir(), 'wave-jobs-'));
  const twin = await startTwin({ root: join(dir, 'twin') });
  const permissions = jobPermissions(await readFile(join(PROJECT, '.github/workflows/wave.yml'), 'utf8'));
  return {
    dir,
    twin,
    permissions,
    close: async () => {
      await twin.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
};

/** A repository with a wave in a pull request. */
export type Told = {
  readonly repository: string;
  readonly number: number;
  readonly base: string;
  readonly head: string;
  readonly wave: number;
};

export type Setting = {
  /** On the base branch, instead of or beside the small wave's own files; `null` leaves one out. */
  readonly base?: Readonly<Record<string, string | null>>;
  /** In the pull request, beside or instead of the wave file. */
  readonly head?: Readonly<Record<string, string | null>>;
  readonly roles?: Readonly<Record<string, Role>>;
  readonly labels?: readonly string[];
};

const WAVE_FILE = 'docs/plans/waves/wave-1.md';

let told = 0;

/** Ada may write; the pull request is hers. */
export const tellSmall = async ({ twin }: World, setting: Setting = {}): Promise<Told> => {
  const repository = `acme/story-${++told}`;
  const { [WAVE_FILE]: _wave, ...small } = SMALL_WAVE_FILES;
  const given = Object.entries({ ...small, ...setting.base }).flatMap(([path, text]) =>
    text === null ? [] : [[path, text] as const],
  );
  await twin.model.addRepository({ fullName: repository, roles: { ada: 'write', ...setting.roles } });
  const base = await twin.model.commit(repository, { branch: 'main', files: Object.fromEntries(given) });
  const wave = setting.head?.[WAVE_FILE] === null ? {} : { [WAVE_FILE]: smallWaveMarkdown(1) };
  const head = await twin.model.commit(repository, {
    branch: 'topic',
    from: 'main',
    files: {
      ...wave,
      ...Object.fromEntries(
        Object.entries(setting.head ?? {}).filter(([path, text]) => text !== null || path !== WAVE_FILE),
      ),
      'topic.txt': 'topic\n',
    },
  });
  const pull = await twin.model.openPullRequest(repository, {
    head: 'topic',
    user: 'ada',
    labels: setting.labels ?? ['wave:1'],
  });
  return { repository, number: pull.number, base, head, wave: 1 };
};

const SOMEBODY = {
  GIT_AUTHOR_NAME: 'mallory',
  GIT_AUTHOR_EMAIL: 'mallory@example.invalid',
  GIT_COMMITTER_NAME: 'mallory',
  GIT_COMMITTER_EMAIL: 'mallory@example.invalid',
};

/** git in the bare repository, as nobody on the wire can. */
export const gitWith = (
  { twin }: World,
  { repository }: Pick<Told, 'repository'>,
  input: string,
  ...args: readonly string[]
): string =>
  execFileSync('git', ['--git-dir', twin.model.repository(repository).gitDir, ...args], {
    encoding: 'utf8',
    input,
    env: { ...process.env, ...SOMEBODY },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
export const gitIn = (world: World, one: Pick<Told, 'repository'>, ...args: readonly string[]): string =>
  gitWith(world, one, '', ...args);

/** What the state branch holds now, in order. */
export const journalOf = (world: World, one: Pick<Told, 'repository'>): readonly Entry[] => {
  const files = gitIn(world, one, 'ls-tree', '-r', 'wave-state', 'lanes/')
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [, , oid = '', path = ''] = line.split(/\s/);
      return oid === '' ? [] : [{ oid, path }];
    })
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const bytes = Buffer.from(
    gitWith(world, one, files.map(({ oid }) => `${oid}\n`).join(''), 'cat-file', '--batch'),
  );
  let at = 0;
  return files.flatMap(({ path }) => {
    // `<id> blob <size>`, the bytes, a line feed (git-cat-file(1), "Batch output").
    const start = bytes.indexOf(10, at) + 1;
    at = start + Number(bytes.toString('latin1', at, start).split(' ')[2]) + 1;
    return decodeSegment(path, bytes.toString('utf8', start, at - 1)).entries;
  });
};

export const headOf = (world: World, one: Told): string => gitIn(world, one, 'rev-parse', 'topic').trim();

export const checksOf = ({ twin }: World, one: Told, sha?: string): readonly CheckRun[] =>
  twin.model.checkRuns.filter(
    (check) => check.repository === one.repository && (sha === undefined || check.headSha === sha),
  );
export const gatesOn = (
  world: World,
  one: Told,
  sha: string = one.head,
): readonly (readonly [string, string | null, string | null])[] =>
  checksOf(world, one, sha)
    .filter((check) => check.name === 'wave/cont-qa')
    .map((check) => [check.status, check.conclusion, check.output.title]);
export const commentsOf = ({ twin }: World, one: Told): readonly Comment[] =>
  twin.model.comments.filter((comment) => comment.repository === one.repository);

const replace = <T>(list: T[], mine: (one: T) => boolean, kept: readonly T[]): void => {
  list.splice(0, list.length, ...list.filter((one) => !mine(one)), ...kept);
};

/**
 * Remembers how things stand, so that one honest story can go on in many ways.
 *
 * @returns puts it all back: branches, checks, comments, artifacts, rules, faults; the log starts anew
 */
export const keep = (world: World, told: Told): (() => Promise<void>) => {
  const { model } = world.twin;
  const runs = new Set(model.runs.filter((one) => one.repository === told.repository).map((one) => one.id));
  const ours = (one: { repository: string }): boolean => one.repository === told.repository;
  const ofRun = (one: { run: string }): boolean => runs.has(one.run);
  const refsOf = (): readonly string[] =>
    gitIn(world, told, 'for-each-ref', '--format=%(refname) %(objectname)').trim().split('\n');
  const refs = refsOf();
  const checks = structuredClone(model.checkRuns.filter(ours));
  const comments = structuredClone(model.comments.filter(ours));
  const jobs = structuredClone(model.jobs.filter(ofRun));
  const artifacts = model.artifacts.filter(ofRun).map((one) => ({ ...one }));
  const pulls = structuredClone(model.pulls.filter(ours));
  return async () => {
    const now = refsOf();
    const names = new Set(refs.map((ref) => ref.split(' ')[0]));
    const changes = [
      ...now.flatMap((ref) => {
        const [name = ''] = ref.split(' ');
        return names.has(name) ? [] : [`delete ${name}\n`];
      }),
      ...refs.flatMap((ref) => (now.includes(ref) ? [] : [`update ${ref}\n`])),
    ];
    if (changes.length > 0) gitWith(world, told, changes.join(''), 'update-ref', '--stdin');
    replace(model.checkRuns, ours, structuredClone(checks));
    replace(model.comments, ours, structuredClone(comments));
    replace(model.jobs, ofRun, structuredClone(jobs));
    replace(
      model.artifacts,
      ofRun,
      artifacts.map((one) => ({ ...one })),
    );
    replace(model.pulls, ours, structuredClone(pulls));
    const pass = (): 'pass' => 'pass';
    Object.assign(model.faults, { rest: pass, git: pass, artifact: pass, blob: pass });
    await rm(join(model.repository(told.repository).gitDir, 'twin-rules'), { force: true });
    model.forgetLog();
  };
};
