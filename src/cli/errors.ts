/** One clear error: what, why, what to do. */
import { CommanderError } from 'commander';
import { WaveFailure } from '../run/failure/index.ts';

type Told = {
  readonly code: string;
  readonly message: string;
  readonly fix: string;
  readonly exitCode: number;
};

/** What the machine refused: no space, no permission, a folder that is gone. Named by what was being done to which file. */
const isSystemError = (error: unknown): error is NodeJS.ErrnoException & { code: string } =>
  error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';

const told = (error: unknown, command: string): Told => {
  if (error instanceof WaveFailure) return error;
  if (error instanceof CommanderError) {
    const message =
      error.code === 'commander.help'
        ? 'it is not said what to do'
        : error.message.replace(/^error: /, '').replaceAll('\n', ' ');
    return { code: 'bad-argument', message, fix: `wave help ${command} says what it takes.`, exitCode: 1 };
  }
  if (isSystemError(error))
    return {
      code: 'system-error',
      message: error.message,
      fix: 'Look at that file: its place, its permissions, the space that is left.',
      exitCode: 1,
    };
  return {
    code: 'bug',
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    fix: 'This is a bug in wave: please report it with what is above.',
    exitCode: 1,
  };
};

/**
 * Prints an error where a person or a program looks for it.
 *
 * @param command the one that was called, as `wave help` knows it
 * @returns the exit code of contract.md §3.1
 */
export const reportError = (error: unknown, json: boolean, command = '<command>'): number => {
  // Help was asked for and has been printed.
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const { code, message, fix, exitCode } = told(error, command);
  if (json)
    process.stdout.write(`${JSON.stringify({ ok: false, error: { code, message, fix } }, null, 2)}\n`);
  process.stderr.write(`[wave] ${code}: ${message}\n  fix: ${fix}\n`);
  return exitCode;
};
