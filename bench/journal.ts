/** Reading, folding and looking at a journal of 100,000 entries. */
import { terminatedLines } from '../src/host/journal/segment.ts';
import type { Entry } from '../src/journal/index.ts';
import { fold, startFold } from '../src/state/index.ts';
import { inboxesOf, sharedSummary } from '../src/views/index.ts';
import { instant } from '../test/histories/entries.ts';
import { type Benchmark, medianRatio, medianTime } from './measure.ts';
import { contract, journal, records, segments } from './sample-journal.ts';

const COUNT = 100_000;
/** An entry but for one key that no entry has. */
const BAD =
  '{"id":"x.1.A0.1","at":"2026-11-22T10:00:00Z","by":{"kind":"operator"},"instance":"main/wave-3/local","family":"coordination","body":{"type":"ack","record":"y","urgent":true}}';

/** The least anybody could do: every line of the same bytes through `JSON.parse`. */
const parseLines = (files: readonly Buffer[]): number => {
  let parsed = 0;
  for (const file of files)
    for (const line of file.toString('utf8').split('\n'))
      if (line !== '') {
        JSON.parse(line);
        parsed++;
      }
  return parsed;
};

const readAndFold = (
  files: readonly Buffer[],
): { readonly lines: number; readonly bad: readonly string[]; readonly records: number } => {
  const entries: Entry[] = [];
  const bad: string[] = [];
  for (const file of files)
    for (const { decoded } of terminatedLines(file, 1))
      if (decoded.ok) entries.push(decoded.entry);
      else bad.push(decoded.code);
  return { lines: entries.length, bad, records: fold(contract, entries).records.size };
};

const expect = (what: string, holds: boolean): void => {
  if (!holds) throw new Error(`the benchmark measures the wrong thing: ${what}`);
};

export const reading: Benchmark = {
  id: 'journal-read',
  run: async () => {
    const files = segments(journal(COUNT), BAD);
    const bytes = files.reduce((sum, file) => sum + file.length, 0);
    const once = readAndFold(files);
    expect(
      'every line is read and the planted one is found',
      once.lines === COUNT && once.bad.join() === 'invalid-entry',
    );
    expect('the records stand', once.records > COUNT / 2);
    expect('the bare loop reads the same lines', parseLines(files) === COUNT + 1);
    const measured = await medianRatio(
      5,
      () => readAndFold(files),
      () => parseLines(files),
    );
    return [
      {
        name: `read, validate and fold ${COUNT} entries (${Math.round(bytes / 1e6)} MB) over bare JSON.parse`,
        measured,
        budget: 3,
        unit: 'x',
      },
    ];
  },
};

export const adding: Benchmark = {
  id: 'fold-one',
  run: async () => {
    const folding = startFold(contract, journal(COUNT));
    const more = records(3_000, COUNT);
    let next = 0;
    const batch = (): void => {
      for (let i = 0; i < 500; i++) {
        const entry = more[next++];
        if (entry !== undefined) folding.add([entry]);
      }
    };
    const measured = (await medianTime(5, batch)) / 500;
    expect('the entries were added', folding.state().records.size > COUNT / 2 && next === 3_000);
    return [{ name: `fold one more entry into ${COUNT}`, measured, budget: 0.1, unit: 'ms' }];
  },
};

export const looking: Benchmark = {
  id: 'inboxes',
  run: async () => {
    const state = fold(contract, records(COUNT));
    expect('all are records', state.records.size === COUNT && state.open.size === COUNT / 10);
    const look = (): void => {
      const inboxes = inboxesOf(contract, state);
      expect(
        'everybody has an inbox',
        inboxes.size === contract.agents.length && sharedSummary(contract, state, instant(COUNT)) !== '',
      );
    };
    return [
      {
        name: `32 inboxes and the shared summary at ${COUNT} records`,
        measured: await medianTime(9, look, 3),
        budget: 50,
        unit: 'ms',
      },
    ];
  },
};
