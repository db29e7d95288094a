/**
 * Carries a CLI's session from the home of one launch into that of another, so that an agent which was parked goes on
 * where it stopped. The bytes are the agent's: they are kept whole and given to nobody but the same CLI.
 */
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readHostileFile } from '../atomic-file.ts';
import type { Account } from '../isolation/account.ts';
import { superviseProcess } from '../supervisor.ts';
import type { ModelCli } from './model-cli.ts';

const MAX_SESSION = 64 * 1024 * 1024;
const COMMAND_MS = 60_000;

export type SessionPlace = {
  readonly account: Account;
  readonly home: string;
  readonly workdir: string;
  /** Of the CLI, without any key: these commands ask no model. */
  readonly env: Readonly<Record<string, string>>;
};

async function fileNamed(folder: string, named: (name: string) => boolean): Promise<string | null> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const found = entries.find((entry) => entry.isFile() && named(entry.name));
  return found === undefined ? null : join(found.parentPath, found.name);
}

/** Runs one of the CLI's own commands in the clone; its standard output, or null when it failed. */
async function command(cli: ModelCli, args: readonly string[], at: SessionPlace): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  const { exit, log } = await superviseProcess(
    {
      program: cli.program,
      args,
      cwd: at.workdir,
      env: at.env,
      account: at.account,
      stdinFile: null,
      logFile: '/dev/null',
      timeoutMs: COMMAND_MS,
      maxOutputBytes: MAX_SESSION,
      onStdout: (chunk) => parts.push(chunk),
    },
    new AbortController().signal,
  );
  return exit.kind === 'exited' && exit.code === 0 && !log.truncated ? Buffer.concat(parts) : null;
}

/** Leaves the session in `file`; false when the CLI has none of that id or more than 64 MiB of it. */
export async function keepSession(
  cli: ModelCli,
  session: string,
  file: string,
  at: SessionPlace,
): Promise<boolean> {
  await rm(file, { force: true });
  let bytes: Buffer | null = null;
  if (cli.session.kind === 'command') bytes = await command(cli, cli.session.print(session), at);
  else {
    await at.account.reveal(at.home);
    const found = await fileNamed(join(at.home, cli.session.folder), cli.session.named(session));
    const read = found === null ? null : await readHostileFile(found, MAX_SESSION);
    if (read?.kind === 'read') bytes = read.bytes;
  }
  if (bytes === null || bytes.length === 0) return false;
  await writeFile(file, bytes, { mode: 0o600 });
  return true;
}

/** Puts a kept session into a new home; why not, or null when it is there. */
export async function restoreSession(
  cli: ModelCli,
  session: string,
  file: string,
  at: SessionPlace,
): Promise<string | null> {
  const read = await readHostileFile(file, MAX_SESSION);
  if (read.kind !== 'read')
    return `the kept session ${read.kind === 'absent' ? 'is not there' : read.problem}`;
  if (cli.session.kind === 'command') {
    // The CLI may not be able to read where it was kept.
    const copy = join(at.home, '.wave-session');
    await at.account.put(copy, read.bytes.toString('utf8'));
    return (await command(cli, cli.session.read(copy), at)) === null
      ? 'the CLI did not take its session back'
      : null;
  }
  const to = join(at.home, cli.session.restored(session));
  await at.account.put(to, read.bytes.toString('utf8'));
  return null;
}
