/**
 * The exchange as a folder: for a wave inside one job, and for tests. One folder a bundle, moved into place whole:
 * `<name>/receipt.json` and `<name>/files/…`. Agents must not be able to write below it; what is read is checked as
 * if they could.
 */
import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { nameProblem } from './artifact-name.ts';
import { bundleProblem, pathProblem } from './bundle-paths.ts';
import {
  type Bundle,
  type BundleLimits,
  byAge,
  DEFAULT_LIMITS,
  type Exchange,
  ExchangeError,
  type Receipt,
} from './types.ts';

export type DirectoryExchangeOptions = {
  /** Who puts through this handle; becomes the receipts' `uploadedBy`. */
  readonly uploadedBy?: string | null;
  readonly now?: () => Date;
  readonly limits?: Partial<BundleLimits>;
};

const RECEIPT_BYTES = 4_096;
const receiptSchema = z.strictObject({
  name: z.string(),
  id: z.string().regex(/^\d{13,16}-[0-9a-f]{8}$/),
  sizeBytes: z.int().nonnegative(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  uploadedBy: z.string().max(200).nullable(),
  createdAt: z.iso.datetime(),
});

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

/** Over paths and bytes, so that no two bundles share one. */
const digestOf = (files: Bundle): string => {
  const hash = createHash('sha256');
  for (const path of [...files.keys()].sort()) {
    const bytes = files.get(path) ?? new Uint8Array();
    hash.update(`${Buffer.byteLength(path)}:${path}:${bytes.length}:`).update(bytes);
  }
  return `sha256:${hash.digest('hex')}`;
};

/** The bytes of a regular file, never through a link; null when it is anything else or longer than `most`. */
const readRegular = async (path: string, most: number): Promise<Buffer | null> => {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    // A fifo would block without O_NONBLOCK.
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (['ENOENT', 'ELOOP', 'ENOTDIR', 'EACCES', 'ENXIO', 'EMLINK'].includes(codeOf(error))) return null;
    throw error;
  }
  try {
    const stats = await file.stat();
    if (!stats.isFile() || stats.size > most) return null;
    const bytes = Buffer.alloc(stats.size);
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, filled);
      if (bytesRead === 0) return null;
      filled += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
};

const hostile = (message: string): never => {
  throw new ExchangeError('hostile-archive', message);
};

const readFiles = async (folder: string, limits: BundleLimits): Promise<Bundle> => {
  const files = new Map<string, Uint8Array>();
  let seen = 0;
  let total = 0;
  const walk = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      seen += 1;
      if (seen > limits.entries) hostile(`more than ${limits.entries} entries`);
      const wrong = pathProblem(path, limits.depth);
      if (wrong !== null) hostile(`the path ${JSON.stringify(path.slice(0, 200))} ${wrong}`);
      if (entry.isDirectory()) await walk(path);
      else {
        const left = limits.totalBytes - total;
        const bytes = await readRegular(join(folder, path), left);
        if (bytes === null) hostile(`${JSON.stringify(path)} is no regular file of at most ${left} bytes`);
        else {
          total += bytes.length;
          files.set(path, new Uint8Array(bytes));
        }
      }
    }
  };
  await walk('');
  return files;
};

/** An exchange below `dir`, which is made when it is missing. Several handles and processes may share one. */
export const directoryExchange = (dir: string, options: DirectoryExchangeOptions = {}): Exchange => {
  const { uploadedBy = null, now = () => new Date() } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  let last = 0;

  const readReceipt = async (name: string): Promise<Receipt | null> => {
    const bytes = await readRegular(join(dir, name, 'receipt.json'), RECEIPT_BYTES);
    if (bytes === null) return null;
    try {
      const receipt = receiptSchema.parse(JSON.parse(bytes.toString('utf8')));
      return receipt.name === name ? receipt : null;
    } catch {
      return null;
    }
  };

  return {
    put: async (name, files) => {
      const badName = nameProblem(name);
      if (badName !== null) throw new ExchangeError('bad-name', badName);
      const badBundle = bundleProblem(files, limits);
      if (badBundle !== null) throw new ExchangeError('bad-bundle', badBundle);
      // Strictly later than what this handle put before, so that newest first is well defined.
      last = Math.max(now().getTime(), last + 1);
      const receipt: Receipt = {
        name,
        id: `${String(last).padStart(13, '0')}-${randomBytes(4).toString('hex')}`,
        sizeBytes: [...files.values()].reduce((sum, bytes) => sum + bytes.length, 0),
        digest: digestOf(files),
        uploadedBy,
        createdAt: new Date(last).toISOString(),
      };
      const temporary = join(dir, `.put-${randomBytes(8).toString('hex')}`);
      await mkdir(temporary, { recursive: true, mode: 0o700 });
      try {
        for (const [path, bytes] of files) {
          const target = join(temporary, 'files', path);
          await mkdir(dirname(target), { recursive: true });
          await writeFile(target, bytes, { flag: 'wx' });
        }
        await writeFile(join(temporary, 'receipt.json'), `${JSON.stringify(receipt)}\n`, { flag: 'wx' });
        // rename(2) onto a folder that is not empty fails: the first one has the name.
        await rename(temporary, join(dir, name));
      } catch (error) {
        await rm(temporary, { recursive: true, force: true });
        if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EPERM'].includes(codeOf(error))) {
          throw new ExchangeError('name-taken', `there is already a bundle called ${name}`);
        }
        throw new ExchangeError('unavailable', `could not store ${name}: ${codeOf(error) || 'failed'}`);
      }
      return receipt;
    },

    list: async () => {
      let entries: { readonly name: string; isDirectory(): boolean }[];
      try {
        entries = await readdir(dir, { withFileTypes: true });
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return [];
        throw new ExchangeError('unavailable', `could not list: ${codeOf(error) || 'failed'}`);
      }
      const names = entries.filter((entry) => entry.isDirectory() && nameProblem(entry.name) === null);
      const receipts = await Promise.all(names.map((entry) => readReceipt(entry.name)));
      return receipts.filter((one) => one !== null).sort((a, b) => byAge(b, a));
    },

    get: async (receipt) => {
      const stored = nameProblem(receipt.name) === null ? await readReceipt(receipt.name) : null;
      if (stored === null || stored.id !== receipt.id) {
        throw new ExchangeError('not-found', `there is no bundle ${JSON.stringify(receipt.name)} of that id`);
      }
      const files = await readFiles(join(dir, stored.name, 'files'), limits);
      if (digestOf(files) !== receipt.digest) {
        throw new ExchangeError('digest-mismatch', `${stored.name} is not what was put`);
      }
      return files;
    },
  };
};
