/** What the command families share: how arguments are read, how a terminal is addressed, where the journal of a wave is. */
import { realpathSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import type { Quarantined } from '../journal/index.ts';
import { WaveFailure } from '../run/failure/index.ts';
import type { OpenWave } from '../run/index.ts';
import type { Style } from '../views/index.ts';
import { compileCache, programCommand } from './from-source.ts';

export const command = (name: string, description: string): Command =>
  new Command(`wave ${name}`)
    .description(description)
    .exitOverride()
    // Errors are told once, by errors.ts, in the same way for every command.
    .configureOutput({ outputError: () => {} })
    .option('--repo-root <dir>', 'the repository', process.env['WAVE_REPO_ROOT'] ?? process.cwd())
    .option('--lane <name>', 'the lane')
    .option('--json', 'the answer for programs');

export type Common = { readonly repoRoot: string; readonly lane?: string; readonly json?: boolean };

export const waveNumber = (text: string): number => {
  if (!/^\d{1,6}$/.test(text))
    throw new WaveFailure(
      'bad-argument',
      `“${text.slice(0, 40)}” is not a wave number`,
      'Give the number of the wave file: 3 for wave-3.md.',
    );
  return Number(text);
};

const CI = process.env['CI'] !== undefined && process.env['CI'] !== '' && process.env['CI'] !== 'false';

/** A terminal that can be drawn on. `CI` wins over a TTY: some runners give every step one. */
export const isLive = (): boolean =>
  process.stdout.isTTY === true &&
  !CI &&
  process.env['GITHUB_ACTIONS'] === undefined &&
  process.env['TERM'] !== 'dumb';

export const style = (): Style => ({
  color: (process.env['FORCE_COLOR'] !== undefined || isLive()) && process.env['NO_COLOR'] === undefined,
  unicode: /utf-?8/i.test(process.env['LC_ALL'] ?? process.env['LC_CTYPE'] ?? process.env['LANG'] ?? 'utf8'),
  width: process.stdout.columns ?? 110,
});

export const print = (text: string): void => {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
};
export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2));

/** How an agent’s `wave` command is started: this program, by the node that runs it. */
export const waveCommand = (): readonly string[] =>
  programCommand(fileURLToPath(new URL(compileCache === null ? './main.js' : './main.ts', import.meta.url)));

const onPath = (): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((dir) => {
    try {
      return (
        dir !== '' &&
        realpathSync(join(dir, 'wave')) === realpathSync(fileURLToPath(new URL('./main.js', import.meta.url)))
      );
    } catch {
      return false;
    }
  });

const quoted = (path: string): string =>
  /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;

/** `wave` alone is another package's name in the registry: it is printed only where it is us. */
const program = (): string => {
  const main = fileURLToPath(new URL(compileCache === null ? './main.js' : './main.ts', import.meta.url));
  if (compileCache === null && onPath()) return 'wave';
  // Nobody installed it: a clone, whose program is a file of it.
  if (compileCache !== null || !main.split(sep).includes('node_modules'))
    return `node ${quoted(relative(process.cwd(), main))}`;
  return 'npx wave-orchestration';
};

/** What a printed command starts with, so that it can be pasted where it is read. */
export const commandName = (repoRoot: string): string => {
  const inside = relative(resolve(repoRoot), process.cwd());
  return inside === '' || !(inside.startsWith('..') || isAbsolute(inside))
    ? program()
    : `${program()} --repo-root ${quoted(resolve(repoRoot))}`;
};

/** Damage is told where a program's answer does not stand. */
export const warnOfUnreadable = async (quarantined: readonly Quarantined[]): Promise<void> => {
  if (quarantined.length === 0) return;
  const { unreadableLines } = await import('../views/index.ts');
  const lines = unreadableLines(quarantined);
  if (lines.length > 0) process.stderr.write(`[wave] ${lines.join('\n')}\n`);
};

/** Reads a wave and its journal without writing anything into the repository. */
export const reading = async <T>(
  common: Common,
  wave: number | undefined,
  use: (open: OpenWave) => Promise<T>,
): Promise<T> => {
  const { openWave } = await import('../run/index.ts');
  const scratchDir = await mkdtemp(join(tmpdir(), 'wave-read-'));
  try {
    const open = await openWave({
      repoDir: common.repoRoot,
      scratchDir,
      ...(common.lane === undefined ? {} : { lane: common.lane }),
      ...(wave === undefined ? {} : { wave }),
    });
    await warnOfUnreadable(open.quarantined);
    return await use(open);
  } finally {
    await rm(scratchDir, { recursive: true, force: true });
  }
};
