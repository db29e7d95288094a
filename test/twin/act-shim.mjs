// The entry act runs instead of the product's: asks the harness who this job is, then starts the real entry as its own
// process with that job's tokens, HOME and temp folder. A process of its own, not an import, so that the real entry
// starts with a clean environment and sees itself as the main module.
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const here = dirname(process.argv[1]);
const { control, key, entries } = JSON.parse(readFileSync(join(here, 'twin-shim.json'), 'utf8'));
const entry = join(here, entries[basename(process.argv[1])]);

const inputs = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('INPUT_')));
const answer = await fetch(control, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ key, temp: process.env.RUNNER_TEMP, inputs }),
});
if (!answer.ok) throw new Error(`the harness refused ${key}: ${await answer.text()}`);
const identity = await answer.json();
console.log(`[twin] job ${identity.job} ${key}`);

const leaks = identity.canaries.filter((path) => existsSync(path));
if (leaks.length > 0) {
  console.error(`[twin] leak: ${leaks.join(', ')} of a job that has ended can still be read`);
  process.exit(97);
}

const env = { ...process.env };
// act's one token stands for "the token of this job" wherever an expression put it. Tokens are not masked: a leak must
// be visible to the test.
for (const [name, value] of Object.entries(env))
  env[name] = value.replaceAll(identity.placeholder, identity.token);
Object.assign(env, identity.env, { GITHUB_ACTION_PATH: here });
// What only act has must not be something the product can lean on.
for (const name of ['ACT', 'SHA_REF', 'GOMAXPROCS', 'GIT_CONFIG_NOSYSTEM']) delete env[name];
// From here on the job's `run:` steps have its HOME too.
if (identity.first) appendFileSync(process.env.GITHUB_ENV, `HOME=${env.HOME}\nTMPDIR=${env.TMPDIR}\n`);
env.NODE_OPTIONS = `--require=${identity.dnsHook}`;

const child = spawn(process.execPath, [entry], { env, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('close', (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 128);
});
