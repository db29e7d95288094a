import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pointer, readJson } from './json-source.ts';

describe('readJson', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.constantFrom(undefined, 2), (text, indent) => {
        fc.pre(!text.includes('__proto__'));
        const written = JSON.stringify(JSON.parse(text), null, indent);
        expect(readJson(written)).toMatchObject({ kind: 'value', value: JSON.parse(text) });
      }),
    );
  });

  it('refuses what JSON.parse refuses, and never throws', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"b"',
      '1',
      '01',
      '-',
      'true',
      'nul',
      ' ',
      '"',
      '\\',
      '\u0001',
      '//',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }).map((parts) => parts.join('')),
        (text) => {
          let valid = true;
          try {
            JSON.parse(text);
          } catch {
            valid = false;
          }
          const reading = readJson(text);
          if (!valid) expect(reading.kind).toBe('invalid');
          else if (reading.kind === 'invalid') expect(reading.reason).toMatch(/given twice/);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('knows where every value and key stands', () => {
    const text = '{\n  "a": [1, {"b": "x"}]\n}';
    const reading = readJson(text);
    if (reading.kind !== 'value') throw new Error(reading.reason);
    const place = reading.places.get(pointer(['a', 1, 'b']));
    expect(text.slice(place?.value.start, place?.value.end)).toBe('"x"');
    expect(text.slice(place?.key?.start, place?.key?.end)).toBe('"b"');
  });

  it.each([
    ['{"a":1,"a":2}', 7, 'given twice'],
    ['{"__proto__":{}}', 1, 'cannot be a key'],
    ['{"a":1,}', 7, 'a key in double quotes'],
    ['{"a":1', 6, 'the text ends'],
    ['{"a" 1}', 5, '":"'],
    ['[1] x', 4, 'more after'],
    ['', 0, 'the text ends'],
    [`${'['.repeat(100)}`, 65, 'nested deeper'],
  ])('%s fails at %d', (text, offset, reason) => {
    const reading = readJson(text);
    expect(reading).toMatchObject({ kind: 'invalid', offset });
    expect(reading.kind === 'invalid' && reading.reason).toContain(reason);
  });
});
