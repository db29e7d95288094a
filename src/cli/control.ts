/** `wave control …`: the operator's hands. What is asked, what is open, and who does it instead. */
import { addTaskCommands } from './control-task.ts';
import type { SpeakOptions } from './speak.ts';
import { STATUS_SUMMARY, withStatusOptions } from './status-options.ts';
import { command } from './terminal.ts';

export const run = async (argv: readonly string[]): Promise<number> => {
  let result: Promise<number> = Promise.resolve(0);
  const program = command('control', 'What holds a wave open, and what a person does about it.').option(
    '--wave <n>',
    'the wave (default: the one written to last)',
  );
  withStatusOptions(program.command('status'))
    .description(STATUS_SUMMARY)
    .exitOverride()
    .action((own: { agent?: string }) => {
      const given = { ...program.opts<SpeakOptions>(), ...own };
      result = import('./status.ts').then(({ showStatus }) => showStatus(given));
    });
  addTaskCommands(program, (options, act) => {
    result = act({ ...program.opts<SpeakOptions>(), ...options });
  });
  if (argv.length === 0) {
    program.outputHelp();
    return 0;
  }
  program.parse([...argv], { from: 'user' });
  return result;
};
