import { describe, expect, it } from 'vitest';
import { WaveFailure } from '../run/failure/index.ts';
import { executorOverrides, waveRange, wholeNumber } from './run-options.ts';

const refusal = (act: () => unknown): string => {
  try {
    return `taken: ${JSON.stringify(act())}`;
  } catch (error) {
    return error instanceof WaveFailure ? `${error.code}: ${error.message}\n${error.fix}` : String(error);
  }
};

describe('waves', () => {
  it.each([
    ['3', { from: 3, to: 3 }],
    ['0', { from: 0, to: 0 }],
    ['3..5', { from: 3, to: 5 }],
    ['3..3', { from: 3, to: 3 }],
    ['3..', { from: 3, to: null }],
  ])('%s', (text, expected) => {
    expect(waveRange(text)).toEqual(expected);
  });

  it.each(['', 'three', '-1', '3.', '3...5', '..5', '3..x', '1234567', '3 5'])('%j is refused', (text) => {
    expect(refusal(() => waveRange(text))).toMatch(/^bad-argument: “.*” is not a wave number/);
  });

  it('says what to write for a range that runs backwards', () => {
    expect(refusal(() => waveRange('5..3'))).toMatchInlineSnapshot(`
      "bad-argument: 5..3 ends before it begins
      Write 3..5: waves run in order."
    `);
  });
});

describe('executors', () => {
  it.each([
    [[], {}],
    [['codex'], { executor: 'codex' }],
    [['codex', 'codex'], { executor: 'codex' }],
    [['A2=codex'], { executorByAgent: { A2: 'codex' } }],
    [
      ['A2=codex', 'claude', 'A1=local'],
      { executor: 'claude', executorByAgent: { A1: 'local', A2: 'codex' } },
    ],
    // Whether there is such an agent is for the wave to say.
    [['__proto__=codex'], { executorByAgent: Object.fromEntries([['__proto__', 'codex']]) }],
  ])('%j', (given, expected) => {
    expect(executorOverrides(given)).toEqual(expected);
  });

  it('says what is wrong with the others', () => {
    const given = [['gpt'], ['cluade'], ['A2='], ['codex', 'claude'], ['A2=codex', 'A2=claude']];
    expect(given.map((one) => refusal(() => executorOverrides(one))).join('\n')).toMatchInlineSnapshot(`
      "bad-argument: there is no executor “gpt”
      Executors: claude, codex, opencode, command, local.
      bad-argument: there is no executor “cluade”
      Did you mean claude? Executors: claude, codex, opencode, command, local.
      bad-argument: there is no executor “”
      Executors: claude, codex, opencode, command, local.
      bad-argument: --executor is given twice for all agents: codex and claude
      Give one for all, and A2=codex for the agents that differ.
      bad-argument: --executor is given twice for A2: codex and claude
      Give one."
    `);
  });
});

it('numbers have bounds', () => {
  expect(wholeNumber('--x', undefined, 1, 9)).toBeUndefined();
  expect(wholeNumber('--x', '0', 0, 9)).toBe(0);
  expect(wholeNumber('--x', '9', 1, 9)).toBe(9);
  for (const text of ['', '0', '10', '1.5', '-1', '1e1', '0x1', ' 1'])
    expect(refusal(() => wholeNumber('--x', text, 1, 9))).toMatch(/^bad-argument: --x takes a number/);
});
