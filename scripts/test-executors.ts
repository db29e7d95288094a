/**
 * `npm run test:executors`: puts the model CLIs into a cache folder outside the repository and runs the table of
 * test/executors on them, against scripted models on loopback.
 *
 *   --latest     the newest versions instead of those of test/executors/versions.json
 *   --record     also writes test/executors/recordings anew
 *   claude …     only these
 *
 * A registry that does not answer is said (`skipped: registry`) and is no failure; a CLI that is there and does not
 * behave is one.
 */
import { execFile, spawn } from 'node:child_process';
import { access, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '..');
const CACHE = join(tmpdir(), 'wave-executors-cache');
const run = promisify(execFile);

type Wanted = { readonly id: string; readonly package: string; readonly version: string };
type Installed = { readonly id: string; readonly version: string; readonly program: string };

const npm = (args: readonly string[]) =>
  run('npm', [...args, '--fetch-retries=1', '--fetch-timeout=60000', '--no-audit', '--no-fund'], {
    cwd: tmpdir(),
    timeout: 300_000,
    maxBuffer: 16 * 1024 * 1024,
  });

/** npm's words for a registry that could not be reached, in contrast to one that says no. */
const UNREACHABLE =
  /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|EHOSTUNREACH|ENETUNREACH|E50[0-9]|FETCH_ERROR)\b/;

const unreachable = (error: unknown): boolean => {
  const { stderr = '', killed = false } = error as { stderr?: string; killed?: boolean };
  return killed || UNREACHABLE.test(stderr);
};

/** The program of that version, from the cache or the registry. Rejects with npm's error. */
async function install(wanted: Wanted, latest: boolean): Promise<Installed> {
  const version = latest ? (await npm(['view', wanted.package, 'version'])).stdout.trim() : wanted.version;
  const folder = join(CACHE, `${wanted.id}-${version}`);
  const program = join(folder, 'node_modules', '.bin', wanted.id);
  const there = await access(program).then(
    () => true,
    () => false,
  );
  if (!there) {
    // Beside it and then renamed, so that an install which was cut off is never taken for one.
    const draft = `${folder}.${process.pid}`;
    await mkdir(draft, { recursive: true });
    try {
      await npm(['install', '--prefix', draft, '--no-save', `${wanted.package}@${version}`]);
      await rm(folder, { recursive: true, force: true });
      await rename(draft, folder);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }
  // npm can be told not to run install scripts, which put the real program in place.
  const said = await run(program, ['--version'], { cwd: tmpdir() }).catch((error: Error) => ({
    stdout: error.message,
  }));
  if (!said.stdout.includes(version))
    throw new Error(
      `${wanted.package}@${version} was installed, but its --version says: ${said.stdout.trim()}`,
    );
  return { id: wanted.id, version, program };
}

const args = process.argv.slice(2);
const only = args.filter((arg) => !arg.startsWith('--'));
const versions = JSON.parse(await readFile(join(ROOT, 'test/executors/versions.json'), 'utf8')) as Record<
  string,
  Omit<Wanted, 'id'>
>;
const installed: Installed[] = [];
for (const [id, one] of Object.entries(versions)) {
  if (only.length > 0 && !only.includes(id)) continue;
  try {
    const done = await install({ id, ...one }, args.includes('--latest'));
    console.log(`${id} ${done.version}`);
    installed.push(done);
  } catch (error) {
    if (!unreachable(error)) throw error;
    console.log(`skipped: registry (${one.package} could not be had)`);
  }
}
if (installed.length > 0) {
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', '--config', 'test/executors/vitest.config.ts'], {
    cwd: ROOT,
    stdio: 'inherit',
    env: {
      ...process.env,
      WAVE_TEST_EXECUTORS: JSON.stringify(installed),
      WAVE_RECORD_EXECUTORS: args.includes('--record') ? '1' : '0',
    },
  });
  process.exitCode = await new Promise<number>((resolve) => {
    child.once('error', () => resolve(1));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
