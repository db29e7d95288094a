/**
 * The real command line as child processes, in a throwaway place: its home, its temporary folder and everything it
 * starts lie below one directory, so that a test can say that nothing of it is left.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCE = join(ROOT, 'src/cli/main.ts');
const built = process.env['WAVE_TEST_BUILT'];
/** The command as it ships; its source where nothing was built. */
export const MAIN = built === undefined ? SOURCE : join(built, 'dist/cli/main.js');
export const DEMO_AGENT =
  built === undefined ? join(ROOT, 'src/demo/agent.ts') : join(built, 'dist/demo/agent.js');
/** Tells a program that is started from its source where the built ones are. */
export const BUILT: Readonly<Record<string, string>> = built === undefined ? {} : { WAVE_TEST_BUILT: built };

export type Place = {
  readonly dir: string;
  readonly home: string;
  readonly tmp: string;
  /** The whole environment of what is started here; nothing is inherited but where programs are. */
  readonly env: Readonly<Record<string, string>>;
  readonly remove: () => Promise<void>;
};

export const makePlace = async (): Promise<Place> => {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'wave-e2e-')));
  const home = join(dir, 'home');
  const tmp = join(dir, 'tmp');
  await mkdir(home);
  await mkdir(tmp);
  const env = {
    PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`,
    HOME: home,
    TMPDIR: tmp,
    LANG: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
  };
  return {
    dir,
    home,
    tmp,
    env,
    remove: async () => {
      for (const pid of strays(dir)) kill(pid);
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
};

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone meanwhile.
  }
};

/** Processes, dead ones not yet waited for left out, whose home or temporary folder lies below `dir`. */
export const strays = (dir: string): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1')
          .split('\0')
          .some((one) => one.startsWith(`HOME=${dir}/`) || one.startsWith(`TMPDIR=${dir}/`));
      } catch {
        return false;
      }
    })
    .map(Number);

export type Ended = {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
};

export type Started = {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Sends a signal to the whole process group, as a terminal's Ctrl-C or a machine's end does. */
  readonly signalGroup: (signal: NodeJS.Signals) => void;
};

export type Options = {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments of node itself; then the sources are started, whose modules a test build can replace. */
  readonly node?: readonly string[];
};

/** Starts `wave …`, as the leader of a process group of its own. */
export const startWave = (place: Place, args: readonly string[], options: Options = {}): Started => {
  const child = spawn(
    process.execPath,
    [...(options.node ?? []), options.node === undefined ? MAIN : SOURCE, ...args],
    {
      cwd: options.cwd ?? place.dir,
      env: { ...place.env, ...options.env },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return {
    child,
    ended,
    signalGroup: (signal) => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, signal);
      } catch {
        // The group has ended.
      }
    },
  };
};

export const wave = (place: Place, args: readonly string[], options: Options = {}): Promise<Ended> =>
  startWave(place, args, options).ended;

/** Runs git in a folder with the place's environment. @returns its standard output, without the last line end */
export const git = async (place: Place, folder: string, ...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)('git', ['-C', folder, ...args], { env: place.env })).stdout.trimEnd();

/** Where a program is found on this machine. */
export const programOf = async (name: string): Promise<string> =>
  (await promisify(execFile)('/bin/sh', ['-c', `command -v ${name}`])).stdout.trim();
