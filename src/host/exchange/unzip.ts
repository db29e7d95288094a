/**
 * Reads an archive somebody else made, in memory, without ever writing a file (platform.md S24; APPNOTE.TXT 6.3).
 *
 * The archives come from `@actions/artifact`, so the reader knows what those need (stored and deflated files, UTF-8
 * names) and refuses all else: a link, an encrypted or ZIP64 entry, overlapping or hidden data, a size that is not
 * as declared, a path that is not a plain relative one. One wrong entry refuses the whole archive.
 */
import { crc32, inflateRawSync } from 'node:zlib';
import { collision, pathProblem } from './bundle-paths.ts';
import type { Bundle, BundleLimits } from './types.ts';

export type ArchiveProblem =
  | 'not-an-archive'
  | 'too-large'
  | 'too-many-entries'
  | 'ratio'
  | 'bad-path'
  | 'duplicate-path'
  | 'not-a-regular-file'
  | 'unsupported'
  | 'corrupt';
export type Unzipped =
  | { readonly ok: true; readonly files: Bundle }
  | { readonly ok: false; readonly code: ArchiveProblem; readonly message: string };

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
/** Encrypted, strongly encrypted, masked headers. */
const SECRET_FLAGS = 0x2041;
/** The type bits of a Unix mode, and MS-DOS's attribute of a folder. */
const FILE_TYPE = 0o170000;
const REGULAR = 0o100000;
const FOLDER = 0o040000;
const DOS_FOLDER = 0x10;

class Refused extends Error {
  readonly code: ArchiveProblem;
  constructor(code: ArchiveProblem, message: string) {
    super(message);
    this.code = code;
  }
}
const refuse = (code: ArchiveProblem, message: string): never => {
  throw new Refused(code, message);
};

type Entry = {
  readonly name: string;
  readonly nameBytes: Buffer;
  readonly stored: boolean;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly at: number;
};
type Directory = { readonly count: number; readonly start: number; readonly end: number };

/** The end record, which has to be the last thing in the archive and right behind the directory. */
const findDirectory = (bytes: Buffer): Directory => {
  const earliest = Math.max(0, bytes.length - END_BYTES - 0xffff);
  for (let at = bytes.length - END_BYTES; at >= earliest; at -= 1) {
    if (bytes.readUInt32LE(at) !== END) continue;
    if (at + END_BYTES + bytes.readUInt16LE(at + 20) !== bytes.length) continue;
    const count = bytes.readUInt16LE(at + 10);
    const size = bytes.readUInt32LE(at + 12);
    const start = bytes.readUInt32LE(at + 16);
    if (count === 0xffff || size === 0xffffffff || start === 0xffffffff) refuse('unsupported', 'ZIP64');
    if (bytes.readUInt32LE(at + 4) !== 0 || bytes.readUInt16LE(at + 8) !== count) {
      refuse('unsupported', 'an archive in several parts');
    }
    if (start + size !== at) refuse('corrupt', 'there is data between directory and end');
    return { count, start, end: at };
  }
  return refuse('not-an-archive', 'no end record');
};

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const decodeName = (bytes: Buffer): string => {
  try {
    return utf8.decode(bytes);
  } catch {
    return refuse('bad-path', 'a name is not UTF-8');
  }
};

const readEntries = (bytes: Buffer, directory: Directory, limits: BundleLimits): readonly Entry[] => {
  if (directory.count > limits.entries) {
    refuse('too-many-entries', `${directory.count} entries are more than ${limits.entries}`);
  }
  const entries: Entry[] = [];
  let at = directory.start;
  for (let n = 0; n < directory.count; n += 1) {
    if (at + CENTRAL_BYTES > directory.end || bytes.readUInt32LE(at) !== CENTRAL) {
      refuse('corrupt', 'the directory is torn');
    }
    const nameLength = bytes.readUInt16LE(at + 28);
    const next = at + CENTRAL_BYTES + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
    if (next > directory.end) refuse('corrupt', 'the directory is torn');
    const nameBytes = bytes.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameLength);
    const entry: Entry = {
      name: decodeName(nameBytes),
      nameBytes,
      stored: bytes.readUInt16LE(at + 10) === 0,
      crc: bytes.readUInt32LE(at + 16),
      packed: bytes.readUInt32LE(at + 20),
      size: bytes.readUInt32LE(at + 24),
      at: bytes.readUInt32LE(at + 42),
    };
    if ((bytes.readUInt16LE(at + 8) & SECRET_FLAGS) !== 0) refuse('unsupported', 'an encrypted entry');
    if (![0, 8].includes(bytes.readUInt16LE(at + 10))) refuse('unsupported', 'an unknown compression');
    if ([entry.packed, entry.size, entry.at].includes(0xffffffff)) refuse('unsupported', 'ZIP64');
    const isFolder = entry.name.endsWith('/');
    const attributes = bytes.readUInt32LE(at + 38);
    const type = (attributes >>> 16) & FILE_TYPE;
    // No type at all is what archives made off Unix have.
    const regular = isFolder
      ? (type === 0 || type === FOLDER) && entry.size === 0
      : (type === 0 || type === REGULAR) && (attributes & DOS_FOLDER) === 0;
    if (!regular) {
      refuse('not-a-regular-file', `${JSON.stringify(entry.name.slice(0, 200))} is no regular file`);
    }
    const wrong = pathProblem(isFolder ? entry.name.slice(0, -1) : entry.name, limits.depth);
    if (wrong !== null) refuse('bad-path', `the path ${JSON.stringify(entry.name.slice(0, 200))} ${wrong}`);
    entries.push(entry);
    at = next;
  }
  if (at !== directory.end) refuse('corrupt', 'the directory holds more than its entries');
  return entries;
};

/** Where each entry's bytes are; refuses entries that share any (the trick of non-recursive zip bombs). */
const locate = (bytes: Buffer, entries: readonly Entry[], end: number): ReadonlyMap<Entry, Buffer> => {
  const data = new Map<Entry, Buffer>();
  let free = 0;
  for (const entry of [...entries].sort((a, b) => a.at - b.at)) {
    const { at } = entry;
    if (at < free) refuse('corrupt', 'entries overlap');
    if (at + LOCAL_BYTES > end || bytes.readUInt32LE(at) !== LOCAL)
      refuse('corrupt', 'an entry has no header');
    const nameEnd = at + LOCAL_BYTES + bytes.readUInt16LE(at + 26);
    if (!bytes.subarray(at + LOCAL_BYTES, nameEnd).equals(entry.nameBytes)) {
      refuse('corrupt', 'an entry has two names');
    }
    const start = nameEnd + bytes.readUInt16LE(at + 28);
    free = start + entry.packed;
    if (free > end) refuse('corrupt', 'an entry reaches into the directory');
    data.set(entry, bytes.subarray(start, free));
  }
  return data;
};

const unpack = (entry: Entry, packed: Buffer): Buffer => {
  let plain = packed;
  if (!entry.stored) {
    try {
      plain = inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.size) });
    } catch {
      refuse('corrupt', `${JSON.stringify(entry.name)} does not unpack to its declared size`);
    }
  }
  if (plain.length !== entry.size || crc32(plain) !== entry.crc) {
    refuse('corrupt', `${JSON.stringify(entry.name)} is not what its header says`);
  }
  return plain;
};

/** All regular files of an archive, or the first reason to refuse it. Total: never throws, never writes. */
export const unzip = (archive: Uint8Array, limits: BundleLimits): Unzipped => {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  try {
    if (bytes.length > limits.archiveBytes) {
      refuse('too-large', `${bytes.length} bytes are more than ${limits.archiveBytes}`);
    }
    const directory = findDirectory(bytes);
    const entries = readEntries(bytes, directory, limits);
    const total = entries.reduce((sum, entry) => sum + entry.size, 0);
    if (total > limits.totalBytes)
      refuse('too-large', `${total} bytes unpacked are more than ${limits.totalBytes}`);
    if (total > limits.ratioFloorBytes && total > limits.ratio * bytes.length) {
      refuse('ratio', `${bytes.length} bytes unpack to ${total}`);
    }
    const plain = entries.filter((entry) => !entry.name.endsWith('/'));
    const pair = collision(plain.map((entry) => entry.name));
    if (pair !== null)
      refuse('duplicate-path', `${JSON.stringify(pair[0])} and ${JSON.stringify(pair[1])} collide`);
    const data = locate(bytes, entries, directory.start);
    const files = new Map<string, Uint8Array>();
    for (const entry of plain)
      files.set(entry.name, new Uint8Array(unpack(entry, data.get(entry) ?? Buffer.alloc(0))));
    return { ok: true, files };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, code: error.code, message: error.message };
    // Reading past the end: a declared length that is not there.
    if (error instanceof RangeError)
      return { ok: false, code: 'corrupt', message: 'a length reaches past the end' };
    throw error;
  }
};
