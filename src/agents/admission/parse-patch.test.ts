import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PATCH_LIMITS, parsePatch } from './parse-patch.ts';

const ZERO = '0'.repeat(40);
const OID = 'ce013625030ba8dba906f756967f9e9ca394464a';
const OTHER = 'cc628ccd10742baea8241c5924df992b5c019f71';

/** A new file `header`, where `header` is the name as it stands in the patch. */
const added = (name: string, mode = '100644', body = '@@ -0,0 +1 @@\n+hello\n'): string => {
  const [a, b] = name.startsWith('"')
    ? [`"a/${name.slice(1)}`, `"b/${name.slice(1)}`]
    : [`a/${name}`, `b/${name}`];
  const tab = name.includes(' ') ? '\t' : '';
  return `diff --git ${a} ${b}\nnew file mode ${mode}\nindex ${ZERO}..${OID}\n--- /dev/null\n+++ ${b}${tab}\n${body}`;
};
const modified = (name: string, hunk: string): string =>
  `diff --git a/${name} b/${name}\nindex ${OID}..${OTHER} 100644\n--- a/${name}\n+++ b/${name}\n${hunk}`;
const parse = (text: string | Uint8Array) => parsePatch(typeof text === 'string' ? Buffer.from(text) : text);
const codes = (text: string | Uint8Array): string[] => {
  const parsed = parse(text);
  return parsed.ok ? [] : [...new Set(parsed.refusals.map(({ code }) => code))];
};
const paths = (text: string): string[] => parse(text).changes.map(({ path }) => path);

describe('what git writes is read', () => {
  it.each<[string, string, unknown]>([
    [
      'an added file',
      added('src/a.ts'),
      { path: 'src/a.ts', oldMode: '000000', newMode: '100644', kind: 'added' },
    ],
    ['an executable one', added('run.sh', '100755'), { newMode: '100755' }],
    ['a name with spaces', added('my file b/my file'), { path: 'my file b/my file' }],
    ['a quoted name', added('"caf\\303\\251 \\"x\\".txt"'), { path: 'café "x".txt' }],
    ['raw UTF-8', added('café.txt'), { path: 'café.txt' }],
    [
      'a change',
      modified('a', '@@ -1,2 +1,2 @@ fn()\n x\n-y\n+z\n'),
      { kind: 'modified', oldMode: '100644', newMode: '100644' },
    ],
    [
      'no newline at the end',
      modified('a', '@@ -1 +1 @@\n-y\n\\ No newline at end of file\n+z\n\\ No newline at end of file\n'),
      {},
    ],
    [
      'a line that looks like a header',
      modified('a', '@@ -1 +1,2 @@\n--- a/b\n+++ b/b\n+diff --git a/x b/x\n'),
      { path: 'a' },
    ],
    [
      'a deletion',
      `diff --git a/x b/x\ndeleted file mode 100644\nindex ${OID}..${ZERO}\n--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-hello\n`,
      { kind: 'deleted' },
    ],
    [
      'an empty new file',
      `diff --git a/x b/x\nnew file mode 100644\nindex ${ZERO}..${OID}\n`,
      { kind: 'added' },
    ],
    [
      'a mode that is taken back',
      'diff --git a/x b/x\nold mode 100755\nnew mode 100644\n',
      { oldMode: '100755', oldOid: null },
    ],
    [
      'a binary file',
      `diff --git a/x b/x\nnew file mode 100644\nindex ${ZERO}..${OID}\nGIT binary patch\nliteral 3\nKcmZQzWC8#H2LJ>B\n\nliteral 0\nHcmV?d00001\n\n`,
      { kind: 'added' },
    ],
  ])('%s', (_, patch, expected) => {
    expect(parse(patch)).toMatchObject({ ok: true, changes: [expected] });
  });
  it('nothing at all', () => expect(parse('')).toEqual({ ok: true, changes: [] }));
  it('several files', () =>
    expect(paths(added('a') + modified('b', '@@ -1 +1 @@\n-y\n+z\n') + added('c'))).toEqual(['a', 'b', 'c']));
});

/** S21, one row each. */
describe('hostile paths', () => {
  it.each<[string, string, string[]]>([
    ['parent folder', added('../x'), ['path-traversal']],
    ['parent folder inside', added('a/../../x'), ['path-traversal']],
    ['absolute', added('/etc/passwd'), ['path-traversal']],
    ['drive letter', added('C:/x'), ['path-traversal', 'path-not-portable']],
    ['doubled slash', added('a//b'), ['path-traversal']],
    ['dot segment', added('a/./b'), ['path-traversal']],
    ['trailing slash', added('a/'), ['path-traversal']],
    ['backslash', added('"a\\\\b"'), ['path-traversal']],
    ['.git', added('.git/hooks/pre-commit'), ['git-path']],
    ['.git below', added('sub/.git/config'), ['git-path']],
    ['.git behind a backslash', added('"x\\\\.git\\\\config"'), ['path-traversal', 'git-path']],
    ['.GIT', added('.GIT/config'), ['git-path']],
    ['zero width', added('"\\342\\200\\214.git/config"'), ['git-path']],
    ['zero width at the end', added('".git\\342\\200\\214/config"'), ['git-path']],
    ['short name', added('git~1/config'), ['git-path']],
    ['.git with a dot', added('.git./config'), ['git-path']],
    ['.git with a space', added('.git /config'), ['git-path']],
    ['.git with a stream', added('.git::$INDEX_ALLOCATION/config'), ['git-path']],
    ['trailing dot', added('a./b'), ['path-not-portable']],
    ['trailing space', added('a '), ['path-not-portable']],
    ['leading space', added(' a'), ['path-not-portable']],
    ['longer than 4096 bytes', added(`${'d/'.repeat(2100)}x`), ['path-not-portable']],
    ['a name longer than 255 bytes', added('n'.repeat(256)), ['path-not-portable']],
    ['newline', added('"a\\nb"'), ['path-not-portable']],
    ['carriage return', added('"a\\r"'), ['path-not-portable']],
    ['NUL, quoted', added('"a\\000b"'), ['path-not-portable']],
    ['NUL, raw', added('a\0b'), ['patch-unparsable']],
    ['bidi override', added('"a\\342\\200\\256b"'), ['path-not-portable']],
    ['not UTF-8', added('"a\\377"'), ['patch-unparsable']],
    ['two spellings', added('Readme.md') + added('README.md'), ['case-collision']],
    ['two spellings of a folder', added('Src/a') + added('src/b'), ['case-collision']],
    ['two Unicode forms', added('"caf\\303\\251"') + added('"cafe\\314\\201"'), ['case-collision']],
  ])('%s', (_, patch, expected) => expect(codes(patch)).toEqual(expected));
});

describe('hostile modes', () => {
  it.each<[string, string, string[]]>([
    [
      'symlink',
      added('l', '120000', '@@ -0,0 +1 @@\n+/proc/self/environ\n\\ No newline at end of file\n'),
      ['symlink'],
    ],
    [
      'a file becomes a symlink',
      `diff --git a/l b/l\ndeleted file mode 100644\nindex ${OID}..${ZERO}\n--- a/l\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n${added('l', '120000')}`,
      ['symlink'],
    ],
    ['gitlink', added('sub', '160000', `@@ -0,0 +1 @@\n+Subproject commit ${OID}\n`), ['gitlink']],
    ['group writable', added('a', '100664'), ['mode-not-allowed']],
    ['set user id', added('a', '104755'), ['mode-not-allowed']],
    ['folder', added('a', '040000'), ['mode-not-allowed']],
    [
      'an existing file made executable',
      'diff --git a/a b/a\nold mode 100644\nnew mode 100755\n',
      ['mode-change'],
    ],
  ])('%s', (_, patch, expected) => expect(codes(patch)).toEqual(expected));
});

const binary = (method: string, declared: number, bytes: Uint8Array): string => {
  const deflated = deflateSync(bytes);
  const lines: string[] = [];
  for (let i = 0; i < deflated.length; i += 52) {
    const part = deflated.subarray(i, i + 52);
    const padded = Buffer.concat([part, Buffer.alloc((4 - (part.length % 4)) % 4)]);
    const letter =
      part.length <= 26 ? String.fromCharCode(64 + part.length) : String.fromCharCode(96 + part.length - 26);
    let text = letter;
    for (let word = 0; word < padded.length; word += 4) {
      let value = padded.readUInt32BE(word);
      let group = '';
      for (let digit = 0; digit < 5; digit++) {
        group = (BASE85[value % 85] ?? '') + group;
        value = Math.floor(value / 85);
      }
      text += group;
    }
    lines.push(text);
  }
  return `diff --git a/x b/x\nnew file mode 100644\nindex ${ZERO}..${OID}\nGIT binary patch\n${method} ${declared}\n${lines.join('\n')}\n\nliteral 0\nHcmV?d00001\n\n`;
};
const BASE85 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~';

describe('what is not the dialect is refused whole', () => {
  const hunk = '@@ -1 +1 @@\n-y\n+z\n';
  it.each<[string, string | Uint8Array, string]>([
    ['prose', 'hello\n', 'patch-unparsable'],
    ['prose before', `hello\n${added('a')}`, 'patch-unparsable'],
    ['prose between', `${added('a')}hello\n${added('b')}`, 'patch-unparsable'],
    ['a traditional patch', '--- a/x\n+++ b/x\n@@ -1 +1 @@\n-y\n+z\n', 'patch-unparsable'],
    ['two names', `diff --git a/x b/y\nindex ${OID}..${OTHER} 100644\n`, 'patch-unparsable'],
    [
      'another name in +++',
      modified('x', hunk).replace('+++ b/x', '+++ b/.github/w.yml'),
      'patch-unparsable',
    ],
    ['another name in ---', modified('x', hunk).replace('--- a/x', '--- a/y'), 'patch-unparsable'],
    ['/dev/null for a change', modified('x', hunk).replace('--- a/x', '--- /dev/null'), 'patch-unparsable'],
    [
      'a rename',
      `diff --git a/x b/x\nsimilarity index 100%\nrename from .github/x\nrename to y\n`,
      'patch-unparsable',
    ],
    [
      'a rename after modes',
      `diff --git a/x b/x\nold mode 100755\nnew mode 100644\nrename from p\nrename to y\n`,
      'patch-unparsable',
    ],
    ['a copy', `diff --git a/x b/x\ncopy from a\ncopy to b\n`, 'patch-unparsable'],
    ['CRLF headers', added('a').replaceAll('\n', '\r\n'), 'patch-unparsable'],
    ['CRLF in the mode alone', added('a').replace('100644\n', '100644\r\n'), 'patch-unparsable'],
    ['abbreviated ids', added('a').replace(OID, 'ce01362'), 'patch-unparsable'],
    [
      'binary without content',
      `diff --git a/x b/x\nindex ${OID}..${OTHER} 100644\nBinary files a/x and b/x differ\n`,
      'patch-unparsable',
    ],
    ['more lines than counted', modified('x', '@@ -1 +1 @@\n-y\n+z\n+w\n'), 'patch-unparsable'],
    ['fewer lines than counted', modified('x', '@@ -1,2 +1,2 @@\n-y\n+z\n'), 'patch-unparsable'],
    ['a header inside a hunk', modified('x', `@@ -1,3 +1,3 @@\n-y\n+z\n${added('w')}`), 'patch-unparsable'],
    ['no hunk', modified('x', ''), 'patch-unparsable'],
    ['an empty hunk', modified('x', '@@ -0,0 +0,0 @@\n'), 'patch-unparsable'],
    ['a remark in a hunk', modified('x', '@@ -1 +1 @@\n-y\n\\ hello\n+z\n'), 'patch-unparsable'],
    ['no final newline', added('a').slice(0, -1), 'patch-unparsable'],
    ['a combined diff', `diff --cc x\nindex ${OID},${OID}..${OTHER}\n`, 'patch-unparsable'],
    [
      'mode twice',
      `diff --git a/x b/x\nnew file mode 100644\nindex ${ZERO}..${OID} 120000\n`,
      'patch-unparsable',
    ],
    [
      'a new file that was there',
      `diff --git a/x b/x\nnew file mode 100644\nindex ${OTHER}..${OID}\n`,
      'patch-unparsable',
    ],
    ['named twice', added('a') + added('a'), 'patch-unparsable'],
    [
      'deleted and added again',
      `diff --git a/x b/x\ndeleted file mode 100644\nindex ${OID}..${ZERO}\n${added('x')}`,
      'patch-unparsable',
    ],
    ['an unknown escape', added('"a\\q"'), 'patch-unparsable'],
    ['an escape that needs none of git', added('"a\\400"'), 'patch-unparsable'],
    [
      'base85 that is none',
      `diff --git a/x b/x\nnew file mode 100644\nindex ${ZERO}..${OID}\nGIT binary patch\nliteral 3\nKcmZ"%U|{&p00961\n\nliteral 0\nHcmV?d00001\n\n`,
      'patch-unparsable',
    ],
    ['a binary hunk cut off', binary('literal', 3, Buffer.from('abc')).slice(0, -2), 'patch-unparsable'],
    ['too many bytes', new Uint8Array(PATCH_LIMITS.bytes + 1), 'patch-too-large'],
    [
      'too many files',
      Array.from(
        { length: PATCH_LIMITS.files + 1 },
        (_, i) => `diff --git a/f${i} b/f${i}\nnew file mode 100644\nindex ${ZERO}..${OID}\n`,
      ).join(''),
      'patch-too-large',
    ],
    [
      'a literal that claims too much',
      binary('literal', 5_000_000_000, Buffer.from('abc')),
      'patch-too-large',
    ],
    ['a literal that lies', binary('literal', 2, Buffer.alloc(100_000)), 'patch-too-large'],
    // A delta of four bytes whose result is 4 GiB: its second number says so.
    [
      'a delta that explodes',
      binary('delta', 6, Buffer.from([0, 0x80, 0x80, 0x80, 0x80, 0x10])),
      'patch-too-large',
    ],
  ])('%s', (_, patch, code) => {
    expect(codes(patch)).toEqual([code]);
    expect(parse(patch).changes).toEqual([]);
  });

  it('reads a binary hunk of its own encoding', () => {
    expect(parse(binary('literal', 300, Buffer.alloc(300, 7)))).toMatchObject({ ok: true });
  });
  it('never throws, and accepts a cut patch only where a file ends', () => {
    const patch = Buffer.from(added('src/a b.ts') + modified('c', '@@ -1 +1 @@\n-y\n+z\n'));
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: patch.length - 1 }),
        fc.integer({ min: 0, max: 255 }),
        (at, byte) => {
          const changed = Buffer.from(patch);
          changed[at] = byte;
          parse(changed);
          const cut = parse(patch.subarray(0, at));
          // Cut behind a whole file it is a whole, smaller patch.
          return !cut.ok || cut.changes.length === 1;
        },
      ),
      { numRuns: 500 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void parsePatch(bytes)));
  });
});
