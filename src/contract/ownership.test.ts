import { describe, expect, it } from 'vitest';
import { GOLDEN_WAVE, golden, readWave } from './golden-wave.fixture.ts';
import { ownerOf, owns } from './ownership.ts';

describe('owns', () => {
  it.each([
    ['src/a.ts', true],
    ['./src/a.ts', true],
    ['docs/x.md', true],
    ['docs/y.md', false],
    ['src', false],
    ['src/', false],
    ['src/../docs/y.md', false],
    ['src/.git/config', false],
    ['/src/a.ts', false],
    ['', false],
  ])('%j: %s', (path, expected) => {
    expect(owns([{ path: 'src/' }, { path: 'docs/x.md' }], path)).toBe(expected);
  });
});

describe('ownerOf', () => {
  const contractOf = (text: string) => {
    const { contract } = readWave(text);
    if (contract === null) throw new Error('the wave should be valid');
    return contract;
  };

  it.each([
    ['src/parse/deep/a.ts', 'A1'],
    ['docs/parse.md', 'A1'],
    ['src/format/index.ts', 'A2'],
    ['src/other.ts', null],
    ['src/parse/../format/index.ts', null],
  ])('%s: %s', (path, owner) => {
    expect(ownerOf(contractOf(GOLDEN_WAVE), path)).toBe(owner);
  });

  it('gives a report to its steward, wherever it lies', () => {
    const contract = contractOf(golden('- docs/plans/', '- docs/reviews/'));
    expect(ownerOf(contract, 'docs/reviews/wave-3-cont-qa.md')).toBe('A0');
    expect(ownerOf(contract, 'docs/reviews/other.md')).toBe('A9');
  });
});
