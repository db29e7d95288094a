#!/usr/bin/env node
/**
 * `wave …`. Help and dispatch know the commands by name only; a command's code is loaded when it is called, so that help
 * costs little more than starting node.
 */
import { COMMANDS, type CommandEntry, helpText } from './commands.ts';
import { compileCache } from './from-source.ts';
import { nodeProblem } from './node-version.ts';

// Not imported above: an older node has none, and would refuse to start before it could be told what is missing.
if (compileCache !== null) (await import('node:module')).enableCompileCache(compileCache);

const words = process.argv.slice(2);
// `wave --repo-root <dir> run 3` is `wave run 3` there (contract.md §3: the option stands anywhere).
if (words[0] === '--repo-root' && words[1] !== undefined)
  process.env['WAVE_REPO_ROOT'] = words.splice(0, 2)[1];
const [first, ...rest] = words;

const called = (name: string | undefined): CommandEntry | undefined =>
  COMMANDS.find((one) => one.name === name || one.alias === name);

const unknownCommand = async (name: string, json: boolean): Promise<number> => {
  if (!json) process.stdout.write(helpText());
  const [{ WaveFailure }, { nearest }, { reportError }] = await Promise.all([
    import('../run/failure/index.ts'),
    import('../contract/index.ts'),
    import('./errors.ts'),
  ]);
  const near = nearest(
    name,
    COMMANDS.map((one) => one.name),
  );
  return reportError(
    new WaveFailure(
      'unknown-command',
      `there is no command “${name.slice(0, 60)}”`,
      near === null ? 'wave help lists the commands.' : `Did you mean wave ${near}?`,
    ),
    json,
  );
};

const main = async (): Promise<number> => {
  const problem = nodeProblem(process.versions.node);
  if (problem !== null) {
    if (process.argv.includes('--json'))
      process.stdout.write(`${JSON.stringify({ ok: false, error: problem }, null, 2)}\n`);
    process.stderr.write(`[wave] ${problem.code}: ${problem.message}\n  fix: ${problem.fix}\n`);
    return 1;
  }
  if (first === undefined || first === 'help' || first === '--help' || first === '-h') {
    const about = first === 'help' ? called(rest[0]) : undefined;
    if (about !== undefined) return (await about.load()).run(['--help']);
    if (first === 'help' && rest[0]?.startsWith('-') === false)
      return unknownCommand(rest[0], rest.includes('--json'));
    process.stdout.write(helpText());
    return 0;
  }
  if (first === '--version' || first === '-V') {
    const { version } = await import('./version.ts');
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  const command = called(first);
  if (command === undefined) return unknownCommand(first, rest.includes('--json'));
  return (await command.load()).run(rest);
};

try {
  process.exitCode = await main();
} catch (error) {
  const { reportError } = await import('./errors.ts');
  process.exitCode = reportError(error, process.argv.includes('--json'), called(first)?.name);
}
