/**
 * `wave control task create|list|get|act` (coordination.md §6.5): the words, and an agent's half. What a person needs to
 * read the wave is control-operator.ts.
 */
import type { Command } from 'commander';
import type { CoordinationBody, RecordKind } from '../journal/index.ts';
import { WaveFailure } from '../run/failure/index.ts';
import { refuseInsideRun, sayAsAgent, speakingAgent } from './agent-voice.ts';
import { among, postBody, type RecordOptions, withRecordOptions } from './record-options.ts';
import type { SpeakOptions } from './speak.ts';
import { print, printJson } from './terminal.ts';

/** What `--kind` takes, and the record it makes. */
const TASK_KINDS = {
  request: 'request',
  blocker: 'blocker',
  clarification: 'clarification-request',
  'clarification-request': 'clarification-request',
  handoff: 'handoff',
  evidence: 'evidence',
  claim: 'claim',
  decision: 'decision',
  'human-input': 'human-feedback',
} as const satisfies Readonly<Record<string, RecordKind>>;
type TaskKind = keyof typeof TASK_KINDS;
const KINDS = Object.keys(TASK_KINDS) as readonly TaskKind[];

const VERBS = ['start', 'resolve', 'dismiss', 'cancel', 'reassign', 'answer', 'escalate'] as const;
export type Verb = (typeof VERBS)[number];

export type ActOptions = SpeakOptions & {
  readonly id: string;
  readonly detail?: string;
  readonly to?: string;
  readonly response?: string;
};
type Later = (own: object, act: (options: SpeakOptions) => Promise<number>) => void;

const needed = (value: string | undefined, flag: string, verb: Verb): string => {
  if (value !== undefined) return value;
  throw new WaveFailure('bad-argument', `${verb} needs ${flag}`, `Say ${flag} with it.`);
};

/** An agent's id alone is taken for that agent. */
const target = (to: string): string => (/^(?:agent|capability):/.test(to) ? to : `agent:${to}`);

/** The act as an entry; what needs the record's kind is asked of the wave, and needs no asking inside an agent's run. */
export const bodyOf = (verb: Verb, record: string, options: ActOptions): CoordinationBody => {
  const { detail } = options;
  const note = detail === undefined ? {} : { detail };
  switch (verb) {
    case 'start':
      return { type: 'update', record, status: 'in_progress', ...note };
    case 'resolve':
      return { type: 'update', record, status: 'resolved', ...note };
    case 'dismiss':
    case 'cancel':
      return { type: 'update', record, status: 'cancelled', ...note };
    case 'reassign':
      return { type: 'update', record, targets: [target(needed(options.to, '--to', verb))] };
    case 'answer':
      return { type: 'answer', record, text: needed(options.response ?? detail, '--response', verb) };
    case 'escalate':
      throw new WaveFailure(
        'not-yours',
        'an agent does not put a question before a person itself',
        'Post a clarification: it is routed, and put before a person when nobody can answer.',
      );
  }
};

const operator = () => import('./control-operator.ts');

/** In an agent's own run; null elsewhere, where a person speaks. */
const asAgent = async (options: SpeakOptions, body: () => CoordinationBody): Promise<number | null> => {
  const agent = speakingAgent(options.agent);
  if (agent === null) return null;
  const id = await sayAsAgent(agent, body());
  if (options.json === true) printJson({ id });
  else print(id);
  return 0;
};

const create = async (options: RecordOptions & SpeakOptions & { kind: string }): Promise<number> => {
  const body = postBody(TASK_KINDS[among(KINDS, options.kind, 'kind of task')], options);
  return (await asAgent(options, () => body)) ?? (await operator()).create(options, body);
};

const act = async (verb: Verb, options: ActOptions): Promise<number> =>
  (await asAgent(options, () => bodyOf(verb, options.id, options))) ?? (await operator()).act(verb, options);

const list = async (options: SpeakOptions): Promise<number> => {
  refuseInsideRun();
  return (await operator()).list(options);
};

const get = async (options: SpeakOptions & { id: string }): Promise<number> => {
  refuseInsideRun();
  return (await operator()).get(options);
};

export const addTaskCommands = (program: Command, later: Later): void => {
  const task = program.command('task').description('What is asked of whom.').exitOverride();
  const verb = (name: string, description: string): Command =>
    task.command(name).description(description).exitOverride();
  withRecordOptions(
    verb('create', 'Asks for something, in an agent’s name.')
      .option('--agent <id>', 'the agent it is asked for; inside a run that agent')
      .requiredOption('--kind <kind>', KINDS.join(', ')),
  ).action((own: RecordOptions & { kind: string; agent?: string }) => {
    later(own, (options) => create({ ...own, ...options }));
  });
  verb('list', 'Every task, what is open first. Writes nothing.')
    .option('--agent <id>', 'what this agent asked or owes')
    .action((own: object) => later(own, list));
  verb('get', 'All that is known of one. Writes nothing.')
    .requiredOption('--id <id>', 'an id, a handle or a given name')
    .action((own: { id: string }) => later(own, (options) => get({ ...options, ...own })));
  verb('act', 'Does something about one.')
    .argument('<verb>', VERBS.join(', '))
    .requiredOption('--id <id>', 'an id, a handle or a given name')
    .option('--agent <id>', 'the agent you speak for')
    .option('--detail <text>', 'why, or how it was settled')
    .option('--to <target>', 'reassign: an agent, agent:<id> or capability:<name>')
    .option('--response <text>', 'answer: what you say')
    .action((name: string, own: ActOptions) => {
      const doing = among(VERBS, name, 'act');
      later(own, (options) => act(doing, { ...own, ...options }));
    });
};
