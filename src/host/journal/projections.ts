/**
 * The familiar files `coordination/wave-<n>.jsonl` and `control-plane/wave-<n>.jsonl` (coordination.md §0.1): copies
 * of the two families in the journal's order. Written, never read back.
 */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { encodeEntry, type Family } from '../../journal/index.ts';
import { appendToFile, replaceFile } from './directory-files.ts';
import type { Placed } from './segment.ts';

const FOLDERS: Readonly<Record<Family, string>> = { coordination: 'coordination', control: 'control-plane' };

export const projectionPath = (family: Family, wave: number): string =>
  `${FOLDERS[family]}/wave-${wave}.jsonl`;

/** What the file holds, whole. `entries` are those of the wave's instances, in `seq` order. */
export const projectionText = (family: Family, entries: readonly Placed[]): string =>
  entries
    .filter((entry) => entry.family === family)
    .map((entry) => `${encodeEntry(entry)}\n`)
    .join('');

export type Projector = {
  /** Brings both files of a wave up to `entries`; appends when the file is as this projector left it. */
  project(wave: number, entries: readonly Placed[]): void;
  /** Writes both files of a wave anew. */
  rebuild(wave: number, entries: readonly Placed[]): void;
};

export const projector = (root: string): Projector => {
  const left = new Map<
    string,
    { readonly signature: string; readonly count: number; readonly seq: number }
  >();
  const signatureOf = (path: string): string | null => {
    const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? null : `${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
  };
  const write = (family: Family, wave: number, entries: readonly Placed[], anew: boolean): void => {
    const path = join(root, projectionPath(family, wave));
    const before = left.get(path);
    const grown =
      !anew &&
      before !== undefined &&
      before.signature === signatureOf(path) &&
      // Nothing was slipped in or taken out below what the file holds.
      entries[before.count - 1]?.seq === before.seq;
    const fresh = grown ? entries.slice(before.count) : entries;
    const text = projectionText(family, fresh);
    if (!grown) replaceFile(path, text);
    else if (text !== '') appendToFile(path, Buffer.from(text));
    const signature = signatureOf(path);
    const last = entries.at(-1);
    if (signature === null || last === undefined) left.delete(path);
    else left.set(path, { signature, count: entries.length, seq: last.seq });
  };
  const both = (wave: number, entries: readonly Placed[], anew: boolean): void => {
    write('coordination', wave, entries, anew);
    write('control', wave, entries, anew);
  };
  return {
    project: (wave, entries) => both(wave, entries, false),
    rebuild: (wave, entries) => both(wave, entries, true),
  };
};
