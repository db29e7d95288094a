import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../contract/index.ts';
import {
  type Appended,
  encodeEntry,
  type JournalRead,
  type LostRace,
  MAX_SEGMENT_BYTES,
  type NewEntry,
  type Refused,
} from '../../journal/index.ts';
import { acquireLock } from '../lock.ts';
import { type DirectoryStore, directoryStore } from './directory-store.ts';
import { fact, INSTANCE, note, quarantineFact } from './sample-entries.fixture.ts';

let root = '';
let dir = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'wave-directory-'));
  dir = join(root, 'main-wave-launcher');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const open = (guard: 'live-run' | 'none' = 'none'): DirectoryStore =>
  directoryStore({ dir, guard, toDisk: async () => {} });
const segment = (name = '000000001.jsonl'): string => join(dir, 'journal/wave-3/local', name);
const agentStarted = (agent: string): NewEntry => ({
  ...fact(`r1.1.${agent}.started`),
  body: { type: 'agent.started', attempt: 1, agent, executor: 'local', isolation: 'none' },
});
const line = (entry: NewEntry, seq: number): string => `${encodeEntry({ ...entry, seq })}\n`;
const standing = (read: JournalRead | Refused): JournalRead => {
  if ('kind' in read) throw new Error(JSON.stringify(read));
  return read;
};
const appended = (result: Appended | LostRace | Refused): Appended => {
  if (result.kind !== 'appended') throw new Error(JSON.stringify(result));
  return result;
};
const ids = async (store: DirectoryStore): Promise<string[]> =>
  standing(await store.read(INSTANCE)).entries.map(({ id }) => id);
const codes = async (store: DirectoryStore): Promise<string[]> =>
  standing(await store.read(INSTANCE)).quarantined.map(({ line: number, code }) => `${number} ${code}`);

describe('segments', () => {
  it('are filed by wave, origin and first seq, as text one can read', async () => {
    appended(await open().append([note('a.1'), note('b.1', { instance: 'main/wave-12/pr-7' }), note('a.2')]));
    expect(readdirSync(join(dir, 'journal/wave-12/pr-7'))).toEqual(['000000002.jsonl']);
    expect(readFileSync(segment(), 'utf8')).toBe(line(note('a.1'), 1) + line(note('a.2'), 3));
  });

  it('rotate before a call that would make one too large', async () => {
    const store = open();
    const big = (id: string) => note(id, { detail: 'x'.repeat(5900) });
    for (let call = 0; call < 20; call++) {
      appended(await store.append(Array.from({ length: 10 }, (_, at) => big(`a.${call}.${at}`))));
    }
    const files = readdirSync(join(dir, 'journal/wave-3/local'));
    expect(files).toEqual(['000000001.jsonl', '000000171.jsonl']);
    for (const file of files) expect(statSync(segment(file)).size).toBeLessThanOrEqual(MAX_SEGMENT_BYTES);
    expect(await ids(open())).toHaveLength(200);
  });

  it('of an unnamed lane are refused as a bug of the caller', () => {
    expect(() => directoryStore({ dir: join(root, 'anything'), guard: 'none' })).toThrow(/name the lane/);
    expect(() => directoryStore({ dir: join(root, 'anything'), lane: 'main', guard: 'none' })).not.toThrow();
  });

  it('are not read through a symlink', async () => {
    appended(await open().append([note('a.1')]));
    writeFileSync(join(root, 'elsewhere'), line(note('a.2'), 2));
    symlinkSync(join(root, 'elsewhere'), segment('000000002.jsonl'));
    expect(await open().read(INSTANCE)).toMatchObject({ kind: 'refused', code: 'state-tree-invalid' });
  });
});

describe('bad lines', () => {
  it('are quarantined with their line, and the rest is read', async () => {
    appended(await open().append([note('a.1')]));
    const bytes: (string | Buffer)[] = [
      '{"torn": \n',
      '\ufeff',
      line(note('a.2'), 2),
      `${line(note('a.3'), 3).trimEnd()}\r\n`,
      Buffer.from([0x22, 0xff, 0xfe, 0x22, 0x0a]),
      line(note('a.4'), 4).replace('"summary"', '"__proto__":{"x":1},"summary"'),
      `"${'x'.repeat(9000)}"\n`,
      line(note('a.5'), 4),
      line(note('a.6'), 4),
      line(note('a.7'), 3_000_000),
      line(note('b.1', { instance: 'main/wave-3/pr-1' }), 5),
      line(note('a.1', { detail: 'another story' }), 6),
      line(note('a.5'), 7),
      line(note('a.8'), 8),
    ];
    appendFileSync(segment(), Buffer.concat(bytes.map((each) => Buffer.from(each as string))));
    expect(await ids(open())).toEqual(['a.1', 'a.5', 'a.8']);
    expect(await codes(open())).toEqual([
      '2 invalid-json',
      '3 invalid-json',
      '4 control-character',
      '5 invalid-json',
      '6 prototype-key',
      '7 entry-too-large',
      '9 seq-mismatch',
      '10 seq-mismatch',
      '11 invalid-entry',
      '12 invalid-entry',
    ]);
    expect(appended(await open().append([note('a.9')])).entries[0]?.seq).toBe(9);
  });

  it('are reported once to a reader that comes back with its cursor', async () => {
    const store = open();
    appended(await store.append([note('a.1')]));
    appendFileSync(segment(), 'one\n');
    const first = standing(await store.read(INSTANCE));
    expect(first.quarantined).toHaveLength(1);
    appendFileSync(segment(), 'two\n');
    for (const reader of [store, open()]) {
      expect(standing(await reader.read(INSTANCE, first.cursor)).quarantined).toMatchObject([
        { line: 3, sha256: sha256('two') },
      ]);
    }
  });

  it('never take the next one with them: a torn line is ended and stays out, even if all but its end was written', async () => {
    appended(await open().append([note('a.1')]));
    appendFileSync(segment(), line(note('a.2'), 2).trimEnd());
    expect(await ids(open())).toEqual(['a.1']);
    expect(await codes(open())).toEqual(['2 torn-line']);
    appended(await open().append([note('a.3')]));
    expect(await ids(open())).toEqual(['a.1', 'a.3']);
    expect(await codes(open())).toEqual(['2 torn-line']);
    appended(await open().append([note('a.2')]));
    expect(await ids(open())).toEqual(['a.1', 'a.3', 'a.2']);
  });

  it('at the end are not reported while an appender is at work', async () => {
    appended(await open().append([note('a.1')]));
    appendFileSync(segment(), '{"half');
    const lock = acquireLock(join(dir, 'journal.lock'), { purpose: 'append' });
    expect(await codes(open())).toEqual([]);
    if (lock.kind === 'acquired') lock.release();
    expect(await codes(open())).toEqual(['2 torn-line']);
  });
});

it('reads the same piece by piece as at once, whatever was written in between', async () => {
  const garbage = [
    'x\n',
    '\n',
    '{"torn',
    line(note('g.1'), 3),
    line(fact('g.2'), 5),
    line(note('g.1', { detail: 'other' }), 9),
    line(quarantineFact('g.3', 'f', 1, sha256(line(fact('g.2'), 5).trimEnd())), 12),
  ];
  const step = fc.oneof(fc.nat(5), fc.constantFrom(...garbage));
  const run = async (steps: (number | string)[]): Promise<void> => {
    rmSync(dir, { recursive: true, force: true });
    const store = open();
    const confirmed: string[] = [];
    for (const each of [0, ...steps]) {
      if (typeof each === 'string') appendFileSync(segment(), each);
      else if (appended(await store.append([note(`a.${each}`)])).entries.length > 0)
        confirmed.push(`a.${each}`);
      const here = standing(await store.read(INSTANCE));
      const fresh = standing(await open().read(INSTANCE));
      expect({ ...here, cursor: here.cursor.tip }).toEqual({ ...fresh, cursor: fresh.cursor.tip });
    }
    expect(await ids(open())).toEqual(expect.arrayContaining(confirmed));
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 10 }), run), { numRuns: 60 });
});

describe('changed history', () => {
  const rewrites: [string, () => void][] = [
    ['shorter', () => truncateSync(segment(), 10)],
    ['gone', () => rmSync(segment())],
    [
      'changed in place',
      () => writeFileSync(segment(), readFileSync(segment(), 'utf8').replace('claim', 'clain')),
    ],
    [
      'changed and longer',
      () => writeFileSync(segment(), `${readFileSync(segment(), 'utf8').replace('claim', 'clain')}more\n`),
    ],
  ];
  it.each(rewrites)('is refused when a segment is %s', async (_what, rewrite) => {
    const store = open();
    appended(await store.append([note('a.1'), note('a.2')]));
    const { cursor } = standing(await store.read(INSTANCE));
    rewrite();
    const refusal = { kind: 'refused', code: 'history-rewritten' };
    expect(await store.read(INSTANCE)).toMatchObject(refusal);
    expect(await store.append([note('a.3')])).toMatchObject(refusal);
    // Another process knows it from its cursor.
    expect(await open().read(INSTANCE, cursor)).toMatchObject(refusal);
  });
});

describe('a live run', () => {
  it.each([
    ['a control fact', fact('r1.1.close.end'), 'foreign-line'],
    [
      'an agent’s word',
      note('x.1', { by: { kind: 'agent', agent: 'A1', run: 'r1', attempt: 1 } }),
      'foreign-line',
    ],
    [
      'a person',
      note('x.1', { by: { kind: 'person', user: 1, login: 'x', via: 'comment' } }),
      'foreign-line',
    ],
    [
      'an operator’s signal',
      { ...note('x.1'), body: { type: 'signal', signal: { kind: 'verdict', verdict: 'pass' } } } as NewEntry,
      'foreign-line',
    ],
    ['an operator’s post', note('x.1'), null],
    [
      'an operator’s answer',
      { ...note('x.1'), body: { type: 'answer', record: 'a.1', text: 'yes' } } as NewEntry,
      null,
    ],
  ])('judges %s that it did not write', async (_what, entry, code) => {
    const run = open('live-run');
    appended(await run.append([fact('r1.1.plan.open')]));
    appended(await open('none').append([entry]));
    const read = standing(await run.read(INSTANCE));
    expect(read.entries.some(({ id }) => id === entry.id)).toBe(code === null);
    expect(read.quarantined.map((each) => each.code)).toEqual(code === null ? [] : [code]);
    expect(await run.foreign(INSTANCE)).toHaveLength(code === null ? 0 : 1);
  });

  it('keeps its own lines, and takes what stood before as history', async () => {
    appended(await open('none').append([fact('r0.1.close.end')]));
    const run = open('live-run');
    appended(await run.append([fact('r1.1.close.end')]));
    appendFileSync(segment(), line(fact('r1.1.close.forged'), 3));
    appended(await run.append([fact('r1.2.close.end')]));
    expect(await ids(run)).toEqual(['r0.1.close.end', 'r1.1.close.end', 'r1.2.close.end']);
  });

  it('does not take a line that was begun before and finished after it started', async () => {
    appended(await open().append([note('a.1')]));
    const forged = line(fact('r1.1.close.forged'), 2);
    appendFileSync(segment(), forged.slice(0, -1));
    const run = open('live-run');
    appendFileSync(segment(), '\n');
    expect(await ids(run)).toEqual(['a.1']);
    expect(await codes(run)).toEqual(['2 foreign-line']);
  });

  it('keeps a foreign line out for every later reader by naming its digest', async () => {
    const run = open('live-run');
    const reader = open('none');
    appended(await run.append([note('a.1')]));
    const forged = line(fact('r1.1.close.end'), 2);
    appendFileSync(segment(), forged);
    expect(await ids(reader)).toEqual(['a.1', 'r1.1.close.end']);
    const [item] = (await run.foreign(INSTANCE)) as readonly {
      file: string;
      line: number;
      sha256: string;
      claims: string;
    }[];
    expect(item).toMatchObject({
      file: 'journal/wave-3/local/000000001.jsonl',
      line: 2,
      sha256: sha256(forged.trimEnd()),
      claims: 'attempt.ended by orchestrator, id r1.1.close.end',
    });
    appended(await run.append([quarantineFact('r1.1.run.q1', item?.file ?? '', 2, item?.sha256 ?? '')]));
    expect(await run.foreign(INSTANCE)).toEqual([]);
    // The true fact of that id takes its place.
    appended(
      await run.append([
        {
          ...fact('r1.1.close.end'),
          body: { type: 'attempt.ended', attempt: 1, outcome: 'refused', code: 'x' },
        },
      ]),
    );
    for (const each of [run, reader, open('none'), open('live-run')]) {
      const read = standing(await each.read(INSTANCE));
      expect(read.entries.map(({ id, seq }) => `${seq} ${id}`)).toEqual([
        '1 a.1',
        '3 r1.1.run.q1',
        '4 r1.1.close.end',
      ]);
      expect(read.entries.at(-1)?.body).toMatchObject({ outcome: 'refused' });
      expect(read.quarantined.map(({ code }) => code)).toEqual(['foreign-line']);
    }
  });

  it('is not misled by a foreign line.quarantined', async () => {
    const run = open('live-run');
    appended(await run.append([fact('r1.1.close.end')]));
    const target = sha256(line(fact('r1.1.close.end'), 1).trimEnd());
    appendFileSync(
      segment(),
      line(quarantineFact('forged', 'journal/wave-3/local/000000001.jsonl', 1, target), 2),
    );
    expect(await ids(run)).toEqual(['r1.1.close.end']);
  });
});

describe('appending', () => {
  it('waits for another appender, and names it when the deadline has passed', async () => {
    const lock = acquireLock(join(dir, 'journal.lock'), { purpose: 'append' });
    const store = directoryStore({ dir, guard: 'none', toDisk: async () => {}, lockDeadlineMs: 0 });
    const refusal = await store.append([note('a.1')]);
    expect(refusal).toMatchObject({ kind: 'refused', code: 'lock-held' });
    expect((refusal as Refused).message).toContain(`process ${process.pid} (append)`);
    if (lock.kind === 'acquired') lock.release();
    appended(await store.append([note('a.1')]));
  });

  it('survives SIGKILL at any moment: what was confirmed stands, and the next append goes on', async () => {
    const script = `
      import { directoryStore } from '${new URL('./directory-store.ts', import.meta.url).href}';
      import { note } from '${new URL('./sample-entries.fixture.ts', import.meta.url).href}';
      const store = directoryStore({ dir: process.argv[1], guard: 'none' });
      for (let n = 0; ; n++) {
        await store.append([1, 2, 3].map((k) => note(process.pid + '.' + n + '.' + k, { detail: 'x'.repeat(3000) })));
        process.stdout.write(process.pid + '.' + n + '.3\\n');
      }`;
    for (let round = 0; round < 3; round++) {
      const writer = spawn(process.execPath, ['--input-type=module', '-e', script, dir], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, NODE_NO_WARNINGS: '1' },
      });
      let said = '';
      for await (const chunk of writer.stdout) {
        said += String(chunk);
        if (said.split('\n').length > 4 + round) writer.kill('SIGKILL');
      }
      if (writer.exitCode === null && writer.signalCode === null) await once(writer, 'exit');
      const confirmed = said.split('\n').slice(0, -1);
      appended(await open().append([note(`after.${round}`)]));
      const found = await ids(open());
      expect(found).toEqual(expect.arrayContaining([...confirmed, `after.${round}`]));
    }
    const { entries, quarantined } = standing(await open().read(INSTANCE));
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, at) => at + 1));
    expect(quarantined.filter(({ code }) => code !== 'torn-line')).toEqual([]);
  });

  it('waits for the disk at every append but a start, blobs first', async () => {
    const waited: string[][] = [];
    const store = directoryStore({
      dir,
      guard: 'none',
      toDisk: async (paths) => void waited.push(paths.map((path) => path.slice(dir.length + 1)).toSorted()),
    });
    const segments = ['journal/wave-3/local', 'journal/wave-3/local/000000001.jsonl'];
    appended(await store.append([agentStarted('A1')]));
    expect(waited.splice(0)).toEqual([]);
    const digest = await store.putBlob(Buffer.from('bytes'));
    appended(await store.append([agentStarted('A2')]));
    expect(waited.splice(0)).toEqual([]);
    appended(await store.append([note('a.1'), agentStarted('A3')]));
    const folder = `blob/${digest.slice(0, 2)}`;
    expect(waited.splice(0)).toEqual([[folder, `${folder}/${digest}`], segments]);
    await store.putBlob(Buffer.from('bytes'));
    appended(await store.append([note('a.2')]));
    expect(waited.splice(0)).toEqual([segments.slice(1)]);
    // What stands already waits for nothing.
    appended(await store.append([note('a.2')]));
    expect(waited).toEqual([]);
  });

  it('does not write when only read', async () => {
    await open().read(INSTANCE);
    await open().instances();
    expect(readdirSync(root)).toEqual([]);
  });

  it('gives a damaged blob to nobody', async () => {
    const store = open();
    const digest = await store.putBlob(Buffer.from('bytes'));
    writeFileSync(join(dir, 'blob', digest.slice(0, 2), digest), 'other');
    expect(await store.getBlob(digest)).toBeNull();
    expect(await store.putBlob(Buffer.from('bytes'))).toBe(digest);
    expect(Buffer.from((await store.getBlob(digest)) ?? []).toString()).toBe('bytes');
  });
});

describe('projections', () => {
  const paths = ['coordination/wave-3.jsonl', 'control-plane/wave-3.jsonl'];
  const contents = (): string[] => paths.map((path) => readFileSync(join(dir, path), 'utf8'));

  it('hold each family in the journal’s order, over all origins of the wave', async () => {
    const pr = 'main/wave-3/pr-7';
    appended(await open().append([note('a.1'), fact('r1.1.close.end'), note('p.1', { instance: pr })]));
    appended(await open().append([note('a.2')]));
    const seqs = contents().map((text) =>
      text
        .trimEnd()
        .split('\n')
        .map((each) => (JSON.parse(each) as { seq: number }).seq),
    );
    expect(seqs).toEqual([[1, 3, 4], [2]]);
  });

  it('are rebuilt byte for byte, and never read back', async () => {
    const store = open();
    for (let n = 0; n < 5; n++) appended(await store.append([note(`a.${n}`), fact(`r1.${n}.close.end`)]));
    const before = contents();
    for (const path of paths) rmSync(join(dir, path));
    expect(await open().rebuildProjections()).toBeNull();
    expect(contents()).toEqual(before);
    writeFileSync(join(dir, paths[0] ?? ''), line(note('forged'), 99));
    appended(await store.append([note('a.9')]));
    expect(await ids(store)).not.toContain('forged');
    expect(contents()[0]).toBe(before[0] + line(note('a.9'), 11));
  });

  it('that cannot be written stop nothing', async () => {
    mkdirSync(join(dir, paths[0] ?? ''), { recursive: true });
    appended(await open().append([note('a.1')]));
    expect(await ids(open())).toEqual(['a.1']);
  });
});
