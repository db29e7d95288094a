import { describe, expect, it, test } from 'vitest';
import { codes, findings, GOLDEN_WAVE, readWave } from './golden-wave.fixture.ts';

const CATALOG = 'docs/evals/benchmark-catalog.json';
const catalog = {
  path: CATALOG,
  text: JSON.stringify({
    version: 1,
    families: {
      latency: { title: 'Latency', benchmarks: { 'p50-parse': {}, 'p99-parse': {} } },
      quality: { benchmarks: { 'round-trip': {} } },
    },
  }),
};
const E0 =
  '## Agent E0: cont-EVAL\n\n### Prompt\n\n```\nJudge.\n\nFile ownership:\n- docs/reviews/wave-3-cont-eval.md\n```\n\n';
const wave = (targets: string, judge = E0): string =>
  GOLDEN_WAVE.replace('## Verify\n', `## Eval targets\n\n${targets}\n\n## Verify\n`).replace(
    '## Agent A9',
    `${judge}## Agent A9`,
  );
const PINNED =
  '- id: speed | selection: pinned | benchmarks: p50-parse, P99-parse | objective: fast enough | threshold: "p99 < 5 ms"';
const DELEGATED =
  '- id: Exact | selection: delegated | benchmark-family: quality | objective: nothing is lost | threshold: all';

describe('eval targets', () => {
  test('know which benchmarks may judge them', () => {
    const { contract, diagnostics } = readWave(wave(`${PINNED}\n${DELEGATED}`), { files: [catalog] });
    expect(diagnostics).toEqual([]);
    expect(contract?.evalTargets.map(({ at: _, ...one }) => one)).toEqual([
      {
        id: 'speed',
        selection: 'pinned',
        family: null,
        benchmarks: ['p50-parse', 'p99-parse'],
        objective: 'fast enough',
        threshold: 'p99 < 5 ms',
      },
      {
        id: 'exact',
        selection: 'delegated',
        family: 'quality',
        benchmarks: ['round-trip'],
        objective: 'nothing is lost',
        threshold: 'all',
      },
    ]);
  });

  test('pinned benchmarks are names where there is no catalog', () => {
    expect(codes(wave(PINNED))).toEqual([]);
  });

  it.each([
    ['no id', PINNED.replace('id: speed | ', ''), 'eval-target-malformed'],
    ['another id', PINNED.replace('speed', 'sp/eed'), 'eval-target-malformed'],
    ['another selection', PINNED.replace('pinned', 'chosen'), 'eval-target-malformed'],
    ['no objective', PINNED.replace(' | objective: fast enough', ''), 'eval-target-malformed'],
    ['no threshold', PINNED.replace(/ \| threshold.*/, ''), 'eval-target-malformed'],
    ['pinned to nothing', PINNED.replace(/ \| benchmarks: [^|]*/, ''), 'eval-target-malformed'],
    ['delegated to nothing', DELEGATED.replace(' | benchmark-family: quality', ''), 'eval-target-malformed'],
    ['a key nobody knows', `${PINNED} | treshold: 1`, 'unknown-key'],
    ['a key twice', `${PINNED} | id: other`, 'duplicate-key'],
    ['a word without a key', `${PINNED} | often`, 'item-malformed'],
    ['an unknown benchmark', PINNED.replace('p50-parse', 'p50-pars'), 'unknown-benchmark'],
    ['an unknown family', DELEGATED.replace('quality', 'qualities'), 'unknown-benchmark'],
    ['a benchmark of another family', `${PINNED} | benchmark-family: quality`, 'unknown-benchmark'],
    ['the same id twice', `${DELEGATED}\n${DELEGATED.replace('Exact', 'exact')}`, 'duplicate-item'],
  ])('%s', (_, targets, code) => {
    const found = codes(wave(targets), { files: [catalog] });
    expect(found.filter((one) => one !== 'missing-eval-targets')).toEqual([code]);
  });

  test('say what is wrong where it is', () => {
    expect(
      findings(wave(PINNED.replace('p50-parse', 'p50-pars')), { files: [catalog] }),
    ).toMatchInlineSnapshot(`
      [
        "error unknown-benchmark @9:34 p50-pars is not in docs/evals/benchmark-catalog.json",
      ]
    `);
    expect(findings(wave(DELEGATED))).toMatchInlineSnapshot(`
      [
        "error benchmark-catalog-missing @9:37 there is no docs/evals/benchmark-catalog.json to look quality up in",
      ]
    `);
  });

  test('come with a judge, and a judge with targets', () => {
    expect(codes(wave(PINNED, ''))).toEqual(['eval-targets-without-cont-eval']);
    expect(findings(GOLDEN_WAVE.replace('## Agent A9', `${E0}## Agent A9`))).toMatchInlineSnapshot(`
      [
        "error missing-eval-targets @71:1 E0 (cont-eval) has nothing to judge",
      ]
    `);
  });

  it.each([
    ['no JSON', '{'],
    ['no families', '{}'],
    ['an empty family', '{"families": {"latency": {"benchmarks": {}}}}'],
    [
      'a benchmark in two families',
      '{"families": {"a": {"benchmarks": {"x": 1}}, "b": {"benchmarks": {"x": 1}}}}',
    ],
  ])('a catalog with %s is refused in the catalog', (_, text) => {
    const { diagnostics } = readWave(wave(PINNED), { files: [{ path: CATALOG, text }] });
    expect(diagnostics.filter((one) => one.at.file === CATALOG).map(({ code }) => code)).toContain(
      'benchmark-catalog-invalid',
    );
  });
});
