/** `wave status`, and `wave control status`: why it is not done. Writes nothing. */
import { isRunAlive, standing } from '../run/index.ts';
import { renderStatus, statusJson, unreadable } from '../views/index.ts';
import { refuseInsideRun } from './agent-voice.ts';
import { knownAgent, readingWave, type SpeakOptions } from './speak.ts';
import { STATUS_SUMMARY, withStatusOptions } from './status-options.ts';
import { command, commandName, print, printJson, style } from './terminal.ts';

export const showStatus = (options: SpeakOptions): Promise<number> => {
  refuseInsideRun();
  return readingWave(options, async (open) => {
    const { contract, state } = open;
    const { gates } = await standing(open);
    const status = {
      contract,
      state,
      gates,
      now: new Date().toISOString(),
      alive: isRunAlive(open),
      command: commandName(options.repoRoot),
      ...(options.agent === undefined ? {} : { agent: knownAgent(open, options.agent) }),
    };
    if (options.json === true) printJson({ ...statusJson(status), unreadable: unreadable(open.quarantined) });
    else print(renderStatus(status, style()));
    return 0;
  });
};

export const run = async (argv: readonly string[]): Promise<number> => {
  const program = withStatusOptions(command('status', STATUS_SUMMARY))
    .argument('[wave]')
    .option('--wave <n>', 'the wave (default: the one written to last)');
  program.parse([...argv], { from: 'user' });
  const options = program.opts<SpeakOptions>();
  const wave = program.args[0] ?? options.wave;
  return showStatus({ ...options, ...(wave === undefined ? {} : { wave }) });
};
