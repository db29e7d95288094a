import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { impurities, impuritiesIn } from './purity.ts';

const found = (text: string): readonly string[] =>
  impuritiesIn('x.ts', text).map(({ line, what }) => `${line} ${what}`);

describe('purity', () => {
  it.each([
    ['the clock', '\nconst now = Date.now();', ['2 Date.now']],
    ['the clock as a new date', 'const now = new Date();', ['1 new Date()']],
    ['the clock as a text', 'const now = Date();', ['1 Date()']],
    ['chance', 'const roll = Math.random();', ['1 Math.random']],
    ['the environment', 'const home = process.env.HOME;', ['1 process']],
    ['the console', 'console.log(1);', ['1 console']],
    ['a timer', 'setTimeout(() => {}, 1);', ['1 setTimeout']],
    ['the network', "const page = fetch('x');", ['1 fetch']],
    [
      'the locale',
      "const text = (1).toLocaleString() + 'a'.localeCompare('b');",
      ['1 .toLocaleString', '1 .localeCompare'],
    ],
    ['the locale through Intl', 'const f = new Intl.NumberFormat();', ['1 Intl']],
    ['the time zone', 'const hour = new Date(0).getHours();', ['1 .getHours']],
    ['its own place', 'const here = import.meta.url;', ['1 import.meta']],
    ['random bytes', "import { randomBytes } from 'node:crypto';", ['1 node:crypto randomBytes']],
    [
      'random bytes under another name',
      "import { randomUUID as createHash } from 'node:crypto';",
      ['1 node:crypto randomUUID as createHash'],
    ],
    ['a global by way of globalThis', "const p = globalThis['process'];", ['1 globalThis']],
    ['a global as a shorthand property', 'const o = { process };', ['1 process']],
  ])('finds %s', (_what, text, expected) => {
    expect(found(text)).toEqual(expected);
  });

  it.each([
    ['a date from a text', "const at = new Date('2026-01-01T00:00:00Z').getTime();"],
    ['a hash', "import { createHash } from 'node:crypto';"],
    ['a property of that name', 'const one = { process: 1 }; const two = one.process;'],
    ['a field of that name', 'type Step = { readonly process: string; fetch(): void };'],
    ['a variable of that name', 'const run = (process: string) => process.length;'],
    ['words in a text', "const text = 'Date.now() and process.env';"],
  ])('has nothing against %s', (_what, text) => {
    expect(found(text)).toEqual([]);
  });

  it('holds in the pure rooms', () => {
    expect(
      impurities(fileURLToPath(new URL('..', import.meta.url))).map(
        ({ file, line, what }) => `${file}:${line} ${what}`,
      ),
    ).toEqual([]);
  });
});
