import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from './types.ts';
import { unzip } from './unzip.ts';
import { type ZipEntry, zip } from './zip.fixture.ts';

const limits = {
  ...DEFAULT_LIMITS,
  archiveBytes: 4_000_000,
  totalBytes: 1_000_000,
  entries: 20,
  ratioFloorBytes: 100_000,
};
const refusal = (archive: Buffer): string => {
  const read = unzip(archive, limits);
  return read.ok ? `ok: ${[...read.files.keys()].join(',')}` : read.code;
};

describe('unzip', () => {
  test('reads stored and deflated files and passes over folders', () => {
    const archive = zip([
      { name: 'docs/', mode: 0o040755 },
      { name: 'docs/é.md', data: 'stored' },
      { name: 'b.txt', data: 'x'.repeat(5_000), deflate: true },
      { name: 'empty', mode: 0 },
    ]);
    const read = unzip(archive, limits);
    if (!read.ok) throw new Error(read.message);
    expect([...read.files].map(([path, bytes]) => [path, bytes.length])).toEqual([
      ['docs/é.md', 6],
      ['b.txt', 5_000],
      ['empty', 0],
    ]);
    expect(Buffer.from(read.files.get('docs/é.md') ?? []).toString()).toBe('stored');
  });

  const bad: readonly (readonly [string, readonly ZipEntry[], string])[] = [
    ['parent', [{ name: '../x' }], 'bad-path'],
    ['inner parent', [{ name: 'a/../../x' }], 'bad-path'],
    ['absolute', [{ name: '/etc/passwd' }], 'bad-path'],
    ['drive', [{ name: 'C:x' }], 'bad-path'],
    ['backslash', [{ name: 'a\\x' }], 'bad-path'],
    ['NUL', [{ name: 'a\0b' }], 'bad-path'],
    ['not UTF-8', [{ name: Buffer.from([0x61, 0xff]) }], 'bad-path'],
    ['too deep', [{ name: Array.from({ length: 13 }, () => 'd').join('/') }], 'bad-path'],
    ['folder that leaves', [{ name: '../', mode: 0o040755 }], 'bad-path'],
    ['symlink', [{ name: 'a', data: '/etc/passwd', mode: 0o120777 }], 'not-a-regular-file'],
    ['device', [{ name: 'a', mode: 0o020666 }], 'not-a-regular-file'],
    ['folder with bytes', [{ name: 'a/', data: 'x', mode: 0o040755 }], 'not-a-regular-file'],
    ['file named as a folder', [{ name: 'a/', mode: 0o100644 }], 'not-a-regular-file'],
    ['same name twice', [{ name: 'a' }, { name: 'a' }], 'duplicate-path'],
    ['same name on some file systems', [{ name: 'Readme' }, { name: 'README' }], 'duplicate-path'],
    ['file below a file', [{ name: 'a' }, { name: 'a/b' }], 'duplicate-path'],
    ['encrypted', [{ name: 'a', flags: 1 }], 'unsupported'],
    ['bzip2', [{ name: 'a', method: 12 }], 'unsupported'],
    ['ZIP64', [{ name: 'a', size: 0xffffffff }], 'unsupported'],
    ['larger than declared', [{ name: 'a', data: 'x'.repeat(999), deflate: true, size: 10 }], 'corrupt'],
    ['smaller than declared', [{ name: 'a', data: 'x', deflate: true, size: 10 }], 'corrupt'],
    ['another checksum', [{ name: 'a', data: 'x', crc: 1 }], 'corrupt'],
    ['two names', [{ name: 'good', localName: '../x' }], 'corrupt'],
    [
      'shared bytes',
      [
        { name: 'a', data: 'xx' },
        { name: 'b', data: 'xx', at: 0, localName: 'a' },
      ],
      'corrupt',
    ],
    // The second entry is in the bytes of the first: 42 of fine.txt, 31 of the header of a.
    [
      'quoted by another',
      [
        { name: 'a', data: zip([{ name: 'b', data: 'xx' }]) },
        { name: 'b', data: 'xx', at: 73 },
      ],
      'corrupt',
    ],
    ['beyond the end', [{ name: 'a', at: 0x7fffffff }], 'corrupt'],
    ['too many', Array.from({ length: 21 }, (_, n) => ({ name: `f${n}` })), 'too-many-entries'],
    ['too large, declared', [{ name: 'a', size: 5_000_000 }], 'too-large'],
    ['bomb', [{ name: 'a', data: Buffer.alloc(900_000), deflate: true }], 'ratio'],
  ];
  test.each(bad)('refuses: %s', (_, entries, code) => {
    expect(refusal(zip([{ name: 'fine.txt', data: 'fine' }, ...entries]))).toBe(code);
  });

  test('refuses what is behind or before the archive, and what is none', () => {
    const good = zip([{ name: 'a', data: 'a' }]);
    expect(refusal(good)).toBe('ok: a');
    expect(refusal(Buffer.concat([good, Buffer.from('tail')]))).toBe('not-an-archive');
    expect(refusal(Buffer.concat([Buffer.from('#!'), good]))).toBe('corrupt');
    expect(refusal(Buffer.from('hello'))).toBe('not-an-archive');
    expect(refusal(Buffer.alloc(4_000_001))).toBe('too-large');
  });

  test('never throws, whatever the bytes', () => {
    const base = zip([
      { name: 'a/b.txt', data: 'hello hello hello', deflate: true },
      { name: 'c', data: 'c' },
    ]);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { maxLength: 6 }), (changes) => {
        const broken = Buffer.from(base);
        for (const [at, value] of changes) broken[at] = value;
        const read = unzip(broken, limits);
        if (!read.ok) return;
        for (const [path, bytes] of read.files)
          expect([path.includes('..'), bytes.length > 20]).toEqual([false, false]);
      }),
    );
  });
});
