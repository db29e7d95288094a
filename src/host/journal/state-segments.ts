/** One instance's segments of the state branch, folded in `seq` order; what was read once is never read again. */
import {
  type Cursor,
  decodeSegment,
  entryContent,
  type InstanceId,
  MAX_SEGMENT_BYTES,
  type Quarantined,
} from '../../journal/index.ts';
import { lineCount, type Placed, quarantine, terminatedLines } from './segment.ts';
import { parseStatePath } from './state-tree.ts';

export type SegmentFile = { readonly path: string; readonly oid: string; readonly first: number };

/** Segments by instance, in `seq` order. */
export const segmentsOf = (files: ReadonlyMap<string, string>): Map<InstanceId, SegmentFile[]> => {
  const all = new Map<InstanceId, SegmentFile[]>();
  for (const [path, oid] of files) {
    const parsed = parseStatePath(path);
    if (parsed?.kind !== 'segment' || parsed.instance === null) continue;
    const group = all.get(parsed.instance);
    const file = { path, oid, first: parsed.first };
    if (group === undefined) all.set(parsed.instance, [file]);
    else group.push(file);
  }
  for (const group of all.values()) group.sort((a, b) => a.first - b.first);
  return all;
};

/** The last seq a segment's name and length claim. */
export const lastSeqOf = (first: number, bytes: Buffer): number =>
  first + Math.max(1, lineCount(bytes) + (bytes.at(-1) === 10 ? 0 : 1)) - 1;

export type InstanceSegments = {
  /** Takes in segments not seen before; `bytes` gives the content of each. */
  absorb(files: readonly SegmentFile[], bytes: ReadonlyMap<string, Buffer>): void;
  /** Those of `files` whose bytes `absorb` needs. */
  unread(files: readonly SegmentFile[]): readonly SegmentFile[];
  byId(id: string): Placed | undefined;
  entriesAfter(from: Cursor | undefined): readonly Placed[];
  quarantinedAfter(from: Cursor | undefined): readonly Quarantined[];
  lastSeq(): number;
};

export const instanceSegments = (instance: InstanceId): InstanceSegments => {
  const content = new Map<string, Buffer>();
  let taken = new Set<string>();
  let entries: Placed[] = [];
  let ids = new Map<string, Placed>();
  let kept: { readonly first: number; readonly item: Quarantined }[] = [];
  let lastSeq = 0;

  const keepOut = (first: number, item: Quarantined): void => {
    kept.push({ first, item });
  };

  const take = ({ path, first, oid }: SegmentFile): void => {
    const bytes = content.get(oid) ?? Buffer.alloc(0);
    if (bytes.length > MAX_SEGMENT_BYTES) {
      const reason = `the segment has ${bytes.length} bytes, at most ${MAX_SEGMENT_BYTES}`;
      keepOut(first, quarantine(path, { number: 1, text: oid }, 'entry-too-large', reason));
      return;
    }
    const end = bytes.lastIndexOf(10) + 1;
    for (const line of terminatedLines(bytes.subarray(0, end), 1)) {
      if (!line.decoded.ok) {
        keepOut(first, quarantine(path, line, line.decoded.code, line.decoded.reason));
        continue;
      }
      const { entry } = line.decoded;
      const seq = first + line.number - 1;
      const standing = ids.get(entry.id);
      if (entry.instance !== instance) {
        keepOut(first, quarantine(path, line, 'invalid-entry', `instance: belongs to ${entry.instance}`));
      } else if (entry.seq !== seq) {
        const reason = `seq: the file name and the line say ${seq}, the entry says ${entry.seq}`;
        keepOut(first, quarantine(path, line, 'seq-mismatch', reason));
      } else if (seq <= lastSeq) {
        keepOut(first, quarantine(path, line, 'seq-mismatch', `seq: ${seq} does not follow ${lastSeq}`));
      } else if (standing !== undefined && entryContent(standing) !== entryContent(entry)) {
        const reason = `id: ${entry.id} already stands with other content`;
        keepOut(first, quarantine(path, line, 'invalid-entry', reason));
      } else if (standing === undefined) {
        const placed: Placed = { ...entry, seq };
        lastSeq = seq;
        entries.push(placed);
        ids.set(entry.id, placed);
      }
    }
    const torn = decodeSegment(path, bytes.subarray(end).toString('utf8')).quarantined[0];
    if (torn !== undefined) keepOut(first, { ...torn, line: lineCount(bytes) + 1 });
  };

  const unread = (files: readonly SegmentFile[]): readonly SegmentFile[] =>
    files.filter(({ oid }) => !content.has(oid));

  const absorb = (files: readonly SegmentFile[], bytes: ReadonlyMap<string, Buffer>): void => {
    for (const { oid } of unread(files)) content.set(oid, bytes.get(oid) ?? Buffer.alloc(0));
    let fresh = files.filter(({ path }) => !taken.has(path));
    // A segment before what was read already: take all in order, as a reader who starts now does.
    if (fresh.some(({ first }) => first <= lastSeq)) {
      taken = new Set();
      entries = [];
      ids = new Map();
      kept = [];
      lastSeq = 0;
      fresh = [...files];
    }
    for (const file of fresh) {
      taken.add(file.path);
      take(file);
    }
  };

  return {
    absorb,
    unread,
    byId: (id) => ids.get(id),
    entriesAfter: (from) => {
      const since = from?.seq ?? 0;
      let start = entries.length;
      while (start > 0 && (entries[start - 1]?.seq ?? 0) > since) start--;
      return entries.slice(start);
    },
    quarantinedAfter: (from) => kept.filter(({ first }) => first > (from?.seq ?? 0)).map(({ item }) => item),
    lastSeq: () => lastSeq,
  };
};
