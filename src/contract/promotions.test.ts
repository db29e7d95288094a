import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { codes, findings, golden, readWave } from './golden-wave.fixture.ts';
import { readComponentMatrix, readConfig, requiredArtifacts } from './index.ts';

const MATRIX = 'docs/plans/component-cutover-matrix.json';
const matrix = (components: unknown, more = {}) => ({
  path: MATRIX,
  text: JSON.stringify({ version: 1, components, ...more }, null, 2),
});
const parser = (currentLevel: string, target?: string) => ({
  'amount-parser': {
    title: 'Parser',
    currentLevel,
    promotions: target === undefined ? [] : [{ wave: 3, target }],
  },
});

/** A1 of the golden wave owns amount-parser; the wave promotes what is given. */
const promoting = (bullets: string, text = golden()): string =>
  text.replace('## Verify\n', `## Component promotions\n\n${bullets}\n\n## Verify\n`);
const LANDED = promoting('- amount-parser: repo-landed');
const planned = { files: [matrix(parser('contract-frozen', 'repo-landed'))] };

describe('component promotions', () => {
  test('are read in order, with the components of the agents', () => {
    const { contract, diagnostics } = readWave(LANDED, planned);
    expect(diagnostics).toEqual([]);
    expect(contract?.promotions.map(({ component, target }) => [component, target])).toEqual([
      ['amount-parser', 'repo-landed'],
    ]);
    expect(contract?.agents[0]?.components).toEqual(['amount-parser']);
  });

  it.each([
    ['no level', '- amount-parser', 'item-malformed'],
    ['upper case', '- Amount: repo-landed', 'id-malformed'],
    ['the same twice', '- amount-parser: repo-landed\n- amount-parser: repo-landed', 'duplicate-item'],
    ['quotes', '- `amount-parser`: `repo-landed`', null],
    ['prose', 'all of them\n\n- amount-parser: repo-landed', 'prose-in-list'],
  ])('syntax: %s', (_, bullets, code) => {
    // What is not read is also missed by the matrix that plans it.
    const found = codes(promoting(bullets), planned).filter((one) => one !== 'promotion-differs-from-matrix');
    expect(found).toEqual(code === null ? [] : [code]);
  });

  it.each<[string, string, unknown, string[]]>([
    ['the matrix plans it', LANDED, parser('contract-frozen', 'repo-landed'), []],
    [
      'a component the matrix does not have',
      promoting('- amount-parser: repo-landed\n- ghost: repo-landed'),
      parser('contract-frozen', 'repo-landed'),
      ['promotion-without-owner', 'unknown-component'],
    ],
    [
      'a level nobody knows',
      promoting('- amount-parser: landed'),
      parser('contract-frozen', 'repo-landed'),
      ['unknown-maturity-level'],
    ],
    ['the matrix plans nothing', LANDED, parser('contract-frozen'), ['promotion-differs-from-matrix']],
    [
      'the matrix plans another level',
      LANDED,
      parser('contract-frozen', 'baseline-proved'),
      ['promotion-differs-from-matrix'],
    ],
    [
      'the matrix plans one that the wave leaves out',
      LANDED,
      {
        ...parser('contract-frozen', 'repo-landed'),
        other: { currentLevel: 'inventoried', promotions: [{ wave: 3, target: 'contract-frozen' }] },
      },
      ['promotion-differs-from-matrix'],
    ],
    [
      '§14.76: a later wave went further, and the wave stays readable',
      LANDED,
      parser('baseline-proved', 'repo-landed'),
      ['promotion-behind-matrix'],
    ],
    ['§14.109: two levels at once', LANDED, parser('inventoried', 'repo-landed'), ['promotion-skips-levels']],
    [
      'an agent owns what nobody promotes',
      golden('- amount-parser', '- amount-parser\n- other').replace(
        '## Verify\n',
        '## Component promotions\n\n- amount-parser: repo-landed\n\n## Verify\n',
      ),
      { ...parser('contract-frozen', 'repo-landed'), other: { currentLevel: 'inventoried' } },
      ['component-not-promoted'],
    ],
    [
      'nobody owns what is promoted',
      promoting('- amount-parser: repo-landed', golden('- amount-parser\n', '')),
      parser('contract-frozen', 'repo-landed'),
      ['promotion-without-owner'],
    ],
    [
      'nobody can bring the matrix up to date',
      promoting('- amount-parser: repo-landed', golden('## Agent A9: Documentation', '## Agent B9: Writer')),
      parser('contract-frozen', 'repo-landed'),
      ['matrix-without-keeper'],
    ],
    [
      'a builder owns the matrix',
      promoting(
        '- amount-parser: repo-landed',
        golden('- src/format/\n```', `- src/format/\n- ${MATRIX}\n\`\`\``),
      ).replace('- docs/plans/\n', '- docs/notes/\n'),
      parser('contract-frozen', 'repo-landed'),
      ['matrix-without-keeper'],
    ],
  ])('against the matrix: %s', (_, text, components, expected) => {
    expect(codes(text, { files: [matrix(components)] }).toSorted()).toEqual(expected);
  });

  test('a wave whose component is behind or jumps is still a wave', () => {
    const behind = readWave(LANDED, { files: [matrix(parser('baseline-proved', 'repo-landed'))] });
    expect(behind.contract).not.toBeNull();
    expect(
      findings(LANDED, { files: [matrix(parser('inventoried', 'repo-landed'))] }),
    ).toMatchInlineSnapshot(`
      [
        "warning promotion-skips-levels @9:3 amount-parser goes from inventoried to repo-landed, 2 levels in one wave",
      ]
    `);
  });

  test('without a matrix nothing can be promoted, and nothing needs one', () => {
    expect(findings(LANDED)).toMatchInlineSnapshot(`
      [
        "error component-matrix-missing @9:3 the wave promotes components, and there is no docs/plans/component-cutover-matrix.json",
      ]
    `);
    expect(codes(golden())).toEqual([]);
  });

  it.each([
    ['no JSON', '{"components": {'],
    ['no components', '{"version": 1}'],
    ['an unknown level', '{"components": {"a": {"currentLevel": "landed"}}}'],
    [
      'a promotion twice in one wave',
      JSON.stringify({
        components: {
          a: {
            currentLevel: 'inventoried',
            promotions: [
              { wave: 1, target: 'inventoried' },
              { wave: 1, target: 'inventoried' },
            ],
          },
        },
      }),
    ],
    ['an id in upper case', '{"components": {"A": {"currentLevel": "inventoried"}}}'],
    ['a key twice', '{"components": {}, "components": {}}'],
  ])('a matrix with %s is refused in the matrix, and only by a wave that promotes', (_, text) => {
    const files = [{ path: MATRIX, text }];
    const { contract, diagnostics } = readWave(LANDED, { files });
    expect(contract).toBeNull();
    expect(diagnostics.map((one) => [one.code, one.at.file])).toEqual([['component-matrix-invalid', MATRIX]]);
    expect(codes(golden(), { files })).toEqual([]);
  });

  test('a matrix may have an order of its own', () => {
    const own = matrix(
      { 'amount-parser': { currentLevel: 'raw', promotions: [{ wave: 3, target: 'done' }] } },
      { levels: ['raw', 'done'] },
    );
    expect(codes(promoting('- amount-parser: done'), { files: [own] })).toEqual([]);
    expect(codes(promoting('- amount-parser: repo-landed'), { files: [own] })).toEqual([
      'unknown-maturity-level',
    ]);
  });

  test('where it lies is configuration', () => {
    const { config } = readConfig({
      path: 'wave.config.json',
      text: '{"paths": {"componentCutoverMatrixJsonPath": "ops/matrix.json"}}',
    });
    const there = { ...matrix(parser('contract-frozen', 'repo-landed')), path: 'ops/matrix.json' };
    expect(codes(LANDED, { config, files: [there] })).toEqual([]);
  });
});

describe('§14.45: each threshold acts alone', () => {
  const from = (validation: unknown) => ({
    config: readConfig({ path: 'wave.config.json', text: JSON.stringify({ validation }) }).config,
  });
  it.each<[string, Record<string, number | null>, string[]]>([
    ['off', {}, []],
    ['null', { requireComponentPromotionsFromWave: null, requireAgentComponentsFromWave: null }, []],
    ['promotions from wave 3', { requireComponentPromotionsFromWave: 3 }, ['missing-component-promotions']],
    ['promotions from wave 4', { requireComponentPromotionsFromWave: 4 }, []],
    ['components from wave 0', { requireAgentComponentsFromWave: 0 }, ['missing-agent-components']],
    ['documentation from wave 0', { requireDocumentationStewardFromWave: 0 }, []],
  ])('%s', (_, validation, expected) => {
    expect(codes(golden(), from(validation))).toEqual(expected);
  });
});

describe('§14.110: a level from pilot-live on', () => {
  const live = (artifacts: string, agent = golden()): string =>
    promoting(
      '- amount-parser: pilot-live',
      artifacts === ''
        ? agent
        : agent.replace('### Deliverables\n', `### Proof artifacts\n\n${artifacts}\n\n### Deliverables\n`),
    );
  const files = [matrix(parser('baseline-proved', 'pilot-live'))];
  it.each<[string, string, string[]]>([
    ['no proof', '', ['missing-proof-artifacts']],
    ['no way back', '- src/parse/live.md', ['missing-rollback-evidence']],
    ['both', '- src/parse/live.md\n- path: src/parse/ops.md | kind: rollback-run', []],
    ['a way back by its path', '- src/parse/restart.md', []],
  ])('%s', (_, artifacts, expected) => {
    expect(codes(live(artifacts), { files })).toEqual(expected);
  });
});

describe('proof artifacts', () => {
  const declared = (bullets: string): string =>
    golden().replace('### Deliverables\n', `### Proof artifacts\n\n${bullets}\n\n### Deliverables\n`);
  test('are read with their kind and the levels that need them', () => {
    const { contract } = readWave(
      declared(
        '- src/parse/a.md\n- path: `src/parse/b.md` | kind: log | required-for: pilot-live, fleet-ready',
      ),
    );
    expect(contract?.agents[0]?.proofArtifacts.map(({ at: _, ...one }) => one)).toEqual([
      { path: 'src/parse/a.md', kind: null, requiredFor: [] },
      { path: 'src/parse/b.md', kind: 'log', requiredFor: ['pilot-live', 'fleet-ready'] },
    ]);
  });
  it.each([
    ['- path: src/parse/a.md | required_for: pilot-live', 'item-malformed'],
    ['- path: src/parse/a.md | required-for: Pilot-live', 'unknown-maturity-level'],
    ['- path: src/parse/a.md | needed: yes', 'unknown-key'],
    ['- kind: log | required-for: pilot-live', 'item-malformed'],
    ['- path: src/format/a.md', 'deliverable-outside-ownership'],
    ['- src/parse/logs/', 'deliverable-is-directory'],
    ['- src/parse/a.md\n- path: src/parse/a.md', 'duplicate-item'],
  ])('%j is %s', (bullets, code) => {
    expect(codes(declared(bullets))).toEqual([code]);
  });

  const artifact = (path: string, ...requiredFor: ('pilot-live' | 'fleet-ready')[]) => ({
    path,
    kind: null,
    requiredFor,
    at: { file: 'f', line: 1, column: 1, endLine: 1, endColumn: 1 },
  });
  const agent = {
    components: ['api'],
    proofArtifacts: [
      artifact('always'),
      artifact('pilot', 'pilot-live'),
      artifact('either', 'fleet-ready', 'pilot-live'),
      artifact('fleet', 'fleet-ready'),
    ],
  };
  it.each<[string, string[], string[]]>([
    ['nothing is promoted', [], ['always', 'pilot', 'either', 'fleet']],
    ['an early level', ['repo-landed'], ['always']],
    ['the lowest level listed', ['pilot-live'], ['always', 'pilot', 'either']],
    ['a level beyond', ['cutover-ready'], ['always', 'pilot', 'either', 'fleet']],
  ])('required when %s', (_, targets, expected) => {
    const promotions = targets.map((target) => ({ component: 'api', target, at: artifact('').at }));
    expect(requiredArtifacts(agent, promotions).map(({ path }) => path)).toEqual(expected);
  });
});

describe('any text', () => {
  const part = fc.constantFrom(
    ...[
      '- amount-parser: repo-landed',
      '- a:',
      '-',
      '- `a`: `b`',
      '| x',
      '- a: b: c',
      '{',
      '"components":',
      '"a": {"currentLevel": "inventoried"}',
      '}',
      '[]',
      ',',
    ],
  );
  test('never throws, and what is promoted is read back', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), fc.array(part, { maxLength: 8 }), (bullets, json) => {
        const files = [{ path: MATRIX, text: json.join('\n') }];
        const { contract, diagnostics } = readWave(promoting(bullets.join('\n')), { files });
        expect(contract === null).toBe(diagnostics.some((one) => one.severity === 'error'));
      }),
      { numRuns: 150 },
    );
  });
  test('of a matrix is a matrix or a finding in it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const { matrix, diagnostics } = readComponentMatrix({ path: MATRIX, text });
        expect(matrix === null).toBe(diagnostics.length > 0);
        expect(
          diagnostics.every(({ at, code }) => at.file === MATRIX && code === 'component-matrix-invalid'),
        ).toBe(true);
      }),
    );
  });
});
