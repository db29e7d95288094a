/** What a person at this machine does about tasks: reads the wave, appends under the journal's lock. */
import type { CoordinationBody } from '../journal/index.ts';
import { type OpenWave, WaveFailure } from '../run/index.ts';
import {
  CLARIFICATION_LINK,
  type CoordinationRecord,
  findRecord,
  handle,
  headsOf,
  isRouted,
} from '../state/index.ts';
import { renderTask, renderTasks, taskOf, tasksOf, told } from '../views/index.ts';
import { knownAgent, readingWave, recordNamed, type SpeakOptions, sayAsOperator } from './speak.ts';
import { type ActOptions, bodyOf, type Verb } from './task-act.ts';
import { print, printJson, style } from './terminal.ts';

const refuseReassigning = ({ contract, state }: OpenWave, record: CoordinationRecord): void => {
  if (isRouted(record.kind)) return;
  const [head] = headsOf(contract, state, record);
  throw new WaveFailure(
    'not-assignable',
    `${handle(record)} is ${record.kind === 'human-escalation' ? 'put before a person' : `a ${record.kind}`}, which no agent is given`,
    head === undefined
      ? 'Requests, clarifications and blockers can be reassigned.'
      : `Reassign the question it carries on: --id ${handle(head)}.`,
  );
};

/** A question to a person, made of a record that agents could not settle. */
const escalation = (
  { contract, state }: OpenWave,
  record: CoordinationRecord,
  detail: string | undefined,
): CoordinationBody => {
  if (!isRouted(record.kind) || !state.open.has(record.id))
    throw new WaveFailure(
      'not-escalatable',
      `${handle(record)} is a ${record.kind} that is ${record.status}`,
      'Open requests, clarifications and blockers can be put before a person.',
    );
  // Of a request that carries a question on, the question is what a person is asked.
  const [head = record] = headsOf(contract, state, record);
  const standing = findRecord(state, `escalation-${head.id}`);
  if (standing.kind === 'found' && state.open.has(standing.record.id))
    throw new WaveFailure(
      'already-escalated',
      `${handle(head)} is before a person already, as ${handle(standing.record)}`,
      `Answer it: wave control task act answer --id ${handle(standing.record)} --response "…".`,
    );
  return {
    type: 'post',
    kind: 'human-escalation',
    summary: head.summary,
    detail: detail ?? head.detail,
    dependsOn: [head.id],
    priority: 'high',
    closureCondition: CLARIFICATION_LINK + head.id,
  };
};

const operatorBody = (open: OpenWave, verb: Verb, options: ActOptions): CoordinationBody => {
  const record = recordNamed(open, options.id);
  if (verb === 'escalate') return escalation(open, record, options.detail);
  const body = bodyOf(verb, record.id, options);
  if (verb !== 'reassign' || body.type !== 'update') return body;
  refuseReassigning(open, record);
  // Whoever gets it has not taken it up, whatever the one before had.
  return record.status === 'acknowledged' || record.status === 'in_progress'
    ? { ...body, status: 'open' }
    : body;
};

/** Says it, and tells what it came to. */
const say = (options: SpeakOptions, bodyFor: (open: OpenWave) => CoordinationBody): Promise<number> =>
  readingWave(options, async (open) => {
    const before = new Set(open.state.open.keys());
    const { entry, record } = await sayAsOperator(open, bodyFor(open), options.agent);
    const state = open.currentState();
    const settled = [...before].filter((id) => !state.open.has(id) && id !== record?.id);
    const task = record === undefined ? null : taskOf(open.contract, state, record);
    if (options.json === true) printJson({ id: entry.id, seq: entry.seq, task, settled });
    else if (task === null) print(entry.id);
    else
      print(
        told(
          task,
          settled.flatMap((id) => state.records.get(id) ?? []),
          style(),
        ),
      );
    return 0;
  });

export const create = (options: SpeakOptions, body: CoordinationBody): Promise<number> => {
  // A task is somebody's: without an agent it is not known whom it concerns.
  if (options.agent === undefined)
    throw new WaveFailure(
      'bad-argument',
      'whose task is it?',
      'Say --agent <id>, the agent it is asked for.',
    );
  return say(options, () => body);
};

export const act = (verb: Verb, options: ActOptions): Promise<number> =>
  say(options, (open) => operatorBody(open, verb, options));

export const list = (options: SpeakOptions): Promise<number> => {
  return readingWave(options, async (open) => {
    const agent = options.agent === undefined ? {} : { agent: knownAgent(open, options.agent) };
    const tasks = tasksOf(open.contract, open.state, { settled: 'with', ...agent });
    if (options.json === true) printJson(tasks);
    else print(renderTasks(tasks, new Date().toISOString(), style()));
    return 0;
  });
};

export const get = (options: SpeakOptions & { id: string }): Promise<number> => {
  return readingWave(options, async (open) => {
    const record = recordNamed(open, options.id);
    const task = taskOf(open.contract, open.state, record);
    if (task === null)
      throw new WaveFailure(
        'not-a-task',
        `${handle(record)} is a ${record.kind}, a note that nobody works on`,
        `wave coord show ${handle(record)} shows it.`,
      );
    if (options.json === true) printJson(task);
    else print(renderTask(task, new Date().toISOString(), style()));
    return 0;
  });
};
