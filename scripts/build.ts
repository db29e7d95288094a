/**
 * `npm run build`: `dist/`, for the published package and the action. Each program is bundled with everything it needs,
 * since an action is run from a checkout without `node_modules`. What is loaded lazily in the source stays a chunk of its
 * own, beside its entry: the code finds its neighbours (`./main.js`, `../../package.json`) relative to itself.
 */
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));

export const PROGRAMS = [
  { source: 'src/cli/main.ts', folder: 'cli', name: 'main' },
  { source: 'src/demo/agent.ts', folder: 'demo', name: 'agent' },
  { source: 'src/action/main.ts', folder: 'action', name: 'main' },
] as const;

export type Built = {
  /** Files relative to the output folder, with their size in bytes. */
  readonly files: ReadonlyMap<string, number>;
  /** Programs whose source is not there. */
  readonly skipped: readonly string[];
  /** `name@version` of the bundled packages, sorted. */
  readonly packages: readonly string[];
};

/** The folder of the package a module is from, or null for our own source. */
const packageFolder = (module: string): string | null => {
  const parts = module.split(sep);
  const at = parts.lastIndexOf('node_modules');
  if (at < 0) return null;
  const scoped = parts[at + 1]?.startsWith('@') === true;
  return parts.slice(0, at + (scoped ? 3 : 2)).join(sep);
};

type Licence = { readonly id: string; readonly text: string };

const licenceOf = (folder: string): Licence => {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license?: string;
  };
  const texts = globSync('{licen[cs]e,LICEN[CS]E,Licen[cs]e,COPYING,NOTICE}*', { cwd: folder })
    .toSorted()
    .filter((file) => /^(licen[cs]e|copying|notice)([.-][\w.-]+)?$/i.test(basename(file)))
    .map((file) => readFileSync(join(folder, file), 'utf8').trim());
  return {
    id: `${name}@${version}`,
    text: [`${name}@${version} (${license ?? 'no licence named'})`, '', ...texts, ''].join('\n'),
  };
};

const bundle = async (source: string, outDir: string, name: string): Promise<readonly string[]> => {
  const build = await rolldown({
    input: { [name]: source },
    platform: 'node',
    cwd: PROJECT,
    transform: { target: 'node24' },
    treeshake: true,
    onLog: (level, log, print) => {
      // Libraries that use eval are not ours to change.
      if (level === 'warn' && log.code !== 'EVAL') print(level, log);
    },
  });
  try {
    const { output } = await build.write({
      dir: outDir,
      format: 'esm',
      entryFileNames: '[name].js',
      chunkFileNames: '[name]-[hash].js',
      comments: { legal: false, jsdoc: false },
    });
    return output.flatMap((one) => (one.type === 'chunk' ? one.moduleIds : []));
  } finally {
    await build.close();
  }
};

/**
 * Builds every program that has a source.
 *
 * @param outDir emptied first
 */
export const build = async (outDir: string): Promise<Built> => {
  rmSync(outDir, { recursive: true, force: true });
  const folders = new Set<string>();
  const skipped: string[] = [];
  for (const { source, folder, name } of PROGRAMS) {
    if (!existsSync(join(PROJECT, source))) {
      skipped.push(source);
      continue;
    }
    for (const module of await bundle(source, join(outDir, folder), name)) {
      const from = packageFolder(module);
      if (from !== null) folders.add(resolve(PROJECT, from));
    }
  }
  const licences = new Map(
    [...folders]
      .filter((folder) => existsSync(join(folder, 'package.json')))
      .map((folder) => {
        const { id, text } = licenceOf(folder);
        return [id, text] as const;
      }),
  );
  const packages = [...licences.keys()].toSorted();
  const rule = `\n${'-'.repeat(80)}\n\n`;
  writeFileSync(
    join(outDir, 'licenses.txt'),
    [
      'Packages bundled into these programs, and their licences.\n',
      ...packages.map((id) => licences.get(id) ?? ''),
    ].join(rule),
  );
  const files = new Map(
    globSync('**/*.{js,txt}', { cwd: outDir })
      .toSorted()
      .map((file) => [file, readFileSync(join(outDir, file)).length] as const),
  );
  return { files, skipped, packages };
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const outDir = resolve(process.argv[2] ?? join(PROJECT, 'dist'));
  const { files, skipped, packages } = await build(outDir);
  for (const [file, bytes] of files)
    process.stdout.write(`${String(Math.ceil(bytes / 1024)).padStart(7)} KiB  ${file}\n`);
  for (const source of skipped) process.stdout.write(`skipped: ${source} is not there\n`);
  process.stdout.write(
    `${files.size} files in ${relative(process.cwd(), outDir) || '.'}, ${packages.length} packages\n`,
  );
}
