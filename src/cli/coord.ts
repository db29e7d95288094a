/**
 * `wave coord …`. Inside an agent's run it speaks for that agent, through its outbox and inbox; anywhere else it is a
 * person at this machine, appending under the journal's lock.
 */
import { type CoordinationBody, RECORD_KINDS } from '../journal/index.ts';
import { WaveFailure } from '../run/index.ts';
import { handle, plainState } from '../state/index.ts';
import { board, inboxOf, renderInboxMarkdown } from '../views/index.ts';
import { among, postBody, type RecordOptions, withRecordOptions } from './record-options.ts';
import {
  knownAgent,
  ownInbox,
  readingWave,
  recordNamed,
  type SpeakOptions,
  sayAsAgent,
  sayAsOperator,
  speakingAgent,
} from './speak.ts';
import { command, print, printJson } from './terminal.ts';

/** Says something, as whoever speaks; prints the id it will be known by. */
const say = async (options: SpeakOptions, body: CoordinationBody): Promise<number> => {
  const agent = speakingAgent(options.agent);
  if (agent !== null) {
    const id = await sayAsAgent(agent, body);
    if (options.json === true) printJson({ id, body });
    else print(id);
    return 0;
  }
  return readingWave(options, async (open) => {
    const { entry, record } = await sayAsOperator(open, body, options.agent);
    if (options.json === true)
      printJson({
        id: entry.id,
        seq: entry.seq,
        record:
          record === undefined ? null : { id: record.id, handle: handle(record), status: record.status },
      });
    else
      print(
        record === undefined ? entry.id : `${handle(record)} ${record.kind} ${record.status}  ${record.id}`,
      );
    return 0;
  });
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
  verb('show', 'Shows what was said. Writes nothing.')
    .argument('[id]', 'one record')
    .action((record: string | undefined, own: object) => {
      const given = options(own);
      result = readingWave(given, async (open) => {
        if (record !== undefined) {
          const found = recordNamed(open, record);
          const assignments = open.state.assignments.get(found.id) ?? [];
          printJson({ ...found, assignments });
        } else if (given.json === true) printJson(plainState(open.state));
        else print(board(open.contract, open.state, new Date().toISOString()));
        return 0;
      });
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
      result = readingWave(given, async (open) => {
        const inbox = inboxOf(open.contract, open.state, knownAgent(open, id));
        if (given.json === true) printJson(inbox);
        else print(renderInboxMarkdown(inbox));
        return 0;
      });
    },
  );
  program.parse([...argv], { from: 'user' });
  return result;
};
