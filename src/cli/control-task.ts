/**
 * `wave control task create|list|get|act` (coordination.md §6.5): the words, and an agent's half. What a person needs to
 * read the wave is control-operator.ts.
 */
import type { Command } from 'commander';
import type { CoordinationBody, RecordKind } from '../journal/index.ts';
import { refuseInsideRun, sayAsAgent, speakingAgent } from './agent-voice.ts';
import { among, postBody, type RecordOptions, withRecordOptions } from './record-options.ts';
import type { SpeakOptions } from './speak.ts';
import { type ActOptions, bodyOf, VERBS, type Verb } from './task-act.ts';
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

type Later = (own: object, act: (options: SpeakOptions) => Promise<number>) => void;

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
