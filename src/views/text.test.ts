import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  age,
  clip,
  clock,
  displayWidth,
  due,
  duration,
  listed,
  mark,
  padEnd,
  plural,
  typography,
  visible,
  visibleLines,
  wrap,
} from './text.ts';

describe('visible text', () => {
  it.each([
    ['\x1b[31mred\x1b[0m and \x1b]0;title\x07plain', 'red and plain'],
    ['\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\', 'click'],
    ['\x9b2Jcleared', 'cleared'],
    ['over\rwritten', 'over written'],
    ['back\x08space \x07bell', 'back<U+0008>space <U+0007>bell'],
    ['admin\u202etxt.exe', 'admin<U+202E>txt.exe'],
    ['pass\u200bword\u2060', 'pass<U+200B>word<U+2060>'],
    ['tag\u{e0041}', 'tag<U+E0041>'],
    ['lone \ud800 half', 'lone \ufffd half'],
    ['a\n\t b', 'a b'],
  ])('%j', (text, seen) => {
    expect(visible(text)).toBe(seen);
  });

  it('never lets a control, bidi or zero-width character through, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.oneof(
            fc.constantFrom('\x1b', '[', ']', '3', 'm', '\x07', '\x9b', '\u202e', '\u200d', '\\', ';'),
            fc.string({ unit: 'binary', maxLength: 2 }),
          ),
        }),
        (text) => {
          expect(visibleLines(text)).not.toMatch(
            /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f]/,
          );
        },
      ),
    );
  });
});

describe('times', () => {
  it.each([
    [0, '0 s', '0 s', '00:00'],
    [30, '0 s', '0.1 s', '00:00'],
    [312, '0 s', '0.3 s', '00:00'],
    [1_000, '1 s', '1 s', '00:01'],
    [59_900, '59 s', '1 m', '00:59'],
    [118_000, '1 m', '1 m 58 s', '01:58'],
    [240_000, '4 m', '4 m', '04:00'],
    [3_900_000, '1 h 5 m', '1 h 5 m', '1:05:00'],
    [183_600_000, '2 d 3 h', '2 d 3 h', '51:00:00'],
    [-5, '0 s', '0 s', '00:00'],
  ])('%i ms', (ms, roughly, took, shown) => {
    expect([age(ms), duration(ms), clock(ms)]).toEqual([roughly, took, shown]);
  });

  it('says how long is left, or how late it is', () => {
    expect(due('2026-11-22T10:00:00Z', '2026-11-22T10:04:00Z')).toBe('due in 4 m');
    expect(due('2026-11-22T10:06:00Z', '2026-11-22T10:04:00Z')).toBe('overdue by 2 m');
  });
});

describe('columns', () => {
  it('counts wide and combining characters as a terminal does', () => {
    expect(['abc', '日本', 'e\u0301', '🚀', '⏸'].map(displayWidth)).toEqual([3, 4, 1, 2, 1]);
    expect(padEnd('日本', 6)).toBe('日本  ');
  });

  it('cuts and wraps to a width', () => {
    expect(clip('abcdef', 4)).toBe('abc…');
    expect(clip('日本語', 4)).toBe('日…');
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
  });

  it('never exceeds the width it was given', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 1, max: 30 }),
        (text, max) => displayWidth(clip(text, max)) <= max,
      ),
    );
  });
});

describe('words and marks', () => {
  it('joins and counts', () => {
    expect([
      listed([]),
      listed(['A1']),
      listed(['A1', 'A2', 'A3']),
      plural(1, 'file'),
      plural(4, 'file'),
    ]).toEqual(['', 'A1', 'A1, A2 and A3', '1 file', '4 files']);
  });

  it('has a form for terminals without Unicode and one with colour', () => {
    expect(
      (['done', 'failed', 'running', 'waiting', 'paused'] as const)
        .map((one) => mark({ unicode: false, color: false }, one))
        .join(''),
    ).toBe('vx*op');
    expect(mark({ unicode: true, color: true }, 'failed')).toBe('\x1b[31m✗\x1b[39m');
    expect(typography({ unicode: false }, 'A1 → A2 “ü” …')).toBe('A1 -> A2 "ü" ...');
  });
});
