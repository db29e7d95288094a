/** The `wave` command an agent finds on its PATH: this very installation, whatever else is called `wave` there. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from './atomic-file.ts';
import { shellWord } from './shell-word.ts';

/**
 * Writes `wave` into `dir`.
 *
 * @param entry a program and its first arguments, such as `[process.execPath, '/…/cli/main.js']`
 */
export async function writeWaveShim(dir: string, entry: readonly string[]): Promise<string> {
  const file = join(dir, 'wave');
  await mkdir(dir, { recursive: true });
  await replaceFile(file, `#!/bin/sh\nexec ${entry.map(shellWord).join(' ')} "$@"\n`, 0o755);
  return file;
}
