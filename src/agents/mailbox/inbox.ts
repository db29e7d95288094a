/** An agent's way in: what it should read now, for programs and for models, replaced whole while it runs. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../atomic-file.ts';

export type Inbox = { readonly json: unknown; readonly markdown: string };

/** Replaces both files, each in one step. A reader may see a new one beside an old one, never half of one. */
export async function writeInbox(dir: string, { json, markdown }: Inbox): Promise<void> {
  await replaceFile(join(dir, 'inbox.json'), `${JSON.stringify(json, null, 2)}\n`);
  await replaceFile(join(dir, 'inbox.md'), markdown);
}

/** The inbox as last written; null when none is there yet or it is not what {@link writeInbox} left. */
export async function readInbox(dir: string): Promise<Inbox | null> {
  try {
    const [json, markdown] = await Promise.all(
      ['inbox.json', 'inbox.md'].map((name) => readFile(join(dir, name), 'utf8')),
    );
    return json === undefined || markdown === undefined ? null : { json: JSON.parse(json), markdown };
  } catch {
    return null;
  }
}
