/** `wave report`: the HTML report of a wave as it stands in the journal. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { reportFile, standing } from '../run/index.ts';
import { htmlReport, unreadable } from '../views/index.ts';
import { type Common, command, commandName, print, printJson, reading, waveNumber } from './terminal.ts';

export const run = async (argv: readonly string[]): Promise<number> => {
  const program = command('report', 'Writes the HTML report of a wave as it stands and prints its path.')
    .argument('[wave]')
    .option('--wave <n>', 'the wave (default: the one written to last)')
    .option('--out <file>', 'where to (default: beside the journal)');
  program.parse([...argv], { from: 'user' });
  const options = program.opts<Common & { wave?: string; out?: string }>();
  const wave = program.args[0] ?? options.wave;
  return reading(options, wave === undefined ? undefined : waveNumber(wave), async (open) => {
    const { gates, tree, patches } = await standing(open);
    const file =
      options.out === undefined ? reportFile(open.lane.stateDir, open.contract.wave) : resolve(options.out);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(
      file,
      htmlReport({
        contract: open.contract,
        state: open.state,
        gates,
        tree,
        commit: open.state.published?.commit ?? null,
        entries: open.entries,
        unreadable: unreadable(open.quarantined),
        instance: open.instance,
        generatedAt: new Date().toISOString(),
        closed: open.state.published !== null,
        patches,
        command: commandName(options.repoRoot),
      }),
    );
    if (options.json === true) printJson({ report: file });
    else print(relative(process.cwd(), file));
    return 0;
  });
};
