/** `wave run <n>` (alias `launch`): runs a wave here, or goes on with one that was interrupted. */
import { EXECUTOR_IDS, type ExecutorId } from '../contract/index.ts';
import { WaveFailure } from '../run/index.ts';
import { showRun } from './show-run.ts';
import { type Common, command, waveNumber } from './terminal.ts';

export const run = async (argv: readonly string[]): Promise<number> => {
  const program = command(
    'run',
    'Runs a wave on this machine. Killed at any point, the same command goes on from what is proven.',
  )
    .argument('<wave>')
    .option('--executor <id>', `for agents that name none: ${EXECUTOR_IDS.join(', ')}`)
    .option('--max-parallel <n>', 'agents at work at once');
  program.parse([...argv], { from: 'user' });
  const options = program.opts<Common & { executor?: string; maxParallel?: string }>();
  const executor = options.executor as ExecutorId | undefined;
  if (executor !== undefined && !EXECUTOR_IDS.includes(executor))
    throw new WaveFailure(
      'bad-argument',
      `there is no executor “${executor}”`,
      `Executors: ${EXECUTOR_IDS.join(', ')}.`,
    );
  if (options.maxParallel !== undefined && !/^[1-9]\d{0,2}$/.test(options.maxParallel))
    throw new WaveFailure(
      'bad-argument',
      `--max-parallel takes a number from 1 to 999, not “${options.maxParallel.slice(0, 20)}”`,
      'Leave it out for the configured number.',
    );
  const { exitCode } = await showRun(
    {
      repoDir: options.repoRoot,
      wave: waveNumber(program.args[0] ?? ''),
      ...(options.lane === undefined ? {} : { lane: options.lane }),
      ...(executor === undefined ? {} : { executorOverride: executor }),
      ...(options.maxParallel === undefined ? {} : { maxParallel: Number(options.maxParallel) }),
    },
    options.json === true,
  );
  return exitCode;
};
