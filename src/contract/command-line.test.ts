import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitCommandLine } from './command-line.ts';

describe('splitCommandLine', () => {
  it.each<[string, string[]]>([
    ['npm test', ['npm', 'test']],
    ['  npm \t test  ', ['npm', 'test']],
    ['node -e "a b" \'c d\'', ['node', '-e', 'a b', 'c d']],
    ['x a"b c"d', ['x', 'ab cd']],
    ["x ''", ['x', '']],
    ["x '|&;><`$(y)'", ['x', '|&;><`$(y)']],
    ['x "|&;><"', ['x', '|&;><']],
    ['x \\| \\"q\\" a\\ b', ['x', '|', '"q"', 'a b']],
    ['x "a\\"b\\\\c\\d\\$e"', ['x', 'a"b\\c\\d$e']],
    ['x a#b $ 5$', ['x', 'a#b', '$', '5$']],
  ])('%s', (line, argv) => {
    expect(splitCommandLine(line)).toEqual({ kind: 'argv', argv });
  });

  it.each([
    ['a | b', '|'],
    ['a && b', '&'],
    ['a; b', ';'],
    ['a > b', '>'],
    ['a 2>&1', '>'],
    ['a < b', '<'],
    ['a `b`', '`'],
    ['a $(b)', '$('],
    ['a "$(b)"', '$('],
    ['a "`b`"', '`'],
    ['a $HOME', '$HOME'],
    ['a "$' + '{HOME}"', '$' + '{'],
    ['(a)', '('],
    ['a # b', '#'],
    ['CI=1 npm test', 'CI='],
  ])('%s needs a shell for %s', (line, token) => {
    expect(splitCommandLine(line)).toEqual({ kind: 'needs-shell', token });
  });

  it.each([
    ['', { kind: 'empty' }],
    ['""', { kind: 'empty' }],
    ['a "b', { kind: 'unclosed-quote', quote: '"' }],
    ["a 'b", { kind: 'unclosed-quote', quote: "'" }],
    ['a \\', { kind: 'trailing-backslash' }],
  ])('%j is refused', (line, expected) => {
    expect(splitCommandLine(line)).toEqual(expected);
  });

  it('gives back any arguments that were quoted for a shell', () => {
    const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (args) => {
        expect(splitCommandLine(['run', ...args.map(quoted)].join(' '))).toEqual({
          kind: 'argv',
          argv: ['run', ...args],
        });
      }),
    );
  });
});
