import { describe, expect, it } from 'vitest';
import type { PatchChange } from './change.ts';
import { contractOf } from './contract.fixture.ts';
import { admissionRefusals } from './rules.ts';

const contract = contractOf(
  {
    A1: {
      owns: [
        'src/one/',
        'pkg/package.json',
        'AGENTS.md',
        '.husky/',
        'Makefile',
        '.gitmodules',
        'secrets/a.txt',
      ],
    },
    A2: { owns: ['src/two.ts', 'src/one/reports/'] },
    E0: { role: 'cont-eval', report: 'docs/reviews/eval.md', owns: ['docs/reviews/eval.md', 'eval/'] },
    S0: { role: 'security', report: 'src/one/security.md', owns: ['src/one/security.md'] },
    A8: { role: 'integration' },
    A9: { role: 'documentation', owns: ['docs/', 'README.md'], report: 'docs/closure.md' },
    A0: { role: 'cont-qa', report: 'docs/reviews/qa.md', owns: ['docs/reviews/qa.md'] },
  },
  ['.github/', 'wave.config.json', 'secrets/'],
);

const change = (path: string): PatchChange => ({
  path,
  oldMode: '100644',
  newMode: '100644',
  kind: 'modified',
  oldOid: 'a'.repeat(40),
  newOid: 'b'.repeat(40),
});
const refusals = (agentId: string, ...paths: string[]) => {
  const agent = contract.agents.find(({ id }) => id === agentId);
  if (agent === undefined) throw new Error(agentId);
  return admissionRefusals(paths.map(change), { agent, contract });
};

describe('who may write what', () => {
  it.each<[string, string, string[]]>([
    ['A1', 'src/one/x.ts', []],
    ['A1', 'src/two.ts', ['path-not-owned']],
    ['A1', 'src/onex.ts', ['path-not-owned']],
    ['A1', 'other.ts', ['path-not-owned']],
    // A steward's report in another agent's folder is the steward's.
    ['A1', 'src/one/security.md', ['path-not-owned']],
    ['S0', 'src/one/security.md', []],
    ['S0', 'src/one/x.ts', ['not-a-report']],
    ['E0', 'docs/reviews/eval.md', []],
    ['E0', 'eval/cases.json', ['not-a-report']],
    ['A8', 'docs/integration.md', ['not-a-report']],
    ['A0', 'docs/reviews/qa.md', []],
    ['A9', 'docs/guide.md', []],
    ['A9', 'docs/closure.md', []],
    ['A9', 'README.md', []],
    ['A9', 'docs/plans/component-cutover-matrix.json', []],
    ['A9', 'docs/diagram.svg', ['not-markdown']],
    ['A9', 'docs/page.mdx', ['not-markdown']],
    ['A9', 'docs/reviews/qa.md', ['path-not-owned']],
    ['A9', 'src/one/readme.md', ['path-not-owned']],
    ['A9', 'src/one/x.ts', ['path-not-owned', 'not-markdown']],
    // S23
    ['A1', '.github/workflows/ci.yml', ['protected-path', 'path-not-owned']],
    ['A1', '.GitHub/workflows/ci.yml', ['protected-path', 'path-not-owned']],
    ['A1', 'wave.config.json', ['protected-path', 'path-not-owned']],
    ['A1', 'docs/waves/wave-1.md', ['protected-path', 'path-not-owned']],
    ['A9', 'docs/waves/wave-1.md', ['protected-path']],
    ['A1', 'secrets/a.txt', ['protected-path']],
    ['A1', 'pkg/package.json', []],
    ['A1', 'src/one/package.json', ['manifest-not-owned-exactly']],
    ['A1', 'src/one/Package-Lock.json', ['manifest-not-owned-exactly']],
    ['A1', 'src/one/requirements-dev.txt', ['manifest-not-owned-exactly']],
    ['A1', 'src/one/app.csproj', ['manifest-not-owned-exactly']],
    ['A1', 'src/one/go.mod', ['manifest-not-owned-exactly']],
    ['A1', 'src/one/action.yml', ['protected-path']],
    ['A1', 'src/one/CODEOWNERS', ['protected-path']],
    ['A1', 'src/one/CLAUDE.md', ['protected-path']],
    ['A9', 'docs/AGENTS.md', ['protected-path']],
    ['A1', 'AGENTS.md', []],
    ['A1', 'src/one/.claude/settings.json', ['protected-path']],
    ['A1', 'src/one/.gitattributes', ['protected-path']],
    ['A1', '.husky/pre-commit', []],
    ['A1', 'src/one/.eslintrc', []],
  ])('%s writes %s: %j', (agent, path, codes) => {
    expect(refusals(agent, path).map(({ code }) => code)).toEqual(codes);
  });

  it('names both owners, and everything at once', () => {
    expect(refusals('A1', 'src/two.ts', 'other.ts', 'src/one/go.sum', '../x')).toMatchInlineSnapshot(`
      [
        {
          "code": "path-traversal",
          "detail": "the path has a \`..\` segment",
          "path": "../x",
        },
        {
          "code": "path-not-owned",
          "detail": "A2 owns it; A1 owns src/one/, pkg/package.json, AGENTS.md, .husky/, Makefile and 2 more",
          "path": "src/two.ts",
        },
        {
          "code": "path-not-owned",
          "detail": "nobody owns it; A1 owns src/one/, pkg/package.json, AGENTS.md, .husky/, Makefile and 2 more",
          "path": "other.ts",
        },
        {
          "code": "manifest-not-owned-exactly",
          "detail": "what is installed or built changes with this file; A1 must own it by its exact path",
          "path": "src/one/go.sum",
        },
        {
          "code": "path-not-owned",
          "detail": "nobody owns it; A1 owns src/one/, pkg/package.json, AGENTS.md, .husky/, Makefile and 2 more",
          "path": "../x",
        },
      ]
    `);
    expect(refusals('E0', 'src/two.ts').map(({ detail }) => detail)).toMatchInlineSnapshot(`
      [
        "E0 (cont-eval) writes its report docs/reviews/eval.md only; A2 owns it; E0 owns docs/reviews/eval.md, eval/",
      ]
    `);
  });

  it('wants .github/ owned by exact path where the base policy leaves it open', () => {
    const open = contractOf({ A1: { owns: ['.github/workflows/ci.yml', '.github/actions/'] } }, []);
    const [agent] = open.agents;
    if (agent === undefined) throw new Error('no agent');
    const codes = (path: string) =>
      admissionRefusals([change(path)], { agent, contract: open }).map(({ code }) => code);
    expect(codes('.github/workflows/ci.yml')).toEqual([]);
    expect(codes('.github/actions/x/action.yml')).toEqual(['protected-path']);
  });
});
