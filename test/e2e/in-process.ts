/** A command family called in the test's own process: what it prints, with its errors told as the program tells them. */
import { vi } from 'vitest';
import { reportError } from '../../src/cli/errors.ts';

export type Told = { readonly code: number; readonly stdout: string; readonly stderr: string };

export const called = async (
  run: (argv: readonly string[]) => Promise<number>,
  argv: readonly string[],
): Promise<Told> => {
  let [stdout, stderr] = ['', ''];
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    stdout += String(chunk);
    return true;
  });
  const err = vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    stderr += String(chunk);
    return true;
  });
  try {
    const code = await run(argv).catch((error: unknown) => reportError(error, argv.includes('--json')));
    return { code, stdout, stderr };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
};
