/**
 * `wave coord …`. Inside an agent's run it speaks for that agent, through its outbox and inbox; anywhere else it is a
 * person at this machine, appending under the journal's lock.
 */
import { readInbox } from '../agents/index.ts';
import { randomHex } from '../host/index.ts';
import {
  agentEntryId,
  type CoordinationBody,
  PRIORITIES,
  type Priority,
  RECORD_KINDS,
  RECORD_STATUSES,
  type RecordKind,
  type RecordStatus,
} from '../journal/index.ts';
import { type OpenWave, WaveFailure } from '../run/index.ts';
import { findRecord, handle, plainState } from '../state/index.ts';
import { board, inboxOf, renderInboxMarkdown } from '../views/index.ts';
import { postOwn } from './outbox-post.ts';
import { type Common, command, print, printJson, reading, waveNumber } from './terminal.ts';

type Speaker = {
  readonly agent: string;
  readonly outbox: string;
  readonly inbox: string;
  readonly run: string;
  readonly attempt: number;
};

/** Who is speaking: an agent in its own run, or nobody of the wave. */
const speakingAgent = (claimed: string | undefined): Speaker | null => {
  const {
    WAVE_AGENT: agent,
    WAVE_OUTBOX: outbox,
    WAVE_INBOX: inbox,
    WAVE_RUN: run,
    WAVE_ATTEMPT: attempt,
  } = process.env;
  if (
    agent === undefined ||
    outbox === undefined ||
    inbox === undefined ||
    run === undefined ||
    attempt === undefined
  )
    return null;
  if (claimed !== undefined && claimed !== agent)
    throw new WaveFailure(
      'not-your-name',
      `you are ${agent} and cannot speak as ${claimed}`,
      `Leave --agent out, or say --agent ${agent}.`,
    );
  return { agent, outbox, inbox, run, attempt: Number(attempt) };
};

const among = <T extends string>(values: readonly T[], text: string, what: string): T => {
  const found = values.find((one) => one === text.toLowerCase());
  if (found === undefined)
    throw new WaveFailure(
      'bad-argument',
      `“${text.slice(0, 40)}” is no ${what}`,
      `One of: ${values.join(', ')}.`,
    );
  return found;
};

const many = (value: string, before: readonly string[] = []): string[] => [...before, value];

type Options = Common & { readonly wave?: string; readonly agent?: string };

/** Says something, as whoever speaks; prints the id it will be known by. */
const say = async (options: Options, body: CoordinationBody, resolve: boolean): Promise<number> => {
  const agent = speakingAgent(options.agent);
  if (agent !== null) {
    const n = await postOwn(agent.outbox, body);
    const id = agentEntryId(agent.run, agent.attempt, agent.agent, n);
    if (options.json === true) printJson({ id, body });
    else print(id);
    return 0;
  }
  return reading(options, options.wave === undefined ? undefined : waveNumber(options.wave), async (open) => {
    if (body.type === 'post') for (const target of body.targets ?? []) knownTarget(open, target);
    const named =
      resolve && 'record' in body
        ? ({ ...body, record: recordId(open, body.record) } as CoordinationBody)
        : body;
    const entry = await open.say(
      `op.${Date.now().toString(36)}${randomHex(4)}`,
      named,
      options.agent,
      new Date().toISOString(),
    );
    const id = 'record' in named ? named.record : entry.id;
    const record = open.currentState().records.get(id);
    if (options.json === true)
      printJson({
        id: entry.id,
        seq: entry.seq,
        record: record === undefined ? null : { id, handle: handle(record), status: record.status },
      });
    else print(record === undefined ? entry.id : `${handle(record)} ${record.kind} ${record.status}  ${id}`);
    return 0;
  });
};

/** A person gets told at once what an agent, who cannot see the contract, is told by the fold: nobody is called that. */
const knownTarget = (open: OpenWave, target: string): void => {
  const agents = open.contract.agents.map((one) => one.id);
  const id = target.startsWith('agent:') ? target.slice('agent:'.length).trim() : target.trim();
  if (target.startsWith('capability:') || agents.includes(id)) return;
  throw new WaveFailure(
    'unknown-agent',
    `there is no agent ${id.slice(0, 40)} in wave ${open.contract.wave}`,
    `Agents: ${agents.join(', ')}; or capability:<name>.`,
  );
};

const recordId = (open: OpenWave, name: string): string => {
  const found = findRecord(open.state, name);
  if (found.kind === 'found') return found.record.id;
  throw found.kind === 'none'
    ? new WaveFailure(
        'unknown-record',
        `there is no record “${name.slice(0, 80)}” in wave ${open.contract.wave}`,
        'wave coord show lists them.',
      )
    : new WaveFailure(
        'ambiguous-handle',
        `“${name}” could be ${found.candidates.join(' or ')}`,
        'Give the whole id.',
      );
};

const waveOf = (options: Options): number | undefined =>
  options.wave === undefined ? undefined : waveNumber(options.wave);

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
  const options = (own: object): Options => ({ ...program.opts<Common & { wave?: string }>(), ...own });

  verb('post', 'Posts a record.')
    .requiredOption('--kind <kind>', RECORD_KINDS.join(', '))
    .requiredOption('--summary <text>', 'one line')
    .option('--detail <text>', 'more')
    .option('--target <target>', 'agent:<id> or capability:<name>; may be repeated', many)
    .option('--priority <level>', PRIORITIES.join(', '))
    .option('--artifact <path>', 'what it is about; may be repeated', many)
    .option('--depends-on <id>', 'a record it follows from; may be repeated', many)
    .option('--status <status>', 'its status from the start')
    .action(
      (own: {
        kind: string;
        summary: string;
        detail?: string;
        target?: string[];
        priority?: string;
        artifact?: string[];
        dependsOn?: string[];
        status?: string;
        agent?: string;
      }) => {
        const kind: RecordKind = among(
          RECORD_KINDS,
          own.kind === 'clarification' ? 'clarification-request' : own.kind,
          'kind of record',
        );
        const priority: Priority | undefined =
          own.priority === undefined ? undefined : among(PRIORITIES, own.priority, 'priority');
        const status: RecordStatus | undefined =
          own.status === undefined ? undefined : among(RECORD_STATUSES, own.status, 'status');
        const body: CoordinationBody = {
          type: 'post',
          kind,
          summary: own.summary,
          ...(own.detail === undefined ? {} : { detail: own.detail }),
          ...(own.target === undefined ? {} : { targets: own.target }),
          ...(priority === undefined ? {} : { priority }),
          ...(own.artifact === undefined ? {} : { refs: own.artifact }),
          ...(own.dependsOn === undefined ? {} : { dependsOn: own.dependsOn }),
          ...(status === undefined ? {} : { status }),
        };
        result = say(options(own), body, false);
      },
    );
  verb('ack', 'Says that a record has been taken up.')
    .argument('<id>', 'an id or handle')
    .action((record: string, own: object) => {
      result = say(options(own), { type: 'ack', record }, true);
    });
  verb('answer', 'Answers a request or a clarification; the whole chain closes.')
    .argument('<id>', 'an id or handle')
    .argument('<text>')
    .action((record: string, text: string, own: object) => {
      result = say(options(own), { type: 'answer', record, text }, true);
    });
  verb('resolve', 'Says that a record is settled.')
    .argument('<id>', 'an id or handle')
    .option('--detail <text>')
    .action((record: string, own: { detail?: string }) => {
      result = say(
        options(own),
        {
          type: 'update',
          record,
          status: 'resolved',
          ...(own.detail === undefined ? {} : { detail: own.detail }),
        },
        true,
      );
    });
  verb('show', 'Shows what was said. Writes nothing.')
    .argument('[id]', 'one record')
    .action((record: string | undefined, own: object) => {
      const given = options(own);
      result = reading(given, waveOf(given), async (open) => {
        if (record !== undefined) {
          const id = recordId(open, record);
          const found = open.state.records.get(id);
          const assignments = open.state.assignments.get(id) ?? [];
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
        result = readInbox(agent.inbox).then((inbox) => {
          if (given.json === true) printJson(inbox?.json ?? null);
          else print(inbox?.markdown ?? 'The inbox is empty.');
          return 0;
        });
        return;
      }
      if (own.agent === undefined) throw new WaveFailure('bad-argument', 'whose inbox?', 'Say --agent <id>.');
      const id = own.agent;
      result = reading(given, waveOf(given), async (open) => {
        if (!open.contract.agents.some((one) => one.id === id))
          throw new WaveFailure(
            'unknown-agent',
            `there is no agent ${id.slice(0, 40)} in wave ${open.contract.wave}`,
            `Agents: ${open.contract.agents.map((one) => one.id).join(', ')}.`,
          );
        const inbox = inboxOf(open.contract, open.state, id);
        if (given.json === true) printJson(inbox);
        else print(renderInboxMarkdown(inbox));
        return 0;
      });
    },
  );
  program.parse([...argv], { from: 'user' });
  return result;
};
