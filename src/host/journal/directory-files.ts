/** Writing files of a journal directory so that a reader never sees half of one, and a power cut loses none. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
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
import { dirname, join } from 'node:path';
import { sha256 } from '../../contract/index.ts';

const syncDirectory = (directory: string): void => {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};

/** Appends in one write; the file and its folders are made when missing. With `sync`, on disk when it returns. */
export const appendFileDurably = (path: string, bytes: Uint8Array, sync: boolean): void => {
  mkdirSync(dirname(path), { recursive: true });
  const isNew = lstatSync(path, { throwIfNoEntry: false }) === undefined;
  const descriptor = openSync(path, 'a', 0o644);
  try {
    // One write; the loop is for a file system that takes less than it was given.
    for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
    if (sync) fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  if (sync && isNew) syncDirectory(dirname(path));
};

/** Replaces a file whole: temporary file, then rename. */
export const writeFileAtomically = (path: string, bytes: Uint8Array | string, sync: boolean): void => {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}-${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeFileSync(temporary, bytes, { flag: 'wx', flush: sync });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  if (sync) syncDirectory(dirname(path));
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

export const writeBlob = (root: string, bytes: Uint8Array, sync: boolean): string => {
  const digest = sha256(bytes);
  if (readBlob(root, digest) === null) writeFileAtomically(blobPath(root, digest), bytes, sync);
  return digest;
};
