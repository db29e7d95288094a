/**
 * Whose power a foreign program runs with. Executors and declared commands are started, ended, given files and read
 * through an account, so that they need not know whether it is our own or one made for them alone (design §6).
 */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Isolation } from '../../contract/index.ts';
import { replaceFile } from '../atomic-file.ts';
import { stopStrayProcesses } from '../strays.ts';

/** A program to start. `env` is its whole environment. */
export type Command = {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
};
export type EndSignal = 'SIGTERM' | 'SIGKILL';

export type Account = {
  readonly isolation: Isolation;
  /** What to start in its place, so that it runs with this account's power. */
  readonly command: (command: Command) => Promise<Command>;
  /** Signals what runs: `leader`'s process group, or everything of an account that is the program's alone. */
  readonly end: (leader: number, signal: EndSignal) => Promise<void>;
  /** Makes a private file of the account, and the folders above it. */
  readonly put: (file: string, content: string) => Promise<void>;
  /** Lets us read what the account left below a folder of its own, whatever modes it set. */
  readonly reveal: (folder: string) => Promise<void>;
};

function signalGroup(leader: number, signal: EndSignal): void {
  try {
    process.kill(-leader, signal);
  } catch (error) {
    // ESRCH: nobody is left. EPERM: what is left is no process of ours any more.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

/** No isolation: the program may do what we may. */
export const OWN_ACCOUNT: Account = {
  isolation: 'none',
  command: async (command) => command,
  end: async (leader, signal) => signalGroup(leader, signal),
  put: async (file, content) => {
    await mkdir(dirname(file), { recursive: true });
    await replaceFile(file, content, 0o600);
  },
  reveal: async () => {},
};

/**
 * The same for what has its home below `dir`: at the end those that left the process group go too, such as a server
 * started in the background. One that wants to hide hides; isolation `user` finds that as well.
 */
export const ownAccount = (dir: string): Account => ({
  ...OWN_ACCOUNT,
  end: async (leader, signal) => {
    signalGroup(leader, signal);
    if (signal === 'SIGKILL') stopStrayProcesses(dir);
  },
});
