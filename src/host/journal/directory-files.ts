/** Writing files of a journal directory so that a reader never sees half of one, and a power cut loses none. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sha256 } from '../../contract/index.ts';

/** Files and folders, on disk when it resolves; one that is gone meanwhile needs no disk. */
export const syncToDisk = async (paths: readonly string[]): Promise<void> => {
  await Promise.all(
    paths.map(async (path) => {
      const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      });
      try {
        await handle?.sync();
      } finally {
        await handle?.close();
      }
    }),
  );
};

/**
 * Appends in one write; the file and its folders are made when missing.
 *
 * @returns what has to be synced for the bytes to be on disk
 */
export const appendToFile = (path: string, bytes: Uint8Array): readonly string[] => {
  mkdirSync(dirname(path), { recursive: true });
  const isNew = lstatSync(path, { throwIfNoEntry: false }) === undefined;
  const descriptor = openSync(path, 'a', 0o644);
  try {
    // One write; the loop is for a file system that takes less than it was given.
    for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
  } finally {
    closeSync(descriptor);
  }
  return isNew ? [path, dirname(path)] : [path];
};

/** Replaces a file whole: temporary file, then rename. Not waited for: a power cut may leave it short or old. */
export const replaceFile = (path: string, bytes: Uint8Array | string): void => {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}-${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeFileSync(temporary, bytes, { flag: 'wx' });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
};

/** Names in a folder, sorted; none when it does not exist. */
export const namesIn = (directory: string): string[] => {
  try {
    return readdirSync(directory).sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
};

const blobPath = (root: string, digest: string): string => join(root, 'blob', digest.slice(0, 2), digest);
const SHA256 = /^[0-9a-f]{64}$/;

/** The bytes of that digest, or null: missing, not a digest, or not (any more) the bytes it names. */
export const readBlob = (root: string, digest: string): Uint8Array | null => {
  if (!SHA256.test(digest)) return null;
  const path = blobPath(root, digest);
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return null;
  const bytes = readFileSync(path);
  return sha256(bytes) === digest ? bytes : null;
};

/**
 * Bytes under their digest: what a power cut left of them is no blob, and is written again.
 *
 * @returns the digest, and what has to be synced for the bytes to be on disk
 */
export const writeBlob = (
  root: string,
  bytes: Uint8Array,
): { readonly digest: string; readonly written: readonly string[] } => {
  const digest = sha256(bytes);
  if (readBlob(root, digest) !== null) return { digest, written: [] };
  const path = blobPath(root, digest);
  replaceFile(path, bytes);
  return { digest, written: [path, dirname(path)] };
};
