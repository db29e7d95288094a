import { describe, expect, it } from 'vitest';
import { codes, findings, GOLDEN_WAVE, golden, readWave } from './golden-wave.fixture.ts';

const anchor = '## Agent A1: Parser\n\n';

describe('headings', () => {
  it.each<[string, string, string, string, string | undefined]>([
    ['letter case', '### Exit contract', '### exit contract', 'unknown-section', '### Exit contract'],
    ['plural', '### Deliverables', '### Deliverable', 'unknown-section', '### Deliverables'],
    ['typo', '### Prompt', '### Promt', 'unknown-section', '### Prompt'],
    ['wave level', '## Verify', '## Verifiy', 'unknown-section', '## Verify'],
    ['too deep', '### Exit contract', '#### Exit contract', 'section-wrong-level', undefined],
    ['too high', '### Exit contract', '## Exit contract', 'section-wrong-level', undefined],
    [
      'wave section in an agent',
      '### Components',
      '### Component promotions',
      'section-wrong-level',
      undefined,
    ],
    ['no space', '### Exit contract', '###Exit contract', 'heading-without-space', undefined],
    ['no colon', '## Agent A2: Formatter', '## Agent A2', 'agent-header-malformed', '## Agent <id>: <title>'],
    ['lower-case agent', '## Agent A2:', '## agent A2:', 'agent-header-malformed', '## Agent <id>: <title>'],
    ['deeper agent', '## Agent A2:', '### Agent A2:', 'agent-header-malformed', '## Agent <id>: <title>'],
    ['glued agent', '## Agent A2:', '##Agent A2:', 'heading-without-space', undefined],
  ])('%s is an error at its line', (_, from, to, code, expected) => {
    const text = golden(from, to);
    const line = text.split('\n').indexOf(text.split('\n').find((one) => one.startsWith(to)) ?? '') + 1;
    const { contract, diagnostics } = readWave(text);
    expect(contract).toBeNull();
    const found = diagnostics.find((one) => one.code === code && one.at.line === line);
    expect(found).toMatchObject({ severity: 'error', ...(expected === undefined ? {} : { expected }) });
  });

  it('lets another ## heading end an agent, and says so of the sections that follow', () => {
    const text = golden('### Exit contract', '## Notes\n\n### Exit contract');
    expect(codes(text)).toContain('section-outside-agent');
    expect(readWave(`${GOLDEN_WAVE}\n## Notes\n\nprose\n`).diagnostics).toEqual([]);
  });

  it('warns of unknown sections of an agent and ignores unknown sections of the wave', () => {
    const { contract, diagnostics } = readWave(golden(anchor, `${anchor}### Rationale\n\nbecause\n\n`));
    expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([
      ['unknown-section', 'warning'],
    ]);
    expect(contract).not.toBeNull();
  });

  it('refuses a section given twice, naming both lines', () => {
    expect(findings(golden(anchor, `${anchor}### Skills\n\n- a\n\n### Skills\n\n- b\n\n`))).toEqual([
      'error duplicate-section @17:1 "Skills" stands here and on line 13',
    ]);
  });

  it('takes nothing in comments and quotes for structure', () => {
    const hidden = '<!--\n## Agent Q1: hidden\n-->\n\n> ## Agent Q2: quoted\n\n';
    const { contract, diagnostics } = readWave(golden(anchor, hidden + anchor));
    expect(diagnostics).toEqual([]);
    expect(contract?.agents).toHaveLength(4);
  });

  it('takes prose above a rule for prose', () => {
    expect(readWave(golden('Free prose about the wave.', 'Agent A5: prose\n---\n')).diagnostics).toEqual([]);
  });
});

describe('fences', () => {
  it('finds the text that an inner fence cut off, and the fence that swallows the rest', () => {
    const text = golden(
      'Write the parser.',
      'Write the parser.\n\n```ts\nexample\n```\n\nand the text after it',
    );
    expect(codes(text)).toEqual(expect.arrayContaining(['prompt-text-outside-fence', 'unclosed-fence']));
  });

  it('names the line of an unclosed comment', () => {
    expect(findings(golden(anchor, `<!-- open\n\n${anchor}`))).toContain(
      'error unclosed-html @11:1 this HTML block is never closed; the rest of the file is inside it',
    );
  });

  it.each([
    ['### Prompt\n\nno fence\n', 'prompt-without-fence'],
    ['### Prompt\n\n```\n```\n', 'prompt-empty'],
    ['### Skills\n', 'missing-prompt'],
    ['### Prompt\n\n```\nDo.\n```\n', 'missing-ownership'],
    ['### Prompt\n\n```\nFile ownership:\n- ../lib/\n```\n', 'path-invalid'],
  ])('%j is %s', (sections, code) => {
    expect(codes(`${GOLDEN_WAVE}\n## Agent B1: more\n\n${sections}`)).toEqual([code]);
  });

  it('accepts tildes and an info string with spaces', () => {
    const agent = '\n## Agent B1: more\n\n### Prompt\n\n~~~md title=x y\nFile ownership:\n- src/b1.ts\n~~~\n';
    expect(readWave(GOLDEN_WAVE + agent).diagnostics).toEqual([]);
  });
});
