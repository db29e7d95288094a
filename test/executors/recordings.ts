/** What a real CLI printed once, kept so that its reader is tested without it. Only `npm run test:executors` writes these. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export type Recording = {
  readonly cli: 'claude' | 'codex' | 'opencode';
  readonly version: string;
  readonly argv: readonly string[];
  /** Names; values never. */
  readonly environment: readonly string[];
  readonly stdinSha256: string;
  /** Standard output of all tries, redacted, a line each; folders and addresses of the run replaced. */
  readonly transcript: readonly string[];
};

const FOLDER = join(import.meta.dirname, 'recordings');

export async function writeRecording(name: string, recording: Recording): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  await writeFile(join(FOLDER, `${recording.cli}-${name}.json`), `${JSON.stringify(recording, null, 2)}\n`);
}

export async function readRecordings(): Promise<
  readonly { readonly name: string; readonly recording: Recording }[]
> {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.json')).sort();
  return Promise.all(
    files.map(async (file) => ({
      name: file.replace(/\.json$/, ''),
      recording: JSON.parse(await readFile(join(FOLDER, file), 'utf8')) as Recording,
    })),
  );
}
