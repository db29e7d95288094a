/** A repository with a wave in it, made by `wave demo --prepare`, and what a test can see of it from outside. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeLine, type Entry } from '../../src/journal/index.ts';
import { git, makePlace, type Options, type Place, type Started, startWave, wave } from './wave-process.ts';

export type Prepared = {
  readonly place: Place;
  readonly repository: string;
  readonly wave: number;
  readonly stateDir: string;
};

/** @param args of `wave demo`: `--break`, `--seed` */
export const prepare = async (...args: readonly string[]): Promise<Prepared> => {
  const place = await makePlace();
  const made = await wave(place, ['demo', '--prepare', '--json', '--dir', join(place.dir, 'demo'), ...args]);
  if (made.code !== 0) throw new Error(`wave demo --prepare ended with ${made.code}: ${made.stderr}`);
  const { repository, wave: number } = JSON.parse(made.stdout) as { repository: string; wave: number };
  return { place, repository, wave: number, stateDir: join(repository, '.tmp', 'main-wave-launcher') };
};

export type RunJson = {
  readonly ok: boolean;
  readonly closed: boolean;
  readonly already?: boolean;
  readonly code: string | null;
  readonly commit: string | null;
  readonly exitCode: number;
};

export const startRun = (one: Prepared, ...args: readonly string[]): Started =>
  startWave(one.place, ['run', String(one.wave), '--repo-root', one.repository, ...args]);

export const runJson = async (
  one: Prepared,
  options: Options = {},
): Promise<RunJson & { readonly status: number | null }> => {
  const ended = await wave(
    one.place,
    ['run', String(one.wave), '--repo-root', one.repository, '--json'],
    options,
  );
  try {
    return { ...(JSON.parse(ended.stdout) as RunJson), status: ended.code };
  } catch {
    throw new Error(
      `wave run --json ended with ${ended.code} and printed:\n${ended.stdout}\n${ended.stderr}`,
    );
  }
};

const journalDir = ({ stateDir, wave: number }: Prepared): string =>
  join(stateDir, 'journal', `wave-${number}`, 'local');

/** The journal's terminated lines, segment after segment. */
export const journalLines = (one: Prepared): readonly string[] => {
  const dir = journalDir(one);
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .toSorted()
    .flatMap((name) => readFileSync(join(dir, name), 'utf8').split('\n').slice(0, -1));
};

/** The entries, and the lines that are none. */
export const journal = (
  one: Prepared,
): { readonly entries: readonly Entry[]; readonly bad: readonly string[] } => {
  const lines = journalLines(one).map((text) => ({ text, decoded: decodeLine(text) }));
  return {
    entries: lines.flatMap(({ decoded }) => (decoded.ok ? [decoded.entry] : [])),
    bad: lines.flatMap(({ text, decoded }) => (decoded.ok ? [] : [text])),
  };
};

/** The bodies of one type, in order. */
export const bodiesOf = <T extends Entry['body']['type']>(
  one: Prepared,
  type: T,
): readonly Extract<Entry['body'], { type: T }>[] =>
  journal(one).entries.flatMap(({ body }) =>
    body.type === type ? [body as Extract<Entry['body'], { type: T }>] : [],
  );

export type UserSide = {
  readonly branch: string;
  readonly head: string;
  readonly tree: string;
  readonly status: string;
};

/** What `git` says of the user's own place: where their branch is, what it holds, and what they have not committed. */
export const userSide = async ({ place, repository }: Prepared): Promise<UserSide> => {
  const lines = (await git(place, repository, 'status', '--porcelain=v2', '--branch')).split('\n');
  const header = (name: string): string =>
    lines.find((line) => line.startsWith(`# branch.${name} `))?.split(' ')[2] ?? '';
  const head = header('oid');
  return {
    branch: header('head'),
    head,
    tree: await git(place, repository, 'rev-parse', `${head}^{tree}`),
    status: lines.filter((line) => !line.startsWith('# ')).join('\n'),
  };
};
