/** What both stores check before anything is locked or fetched, and how they compare what comes again. */
import {
  type EntryId,
  encodeEntry,
  entryContent,
  entryProblem,
  type InstanceId,
  type NewEntry,
  type Refused,
} from '../../journal/index.ts';
import { MAX_SEQ, type Placed } from './segment.ts';

const refused = (code: Refused['code'], message: string, fix: string): Refused => ({
  kind: 'refused',
  code,
  message,
  fix,
});

const conflict = (id: EntryId): Refused =>
  refused(
    'id-conflict',
    `entry ${id} already stands with other content`,
    'An id names one cause. Read the journal for what stands, and give a new fact a new id.',
  );

/** Problems of the batch alone: bounds, shape, lane, one id with two contents. */
export const batchProblem = (entries: readonly NewEntry[], lane: string): Refused | null => {
  const contents = new Map<string, string>();
  for (const entry of entries) {
    const problem = entryProblem(entry);
    if (problem !== null) {
      const fix = 'Nothing was appended. Shorten or correct the entry; text over 8 KiB goes to a blob.';
      return refused('entry-invalid', `entry ${String(entry.id).slice(0, 200)}: ${problem}`, fix);
    }
    if (!entry.instance.startsWith(`${lane}/`)) {
      const message = `entry ${entry.id} belongs to ${entry.instance}, this journal is lane ${lane}`;
      return refused('entry-invalid', message, 'Append it to the journal of its own lane.');
    }
    const content = entryContent(entry);
    const key = `${entry.instance} ${entry.id}`;
    if ((contents.get(key) ?? content) !== content) return conflict(entry.id);
    contents.set(key, content);
  }
  return null;
};

export type Plan = {
  /** What is not there yet, with its place, by instance in the order given. */
  readonly added: ReadonlyMap<InstanceId, readonly Placed[]>;
  /** The standing form of every entry of the call, in its order, each id once. */
  readonly standing: readonly Placed[];
  readonly lastSeq: number;
};

/** Gives places from `highest + 1` to what does not stand yet. */
export const place = (
  entries: readonly NewEntry[],
  find: (instance: InstanceId, id: EntryId) => Placed | undefined,
  highest: number,
): Plan | Refused => {
  const added = new Map<InstanceId, Placed[]>();
  const standing = new Map<string, Placed>();
  let seq = highest;
  for (const entry of entries) {
    const key = `${entry.instance} ${entry.id}`;
    if (standing.has(key)) continue;
    const found = find(entry.instance, entry.id);
    if (found !== undefined) {
      if (entryContent(found) !== entryContent(entry)) return conflict(entry.id);
      standing.set(key, found);
      continue;
    }
    seq++;
    const placed: Placed = { ...entry, seq };
    standing.set(key, placed);
    const group = added.get(entry.instance);
    if (group === undefined) added.set(entry.instance, [placed]);
    else group.push(placed);
  }
  if (seq > MAX_SEQ)
    return refused('state-tree-invalid', `seq ${seq} does not fit nine digits`, 'Start a new journal.');
  return { added, standing: [...standing.values()], lastSeq: seq };
};

export type Piece = { readonly entries: readonly Placed[]; readonly bytes: Buffer };

const encodeLine = (entry: Placed): Buffer => Buffer.from(`${encodeEntry(entry)}\n`);

/** Cuts a group into pieces of at most `max` bytes; the first takes `room` at most, and none when it fits nothing. */
export const cut = (
  entries: readonly Placed[],
  max: number,
  room: number,
): { here: Piece | null; next: Piece[] } => {
  const lines = entries.map(encodeLine);
  const piece = (from: number, to: number): Piece => ({
    entries: entries.slice(from, to),
    bytes: Buffer.concat(lines.slice(from, to)),
  });
  const total = lines.reduce((sum, line) => sum + line.length, 0);
  if (total <= room) return { here: piece(0, entries.length), next: [] };
  const next: Piece[] = [];
  let from = 0;
  let size = 0;
  for (const [at, line] of lines.entries()) {
    if (size + line.length > max) {
      next.push(piece(from, at));
      from = at;
      size = 0;
    }
    size += line.length;
  }
  next.push(piece(from, entries.length));
  return { here: null, next };
};
