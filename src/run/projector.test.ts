import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { honest } from '../../test/histories/index.ts';
import { directoryStore } from '../host/index.ts';
import { fold, type WaveState } from '../state/index.ts';
import { projector } from './projector.ts';

let root = '';
let lane = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'wave-projector-'));
  lane = join(root, 'main-wave-launcher');
  mkdirSync(lane);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const { contract, entries } = honest();
const [first] = entries;
if (first === undefined) throw new Error('an honest history has entries');

const store = () => directoryStore({ dir: lane, lane: 'main', guard: 'none' });
const journalled = async (): Promise<WaveState> => {
  const read = await store().read(first.instance);
  if ('kind' in read) throw new Error(read.kind);
  return fold(contract, read.entries);
};

const JOURNAL = /^(journal|coordination|control-plane)\//;
const projected = (): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(lane, { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile())
      .map((one) => join(one.parentPath, one.name).slice(lane.length + 1))
      .filter((path) => !JOURNAL.test(path) && !path.startsWith('journal.'))
      .toSorted()
      .map((path) => [path, readFileSync(join(lane, path), 'utf8')]),
  );

describe('the files of a lane', () => {
  test('deleted, they come back byte-equal from the journal alone', async () => {
    const appended = await store().append(entries);
    expect(appended.kind).toBe('appended');
    projector(lane, contract, []).write(await journalled());
    const before = projected();
    expect(before.size).toBeGreaterThan(12);
    for (const path of before.keys()) rmSync(join(lane, path));
    expect(projected().size).toBe(0);
    projector(lane, contract, []).write(await journalled());
    expect([...projected()]).toEqual([...before]);
  });

  test('are never read back: what somebody wrote into them is gone', () => {
    const state = fold(contract, entries);
    projector(lane, contract, []).write(state);
    const before = projected();
    for (const path of before.keys()) writeFileSync(join(lane, path), 'not so');
    projector(lane, contract, []).write(state);
    expect([...projected()]).toEqual([...before]);
  });

  test('are written when they changed or are gone, and left alone otherwise', () => {
    const write = projector(lane, contract, []);
    const inodes = (): ReadonlyMap<string, number> =>
      new Map([...projected().keys()].map((path) => [path, lstatSync(join(lane, path)).ino]));
    write.write(fold(contract, entries.slice(0, -1)));
    const before = inodes();
    rmSync(join(lane, 'run-state.json'));
    write.write(fold(contract, entries.slice(0, -1)));
    const same = inodes();
    for (const [path, inode] of before) if (path !== 'run-state.json') expect(same.get(path)).toBe(inode);
    expect(same.has('run-state.json')).toBe(true);
    write.write(fold(contract, entries));
    expect(inodes().get('ledger/wave-3.json')).not.toBe(before.get('ledger/wave-3.json'));
  });

  test('are written while a wave runs only when something is due', () => {
    const write = projector(lane, contract, []);
    write.writeDue(fold(contract, entries));
    expect(projected().size).toBe(0);
    write.due();
    write.writeDue(fold(contract, entries));
    expect(projected().size).toBeGreaterThan(12);
  });

  test('wait ten times as long as they took to write, but for the last of a run', () => {
    const times = [0, 5, 40, 54, 55, 60];
    const write = projector(lane, contract, [], () => times.shift() ?? 100);
    const [one, two] = [fold(contract, entries.slice(0, -1)), fold(contract, entries)];
    const seq = (): number => JSON.parse(projected().get('ledger/wave-3.json') ?? '{}').journalSeq;
    write.write(one);
    write.due();
    write.writeDue(two);
    expect(seq()).toBe(one.lastSeq);
    write.writeDue(two);
    expect(seq()).toBe(one.lastSeq);
    write.writeDue(two);
    expect(seq()).toBe(two.lastSeq);
    write.write(one);
    expect(seq()).toBe(one.lastSeq);
  });

  test('that cannot be written hold nothing up', () => {
    writeFileSync(join(lane, 'ledger'), 'a file where a folder should be');
    expect(() => projector(lane, contract, []).write(fold(contract, entries))).not.toThrow();
  });
});
