/** One named change to a history. Each gives a new history; evidence is found again, as a run would find it. */
import type { TreeFact } from '../../src/closure/index.ts';
import type { Contract } from '../../src/contract/index.ts';
import type { Body, Entry, EntryId } from '../../src/journal/index.ts';
import { placed } from './entries.ts';
import { type History, historyOf, type World } from './honest.ts';

export type Change = (history: History) => History;

const known = (history: History, id: EntryId): void => {
  if (!history.entries.some((one) => one.id === id)) throw new Error(`the history has no entry ${id}`);
};

export const removing =
  (id: EntryId): Change =>
  (history) => {
    known(history, id);
    return historyOf(
      history.contract,
      history.entries.filter((one) => one.id !== id),
      history.world,
    );
  };

/** The same entry, with parts of its body said otherwise. */
export const changing =
  (id: EntryId, part: Readonly<Record<string, unknown>>): Change =>
  (history) => {
    known(history, id);
    const entries = history.entries.map((one) =>
      one.id === id ? { ...one, body: { ...one.body, ...part } as Body } : one,
    );
    return historyOf(history.contract, entries, history.world);
  };

/** A signal with parts of it said otherwise. */
export const resignalling =
  (id: EntryId, part: Readonly<Record<string, unknown>>): Change =>
  (history) => {
    const body = history.entries.find((one) => one.id === id)?.body;
    if (body?.type !== 'signal') throw new Error(`${id} is no signal`);
    return changing(id, { signal: { ...body.signal, ...part } })(history);
  };

/** Entries written right after the one named, or at the end; all places are given anew. */
export const adding =
  (entries: readonly Entry[], after?: EntryId): Change =>
  (history) => {
    if (after !== undefined) known(history, after);
    const index =
      after === undefined ? history.entries.length : history.entries.findIndex((one) => one.id === after) + 1;
    return historyOf(
      history.contract,
      placed([...history.entries.slice(0, index), ...entries, ...history.entries.slice(index)]),
      history.world,
    );
  };

export const underContract =
  (change: (contract: Contract) => Contract): Change =>
  (history) =>
    historyOf(change(history.contract), history.entries, history.world);

export const inWorld =
  (part: Partial<World>): Change =>
  (history) =>
    historyOf(history.contract, history.entries, { ...history.world, ...part });

/** What stands at a path in every tree: null for nothing. */
export const withFile =
  (path: string, size: number | null): Change =>
  (history) => {
    const trees = new Map<string, TreeFact>();
    for (const [tree, one] of history.world.trees) {
      const files = new Map(one.files);
      if (size === null) files.delete(path);
      else files.set(path, { mode: '100644', oid: '8'.repeat(40), size });
      trees.set(tree, { ...one, files });
    }
    return inWorld({ trees })(history);
  };

export const all =
  (...changes: readonly Change[]): Change =>
  (history) =>
    changes.reduce((before, change) => change(before), history);
