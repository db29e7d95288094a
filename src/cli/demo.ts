/** `wave demo`: a whole wave in a throwaway repository; with `--break`, one that has to be refused. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BREAKS, generated, makeRepository, story } from '../demo/index.ts';
import { WaveFailure } from '../run/index.ts';
import { demoRecap } from './demo-recap.ts';
import { compileCache, programCommand } from './from-source.ts';
import { showRun } from './show-run.ts';
import { type Common, command, commandName, print, printJson } from './terminal.ts';

const agentProgram = (): readonly string[] =>
  programCommand(
    fileURLToPath(new URL(compileCache === null ? '../demo/agent.js' : '../demo/agent.ts', import.meta.url)),
  );

export const run = async (argv: readonly string[]): Promise<number> => {
  const program = command(
    'demo',
    `Makes a throwaway repository with a wave in it and runs the wave.\n\nBreaks:\n${BREAKS.map((one) => `  ${one.name.padEnd(20)} ${one.story}`).join('\n')}`,
  )
    .option('--break <how>', 'let it go wrong in a named way')
    .option('--seed <n>', 'a generated wave with other ids, paths and counts')
    .option('--dir <dir>', 'where to make it (default: a new temporary folder)')
    .option('--prepare', 'only make the repository');
  program.parse([...argv], { from: 'user' });
  const options = program.opts<Common & { break?: string; seed?: string; dir?: string; prepare?: boolean }>();
  const wrong = BREAKS.find((one) => one.name === options.break);
  if (options.break !== undefined && wrong === undefined)
    throw new WaveFailure(
      'bad-argument',
      `there is no break “${options.break.slice(0, 40)}”`,
      `Breaks: ${BREAKS.map((one) => one.name).join(', ')}.`,
    );
  if (options.seed !== undefined && !/^\d{1,9}$/.test(options.seed))
    throw new WaveFailure('bad-argument', '--seed takes a whole number', 'For example --seed 42.');
  const honest = options.seed === undefined ? story() : generated(Number(options.seed));
  const dir = options.dir === undefined ? await mkdtemp(join(tmpdir(), 'wave-demo-')) : resolve(options.dir);
  await mkdir(dir, { recursive: true });
  const repository = join(dir, 'repository');
  for (const taken of [repository, join(dir, 'scripts')])
    if (existsSync(taken))
      throw new WaveFailure(
        'directory-in-use',
        `${taken} is there already`,
        'Give --dir a folder of its own: the demo writes into nothing that exists.',
      );
  const plan =
    wrong === undefined
      ? honest
      : wrong.change(honest, {
          repository,
          journal: join(
            repository,
            '.tmp',
            `${honest.lane}-wave-launcher`,
            'journal',
            `wave-${honest.wave}`,
            'local',
          ),
        });
  await makeRepository(dir, plan, agentProgram());
  const json = options.json === true;
  if (options.prepare === true) {
    if (json) printJson({ repository, wave: plan.wave });
    else print(`${repository}\n${commandName(repository)} run ${plan.wave}`);
    return 0;
  }
  if (!json)
    print(
      `a wave in a throwaway repository: ${repository}${wrong === undefined ? '' : `\nbroken on purpose: ${wrong.story}`}\n`,
    );
  // The agents' tests are TypeScript: they need the node that runs us, whatever else is called node here.
  process.env['PATH'] = `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`;
  const shown = await showRun(
    { repoDir: repository, wave: plan.wave, lane: plan.lane, commandLine: 'wave demo' },
    json,
  );
  if (json) printJson(shown.answer);
  if (!json && shown.outcome.kind === 'closed') {
    const recap = demoRecap(shown.outcome.state);
    if (recap.length > 0) print(`\nwhat you just saw:\n${recap.map((line) => `  ${line}`).join('\n')}`);
    const { stdout } = await promisify(execFile)('git', [
      '-C',
      repository,
      'log',
      '--format=%h  %an  %s',
      '--no-color',
    ]);
    print(
      `\nwho did what (git log):\n${stdout
        .trimEnd()
        .split('\n')
        .map((line) => `  ${line}`)
        .join('\n')}`,
    );
  }
  return shown.exitCode;
};
