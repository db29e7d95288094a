import { describe, expect, it } from 'vitest';
import { codes, findings, GOLDEN_FILE, GOLDEN_WAVE, golden, readWave } from './golden-wave.fixture.ts';
import { BUILT_IN_POLICY, rolePromptPathsIn } from './index.ts';

const anchor = '## Agent A1: Parser\n\n';

describe('lists', () => {
  it.each([
    ['a comment', '<!-- why -->\n- src/parse/index.ts', []],
    ['a quote', '> why\n\n- src/parse/index.ts', []],
    ['star bullets', '* src/parse/index.ts', []],
    ['prose', 'prose\n\n- src/parse/index.ts', ['prose-in-list']],
    ['a number', '1. src/parse/index.ts', ['item-malformed']],
    ['nesting', '- src/parse/index.ts\n  - src/parse/more.ts', ['item-malformed']],
    ['two lines', '- src/parse/index.ts\nmore', ['item-malformed']],
    ['an empty bullet', '-', ['item-malformed']],
    ['a note', '- src/parse/index.ts (new)', ['path-with-note']],
    ['a trailing comment', '- src/parse/index.ts # note', ['path-with-note']],
    ['a quoted path with a space', '- `src/parse/a b.ts`', []],
    ['a directory', '- src/parse/sub/', ['deliverable-is-directory']],
    ['the same path twice', '- src/parse/index.ts\n- ./src/parse/index.ts', ['duplicate-item']],
    ['a path outside', '- src/format/x.ts', ['deliverable-outside-ownership']],
    ['a path that climbs out', '- src/parse/../format/x.ts', ['deliverable-outside-ownership']],
    ['a path that climbs inside', '- src/parse/../parse/x.ts', ['path-invalid']],
    ['an absolute path', '- /etc/passwd', ['path-invalid']],
    ['a directory whose name starts with dots', '- src/parse/..x/a.ts', []],
  ])('deliverables: %s', (_, list, expected) => {
    expect(codes(golden('- src/parse/index.ts', list))).toEqual(expected);
  });

  it('shows a deliverable outside ownership at the item', () => {
    const [only] = readWave(golden('- src/parse/index.ts', '- docs/format.md')).diagnostics;
    expect(only).toMatchInlineSnapshot(`
      {
        "at": {
          "column": 3,
          "endColumn": 17,
          "endLine": 19,
          "file": "docs/plans/waves/wave-3.md",
          "line": 19,
        },
        "code": "deliverable-outside-ownership",
        "fix": "add it to A1's "File ownership", or move the deliverable to the agent that owns it",
        "message": "docs/format.md: A1 owns src/parse/, docs/parse.md only",
        "severity": "error",
      }
    `);
  });

  it.each([
    ['- completion: Live', 'exit-contract-value'],
    ['- completion: live\n- completion: live', 'duplicate-key'],
    ['- docImpact: owned\n- doc-impact: none', 'duplicate-key'],
    ['- complete: live', 'unknown-key'],
    ['- live', 'item-malformed'],
  ])('exit contract: %j is %s', (list, code) => {
    const contract =
      '- completion: integrated\n- durability: durable\n- proof: integration\n- doc-impact: owned';
    expect(codes(golden(contract, list))).toEqual([code]);
  });

  it.each(['Components', 'Capabilities', 'Skills'])('%s are lower-case ids, each once', (name) => {
    const agent = (list: string) =>
      `${GOLDEN_WAVE}\n## Agent B1: b\n\n### ${name}\n\n${list}\n\n### Prompt\n\n\`\`\`\nFile ownership:\n- b\n\`\`\`\n`;
    expect(codes(agent('- ok.id\n- `other`'))).toEqual([]);
    expect(codes(agent('- Upper'))).toEqual(['id-malformed']);
    expect(codes(agent('- a\n- a'))).toEqual(['duplicate-item']);
  });
});

describe('ownership', () => {
  const block = 'File ownership (only touch these paths):\n- src/parse/\n- docs/parse.md';
  const owned = (text: string) => readWave(text).contract?.agents[0]?.ownedPaths.map(({ path }) => path);

  it.each([
    ['another list after a labelled line', `${block}\n\nValidation (run these):\n- pnpm test`],
    ['prose and a list', `${block}\nThen do this.\n- pnpm test`],
    ['a key and a list', `${block}\nValidation: pnpm test\n- pnpm lint`],
    ['a sentence that mentions it', `File ownership matters here:\n- src/other/\n\n${block}`],
    ['stars', block.replaceAll('- ', '* ')],
    ['blank lines', block.replaceAll('\n', '\n\n')],
    ['two blocks', 'File ownership:\n- src/parse/\n\nand\n\nfile ownership:\n- docs/parse.md'],
  ])('is read right with %s', (_, prompt) => {
    expect(owned(golden(block, prompt))).toEqual(['src/parse/', 'docs/parse.md']);
  });

  it.each([
    ['- src/a.ts (new)', 'path-with-note'],
    ['- src/a.ts # note', 'path-with-note'],
    ['- ../other', 'path-invalid'],
    ['- src/*.ts', 'path-invalid'],
    ['- .git/hooks/', 'path-invalid'],
    ['- src\\a.ts', 'path-invalid'],
    ['- ./', 'path-invalid'],
    ['1. src/a.ts', 'ownership-item-malformed'],
    ['+ src/a.ts', 'ownership-item-malformed'],
    ['  and more of the line before', 'ownership-item-malformed'],
    ['- .github/workflows/ci.yml', 'protected-path-owned'],
    ['- .GitHub/', 'protected-path-owned'],
    ['- wave.config.json', 'protected-path-owned'],
    ['- src/format/inner.ts', 'ownership-overlap'],
    ['- src/format', 'ownership-overlap'],
    ['- src/', 'ownership-overlap'],
  ])('%j is %s', (line, code) => {
    expect(codes(golden(block, `${block}\n${line}`))).toContain(code);
  });

  it('names both agents of an overlap', () => {
    expect(findings(golden('- src/format/\n', '- src/parse/x.ts\n- src/format/\n'))).toContain(
      'error ownership-overlap @68:3 A2 owns src/parse/x.ts, and A1 owns src/parse/ (line 38)',
    );
  });

  it("lets a steward's report lie in another agent's directory", () => {
    expect(codes(golden('- docs/plans/', '- docs/reviews/'))).toEqual([]);
    expect(codes(golden('- docs/plans/', '- docs/reviews/wave-3-cont-qa.md'))).toEqual(['ownership-overlap']);
  });
});

describe('agents and roles', () => {
  const agent = (id: string, extra = '', path = 'src/extra.ts') =>
    `${GOLDEN_WAVE}\n## Agent ${id}: more\n\n${extra}### Prompt\n\n\`\`\`\nFile ownership:\n- ${path}\n\`\`\`\n`;

  it.each([
    ['a1', 'duplicate-agent'],
    ['A-1', null],
    ['1A', 'agent-id-invalid'],
    ['', 'agent-id-invalid'],
    ['a b', 'agent-id-invalid'],
    ['../x', 'agent-id-invalid'],
    ['prove', 'agent-id-invalid'],
    ['Steward5', 'agent-id-invalid'],
    ['prover', null],
    ['e0', 'role-id-case'],
  ])('id %j', (id, code) => {
    expect(codes(agent(id))).toEqual(code === null ? [] : [code]);
  });

  it('refuses ids whose files would collide', () => {
    const text = agent('B.1').replace('## Agent B.1', '## Agent B-1: one\n\n## Agent B.1');
    expect(codes(text)).toContain('duplicate-agent');
  });

  it.each([
    ['E0', '', 'docs/retrieval.md', ['missing-eval-targets', 'missing-report-path']],
    ['E0', '', 'docs/eval-3.md', ['missing-eval-targets']],
    ['A7', '### Capabilities\n\n- security-review\n\n', 'notes.md', ['missing-report-path']],
    ['A7', '### Capabilities\n\n- security-review\n\n', 'docs/security-3.md', []],
    ['A8', '### Components\n\n- alpha\n\n', 'docs/integration-3.md', ['components-on-steward']],
    ['A8', '### Capabilities\n\n- security-review\n\n', 'docs/integration-3.md', ['role-conflict']],
  ])('%s with %j owning %s', (id, extra, path, expected) => {
    expect(codes(agent(id, extra, path))).toEqual(expected);
  });

  it('needs cont-QA, with a report of its own', () => {
    expect(codes(golden('## Agent A0: cont-QA', '## Agent B0: cont-QA'))).toEqual(['missing-cont-qa']);
    expect(codes(golden('- docs/reviews/wave-3-cont-qa.md', '- src/index.ts'))).toEqual([
      'missing-report-path',
    ]);
    expect(codes('')).toEqual(['no-agents']);
  });

  it('needs the roles of the policy', () => {
    const policy = { ...BUILT_IN_POLICY, requiredRoles: ['cont-qa', 'security'] as const };
    expect(codes(GOLDEN_WAVE, { policy })).toEqual(['missing-required-role']);
  });
});

describe('role prompts', () => {
  const path = 'docs/agents/wave-security-role.md';
  const text = golden(anchor, `${anchor}### Role prompts\n\n- \`${path}\`\n\n`)
    .replace('### Components\n\n- amount-parser\n\n', '')
    .replace('- docs/parse.md', '- docs/security.md');
  const role = '# Role\n\n## Standing prompt\n\n```\nStanding.\n```\n';

  it('puts the standing prompt before the own one, and makes a security reviewer', () => {
    const { contract, diagnostics } = readWave(text, { files: [{ path, text: role }] });
    expect(diagnostics).toEqual([]);
    expect(contract?.agents[0]).toMatchObject({
      role: 'security',
      capabilities: ['security-review'],
      reportPath: 'docs/security.md',
    });
    expect(contract?.agents[0]?.prompt.startsWith('Standing.\n\nWrite the parser.')).toBe(true);
  });

  it('names the files for the caller to read', () => {
    expect(rolePromptPathsIn({ path: GOLDEN_FILE, text })).toEqual([path]);
  });

  it.each([
    [path, [], 'role-prompt-missing'],
    [path, [{ path, text: '# Role\n' }], 'role-prompt-without-standing-prompt'],
    ['docs/other/x.md', [], 'role-prompt-path'],
    ['docs/agents/x.txt', [], 'role-prompt-path'],
    ['docs/agents/../x.md', [], 'path-invalid'],
  ])('%s with %j is %s', (named, files, code) => {
    expect(codes(text.replace(path, named), { files })).toContain(code);
  });
});
