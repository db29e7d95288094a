/**
 * The few things only root may do for isolation: make and remove a user, hand it folders, act as it. We are root, or
 * `sudo -n` makes us so; nothing else is asked of it, and no byte of an agent becomes part of a command.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** Where tools of the system are; never an agent's PATH. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const SYSTEM_PATH = SYSTEM_FOLDERS.join(':');
const TIMEOUT_MS = 60_000;
const MAX_OUTPUT = 1024 * 1024;

const systemTool = (name: string): string | null =>
  SYSTEM_FOLDERS.map((folder) => join(folder, name)).find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  }) ?? null;

export type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs a program of the system to its end; a program that cannot be started is one that failed. */
export const runTool = (argv: readonly string[], stdin = ''): Promise<Ran> =>
  new Promise((resolve) => {
    const [program = '', ...args] = argv;
    const child = spawn(program, args, {
      cwd: '/',
      env: { PATH: SYSTEM_PATH, LC_ALL: 'C' },
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (stdout.length < MAX_OUTPUT) stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (stderr.length < MAX_OUTPUT) stderr += text;
    });
    child.once('error', (error) => resolve({ code: null, stdout, stderr: error.message }));
    child.once('close', (code) => resolve({ code, stdout, stderr }));
    // A program that ends without reading is no error of ours.
    child.stdin.on('error', () => {}).end(stdin);
  });

export type Identity = { readonly uid: number; readonly gid: number };

export type Privilege = {
  /** Argv that runs these words as root. */
  readonly asRoot: (argv: readonly string[]) => readonly string[];
  /** Argv that runs these words as a user without any privilege, way to one, or group but its own; environment empty. */
  readonly asUser: (who: Identity, argv: readonly string[]) => readonly string[];
};

export type NoPrivilege = { readonly missing: string };

/** What this machine lets us do, or what it lacks. */
export const findPrivilege = async (
  uid: number | undefined = process.getuid?.(),
  tool: (name: string) => string | null = systemTool,
): Promise<Privilege | NoPrivilege> => {
  if (uid === undefined || process.platform !== 'linux') return { missing: 'it needs Linux' };
  const tools = { setpriv: tool('setpriv'), useradd: tool('useradd'), userdel: tool('userdel') };
  const absent = Object.entries(tools).flatMap(([name, file]) => (file === null ? [name] : []));
  if (absent.length > 0) return { missing: `this machine has no ${absent.join(', no ')}` };
  let before: readonly string[] = [];
  if (uid !== 0) {
    const sudo = tool('sudo');
    if (sudo === null) return { missing: 'we are not root, and there is no sudo' };
    before = [sudo, '-n', '--'];
    const { code } = await runTool([...before, '/bin/sh', '-c', 'exit 0']);
    if (code !== 0) return { missing: 'we are not root, and sudo asks for a password' };
  }
  const { setpriv } = tools;
  return {
    asRoot: ([name = '', ...args]) => [...before, tool(name) ?? name, ...args],
    asUser: (who, argv) => [
      ...before,
      setpriv ?? 'setpriv',
      `--reuid=${who.uid}`,
      `--regid=${who.gid}`,
      '--clear-groups',
      // From here on no set-user-id program, sudo among them, gives anything to whoever starts it.
      '--no-new-privs',
      '--inh-caps=-all',
      '--',
      '/usr/bin/env',
      '-i',
      `PATH=${SYSTEM_PATH}`,
      ...argv,
    ],
  };
};
