/** `wave status`: why it is not done. Writes nothing. */
import { standing } from '../run/index.ts';
import { renderStatus, statusJson } from '../views/index.ts';
import { type Common, command, print, printJson, reading, style, waveNumber } from './terminal.ts';

export const run = async (argv: readonly string[]): Promise<number> => {
  const program = command(
    'status',
    'Why the wave is not done, who owes what, and what happens next. Writes nothing.',
  )
    .argument('[wave]')
    .option('--wave <n>', 'the wave (default: the one written to last)');
  program.parse([...argv], { from: 'user' });
  const options = program.opts<Common & { wave?: string }>();
  const wave = program.args[0] ?? options.wave;
  return reading(options, wave === undefined ? undefined : waveNumber(wave), async (open) => {
    const { contract, state } = open;
    const { gates } = await standing(open);
    if (options.json === true) printJson(statusJson({ contract, state, gates }));
    else print(renderStatus({ contract, state, gates, now: new Date().toISOString() }, style()));
    return 0;
  });
};
