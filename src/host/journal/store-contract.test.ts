/** What every journal store does, run against both adapters. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../contract/index.ts';
import type { Appended, Entry, JournalRead, JournalStore, LostRace, Refused } from '../../journal/index.ts';
import { directoryStore } from './directory-store.ts';
import { fact, INSTANCE, note } from './sample-entries.fixture.ts';
import { stateBranchStore } from './state-branch-store.ts';

const roots: string[] = [];
const freshRoot = (): string => {
  const root = mkdtempSync(join(tmpdir(), 'wave-journal-'));
  roots.push(root);
  return root;
};
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

/** Opens handles of one journal, as separate processes would. */
type Journal = () => JournalStore;

const directory = (): Journal => {
  const dir = join(freshRoot(), 'main-wave-launcher');
  return () => directoryStore({ dir, guard: 'none', toDisk: async () => {} });
};
const branch = (): Journal => {
  const root = freshRoot();
  execFileSync('git', ['init', '-q', '--bare', join(root, 'remote.git')]);
  let handles = 0;
  return () =>
    stateBranchStore({
      remote: join(root, 'remote.git'),
      lane: 'main',
      workDir: join(root, `work-${handles++}`),
      tip: null,
      deadlineMs: 110_000,
      clock: { now: () => Date.now(), sleep: (ms) => sleep(ms) },
      random: Math.random,
      author: { name: 'recorder', email: 'recorder@example.com' },
      run: '77/1',
    });
};

const ok = <T extends { kind?: string }>(result: T | Refused | LostRace): T => {
  if (result.kind === 'refused' || result.kind === 'lost-race') throw new Error(JSON.stringify(result));
  return result as T;
};
const appended = (result: Appended | LostRace | Refused): Appended => ok<Appended>(result);
const standing = (result: JournalRead | Refused): JournalRead => {
  if ('kind' in result) throw new Error(JSON.stringify(result));
  return result;
};
const shown = (entries: readonly Entry[]): string[] => entries.map(({ id, seq }) => `${seq} ${id}`);

describe.each([
  ['directory', directory],
  ['state branch', branch],
])('a journal in a %s', (_name, make) => {
  it('gives back what was appended, in order, to any handle', async () => {
    const open = make();
    const first = appended(await open().append([note('a.1'), fact('r1.1.close.end'), note('a.2')]));
    expect(shown(first.entries)).toEqual(['1 a.1', '2 r1.1.close.end', '3 a.2']);
    const read = standing(await open().read(INSTANCE));
    expect(read.quarantined).toEqual([]);
    expect(read.entries).toEqual(first.entries);
    expect(read.cursor.seq).toBe(3);
    expect(read.entries[1]).toEqual({ ...fact('r1.1.close.end'), seq: 2 });
  });

  it('knows after an append what stands before it, without looking again', async () => {
    const open = make();
    const store = open();
    appended(await store.append([note('a.1')]));
    const { cursor } = standing(await store.seen(INSTANCE));
    appended(await open().append([note('b.1')]));
    appended(await store.append([note('a.2')]));
    expect(shown(standing(await store.seen(INSTANCE)).entries)).toEqual(['1 a.1', '2 b.1', '3 a.2']);
    expect(shown(standing(await store.seen(INSTANCE, cursor)).entries)).toEqual(['2 b.1', '3 a.2']);
    expect(shown(standing(await open().seen(INSTANCE)).entries)).toEqual(['1 a.1', '2 b.1', '3 a.2']);
  });

  it('reads on from a cursor, of this handle and of another', async () => {
    const open = make();
    const store = open();
    const { cursor } = appended(await store.append([note('a.1'), note('a.2')]));
    appended(await open().append([note('a.3')]));
    expect(shown(standing(await store.read(INSTANCE, cursor)).entries)).toEqual(['3 a.3']);
    const late = standing(await open().read(INSTANCE, cursor));
    expect(shown(late.entries)).toEqual(['3 a.3']);
    expect(standing(await store.read(INSTANCE, late.cursor)).entries).toEqual([]);
  });

  it('adds nothing when an entry is delivered again, and gives its standing form', async () => {
    const open = make();
    appended(await open().append([note('gh.12.0')]));
    const later = { ...note('gh.12.0'), at: '2036-01-01T00:00:00Z' };
    const again = appended(await open().append([note('a.9'), later, later]));
    expect(shown(again.entries)).toEqual(['2 a.9', '1 gh.12.0']);
    expect(again.entries[1]?.at).toBe('2026-11-22T10:00:00Z');
    expect(shown(standing(await open().read(INSTANCE)).entries)).toEqual(['1 gh.12.0', '2 a.9']);
  });

  it('refuses the whole call when an id comes with other content', async () => {
    const open = make();
    appended(await open().append([note('a.1')]));
    expect(await open().append([note('a.2'), note('a.1', { detail: 'other' })])).toMatchObject({
      kind: 'refused',
      code: 'id-conflict',
    });
    expect(await open().append([note('a.3'), note('a.3', { detail: 'other' })])).toMatchObject({
      code: 'id-conflict',
    });
    expect(shown(standing(await open().read(INSTANCE)).entries)).toEqual(['1 a.1']);
  });

  it.each([
    ['too large', note('a.1', { detail: 'é'.repeat(5000) })],
    ['without a valid id', note('../../a')],
    ['of another lane', note('a.1', { instance: 'other/wave-3/local' })],
    ['with a path in its instance', note('a.1', { instance: 'main/wave-3/../../x' })],
    ['with a control character', note('a.1', { detail: 'a\u001b[31m' })],
  ])('refuses an entry %s and appends nothing', async (_what, entry) => {
    const open = make();
    expect(await open().append([note('fine'), entry])).toMatchObject({
      kind: 'refused',
      code: 'entry-invalid',
    });
    expect(standing(await open().read(INSTANCE)).entries).toEqual([]);
  });

  it('keeps instances apart under one counter', async () => {
    const open = make();
    const other = 'main/wave-4/pr-12';
    const mixed = [note('a.1'), note('a.1', { instance: other }), note('a.2')];
    expect(appended(await open().append(mixed)).entries.map(({ instance }) => instance)).toEqual([
      INSTANCE,
      other,
      INSTANCE,
    ]);
    appended(await open().append([note('b.1', { instance: other })]));
    const seqs = await Promise.all(
      [INSTANCE, other].map(async (instance) =>
        standing(await open().read(instance)).entries.map(({ seq }) => seq ?? 0),
      ),
    );
    expect(seqs.flat().sort()).toEqual([1, 2, 3, 4]);
    expect(await open().instances()).toEqual([INSTANCE, other]);
  });

  it.each(['main/wave-9/local', 'main/wave-3/pr-1', 'not an instance', '../../etc'])(
    'has nothing of %s',
    async (instance) => {
      const open = make();
      expect(standing(await open().read(instance)).entries).toEqual([]);
      appended(await open().append([note('a.1')]));
      expect(standing(await open().read(instance))).toMatchObject({ entries: [], quarantined: [] });
    },
  );

  it('starts empty', async () => {
    const open = make();
    expect(await open().instances()).toEqual([]);
    expect(appended(await open().append([])).entries).toEqual([]);
    expect(standing(await open().read(INSTANCE)).cursor.seq).toBe(0);
  });

  it('keeps blobs by their digest', async () => {
    const open = make();
    const store = open();
    const bytes = Uint8Array.from({ length: 70_000 }, (_, at) => at % 251);
    const digest = await store.putBlob(bytes);
    expect(digest).toBe(sha256(bytes));
    expect(await store.getBlob(digest)).toEqual(bytes);
    appended(await store.append([note('a.1')]));
    expect(Buffer.from((await open().getBlob(digest)) ?? []).equals(Buffer.from(bytes))).toBe(true);
    expect(await open().getBlob('0'.repeat(64))).toBeNull();
    expect(await open().getBlob('../../etc/passwd')).toBeNull();
  });

  it('cuts a call larger than a segment into several, all of them there', async () => {
    const open = make();
    const many = Array.from({ length: 200 }, (_, at) => note(`a.${at}`, { detail: 'x'.repeat(5900) }));
    const result = appended(await open().append(many));
    expect(result.entries.map(({ seq }) => seq)).toEqual(many.map((_, at) => at + 1));
    expect(standing(await open().read(INSTANCE)).entries).toEqual(result.entries);
  });

  // Many pushes, one after the other: where others use the machine too, they take their time.
  it('loses nothing when eight write at once, and numbers without a gap', { timeout: 120_000 }, async () => {
    const open = make();
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      const store = open();
      for (let n = 0; n < 3; n++)
        appended(await store.append([note(`w${writer}.${n}`), note(`w${writer}.${n}b`)]));
      // The same delivery by a neighbour adds nothing.
      appended(await store.append([note(`w${(writer + 1) % 8}.0`)]));
    });
    await Promise.all(writers);
    const { entries, quarantined } = standing(await open().read(INSTANCE));
    expect(quarantined).toEqual([]);
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 48 }, (_, at) => at + 1));
    expect(new Set(entries.map(({ id }) => id)).size).toBe(48);
  });
});
