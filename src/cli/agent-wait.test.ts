import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeInbox } from '../agents/mailbox/index.ts';
import type { Speaker } from './agent-voice.ts';
import { askOnce, waitFor } from './agent-wait.ts';
import { waitText } from './coord-wait.ts';

let dir = '';
let speaker: Speaker;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'wave-wait-'));
  speaker = { agent: 'A1', outbox: join(dir, 'out'), inbox: join(dir, 'in'), run: 'r1', attempt: 1 };
  for (const folder of [speaker.outbox, speaker.inbox]) await mkdir(folder);
});
afterEach(() => rm(dir, { recursive: true, force: true }));

type Json = Readonly<Record<string, unknown>>;
const item = (id: string, change: Json = {}): Json => ({
  id,
  handle: `A1-${id}`,
  kind: 'clarification-request',
  status: 'open',
  from: 'A1',
  to: ['A2'],
  summary: `about ${id}`,
  detail: '',
  answer: null,
  ...change,
});
const waited = (id: string, change: Json = {}): Json => ({
  ...item(id),
  prospect: 'agent',
  holders: ['A2'],
  ...change,
});
const settled = (id: string): Json =>
  waited(id, { status: 'resolved', answer: { by: 'A2', text: `so it is with ${id}` } });
const receive = (json: Json): Promise<void> =>
  writeInbox(speaker.inbox, {
    json: { owed: [], asks: [], decisions: [], context: [], waits: [], refused: [], ...json },
    markdown: '',
  });
const said = async (): Promise<readonly Json[]> => {
  const names = (await readdir(speaker.outbox)).filter((name) => name.endsWith('.json')).toSorted();
  return Promise.all(
    names.map(async (name) => JSON.parse(await readFile(join(speaker.outbox, name), 'utf8')) as Json),
  );
};
const QUESTION = {
  type: 'post',
  kind: 'clarification-request',
  summary: 'about q',
  targets: ['agent:A2'],
} as const;

describe('asking once', () => {
  test('a second call finds the first, whether the inbox shows it yet or not', async () => {
    const id = await askOnce(speaker, QUESTION);
    expect(id).toBe('r1.1.A1.1');
    expect(await askOnce(speaker, QUESTION)).toBe(id);
    expect(await said()).toHaveLength(1);
    await receive({ asks: [item('q')] });
    expect(await askOnce(speaker, QUESTION)).toBe('q');
  });

  test.each<[string, Json]>([
    ['of another kind', { kind: 'request' }],
    ['with another summary', { summary: 'about p' }],
    ['of somebody else', { to: ['A3'] }],
    ['that was withdrawn', { status: 'cancelled' }],
    ['that was given up', { status: 'superseded' }],
  ])('a question %s is another one', async (_, change) => {
    await receive({ asks: [item('q', change)] });
    expect(await askOnce(speaker, QUESTION)).toBe('r1.1.A1.1');
  });

  test('one that had no effect is asked again', async () => {
    await askOnce(speaker, QUESTION);
    await receive({ refused: [{ entry: 'r1.1.A1.1', code: 'unknown-agent', detail: '' }] });
    expect(await askOnce(speaker, QUESTION)).toBe('r1.1.A1.2');
  });
});

describe('waiting', () => {
  test('ends with the answers when all is settled, and says meanwhile what it waits for', async () => {
    await receive({ asks: [item('q'), item('p')] });
    const end = waitFor(speaker, ['A1-q', 'p'], null);
    await receive({ asks: [item('q'), item('p')], waits: [settled('q'), waited('p')] });
    await receive({ asks: [item('q'), item('p')], waits: [settled('q'), settled('p')] });
    expect(await end).toMatchObject({ kind: 'settled', records: [{ id: 'q' }, { id: 'p' }] });
    expect(await said()).toEqual([{ type: 'wait', records: ['q', 'p'], seen: [] }]);
  });

  test('without names it waits for all that is open, also what the inbox does not show yet', async () => {
    await askOnce(speaker, QUESTION);
    await receive({
      asks: [item('p'), item('old', { status: 'resolved' }), item('note', { kind: 'evidence' })],
      waits: [settled('p'), settled('r1.1.A1.1')],
    });
    expect(await waitFor(speaker, [], null)).toMatchObject({ kind: 'settled' });
    expect((await said()).at(-1)).toMatchObject({ type: 'wait', records: ['p', 'r1.1.A1.1'] });
  });

  test('with nothing asked there is nothing to wait for', async () => {
    await receive({});
    expect(await waitFor(speaker, [], null)).toEqual({ kind: 'settled', records: [] });
    expect(await said()).toEqual([]);
  });

  test('what others ask of it comes first, once; then it waits, and says that it has seen it', async () => {
    const owed = item('theirs', { from: 'A2', to: ['A1'] });
    await receive({ owed: [owed], asks: [item('q')], waits: [settled('q')] });
    expect(await waitFor(speaker, ['q'], null)).toMatchObject({ kind: 'asked', owed: [{ id: 'theirs' }] });
    expect(await said()).toEqual([]);
    expect(await waitFor(speaker, ['q'], null)).toMatchObject({ kind: 'settled' });
    expect(await said()).toEqual([{ type: 'wait', records: ['q'], seen: ['theirs'] }]);
  });

  test('asked while it waits, it stops waiting', async () => {
    await receive({ asks: [item('q')], waits: [waited('q')] });
    const end = waitFor(speaker, ['q'], null);
    await receive({ owed: [item('theirs')], asks: [item('q')], waits: [waited('q')] });
    expect(await end).toMatchObject({ kind: 'asked' });
    const words = await said();
    if (words.length > 0) expect(words.at(-1)).toEqual({ type: 'wait', records: [], seen: [] });
  });

  test.each<[string, Json, number | null]>([
    ['later', { prospect: 'later', holders: ['A8'] }, null],
    ['timed-out', {}, 0],
  ])('%s: it goes on without, and says so', async (kind, change, timeout) => {
    await receive({ asks: [item('q')], waits: [waited('q', change)] });
    expect(await waitFor(speaker, ['q'], timeout)).toMatchObject({ kind, records: [{ id: 'q' }] });
    expect((await said()).at(-1)).toEqual({ type: 'wait', records: [], seen: [] });
  });

  test('where nothing reaches it, it is told at once; what was settled before is there', async () => {
    await receive({ asks: [item('q')], hears: false });
    expect(await waitFor(speaker, ['q'], null)).toMatchObject({ kind: 'later', records: [{ id: 'q' }] });
    await receive({ asks: [{ ...settled('q'), kind: 'request' }], hears: false });
    expect(await waitFor(speaker, ['q'], null)).toMatchObject({
      kind: 'settled',
      records: [{ answer: { text: 'so it is with q' } }],
    });
    expect(await said()).toEqual([]);
  });

  test('what nobody asked cannot be waited for', async () => {
    await receive({ refused: [{ entry: 'r1.1.A1.1', code: 'unknown-record', detail: 'no record x' }] });
    await expect(waitFor(speaker, ['x'], null)).rejects.toMatchObject({
      code: 'unknown-record',
      message: 'you cannot wait for that: no record x',
    });
  });
});

test('how a wait ended, in words', () => {
  const record = {
    id: 'q',
    handle: 'A1-k7mq',
    status: 'open',
    summary: 'who rounds?',
    answer: null,
    prospect: 'later',
    holders: ['A8'],
  } as const;
  const owed = { ...record, kind: 'request', from: 'A2', to: ['A1'], detail: '' };
  const texts = [
    waitText({ kind: 'settled', records: [{ ...record, answer: { by: 'A8', text: 'A2 does.' } }] }).out,
    waitText({ kind: 'settled', records: [] }).err,
    waitText({ kind: 'asked', owed: [owed] }).err,
    waitText({ kind: 'later', records: [record] }).err,
    waitText({ kind: 'timed-out', records: [record] }).err,
  ];
  expect(texts.join('\n---\n')).toMatchInlineSnapshot(`
    "A2 does.
    ---
    You have asked nothing that is open.
    ---
    Others wait for you; look at this first, then wait again:
      A1-k7mq from A2: who rounds?
      wave coord answer <handle> "…"   or   wave coord ack <handle>, when it takes longer
    ---
    No answer comes while you run:
      A1-k7mq who rounds?: A8 comes after you
      Go on with your best assumption and say it; or wave coord withdraw <handle>.
    ---
    No answer yet:
      A1-k7mq who rounds?
      Wait again, go on without, or wave coord withdraw <handle>."
  `);
});
