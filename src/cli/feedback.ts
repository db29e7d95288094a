/** `wave feedback list|show|respond`: what people are asked, in one queue, and their answers (coordination.md §9.2). */
import { WaveFailure } from '../run/index.ts';
import { handle } from '../state/index.ts';
import { feedbackOf, feedbackQueue, renderFeedback, renderFeedbackItem } from '../views/index.ts';
import { refuseInsideRun } from './agent-voice.ts';
import { knownAgent, readingWave, recordNamed, type SpeakOptions, sayAsOperator } from './speak.ts';
import { command, commandName, print, printJson, style } from './terminal.ts';

const at = (repoRoot: string) => ({ now: new Date().toISOString(), command: commandName(repoRoot) });

const list = (options: SpeakOptions & { readonly pending?: boolean }): Promise<number> =>
  readingWave(options, async (open) => {
    const agent = options.agent === undefined ? null : knownAgent(open, options.agent);
    const items = feedbackQueue(open.contract, open.state).filter(
      (one) =>
        (options.pending !== true || one.status === 'pending') &&
        (agent === null || one.from === agent || one.waiting.includes(agent)),
    );
    if (options.json === true) printJson(items);
    else print(renderFeedback(items, at(options.repoRoot), style()));
    return 0;
  });

const show = (options: SpeakOptions & { readonly id: string }): Promise<number> =>
  readingWave(options, async (open) => {
    const record = recordNamed(open, options.id);
    const item = feedbackOf(open.contract, open.state, record);
    if (item === null)
      throw new WaveFailure(
        'not-for-people',
        `${handle(record)} is a ${record.kind}, which no person is asked`,
        `Look at it with wave coord show ${handle(record)}.`,
      );
    if (options.json === true) printJson(item);
    else print(renderFeedbackItem(item, at(options.repoRoot), style()));
    return 0;
  });

const respond = (
  options: SpeakOptions & { readonly id: string; readonly response: string },
): Promise<number> =>
  readingWave(options, async (open) => {
    const before = [...open.state.open.keys()];
    const { id } = recordNamed(open, options.id);
    await sayAsOperator(open, { type: 'answer', record: id, text: options.response }, undefined);
    const state = open.currentState();
    const settled = before.filter((one) => !state.open.has(one));
    const names = settled.flatMap((one) => {
      const record = state.records.get(one);
      return record === undefined ? [] : [handle(record)];
    });
    if (options.json === true) printJson({ id, settled });
    else
      print(
        `Answered: ${names.join(', ')}. Whoever waits for it goes on with ${commandName(options.repoRoot)} run ${open.contract.wave}, or by itself if that runs.`,
      );
    return 0;
  });

export const run = async (argv: readonly string[]): Promise<number> => {
  let result: Promise<number> = Promise.resolve(0);
  const program = command('feedback', 'What people are asked, in one queue, and their answers.').option(
    '--wave <n>',
    'the wave (default: the one written to last)',
  );
  const verb = (name: string, description: string) =>
    program.command(name).description(description).exitOverride();
  const later = <T extends object>(own: T, act: (options: SpeakOptions & T) => Promise<number>): void => {
    refuseInsideRun();
    result = act({ ...program.opts<SpeakOptions>(), ...own });
  };
  verb('list', 'The queue: what waits for an answer first. Writes nothing.')
    .option('--pending', 'only what waits for an answer')
    .option('--agent <id>', 'what this agent asked or waits for')
    .action((own: { pending?: boolean; agent?: string }) => later(own, list));
  verb('show', 'One question with all that was said about it. Writes nothing.')
    .requiredOption('--id <id>', 'an id, a handle or a given name')
    .action((own: { id: string }) => later(own, show));
  verb('respond', 'Answers; the whole chain closes.')
    .requiredOption('--id <id>', 'an id, a handle or a given name')
    .requiredOption('--response <text>', 'the answer')
    .action((own: { id: string; response: string }) => later(own, respond));
  program.parse([...argv], { from: 'user' });
  return result;
};
