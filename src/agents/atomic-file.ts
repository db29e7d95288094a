/** Files that are there whole or not at all, and files read from where an agent could write. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Replaces a file in one step; a link of that name is replaced, not followed. Rejects when the folder is not writable. */
export async function replaceFile(file: string, content: string, mode = 0o644): Promise<void> {
  const draft = join(dirname(file), `.${randomBytes(8).toString('hex')}.draft`);
  try {
    await writeFile(draft, content, { flag: 'wx', mode });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

export type HostileRead =
  | { readonly kind: 'read'; readonly bytes: Buffer; readonly uid: number }
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly problem: string };

/**
 * Reads a regular file of at most `maxBytes`. Links, pipes and devices are refused without waiting on them; a file that
 * grows while it is read is refused too.
 */
export async function readHostileFile(file: string, maxBytes: number): Promise<HostileRead> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    // O_NONBLOCK: opening a pipe nobody writes to would otherwise wait for ever.
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT'
      ? { kind: 'absent' }
      : { kind: 'refused', problem: code === 'ELOOP' ? 'is a symbolic link' : `cannot be opened (${code})` };
  }
  try {
    const facts = await handle.stat();
    if (!facts.isFile()) return { kind: 'refused', problem: 'is not a regular file' };
    const buffer = Buffer.alloc(Math.min(facts.size, maxBytes) + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
      length += bytesRead;
      if (bytesRead === 0 || length === buffer.length) break;
    }
    if (length > maxBytes) return { kind: 'refused', problem: `is larger than ${maxBytes} bytes` };
    if (length > facts.size) return { kind: 'refused', problem: 'changed while it was read' };
    return { kind: 'read', bytes: buffer.subarray(0, length), uid: facts.uid };
  } catch (error) {
    return { kind: 'refused', problem: `cannot be read (${(error as NodeJS.ErrnoException).code})` };
  } finally {
    await handle.close();
  }
}
