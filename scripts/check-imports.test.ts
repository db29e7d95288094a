import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkImports } from './check-imports.ts';

const HONEST: Readonly<Record<string, string>> = {
  'src/contract/index.ts':
    "export { digest } from './digest.ts';\nexport type { Agent } from './agent.ts';\n",
  'src/contract/digest.ts':
    "import { createHash } from 'node:crypto';\nexport const digest = (text: string) => createHash('sha256').update(text).digest('hex');\n",
  'src/contract/agent.ts': 'export type Agent = string;\n',
  'src/contract/digest.test.ts':
    "import { readFileSync } from 'node:fs';\nexport const bytes = readFileSync;\n",
  'src/journal/index.ts':
    "import type { Agent } from '../contract/index.ts';\nexport type Author = Agent;\nexport const nobody = '';\n",
  'src/host/index.ts':
    "import { readFileSync } from 'node:fs';\nexport type Result = string;\nexport const read = readFileSync;\n",
  'src/agents/index.ts':
    "import type { Result } from '../host/index.ts';\nexport const run = (): Result => '';\n",
  'src/run/index.ts':
    "import { run } from '../agents/index.ts';\nimport { read } from '../host/index.ts';\nexport const all = [run, read];\n",
};

let root: string;
const plant = (files: Readonly<Record<string, string>>): void => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
};
const rulesBroken = async (): Promise<readonly string[]> =>
  (await checkImports(root)).problems.map((line) => line.replace(/ \(.*/, ''));

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'import-rule-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('the import rule', () => {
  it('holds for a house that keeps it, tests aside', async () => {
    plant(HONEST);
    expect(await checkImports(root)).toEqual({ modules: 8, arrows: 9, problems: [] });
  });

  it.each([
    [
      'a pure room that reads files',
      'src/contract/load.ts',
      "import 'node:fs';",
      'src/contract/load.ts -> fs: pure-libraries-only',
    ],
    [
      'a pure room that starts processes',
      'src/journal/git.ts',
      "import 'node:child_process';",
      'src/journal/git.ts -> child_process: pure-libraries-only',
    ],
    [
      'a pure room that loads lazily',
      'src/journal/os.ts',
      "export const os = () => import('node:os');",
      'src/journal/os.ts -> os: pure-libraries-only',
    ],
    [
      'an arrow against the row',
      'src/contract/late.ts',
      "import { nobody } from '../journal/index.ts';\nexport const late = nobody;",
      'src/contract/late.ts -> src/journal/index.ts: rooms-contract',
    ],
    [
      'an arrow of types against the row',
      'src/contract/late.ts',
      "export type { Author } from '../journal/index.ts';",
      'src/contract/late.ts -> src/journal/index.ts: rooms-contract',
    ],
    [
      'effects in a pure room by way of the host',
      'src/journal/read.ts',
      "export { read } from '../host/index.ts';",
      'src/journal/read.ts -> src/host/index.ts: rooms-journal',
    ],
    [
      'a window instead of the door',
      'src/journal/window.ts',
      "export { digest } from '../contract/digest.ts';",
      'src/journal/window.ts -> src/contract/digest.ts: by-the-door',
    ],
    [
      'an agent that uses the code of the host',
      'src/agents/own.ts',
      "export { read } from '../host/index.ts';",
      'src/agents/own.ts -> src/host/index.ts: types-only-between-agents-and-host',
    ],
    [
      'the product using a test',
      'src/contract/own.ts',
      "export { bytes } from './digest.test.ts';",
      'src/contract/own.ts -> src/contract/digest.test.ts: no-test-code-in-the-product',
    ],
    [
      'an import that leads nowhere',
      'src/run/lost.ts',
      "import './nowhere.ts';",
      'src/run/lost.ts -> ./nowhere.ts: resolvable',
    ],
    [
      'a room nobody made a rule for',
      'src/attic/index.ts',
      'export const old = 1;',
      'src/attic: no rule says what this room may use',
    ],
  ])('refuses %s', async (_what, path, text, problem) => {
    plant({ ...HONEST, [path]: `${text}\n` });
    expect(await rulesBroken()).toContain(problem);
  });

  it('refuses a cycle', async () => {
    plant({
      ...HONEST,
      'src/run/a.ts': "export { b } from './b.ts';\nexport const a = 1;\n",
      'src/run/b.ts': "export { a } from './a.ts';\nexport const b = 1;\n",
    });
    expect((await rulesBroken()).filter((line) => line.endsWith('no-cycles'))).not.toEqual([]);
  });

  it('fails when it has seen nothing', async () => {
    mkdirSync(join(root, 'src'));
    expect(await rulesBroken()).toEqual(['no source file was seen']);
  });

  it('fails when it has seen no import', async () => {
    plant({ 'src/contract/index.ts': 'export const one = 1;\n' });
    expect(await rulesBroken()).toEqual([
      'not one import was seen: dependency-cruiser cannot read the sources',
    ]);
  });
});
