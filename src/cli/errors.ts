/** One clear error: what, why, what to do. */
import { CommanderError } from 'commander';
import { WaveFailure } from '../run/index.ts';

/** Prints an error where a person or a program looks for it. @returns the exit code of contract.md §3.1 */
export const reportError = (error: unknown, json: boolean): number => {
  // Commander has said it already: help asked for, or a flag it does not know.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
  if (error instanceof WaveFailure) {
    if (json) process.stdout.write(`${JSON.stringify({ ok: false, error: { code: error.code, message: error.message, fix: error.fix } }, null, 2)}\n`);
    process.stderr.write(`[wave] ${error.code}: ${error.message}\n  fix: ${error.fix}\n`);
    return error.exitCode;
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`[wave] this is a bug in wave, please report it:\n${message}\n`);
  return 1;
};
