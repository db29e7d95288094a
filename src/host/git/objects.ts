/**
 * Objects in and out of our repository without a process for each: one `git cat-file` reads, and what we make is written
 * as git writes it (gitformat: a loose object).
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { type Answer, conversationPerRepository } from './conversation.ts';
import { isOid, type Repository } from './repository.ts';
import { failure, type Result, success } from './result.ts';

export type ObjectType = 'blob' | 'tree' | 'commit';

const HEADER = /^([0-9a-f]+) (blob|tree|commit|tag) (\d+)$/;

const readers = conversationPerRepository(['cat-file', '--batch-command']);

export type GitObject = { readonly oid: string; readonly type: string; readonly bytes: Buffer };

const answered = async (from: Answer): Promise<GitObject | null> => {
  const [, oid, type = '', size = ''] = HEADER.exec(await from.line()) ?? [];
  if (oid === undefined) return null;
  // git ends the bytes with a line feed of its own.
  return { oid, type, bytes: (await from.bytes(Number(size) + 1)).subarray(0, -1) };
};

/** The object a name (gitrevisions(7)) stands for, or null. */
export const objectNamed = async (
  repository: Repository,
  name: string,
): Promise<Result<GitObject | null>> => {
  // A line is a name: one with a line feed in it would be two questions.
  if (name === '' || /[\x00-\x1f\x7f]/.test(name)) return success(null);
  return readers(repository).ask(`contents ${name}\n`, answered);
};

/** The bytes of the object of that id and type; `not-found` when there is none. */
export const readObject = async (
  repository: Repository,
  oid: string,
  type: ObjectType,
): Promise<Result<Buffer>> => {
  if (!isOid(oid)) return failure('bad-argument', `not an object id: ${oid.slice(0, 80)}`);
  const found = await objectNamed(repository, oid);
  if (!found.ok) return found;
  return found.value?.type === type ? success(found.value.bytes) : failure('not-found', `no ${type} ${oid}`);
};

/** The bytes of blobs, by id, asked for at once; what is no blob, or not there, is left out. */
export const readBlobs = async (
  repository: Repository,
  oids: readonly string[],
): Promise<Result<ReadonlyMap<string, Buffer>>> => {
  const wrong = oids.find((oid) => !isOid(oid));
  if (wrong !== undefined) return failure('bad-argument', `not an object id: ${wrong.slice(0, 80)}`);
  const asked = [...new Set(oids)];
  const found = new Map<string, Buffer>();
  if (asked.length === 0) return success(found);
  return readers(repository).ask(asked.map((oid) => `contents ${oid}\n`).join(''), async (from) => {
    for (const oid of asked) {
      const object = await answered(from);
      // Copied: what is kept of one answer must not keep all that came with it.
      if (object?.type === 'blob') found.set(oid, Buffer.from(object.bytes));
    }
    return found;
  });
};

/** Bytes of objects, by id; one that is not there is left out. */
export const sizes = async (
  repository: Repository,
  oids: readonly string[],
): Promise<Result<ReadonlyMap<string, number>>> => {
  const wrong = oids.find((oid) => !isOid(oid));
  if (wrong !== undefined) return failure('bad-argument', `not an object id: ${wrong.slice(0, 80)}`);
  const asked = [...new Set(oids)];
  const known = new Map<string, number>();
  if (asked.length === 0) return success(known);
  return readers(repository).ask(asked.map((oid) => `info ${oid}\n`).join(''), async (from) => {
    for (const oid of asked) {
      const [, , , size] = HEADER.exec(await from.line()) ?? [];
      if (size !== undefined) known.set(oid, Number(size));
    }
    return known;
  });
};

/** The id git gives the object, in the format whose ids are `oidLength` digits long. */
export const objectId = (type: ObjectType, bytes: Uint8Array, oidLength: number): string =>
  createHash(oidLength === 64 ? 'sha256' : 'sha1')
    .update(`${type} ${bytes.length}\0`)
    .update(bytes)
    .digest('hex');

/**
 * Writes an object that is not there yet, whole or not at all, and gives its id. Like git's own default
 * (`core.fsync`), it does not wait for the disk.
 */
export const writeObject = (
  repository: Repository,
  type: ObjectType,
  bytes: Uint8Array,
  oidLength: number,
): string => {
  const oid = objectId(type, bytes, oidLength);
  const folder = join(repository.dir, 'objects', oid.slice(0, 2));
  const file = join(folder, oid.slice(2));
  if (existsSync(file)) return oid;
  mkdirSync(folder, { recursive: true });
  // git clears away what is called so and was left by somebody who died.
  const draft = join(folder, `tmp_obj_${randomBytes(6).toString('hex')}`);
  try {
    const head = Buffer.from(`${type} ${bytes.length}\0`);
    writeFileSync(draft, deflateSync(Buffer.concat([head, bytes]), { level: 1 }), {
      flag: 'wx',
      mode: 0o444,
    });
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  return oid;
};
