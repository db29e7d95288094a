/**
 * Files whose content decides what is installed, built or obeyed. A folder's owner does not own these in it; they
 * have to be named (platform.md S17, S23).
 */

const MANIFESTS: ReadonlySet<string> = new Set([
  ...[
    'package.json',
    'package-lock.json',
    'npm-shrinkwrap.json',
    '.npmrc',
    'yarn.lock',
    '.yarnrc',
    '.yarnrc.yml',
  ],
  ...[
    'pnpm-lock.yaml',
    'pnpm-workspace.yaml',
    'bun.lock',
    'bun.lockb',
    'bunfig.toml',
    'deno.json',
    'deno.jsonc',
    'deno.lock',
  ],
  ...['go.mod', 'go.sum', 'go.work', 'go.work.sum', 'cargo.toml', 'cargo.lock', 'build.rs'],
  ...[
    'pyproject.toml',
    'setup.py',
    'setup.cfg',
    'poetry.lock',
    'uv.lock',
    'pdm.lock',
    'pipfile',
    'pipfile.lock',
  ],
  ...['gemfile', 'gemfile.lock', 'composer.json', 'composer.lock', 'mix.exs', 'mix.lock', 'rebar.lock'],
  ...[
    'pom.xml',
    'build.gradle',
    'build.gradle.kts',
    'settings.gradle',
    'settings.gradle.kts',
    'gradle.lockfile',
  ],
  ...[
    'gradle-wrapper.properties',
    'gradle-wrapper.jar',
    'package.swift',
    'package.resolved',
    'podfile',
    'podfile.lock',
  ],
  ...['pubspec.yaml', 'pubspec.lock', 'nuget.config', 'packages.lock.json', 'directory.packages.props'],
  ...['flake.nix', 'flake.lock', 'module.bazel', 'module.bazel.lock'],
]);

/** GitHub's and git's own control files, and the instruction files that coding agents obey. */
const CONTROL_FILES: ReadonlySet<string> = new Set([
  ...['action.yml', 'action.yaml', 'codeowners', '.gitattributes', '.gitmodules', '.envrc'],
  ...[
    'agents.md',
    'agents.override.md',
    'claude.md',
    'claude.local.md',
    'gemini.md',
    'copilot-instructions.md',
  ],
  ...['wave.config.json', '.mcp.json', 'opencode.json', 'opencode.jsonc', '.cursorrules', '.windsurfrules'],
]);

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1).toLowerCase();

/** A package manifest or lockfile of a common ecosystem, in any folder. */
export const isManifest = (path: string): boolean => {
  const name = baseName(path);
  return (
    MANIFESTS.has(name) ||
    /^requirements[\w.-]*\.(txt|in)$/.test(name) ||
    /\.(gemspec|csproj|fsproj|vbproj)$/.test(name)
  );
};

/** Anything of `.github/` is one too, where the base policy chose not to protect that folder. */
export const isControlFile = (path: string): boolean =>
  CONTROL_FILES.has(baseName(path)) || path.toLowerCase().startsWith('.github/');
