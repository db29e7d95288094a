/** `wave dashboard`: lanes and waves on one screen; with `--watch` until q or Ctrl-C. Reads journals, writes nothing. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watchLanes } from '../run/index.ts';
import { dashboardJson, type LaneSeen, renderDashboard } from '../views/index.ts';
import { type Common, command, isLive, print, printJson, style } from './terminal.ts';

/** Milliseconds between two looks at the journals. */
const LOOK_MS = 1000;

/** Alternate screen, cursor hidden: what stood on the terminal is there again afterwards. */
const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';

/** As many lines as fit, the last of them saying how it ends. */
const screen = (text: string, rows: number): string => {
  const lines = text.split('\n');
  const room = Math.max(1, rows - 2);
  const shown =
    lines.length <= room ? lines : [...lines.slice(0, room - 1), ` … ${lines.length - room + 1} more lines`];
  return `\x1b[H${[...shown, '', ' q ends'].map((line) => `${line}\x1b[K`).join('\n')}\x1b[J`;
};

/** Draws until q, Ctrl-C or a signal; resolves then. */
const watch = async (look: () => Promise<readonly LaneSeen[]>): Promise<void> => {
  const { stdin, stdout } = process;
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  // In raw mode Ctrl-C is a byte like any other.
  const key = (bytes: Buffer): void => {
    if (/[qQ\x03\x04]/.test(bytes.toString('latin1'))) end();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  let failure: unknown = null;
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  const draw = async (): Promise<void> => {
    try {
      const lanes = await look();
      if (over) return;
      stdout.write(screen(renderDashboard(lanes, new Date().toISOString(), style()), stdout.rows ?? 24));
      timer = setTimeout(() => void draw(), LOOK_MS);
    } catch (error) {
      failure = error;
      end();
    }
  };
  stdout.write(ENTER);
  for (const signal of signals) process.once(signal, end);
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.on('data', key);
  try {
    await Promise.all([draw(), ended]);
  } finally {
    over = true;
    clearTimeout(timer);
    stdin.off('data', key);
    if (stdin.isTTY) stdin.setRawMode(false);
    stdin.pause();
    for (const signal of signals) process.off(signal, end);
    stdout.write(LEAVE);
  }
  if (failure !== null) throw failure;
};

export const run = async (argv: readonly string[]): Promise<number> => {
  const program = command(
    'dashboard',
    'Every lane and wave on one screen, and what runs now. Reads journals, writes nothing.',
  ).option('--watch', 'stay, and draw it anew; q ends. Where nobody watches it is printed once');
  program.parse([...argv], { from: 'user' });
  const options = program.opts<Common & { watch?: boolean }>();
  const scratchDir = await mkdtemp(join(tmpdir(), 'wave-read-'));
  try {
    const look = await watchLanes({
      repoDir: options.repoRoot,
      scratchDir,
      ...(options.lane === undefined ? {} : { lane: options.lane }),
    });
    const now = new Date().toISOString();
    if (options.json === true) printJson(dashboardJson(await look(), now));
    else if (options.watch === true && isLive()) await watch(look);
    else print(renderDashboard(await look(), now, style()));
    return 0;
  } finally {
    await rm(scratchDir, { recursive: true, force: true });
  }
};
