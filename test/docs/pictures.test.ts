/** The pictures show what the demo says today: the same lines, but for times, ids, names of places and the order of two agents. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { terminalPicture, textOfPicture } from '../../scripts/terminal-picture.ts';
import { PICTURES, PROJECT } from '../../scripts/write-docs.ts';
import { makePlace, type Place, wave } from '../e2e/wave-process.ts';

let place: Place;
let printed: readonly string[];
beforeAll(async () => {
  place = await makePlace();
  const runs = PICTURES.map(({ args }, number) =>
    wave(place, ['demo', '--dir', join(place.dir, String(number)), ...args], { env: { COLUMNS: '110' } }),
  );
  printed = (await Promise.all(runs)).map(({ stdout }) => stdout);
}, 120_000);
afterAll(() => place?.remove());

/** The end of a run without what differs from run to run: times, ids, places, and lines broken to fit them. */
const lastWords = (lines: readonly string[]): readonly string[] => {
  const plain = lines.map((line) => line.trim().replaceAll(/\s+/g, ' ')).filter((line) => line !== '');
  const from = plain.findIndex((line) => /^wave 3 is (?:not )?closed/.test(line));
  const end = plain.slice(from);
  const moves = end.findIndex((line) => line.startsWith('next:'));
  const report = end.findIndex((line) => line.startsWith('report:'));
  return [...end.slice(0, moves === -1 ? report : moves), ...end.slice(report + 1)]
    .filter((line) => !line.includes('claims signal'))
    .map((line) =>
      line
        .replaceAll(/\b(?:[0-9a-f]{7})\b/g, 'oid')
        .replaceAll(/\.jsonl:\d+/g, '.jsonl:line')
        .replaceAll(/[\d.]+ s\b/g, 'time')
        .replaceAll(/\bA1-[a-z2-7]{4}\b/g, 'handle'),
    )
    .toSorted();
};

describe.each(PICTURES.map(({ file }, number) => ({ file, number })))('$file', ({ file, number }) => {
  test('shows what the demo ends with', () => {
    const shown = lastWords(textOfPicture(readFileSync(join(PROJECT, file), 'utf8')));
    expect(shown.length).toBeGreaterThan(8);
    expect(shown).toEqual(lastWords((printed[number] ?? '').split('\n')));
  });
});

test('a picture holds its text, place by place, and no markup of it', () => {
  const svg = terminalPicture('wave <n>', [
    '\x1b[1m\x1b[31mred & bold\x1b[39m\x1b[22m',
    ' \x1b[32m✓\x1b[39m held   nothing is open',
  ]);
  expect(textOfPicture(svg)).toEqual(['$ wave <n>', 'red & bold', '✓ held nothing is open']);
  expect(svg).toContain('class="bad strong"');
  expect(svg).not.toContain('<n>');
});
