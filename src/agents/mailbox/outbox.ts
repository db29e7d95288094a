/**
 * An agent's way out: numbered JSON files in a folder, posted from inside its workspace and read from outside as hostile
 * bytes. The number becomes part of the entry's id; what a body may say is the journal codec's to judge.
 */
import { randomBytes } from 'node:crypto';
import { link, lstat, opendir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readHostileFile } from '../atomic-file.ts';
import type { OutboxMessage, OutboxProblem } from '../types.ts';

/** Bytes of one message, as of one journal entry (design §4). */
export const MAX_OUTBOX_MESSAGE = 8 * 1024;
/** Messages of one agent in one attempt. */
export const MAX_OUTBOX_MESSAGES = 500;
/** Names looked at in the folder, whatever they are. */
const MAX_NAMES = 4 * MAX_OUTBOX_MESSAGES;
const MAX_DEPTH = 16;
const NAME = /^([1-9]\d{0,8})\.json$/;
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

export type OutboxRead = {
  readonly messages: readonly OutboxMessage[];
  readonly problems: readonly OutboxProblem[];
};

async function names(dir: string): Promise<{ readonly names: readonly string[]; readonly cut: boolean }> {
  const found: string[] = [];
  for await (const { name } of await opendir(dir)) {
    if (name.startsWith('.')) continue;
    if (found.length === MAX_NAMES) return { names: found, cut: true };
    found.push(name);
  }
  return { names: found, cut: false };
}
const numberOf = (name: string): number | null => {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
};

/**
 * Posts one message and gives back its number. Any number of processes may post at once: each message appears whole,
 * under a number of its own.
 *
 * @throws RangeError with a sentence for the agent when the message or the outbox is full; the folder's own errors
 */
export async function postToOutbox(dir: string, body: unknown): Promise<number> {
  const text = JSON.stringify(body) ?? '';
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_OUTBOX_MESSAGE)
    throw new RangeError(
      `the message has ${bytes} bytes, at most ${MAX_OUTBOX_MESSAGE} are taken; shorten the detail`,
    );
  const draft = join(dir, `.${randomBytes(8).toString('hex')}.draft`);
  await writeFile(draft, text, { flag: 'wx' });
  try {
    let n = Math.max(0, ...(await names(dir)).names.map((name) => numberOf(name) ?? 0));
    for (;;) {
      n++;
      if (n > MAX_OUTBOX_MESSAGES)
        throw new RangeError(
          `the outbox holds ${MAX_OUTBOX_MESSAGES} messages already; no more are taken in this attempt`,
        );
      try {
        // A link is made only where no such name is: that is what makes the number ours.
        await link(draft, join(dir, `${n}.json`));
        return n;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
  } finally {
    await rm(draft, { force: true });
  }
}

/** Why a parsed value may not be used, whatever it is supposed to be. */
function shapeProblem(value: unknown, depth = 0): string | null {
  if (depth > MAX_DEPTH) return `is nested deeper than ${MAX_DEPTH}`;
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, inner] of Object.entries(value)) {
    if (FORBIDDEN_KEYS.has(key)) return `has the key ${key}`;
    const problem = shapeProblem(inner, depth + 1);
    if (problem !== null) return problem;
  }
  return null;
}

function bodyOf(bytes: Uint8Array): { readonly body: unknown } | { readonly problem: string } {
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return { problem: 'is not JSON in UTF-8' };
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return { problem: 'is not a JSON object' };
  const problem = shapeProblem(body);
  return problem === null ? { body } : { problem };
}

/**
 * Reads the messages numbered above `after`, in order. A bad file costs only itself; nothing is opened but regular files
 * with a number for a name that belong to the folder's owner, and nothing is written.
 */
export async function readOutbox(
  dir: string,
  { after = 0 }: { readonly after?: number } = {},
): Promise<OutboxRead> {
  const problems: OutboxProblem[] = [];
  const messages: OutboxMessage[] = [];
  const facts = await lstat(dir).catch(() => null);
  if (facts === null) return { messages, problems };
  if (!facts.isDirectory())
    return { messages, problems: [{ file: '.', problem: 'the outbox is not a folder' }] };

  const listing = await names(dir).catch(() => null);
  // Its owner may take it away, or our right to look, at any moment.
  if (listing === null) return { messages, problems: [{ file: '.', problem: 'the outbox cannot be read' }] };
  if (listing.cut)
    problems.push({ file: '.', problem: `more than ${MAX_NAMES} files; the others were not looked at` });
  const numbered: number[] = [];
  for (const file of listing.names) {
    const n = numberOf(file);
    if (n === null) problems.push({ file, problem: 'is not named <number>.json' });
    else if (n > MAX_OUTBOX_MESSAGES)
      problems.push({ file, problem: `is numbered above ${MAX_OUTBOX_MESSAGES}` });
    else if (n > after) numbered.push(n);
  }
  for (const n of numbered.toSorted((a, b) => a - b)) {
    const file = `${n}.json`;
    const read = await readHostileFile(join(dir, file), MAX_OUTBOX_MESSAGE);
    if (read.kind === 'absent') continue;
    if (read.kind === 'refused') {
      problems.push({ file, problem: read.problem });
      continue;
    }
    // A hard link can give a name here to somebody else's file.
    const parsed = read.uid === facts.uid ? bodyOf(read.bytes) : { problem: 'belongs to another user' };
    if ('problem' in parsed) problems.push({ file, problem: parsed.problem });
    else messages.push({ n, body: parsed.body });
  }
  return { messages, problems };
}
