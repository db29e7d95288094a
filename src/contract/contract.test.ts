import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codes, GOLDEN_FILE, GOLDEN_WAVE, golden, readWave } from './golden-wave.fixture.ts';
import {
  BUILT_IN_POLICY,
  type Diagnostic,
  explain,
  readConfig,
  readContract,
  sha256,
  waveNumberOf,
} from './index.ts';

describe('a valid wave', () => {
  it('becomes a contract without findings', () => {
    const { contract, diagnostics } = readWave(GOLDEN_WAVE);
    expect(diagnostics).toEqual([]);
    expect(contract).toMatchObject({
      lane: 'main',
      wave: 3,
      title: 'Wave 3 - Money formatting',
      file: GOLDEN_FILE,
      commitMessage: 'feat: format amounts',
      digests: { wave: sha256(GOLDEN_WAVE) },
    });
    expect(contract?.agents.map(({ id, role, slug, reportPath }) => [id, role, slug, reportPath])).toEqual([
      ['A1', 'implementation', '3-a1', null],
      ['A2', 'implementation', '3-a2', null],
      ['A9', 'documentation', '3-a9', null],
      ['A0', 'cont-qa', '3-a0', 'docs/reviews/wave-3-cont-qa.md'],
    ]);
    expect(contract?.verify.map(({ argv, timeoutMs, source }) => [argv, timeoutMs, source.kind])).toEqual([
      [['npm', 'test'], 300_000, 'wave'],
      [['node', '--test', 'src/parse/a b.test.ts'], 600_000, 'agent'],
    ]);
    const [a1, a2] = contract?.agents ?? [];
    expect(a1?.exitContract).toEqual({
      completion: 'integrated',
      durability: 'durable',
      proof: 'integration',
      docImpact: 'owned',
    });
    expect(a1?.ownedPaths.map(({ path, at }) => [path, at.line, at.column])).toEqual([
      ['src/parse/', 38, 3],
      ['docs/parse.md', 39, 3],
    ]);
    expect(a1?.executor).toEqual({
      id: 'codex',
      program: null,
      model: null,
      timeoutMs: 240 * 60_000,
      selectedBy: 'lane-default',
      fallbacks: [],
      budget: { turns: null, tokens: null, cost: null },
    });
    expect(a2?.executor).toMatchObject({
      id: 'claude',
      model: 'opus',
      timeoutMs: 1_800_000,
      selectedBy: 'agent-id',
      fallbacks: [],
      budget: { turns: null, tokens: null, cost: null },
    });
  });

  it('reads the same with CRLF, a byte order mark and trailing spaces after headings', () => {
    const plain = readWave(GOLDEN_WAVE).contract;
    const other = readWave(`\uFEFF${GOLDEN_WAVE.replace(/^(#.*)$/gm, '$1  ').replaceAll('\n', '\r\n')}`);
    expect(other.diagnostics).toEqual([]);
    expect(
      other.contract?.agents.map(({ prompt, ownedPaths }) => [
        prompt.replace(/ +$/gm, ''),
        ownedPaths.map((one) => one.path),
      ]),
    ).toEqual(
      plain?.agents.map(({ prompt, ownedPaths }) => [
        prompt.replace(/ +$/gm, ''),
        ownedPaths.map((one) => one.path),
      ]),
    );
  });

  it('keeps a prompt that holds fences whole, and reads no structure out of it', () => {
    const prompt = readWave(GOLDEN_WAVE).contract?.agents[1]?.prompt ?? '';
    expect(prompt).toContain('## Agent X: not an agent');
    expect(prompt.endsWith('- src/format/')).toBe(true);
  });
});

describe('file, lane and title', () => {
  it.each([
    ['docs/wave-7.md', 7],
    ['wave-007.md', 7],
    ['wave-0.md', 0],
    ['Wave-7.md', null],
    ['wave-7.txt', null],
    ['xwave-7.md', null],
  ])('%s is wave %s', (path, wave) => {
    expect(waveNumberOf(path)).toBe(wave);
  });

  it.each([
    [{ waveFile: 'docs/wave.md' }, 'wave-file-name'],
    [{ waveFile: 'docs/wave-4.md' }, 'title-number-mismatch'],
  ])('%j is %s', (options, code) => {
    expect(codes(GOLDEN_WAVE, options)).toEqual([code]);
  });

  it('reports a missing file and an odd lane', () => {
    const { config } = readConfig(null);
    const { contract, diagnostics } = readContract([], {
      waveFile: 'wave-1.md',
      config,
      policy: BUILT_IN_POLICY,
      lane: '../x',
    });
    expect(contract).toBeNull();
    expect(diagnostics.map(({ code }) => code)).toEqual(['lane-invalid', 'wave-file-missing']);
  });

  it('warns of a commit message without backticks, and reads none from a fence', () => {
    expect(codes(golden('`feat: format amounts`', 'feat: x'))).toEqual(['commit-message-unquoted']);
    const fenced = golden(
      '**Commit message**: `feat: format amounts`',
      '```\n**Commit message**: `evil`\n```',
    );
    expect(readWave(fenced).contract?.commitMessage).toBeNull();
  });

  it.each([
    ['\u0000', 'control-character'],
    ['\u202E', 'control-character'],
    ['x'.repeat(300_000), 'file-too-large'],
    [`\n\n${'>'.repeat(50_000)}`, 'nesting-too-deep'],
    [`\n\n${'- '.repeat(50_000)}x`, 'nesting-too-deep'],
  ])('refuses hostile text %#', (text, code) => {
    expect(codes(golden('Free prose', `Free ${text} prose`))).toEqual([code]);
  });

  const long = ' '.repeat(200_000);
  it.each([
    ['heading', 'Free prose', `## Free${long}x`],
    ['header', 'Free prose', `## Agent${long}x`],
    ['heading without space', 'Free prose', `#Free${long}x`],
    ['closing marks', 'Free prose', `## Free${' #'.repeat(100_000)}x`],
    ['ownership start', '- docs/parse.md', `- docs/parse.md\nfile ownership${long}x`],
    ['ownership item', '- docs/parse.md', `- x${long}y`],
    ['key', '- completion: integrated', `- completion${long}x`],
    ['command', 'run: npm test', `run:${long}"${long}`],
  ])('reads a line of 200,000 characters in linear time: %s', { timeout: 5_000 }, (_, from, to) => {
    expect(() => readWave(golden(from, to))).not.toThrow();
  });

  it('does not take a long rule for nesting', () => {
    expect(codes(golden('Free prose', `Free\n\n${'-'.repeat(200)}\n`))).toEqual([]);
  });
});

describe('any text', () => {
  /** Spans lie inside their file, codes are documented, and an error means no contract. */
  const check = (text: string): void => {
    const { contract, diagnostics } = readWave(text);
    const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
    for (const { at, code } of diagnostics) {
      expect(explain(code)).not.toBeNull();
      expect(at.file).toBe(GOLDEN_FILE);
      expect(at.line).toBeGreaterThanOrEqual(1);
      expect(at.endLine).toBeGreaterThanOrEqual(at.line);
      expect(at.endLine).toBeLessThanOrEqual(lines.length);
      expect(at.column).toBeGreaterThanOrEqual(1);
      expect(at.column).toBeLessThanOrEqual((lines[at.line - 1]?.length ?? 0) + 1);
      expect(at.endColumn).toBeLessThanOrEqual((lines[at.endLine - 1]?.length ?? 0) + 1);
    }
    expect(contract === null).toBe(diagnostics.some(({ severity }: Diagnostic) => severity === 'error'));
  };
  const piece = fc.constantFrom(
    ...GOLDEN_WAVE.split('\n'),
    '```',
    '````',
    '## Agent ',
    '### ',
    '<!--',
    '-->',
    '- run: a | b "',
    '- id: command',
    '- codex.config: ,',
    '> - 1. ',
    '\t',
    '\r',
    '\uFEFF',
    '\uD800',
    '__proto__',
    '- constructor: 1',
  );

  it('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), check), { numRuns: 200 });
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 60 }).map((parts) => parts.join('\n')),
        check,
      ),
      { numRuns: 300 },
    );
  });

  it('never throws on a valid wave with lines left out, repeated or replaced', () => {
    const lines = GOLDEN_WAVE.split('\n');
    const edit = fc.tuple(fc.nat(lines.length - 1), fc.constantFrom('drop', 'twice', 'piece'), piece);
    const mutated = fc.array(edit, { maxLength: 6 }).map((edits) =>
      lines
        .flatMap((line, index) => {
          const found = edits.find(([at]) => at === index);
          if (found === undefined) return [line];
          if (found[1] === 'drop') return [];
          return found[1] === 'twice' ? [line, line] : [found[2]];
        })
        .join('\n'),
    );
    fc.assert(fc.property(mutated, check), { numRuns: 300 });
  });

  it('shows at most 500 findings, in order of lines', () => {
    const { diagnostics } = readWave(golden('- src/parse/index.ts', '- src/x.ts y\n'.repeat(900)));
    expect(diagnostics).toHaveLength(500);
    const lines = diagnostics.map(({ at }) => at.line);
    expect(lines).toEqual([...lines].sort((left, right) => left - right));
  });
});
