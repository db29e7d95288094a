/**
 * `wave coord …`. Inside an agent's run it speaks for that agent, through its outbox and inbox; anywhere else it is a
 * person at this machine, appending under the journal's lock.
 */
import { type CoordinationBody, RECORD_KINDS } from '../journal/index.ts';
import { WaveFailure } from '../run/failure/index.ts';
import { ownInbox, sayAsAgent, speakingAgent } from './agent-voice.ts';
import { askOnce, waitFor } from './agent-wait.ts';
import { ownRunOnly, showWait, timeoutOf } from './coord-wait.ts';
import { among, postBody, type RecordOptions, withRecordOptions } from './record-options.ts';
import type { SpeakOptions } from './speak.ts';
import { command, print, printJson } from './terminal.ts';

/** A person's half, with all it takes to read a wave: an agent, who calls this again and again, does without. */
const operator = () => import('./coord-operator.ts');

/** Says something, as whoever speaks; prints the id it will be known by. */
const say = async (options: SpeakOptions, body: CoordinationBody): Promise<number> => {
  const agent = speakingAgent(options.agent);
  if (agent === null) return (await operator()).say(options, body);
  const id = await sayAsAgent(agent, body);
  if (options.json === true) printJson({ id, body });
  else print(id);
  return 0;
};

export const run = async (argv: readonly string[]): Promise<number> => {
  let result: Promise<number> = Promise.resolve(0);
  const program = command(
    'coord',
    'What agents and people say to each other. Inside an agent’s run it speaks for that agent.',
  ).option('--wave <n>', 'the wave (default: the one written to last)');
  const verb = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .option('--agent <id>', 'the agent you speak for')
      .exitOverride();
  const options = (own: object): SpeakOptions => ({ ...program.opts<SpeakOptions>(), ...own });

  withRecordOptions(
    verb('post', 'Posts a record.').requiredOption('--kind <kind>', RECORD_KINDS.join(', ')),
  ).action((own: RecordOptions & { kind: string; agent?: string }) => {
    const kind = own.kind === 'clarification' ? 'clarification-request' : own.kind;
    result = say(options(own), postBody(among(RECORD_KINDS, kind, 'kind of record'), own));
  });
  verb('ack', 'Says that a record has been taken up.')
    .argument('<id>', 'an id or handle')
    .action((record: string, own: object) => {
      result = say(options(own), { type: 'ack', record });
    });
  verb('answer', 'Answers a request or a clarification; the whole chain closes.')
    .argument('<id>', 'an id or handle')
    .argument('<text>')
    .action((record: string, text: string, own: object) => {
      result = say(options(own), { type: 'answer', record, text });
    });
  verb('resolve', 'Says that a record is settled.')
    .argument('<id>', 'an id or handle')
    .option('--detail <text>')
    .action((record: string, own: { detail?: string }) => {
      result = say(options(own), {
        type: 'update',
        record,
        status: 'resolved',
        ...(own.detail === undefined ? {} : { detail: own.detail }),
      });
    });
  verb('withdraw', 'Takes back what you asked.')
    .argument('<id>', 'an id or handle')
    .action((record: string, own: object) => {
      result = say(options(own), { type: 'update', record, status: 'cancelled' });
    });
  withRecordOptions(
    verb(
      'ask',
      'Asks a question, once however often it is called, waits for the answer and prints it. For agents.',
    ).option('--kind <kind>', RECORD_KINDS.join(', '), 'clarification-request'),
  )
    .option('--timeout <duration>', 'at most so long')
    .action((own: RecordOptions & { kind: string; agent?: string; timeout?: string }) => {
      const kind = own.kind === 'clarification' ? 'clarification-request' : own.kind;
      const speaker = ownRunOnly(speakingAgent(own.agent));
      const post = postBody(among(RECORD_KINDS, kind, 'kind of record'), own);
      result = askOnce(speaker, post).then(async (id) =>
        showWait(await waitFor(speaker, [id], timeoutOf(own.timeout)), options(own).json === true),
      );
    });
  verb('wait', 'Waits until what you asked is settled, and prints the answers. For agents.')
    .argument('[ids...]', 'ids or handles (default: all you asked that is open)')
    .option('--timeout <duration>', 'at most so long')
    .action((names: readonly string[], own: { agent?: string; timeout?: string }) => {
      const speaker = ownRunOnly(speakingAgent(own.agent));
      result = waitFor(speaker, names, timeoutOf(own.timeout)).then((end) =>
        showWait(end, options(own).json === true),
      );
    });
  verb('show', 'Shows what was said. Writes nothing.')
    .argument('[id]', 'one record')
    .action((record: string | undefined, own: object) => {
      result = operator().then((them) => them.show(options(own), record));
    });
  verb('inbox', 'What an agent owes, has asked and should know. Writes nothing.').action(
    (own: { agent?: string }) => {
      const given = options(own);
      const agent = speakingAgent(own.agent);
      if (agent !== null) {
        result = ownInbox(agent).then((inbox) => {
          if (given.json === true) printJson(inbox?.json ?? null);
          else print(inbox?.markdown ?? 'The inbox is empty.');
          return 0;
        });
        return;
      }
      if (own.agent === undefined) throw new WaveFailure('bad-argument', 'whose inbox?', 'Say --agent <id>.');
      const id = own.agent;
      result = operator().then((them) => them.inbox(given, id));
    },
  );
  program.parse([...argv], { from: 'user' });
  return result;
};
