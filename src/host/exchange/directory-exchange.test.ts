import { link, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { directoryExchange } from './directory-exchange.ts';
import type { Exchange, ExchangeError, Receipt } from './types.ts';

let folder: string;
let exchange: Exchange;
let receipt: Receipt;
const files = () => join(folder, 'one', 'files');
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'exchange-'));
  exchange = directoryExchange(folder, { limits: { totalBytes: 1_000, entries: 5, depth: 3 } });
  receipt = await exchange.put('one', new Map([['a.txt', Buffer.from('a')]]));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'ok',
    (error: ExchangeError) => error.code,
  );

const attacks: readonly (readonly [string, () => Promise<unknown>, string])[] = [
  ['a link to a file', () => symlink('/etc/hostname', join(files(), 'b')), 'hostile-archive'],
  ['a link to a folder', () => symlink('/etc', join(files(), 'b')), 'hostile-archive'],
  ['a file more', () => writeFile(join(files(), 'b'), 'b'), 'digest-mismatch'],
  ['other bytes', () => writeFile(join(files(), 'a.txt'), 'b'), 'digest-mismatch'],
  ['too many bytes', () => writeFile(join(files(), 'b'), Buffer.alloc(2_000)), 'hostile-archive'],
  ['too deep', () => mkdir(join(files(), 'b/c/d/e'), { recursive: true }), 'hostile-archive'],
  [
    'too many entries',
    () =>
      Promise.all(Array.from({ length: 6 }, (_, n) => link(join(files(), 'a.txt'), join(files(), `b${n}`)))),
    'hostile-archive',
  ],
];
test.each(attacks)('notices %s', async (_, attack, code) => {
  expect(await codeOf(exchange.get(receipt))).toBe('ok');
  await attack();
  expect(await codeOf(exchange.get(receipt))).toBe(code);
});

test('lists whole bundles only, under their own name', async () => {
  await mkdir(join(folder, 'no-receipt'));
  await mkdir(join(folder, 'renamed'));
  await writeFile(join(folder, 'renamed', 'receipt.json'), JSON.stringify(receipt));
  await mkdir(join(folder, 'linked'));
  await symlink(join(folder, 'one', 'receipt.json'), join(folder, 'linked', 'receipt.json'));
  await symlink(join(folder, 'one'), join(folder, 'two'));
  await writeFile(join(folder, 'file'), '');
  expect((await exchange.list()).map((one) => one.name)).toEqual(['one']);
});

test('of many who want a name, one gets it', async () => {
  const tries = Array.from({ length: 8 }, (_, n) =>
    codeOf(
      directoryExchange(folder, { uploadedBy: `j${n}` }).put('two', new Map([['n', Buffer.from(`${n}`)]])),
    ),
  );
  const codes = await Promise.all(tries);
  expect(codes.filter((one) => one === 'ok')).toHaveLength(1);
  expect(codes.filter((one) => one === 'name-taken')).toHaveLength(7);
});
