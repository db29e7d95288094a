import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coversPath, normaliseRepoPath } from './repo-path.ts';

describe('normaliseRepoPath', () => {
  it.each([
    ['src/a.ts', 'src/a.ts'],
    ['./src//a.ts', 'src/a.ts'],
    [' src/./b/ ', 'src/b/'],
    ['..foo/x', '..foo/x'],
    ['app/[id]/page.tsx', 'app/[id]/page.tsx'],
    ['.gitignore', '.gitignore'],
    ['.github/x.yml', '.github/x.yml'],
    ['docs/über uns.md', 'docs/über uns.md'],
  ])('%j is %j', (text, path) => {
    expect(normaliseRepoPath(text)).toEqual({ path });
  });

  it.each([
    '',
    '.',
    './',
    '/',
    '/etc/passwd',
    '..',
    'a/..',
    '../a',
    'a/../b',
    'C:/x',
    'c:x',
    '~/x',
    './C:/x',
    './~/x',
    'a /b',
    './ /a',
    'a\\b',
    '.git',
    '.git/config',
    'a/.GIT/hooks',
    '.git. /x',
    '.git::$INDEX_ALLOCATION/x',
    'GIT~1/config',
    '.g\u200cit/config',
    'a*b',
    'a?b',
    '{a,b}',
    'a\u0000b',
    'a\nb',
    'a\u202Eb',
    'a\uD800',
    'x'.repeat(1025),
  ])('refuses %j', (text) => {
    expect(normaliseRepoPath(text)).toHaveProperty('problem');
  });

  it('is stable, and never leads outside', () => {
    const segment = fc.constantFrom('..', '.', '', 'a', 'b.ts', '.git', ' ', '[x]', '\\', '*');
    const text = fc.oneof(
      fc.string(),
      fc.array(segment).map((parts) => parts.join('/')),
    );
    fc.assert(
      fc.property(text, (given) => {
        const first = normaliseRepoPath(given);
        if ('problem' in first) return;
        expect(normaliseRepoPath(first.path)).toEqual(first);
        expect(first.path.startsWith('/')).toBe(false);
        expect(first.path.split('/')).not.toContain('..');
      }),
    );
  });
});

describe('coversPath', () => {
  it.each([
    ['src/', 'src/a.ts', true],
    ['src/', 'srcs/a.ts', false],
    ['src/', 'src', false],
    ['src', 'src/a.ts', false],
    ['src/a.ts', 'src/a.ts', true],
  ])('%s covers %s: %s', (pattern, path, expected) => {
    expect(coversPath(pattern, path)).toBe(expected);
  });
});
