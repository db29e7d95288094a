import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** For tests: a temporary folder with real repositories in it, made with git as a user has it. */
export type GitSandbox = {
  readonly dir: string;
  readonly path: (...names: string[]) => string;
  /** Runs git as a user would in `cwd`; throws on failure. */
  readonly git: (cwd: string, ...args: string[]) => string;
  readonly write: (root: string, files: Readonly<Record<string, string | Uint8Array>>) => void;
  /** A repository on branch `main` with one commit of `files`; the commit's id comes back. */
  readonly repository: (
    name: string,
    files: Readonly<Record<string, string | Uint8Array>>,
  ) => { root: string; head: string };
  readonly remove: () => void;
};

export const gitSandbox = (): GitSandbox => {
  const dir = mkdtempSync(join(tmpdir(), 'wave-git-'));
  const env = {
    PATH: process.env['PATH'],
    HOME: dir,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'u',
    GIT_AUTHOR_EMAIL: 'u@example.com',
    GIT_COMMITTER_NAME: 'u',
    GIT_COMMITTER_EMAIL: 'u@example.com',
  };
  const git = (cwd: string, ...args: string[]): string =>
    execFileSync('git', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trimEnd();
  const write: GitSandbox['write'] = (root, files) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
  };
  return {
    dir,
    path: (...names) => join(dir, ...names),
    git,
    write,
    repository: (name, files) => {
      const root = join(dir, name);
      mkdirSync(root, { recursive: true });
      git(root, 'init', '-q', '-b', 'main');
      write(root, files);
      git(root, 'add', '-A');
      git(root, 'commit', '-q', '--allow-empty', '-m', 'start');
      return { root, head: git(root, 'rev-parse', 'HEAD') };
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
};
