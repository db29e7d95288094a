/** `wave validate`: the wave files as they lie in the working tree, with every finding. */
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import {
  type Diagnostic,
  filesBeside,
  readConfig,
  readContract,
  resolvePolicy,
  type SourceFile,
} from '../contract/index.ts';
import { describeRepository } from '../host/index.ts';
import { CONFIG_FILE, WaveFailure } from '../run/index.ts';
import { renderDiagnostics } from '../views/index.ts';
import { type Common, command, print, printJson, style, waveNumber } from './terminal.ts';

const source = async (root: string, path: string): Promise<SourceFile | null> => {
  try {
    // A pipe would keep us waiting for somebody to write into it.
    if (!(await stat(join(root, path))).isFile())
      throw new WaveFailure('unreadable', `${path} is no regular file`, 'Put a file there.');
    return { path, text: await readFile(join(root, path), 'utf8') };
  } catch (error) {
    if (error instanceof WaveFailure) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new WaveFailure(
      'unreadable',
      `${path}: ${(error as Error).message}`,
      'Check the file’s permissions.',
    );
  }
};

const below = async (root: string, dir: string): Promise<readonly string[]> => {
  try {
    return (await readdir(join(root, dir), { withFileTypes: true }))
      .filter((one) => one.isFile())
      .map((one) => `${dir}/${one.name}`);
  } catch {
    return [];
  }
};

export const run = async (argv: readonly string[]): Promise<number> => {
  const program = command(
    'validate',
    'Checks wave files and the configuration, and says every finding with file and line. Writes nothing.',
  ).argument('[wave]', 'a wave number or file; all waves of the lane when left out');
  program.parse([...argv], { from: 'user' });
  const common = program.opts<Common>();
  const described = await describeRepository(common.repoRoot);
  if (!described.ok && !existsSync(common.repoRoot))
    throw new WaveFailure(
      'not-a-repository',
      `${common.repoRoot} is not there`,
      'Run wave inside the repository whose work it is, or give --repo-root.',
    );
  // Wave files can be checked before there is a repository around them.
  const root = described.ok ? described.value.root : common.repoRoot;
  const configFile = await source(root, CONFIG_FILE);
  const { config, policyInput, diagnostics: found } = readConfig(configFile, common.lane);
  const policy = resolvePolicy(policyInput);
  const [asked] = program.args;
  const all = (await below(root, config.wavesDir))
    .filter((path) => /\/wave-\d+\.md$/.test(path))
    .toSorted((a, b) => Number(/(\d+)\.md$/.exec(a)?.[1]) - Number(/(\d+)\.md$/.exec(b)?.[1]));
  const wanted =
    asked === undefined
      ? all
      : [
          asked.endsWith('.md')
            ? relative(root, join(process.cwd(), asked))
            : `${config.wavesDir}/wave-${waveNumber(asked)}.md`,
        ];
  if (wanted.length === 0)
    throw new WaveFailure(
      'no-waves',
      `there is no wave file in ${config.wavesDir}/`,
      `Write ${config.wavesDir}/wave-1.md; docs/quickstart.md shows one.`,
    );
  const prompts = (
    await Promise.all((await below(root, config.roles.rolePromptDir)).map((path) => source(root, path)))
  ).filter((file) => file !== null);
  const beside = (await Promise.all(filesBeside(config).map((path) => source(root, path)))).filter(
    (file) => file !== null,
  );
  const sources = new Map<string, string>(
    [...beside, ...(configFile === null ? [] : [configFile])].map(({ path, text }) => [path, text]),
  );
  const diagnostics: Diagnostic[] = [...found];
  const numbers = new Map<number, string>();
  for (const path of wanted) {
    const file = await source(root, path);
    if (file === null)
      throw new WaveFailure(
        'wave-not-found',
        `${path} is not there`,
        `Waves of this lane: ${all.join(', ') || 'none'}.`,
      );
    const number = Number(/(\d+)\.md$/.exec(path)?.[1]);
    const twin = numbers.get(number);
    if (twin !== undefined)
      diagnostics.push({
        code: 'duplicate-wave',
        at: { file: path, line: 1, column: 1, endLine: 1, endColumn: 1 },
        message: `${path} and ${twin} are both wave ${number}`,
        fix: 'rename one of them',
        severity: 'error',
      });
    numbers.set(number, path);
    sources.set(path, file.text);
    const reading = readContract([file, ...prompts, ...beside], {
      waveFile: path,
      config,
      policy,
      lane: common.lane ?? config.defaultLane,
    });
    // Beside a configuration that cannot be read, these would be about the built-in one.
    if (!found.some((one) => one.severity === 'error')) diagnostics.push(...reading.diagnostics);
  }
  const errors = diagnostics.filter((one) => one.severity === 'error').length;
  if (common.json === true) printJson({ ok: errors === 0, waves: [...numbers.keys()], diagnostics });
  else
    print(
      diagnostics.length === 0
        ? `${wanted.length === 1 ? wanted[0] : `${wanted.length} waves`}: no findings`
        : renderDiagnostics(diagnostics, (file) => sources.get(file) ?? null, style()),
    );
  return errors === 0 ? 0 : 1;
};
