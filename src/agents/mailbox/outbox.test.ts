import { execFile, execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeWaveShim } from '../wave-shim.ts';
import { readInbox, writeInbox } from './inbox.ts';
import { MAX_OUTBOX_MESSAGE, postToOutbox, readOutbox } from './outbox.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'outbox-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('posting', () => {
  it('numbers from 1 and leaves nothing else behind', async () => {
    expect([await postToOutbox(dir, { a: 1 }), await postToOutbox(dir, { a: 2 })]).toEqual([1, 2]);
    expect((await readdir(dir)).sort()).toEqual(['1.json', '2.json']);
    expect(await readOutbox(dir)).toEqual({
      messages: [
        { n: 1, body: { a: 1 } },
        { n: 2, body: { a: 2 } },
      ],
      problems: [],
    });
    expect((await readOutbox(dir, { after: 1 })).messages).toEqual([{ n: 2, body: { a: 2 } }]);
  });
  it('gives every concurrent poster a number of its own', async () => {
    const posted = await Promise.all(Array.from({ length: 40 }, (_, i) => postToOutbox(dir, { i })));
    expect(new Set(posted).size).toBe(40);
    const { messages, problems } = await readOutbox(dir);
    expect(problems).toEqual([]);
    expect(messages.map(({ n }) => n)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    for (const { n, body } of messages) expect(posted[(body as { i: number }).i]).toBe(n);
  });
  it('refuses what the reader would', async () => {
    await expect(postToOutbox(dir, { text: 'x'.repeat(MAX_OUTBOX_MESSAGE) })).rejects.toThrow(
      'at most 8192 are taken',
    );
    await writeFile(join(dir, '500.json'), '{}');
    await expect(postToOutbox(dir, {})).rejects.toThrow('500 messages already');
    expect(await readdir(dir)).toEqual(['500.json']);
  });
});

describe('reading what an agent left', () => {
  it('takes good messages and names every bad file', async () => {
    const put = (name: string, content: string | Uint8Array) => writeFile(join(dir, name), content);
    await put('1.json', '{"ok":true}');
    await put('2.json', '{"torn":');
    await put('3.json', '[1]');
    await put('4.json', '{"a":{"__proto__":{"x":1}}}');
    await put('5.json', JSON.stringify({ text: 'x'.repeat(MAX_OUTBOX_MESSAGE) }));
    await put('6.json', Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]));
    await symlink('/etc/hostname', join(dir, '7.json'));
    execFileSync('mkfifo', [join(dir, '8.json')]);
    await mkdir(join(dir, '9.json'));
    await put('10.json', `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`);
    await put('0.json', '{}');
    await put('01.json', '{}');
    await put('999.json', '{}');
    await put('notes.txt', 'x');
    await put('.half.draft', 'x');
    await put('12.json', '{"ok":"still"}');
    const before = (await readdir(dir)).sort();
    const { messages, problems } = await readOutbox(dir);
    expect(messages).toEqual([
      { n: 1, body: { ok: true } },
      { n: 12, body: { ok: 'still' } },
    ]);
    expect(Object.fromEntries(problems.map(({ file, problem }) => [file, problem]))).toMatchInlineSnapshot(`
      {
        "0.json": "is not named <number>.json",
        "01.json": "is not named <number>.json",
        "10.json": "is nested deeper than 16",
        "2.json": "is not JSON in UTF-8",
        "3.json": "is not a JSON object",
        "4.json": "has the key __proto__",
        "5.json": "is larger than 8192 bytes",
        "6.json": "is not JSON in UTF-8",
        "7.json": "is a symbolic link",
        "8.json": "is not a regular file",
        "9.json": "is not a regular file",
        "999.json": "is numbered above 500",
        "notes.txt": "is not named <number>.json",
      }
    `);
    expect((await readdir(dir)).sort()).toEqual(before);
  });
  // Root may look everywhere.
  it.skipIf(process.getuid?.() === 0)('an outbox nobody may look into is named, not thrown', async () => {
    await chmod(dir, 0o000);
    expect(await readOutbox(dir)).toEqual({
      messages: [],
      problems: [{ file: '.', problem: 'the outbox cannot be read' }],
    });
    await chmod(dir, 0o700);
  });
  it('an outbox that is missing is empty; one that is a link is refused', async () => {
    expect(await readOutbox(join(dir, 'none'))).toEqual({ messages: [], problems: [] });
    await symlink('/etc', join(dir, 'link'));
    expect(await readOutbox(join(dir, 'link'))).toEqual({
      messages: [],
      problems: [{ file: '.', problem: 'the outbox is not a folder' }],
    });
  });
});

describe('inbox', () => {
  it('reads back what was written last', async () => {
    expect(await readInbox(dir)).toBeNull();
    await writeInbox(dir, { json: { n: 1 }, markdown: '# one\n' });
    await writeInbox(dir, { json: { n: 2 }, markdown: '# two\n' });
    expect(await readInbox(dir)).toEqual({ json: { n: 2 }, markdown: '# two\n' });
    expect((await readdir(dir)).sort()).toEqual(['inbox.json', 'inbox.md']);
  });
  it('never follows a link put in its place', async () => {
    await mkdir(join(dir, 'in'));
    await writeFile(join(dir, 'victim'), 'untouched');
    await chmod(join(dir, 'victim'), 0o600);
    await symlink(join(dir, 'victim'), join(dir, 'in', 'inbox.md'));
    await writeInbox(join(dir, 'in'), { json: {}, markdown: 'new' });
    expect(execFileSync('cat', [join(dir, 'victim')], { encoding: 'utf8' })).toBe('untouched');
  });
});

it('the wave command passes every argument on as it is', async () => {
  const shim = await writeWaveShim(join(dir, 'bin'), [
    process.execPath,
    '-e',
    "console.log(JSON.stringify(process.argv.slice(1)), 'it\\'s')",
    '--',
  ]);
  const { stdout } = await promisify(execFile)(shim, ['a b', '$(id)', "o'clock", '']);
  expect(stdout).toBe(`["a b","$(id)","o'clock",""] it's\n`);
});
