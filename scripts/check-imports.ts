/**
 * `npm run deps`: the import rule of .dependency-cruiser.mjs over `src/`, and the purity of the pure rooms. Exit 1 on the
 * first wrong arrow, and when the tool did not see every source file: a checker that looks at nothing must not pass.
 */
import { globSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractDepcruiseConfig from 'dependency-cruiser/config-utl/extract-depcruise-config';
import { impurities } from './purity.ts';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));

export type ImportCheck = {
  readonly modules: number;
  readonly arrows: number;
  /** One line a problem; none means that the rule holds. */
  readonly problems: readonly string[];
};

const roomsIn = (root: string): readonly string[] =>
  readdirSync(join(root, 'src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);

/**
 * @param root a folder that holds `src/`; the rules are always this project's
 * @returns problems as data: wrong arrows, rooms the rule does not know, files the tool did not see
 */
export const checkImports = async (root: string): Promise<ImportCheck> => {
  const file = join(PROJECT, '.dependency-cruiser.mjs');
  const { ROOMS } = (await import(file)) as { ROOMS: Readonly<Record<string, readonly string[]>> };
  const { forbidden = [], options = {} } = await extractDepcruiseConfig(file);
  const { output } = await cruise(['src'], {
    ...options,
    baseDir: root,
    validate: true,
    ruleSet: { forbidden },
    outputType: 'json',
  });
  const result = JSON.parse(String(output)) as ICruiseResult;
  const seen = new Set(result.modules.map((module) => module.source));
  const sources = globSync('src/**/*.ts', { cwd: root });
  const unseen = sources.filter((source) => !seen.has(source));
  const arrows = result.modules.reduce((sum, module) => sum + module.dependencies.length, 0);
  const comments = new Map(forbidden.map((rule) => [rule.name, rule.comment]));
  return {
    modules: sources.length - unseen.length,
    arrows,
    problems: [
      ...(sources.length === 0 ? ['no source file was seen'] : []),
      ...unseen.map((source) => `${source}: was not seen by dependency-cruiser`),
      ...(sources.length > 0 && arrows === 0
        ? ['not one import was seen: dependency-cruiser cannot read the sources']
        : []),
      ...roomsIn(root)
        .filter((room) => ROOMS[room] === undefined)
        .map((room) => `src/${room}: no rule says what this room may use`),
      ...result.summary.violations
        .filter(({ rule }) => rule.severity === 'error')
        .map(
          ({ rule, from, to, cycle }) =>
            `${from} -> ${cycle === undefined ? to : cycle.map(({ name }) => name).join(' -> ')}: ${rule.name} (${comments.get(rule.name) ?? ''})`,
        )
        .toSorted(),
    ],
  };
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = resolve(process.argv[2] ?? PROJECT);
  const { modules, arrows, problems } = await checkImports(root);
  const impure = impurities(root).map(({ file, line, what }) => `${file}:${line}: ${what} in a pure room`);
  for (const problem of [...problems, ...impure]) process.stderr.write(`${problem}\n`);
  process.stdout.write(
    `${modules} modules, ${arrows} imports, ${problems.length + impure.length} problems\n`,
  );
  process.exitCode = problems.length + impure.length === 0 ? 0 : 1;
}
