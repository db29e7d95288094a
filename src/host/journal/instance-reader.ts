/**
 * One instance's segments in a directory, read incrementally: only what is new is decoded, and what was read before
 * is checked to be still there, byte for byte.
 */
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../contract/index.ts';
import type { Refused } from '../../journal/index.ts';
import {
  type Cursor,
  type Entry,
  entryContent,
  type InstanceId,
  type Quarantined,
} from '../../journal/index.ts';
import {
  type Line,
  lineCount,
  MAX_SEQ,
  type Placed,
  quarantine,
  SEGMENT_NAME,
  terminatedLines,
} from './segment.ts';

/** More than this many entries of other instances never stand between two lines of one: a line that jumps is wrong. */
export const MAX_SEQ_JUMP = 100_000;
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** A line somebody else wrote while a run was alive, with what it says it is (`agent.finished by orchestrator`). */
export type ForeignLine = Quarantined & { readonly claims: string };

export type LiveGuard = {
  /** Bytes each segment had when the store was opened, by path below the store: that much is history. */
  readonly history: ReadonlyMap<string, number>;
  /** Digests of the lines this store wrote. */
  readonly own: ReadonlySet<string>;
};

type FileState = {
  readonly first: number;
  signature: string;
  /** Bytes read, all of them terminated lines. */
  offset: number;
  digest: string;
  lines: number;
  torn: Quarantined | null;
};
type Located<T> = { readonly place: readonly [first: number, line: number]; readonly item: T };

export type InstanceReader = {
  /** Reads what is new. */
  catchUp(): Refused | null;
  entries(): readonly Placed[];
  byId(id: string): Placed | undefined;
  /** The highest seq any line shows, also one kept out: the next entry stands after it. */
  highestSeq(): number;
  /** The segment to append to; null before the first. `terminated` says whether its last line ends. */
  last(): { readonly name: string; readonly bytes: number; readonly terminated: boolean } | null;
  cursor(): Cursor;
  quarantinedAfter(from: Cursor | undefined): readonly Quarantined[];
  /** Lines kept out as foreign that no `line.quarantined` entry names yet. */
  foreign(): readonly ForeignLine[];
  /** Whether the bytes a cursor saw are still there. */
  verify(from: Cursor): Refused | null;
};

export const rewritten = (file: string, what: string): Refused => ({
  kind: 'refused',
  code: 'history-rewritten',
  message: `${file} ${what}; entries are never changed or removed`,
  fix: 'Restore the journal from a copy, or start a new wave instance; nothing was read from it.',
});

/** Everything but what people say at a shell: it may close something, so only the run that is alive may write it. */
const claimsClosure = (entry: Entry): boolean =>
  entry.family === 'control' || entry.body.type === 'signal' || entry.by.kind !== 'operator';

const claimsOf = ({ body, by, id }: Entry): string => {
  const what =
    body.type === 'signal'
      ? `signal ${body.signal.kind}`
      : body.type === 'post'
        ? `post ${body.kind}`
        : body.type;
  return `${what} by ${by.kind}, id ${id}`.slice(0, 200);
};

const after = (
  [first, line]: readonly [number, number],
  [otherFirst, otherLine]: readonly [number, number],
): boolean => first > otherFirst || (first === otherFirst && line > otherLine);

const listSegments = (directory: string): string[] => {
  try {
    return readdirSync(directory)
      .filter((name) => SEGMENT_NAME.test(name))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
};

const TIP = /^(.+)@(\d{9}):(\d+):(\d+):([0-9a-f]{32})$/;

export const instanceReader = (
  root: string,
  /** `journal/<wave-n>/<origin>` below the root. */
  relative: string,
  instance: InstanceId,
  guard: LiveGuard | null,
): InstanceReader => {
  const directory = join(root, relative);
  const named = new Set<string>();
  let files = new Map<string, FileState>();
  let entries: Placed[] = [];
  let ids = new Map<string, Placed>();
  let kept: Located<Quarantined>[] = [];
  let foreign: Located<ForeignLine>[] = [];
  let lastSeq = 0;
  let highest = 0;
  let again = false;

  const isForeign = (line: Line, entry: Entry, live: boolean): boolean =>
    live && guard !== null && claimsClosure(entry) && !guard.own.has(sha256(line.text));

  const keepOut = (first: number, item: Quarantined): void => {
    kept.push({ place: [first, item.line], item });
  };

  const absorb = (file: string, first: number, line: Line, live: boolean): void => {
    if (!line.decoded.ok) {
      keepOut(first, quarantine(file, line, line.decoded.code, line.decoded.reason));
      return;
    }
    const { entry } = line.decoded;
    const floor = Math.max(lastSeq, first - 1);
    const seq = entry.seq;
    const inOrder = seq !== null && seq > floor && seq <= floor + MAX_SEQ_JUMP && seq <= MAX_SEQ;
    if (inOrder) highest = Math.max(highest, seq);
    if (named.size > 0 && named.has(sha256(line.text))) {
      keepOut(first, quarantine(file, line, 'foreign-line', 'named by a line.quarantined entry'));
      return;
    }
    if (isForeign(line, entry, live)) {
      const item = quarantine(file, line, 'foreign-line', `this run did not write it: ${claimsOf(entry)}`);
      keepOut(first, item);
      foreign.push({ place: [first, item.line], item: { ...item, claims: claimsOf(entry) } });
      return;
    }
    if (entry.instance !== instance) {
      keepOut(first, quarantine(file, line, 'invalid-entry', `instance: belongs to ${entry.instance}`));
      return;
    }
    // Before the order is looked at: the line it names may be the one that put this one out of order.
    if (entry.body.type === 'line.quarantined' && !named.has(entry.body.sha256)) {
      const digest = entry.body.sha256;
      named.add(digest);
      if (!kept.some(({ item }) => item.sha256 === digest)) again = true;
    }
    if (!inOrder) {
      const reason = seq === null ? 'seq: missing' : `seq: ${seq} does not follow ${floor}`;
      keepOut(first, quarantine(file, line, 'seq-mismatch', reason));
      return;
    }
    const standing = ids.get(entry.id);
    if (standing !== undefined) {
      if (entryContent(standing) !== entryContent(entry)) {
        keepOut(
          first,
          quarantine(file, line, 'invalid-entry', `id: ${entry.id} already stands with other content`),
        );
      }
      return;
    }
    const placed: Placed = { ...entry, seq };
    lastSeq = seq;
    entries.push(placed);
    ids.set(entry.id, placed);
  };

  const readFile = (name: string): Refused | null => {
    const file = `${relative}/${name}`;
    const known = files.get(name);
    const stats = lstatSync(join(directory, name), { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) return rewritten(file, 'is gone');
    const signature = `${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
    if (known?.signature === signature) return null;
    if (!stats.isFile() || stats.size > MAX_FILE_BYTES) {
      const message = `${file} is not a regular file of at most ${MAX_FILE_BYTES} bytes`;
      return {
        kind: 'refused',
        code: 'state-tree-invalid',
        message,
        fix: `Move ${file} away and look who made it.`,
      };
    }
    const bytes = readFileSync(join(directory, name));
    const first = Number(name.slice(0, 9));
    const offset = known?.offset ?? 0;
    if (bytes.length < offset) return rewritten(file, 'is shorter than it was');
    if (known !== undefined && sha256(bytes.subarray(0, offset)) !== known.digest) {
      return rewritten(file, 'changed where it was already read');
    }
    const end = bytes.lastIndexOf(10) + 1;
    const lines = known?.lines ?? 0;
    // A line is history when all of it, its line end too, stood when the store was opened.
    const stood = guard === null ? end : Math.min(end, guard.history.get(file) ?? 0);
    const cut = stood === 0 ? 0 : bytes.lastIndexOf(10, stood - 1) + 1;
    const old = bytes.subarray(offset, Math.max(offset, cut));
    for (const line of terminatedLines(old, lines + 1)) absorb(file, first, line, false);
    const firstLive = lines + 1 + lineCount(old);
    const fresh = bytes.subarray(Math.max(offset, cut), end);
    for (const line of terminatedLines(fresh, firstLive)) absorb(file, first, line, true);
    const read = firstLive - 1 + lineCount(fresh);
    const tail = bytes.subarray(end);
    const torn = { number: read + 1, text: tail.toString('utf8') };
    files.set(name, {
      first,
      // Read again when it grew between the look and the read.
      signature: BigInt(bytes.length) === stats.size ? signature : '',
      offset: end,
      digest: sha256(bytes.subarray(0, end)),
      lines: read,
      torn: tail.length === 0 ? null : quarantine(file, torn, 'torn-line', 'the line does not end'),
    });
    return null;
  };

  const catchUp = (): Refused | null => {
    for (;;) {
      again = false;
      const names = listSegments(directory);
      for (const name of files.keys()) {
        if (!names.includes(name)) return rewritten(`${relative}/${name}`, 'is gone');
      }
      for (const name of names) {
        const problem = readFile(name);
        if (problem !== null) return problem;
      }
      if (!again) return null;
      // A line read as good was named since: fold the whole again without it.
      files = new Map();
      entries = [];
      ids = new Map();
      kept = [];
      foreign = [];
      lastSeq = 0;
    }
  };

  const lastFile = (): [string, FileState] | null =>
    [...files].sort(([a], [b]) => (a < b ? -1 : 1)).at(-1) ?? null;
  const issued = new Set<string>();

  const cursor = (): Cursor => {
    const last = lastFile();
    if (last === null) return { seq: 0, tip: null };
    const [name, { lines, offset, digest }] = last;
    const tip = `${instance}@${name.slice(0, 9)}:${lines}:${offset}:${digest.slice(0, 32)}`;
    issued.add(tip);
    return { seq: lastSeq, tip };
  };

  const verify = (from: Cursor): Refused | null => {
    const match = from.tip === null || issued.has(from.tip) ? null : TIP.exec(from.tip);
    if (match === null || match[1] !== instance) return null;
    const name = `${match[2]}.jsonl`;
    const state = files.get(name);
    const offset = Number(match[4]);
    if (state === undefined || state.offset < offset)
      return rewritten(`${relative}/${name}`, 'is shorter than it was');
    const bytes = readFileSync(join(directory, name)).subarray(0, offset);
    return sha256(bytes).startsWith(match[5] ?? '')
      ? null
      : rewritten(`${relative}/${name}`, 'changed where it was already read');
  };

  const quarantinedAfter = (from: Cursor | undefined): readonly Quarantined[] => {
    const match = from?.tip == null ? null : TIP.exec(from.tip);
    const since =
      match !== null && match[1] === instance ? ([Number(match[2]), Number(match[3])] as const) : null;
    const torn = [...files.values()].flatMap((file) => (file.torn === null ? [] : [file.torn]));
    return [
      ...kept.filter(({ place }) => since === null || after(place, since)).map(({ item }) => item),
      ...torn,
    ];
  };

  return {
    catchUp,
    entries: () => entries,
    byId: (id) => ids.get(id),
    highestSeq: () => highest,
    last: () => {
      const last = lastFile();
      if (last === null) return null;
      const bytes = lstatSync(join(directory, last[0])).size;
      return { name: last[0], bytes, terminated: bytes === last[1].offset };
    },
    cursor,
    quarantinedAfter,
    foreign: () => foreign.filter(({ item }) => !named.has(item.sha256)).map(({ item }) => item),
    verify,
  };
};
