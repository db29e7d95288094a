/**
 * A record as somebody works on it (coordination.md §6.4): what is asked of whom, by when, and what came of it. For
 * `wave control task`, and for the list of open things in the status.
 */
import type { AgentId, Contract } from '../contract/index.ts';
import type { EntryId, Instant, Priority, RecordKind } from '../journal/index.ts';
import {
  type Assignment,
  type CoordinationRecord,
  handle,
  headsOf,
  isGateRelevant,
  timersOf,
  type WaveState,
} from '../state/index.ts';
import {
  age,
  between,
  due,
  fitted,
  listed,
  padEnd,
  paletteOf,
  plural,
  type Style,
  typography,
  visible,
  widthOf,
  wrap,
} from './text.ts';
import { asker, KIND_WORDS, who } from './wording.ts';

/** Kinds that are worked on or relied on; the others are notes of the orchestrator. */
const TASK_TYPES: Partial<Readonly<Record<RecordKind, string>>> = {
  request: 'request',
  blocker: 'blocker',
  'clarification-request': 'clarification',
  'human-escalation': 'escalation',
  'human-feedback': 'human-input',
  handoff: 'handoff',
  evidence: 'evidence',
  claim: 'claim',
  decision: 'decision',
};

export type TaskState = 'open' | 'input-required' | 'working' | 'resolved' | 'cancelled' | 'superseded';

export type Task = {
  readonly taskId: EntryId;
  readonly handle: string;
  /** What its author called it. */
  readonly name: string | null;
  readonly taskType: string;
  readonly state: TaskState;
  /** Holds the wave open while it is open. */
  readonly blocking: boolean;
  readonly priority: Priority;
  readonly title: string;
  readonly detail: string;
  /** Who asks: an agent, or the person or job that spoke for nobody. */
  readonly owner: string;
  readonly ownerAgentId: AgentId | null;
  /** Who wrote it down, when that was not the agent itself. */
  readonly writtenBy: string;
  readonly targets: readonly string[];
  readonly assigneeAgentId: AgentId | null;
  readonly assignments: readonly Assignment[];
  /** The agent that has taken it up. */
  readonly leaseOwnerAgentId: AgentId | null;
  /** Only a person can end it: it is theirs, or nobody in the wave answers to it. */
  readonly needsHuman: boolean;
  /** The question whose chain it belongs to. */
  readonly clarificationId: EntryId | null;
  readonly dependsOn: readonly EntryId[];
  readonly evidenceRefs: readonly string[];
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  /** To be taken up by then, while nobody has. */
  readonly ackDeadlineAt: Instant | null;
  /** To be settled by then. */
  readonly resolveDeadlineAt: Instant | null;
  readonly answer: { readonly by: string; readonly text: string } | null;
  readonly closedBy: EntryId | null;
};

const stateOf = ({ kind, status }: CoordinationRecord): TaskState => {
  switch (status) {
    case 'open':
      return kind === 'human-feedback' || kind === 'human-escalation' ? 'input-required' : 'open';
    case 'acknowledged':
    case 'in_progress':
      return 'working';
    case 'resolved':
    case 'closed':
      return 'resolved';
    case 'cancelled':
    case 'superseded':
      return status;
  }
};

export const isOpenTask = ({ state }: Task): boolean =>
  state === 'open' || state === 'input-required' || state === 'working';

/** null for a kind nobody works on. */
export const taskOf = (contract: Contract, state: WaveState, record: CoordinationRecord): Task | null => {
  const taskType = TASK_TYPES[record.kind];
  if (taskType === undefined) return null;
  const assignments = state.assignments.get(record.id) ?? [];
  const assignee = assignments.find((one) => one.assignee !== null)?.assignee ?? null;
  const taskState = stateOf(record);
  const open = state.open.has(record.id);
  const timers = open ? timersOf(contract, state, record) : [];
  const personal = record.kind === 'human-escalation' || record.kind === 'human-feedback';
  return {
    taskId: record.id,
    handle: handle(record),
    name: record.name,
    taskType,
    state: taskState,
    blocking: open && isGateRelevant(record),
    priority: record.priority,
    title: record.summary,
    detail: record.detail,
    owner: asker(record),
    ownerAgentId: record.authorAgent,
    writtenBy: who(record.author),
    targets: record.targets,
    assigneeAgentId: assignee,
    assignments,
    leaseOwnerAgentId: taskState === 'working' ? assignee : null,
    needsHuman:
      open && (personal || (record.kind === 'request' && assignments.some((one) => one.assignee === null))),
    clarificationId:
      record.kind === 'clarification-request' ? record.id : (headsOf(contract, state, record)[0]?.id ?? null),
    dependsOn: record.dependsOn,
    evidenceRefs: record.refs,
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
    ackDeadlineAt: timers.find((one) => one.clock === 'ack')?.at ?? null,
    resolveDeadlineAt: timers.find((one) => one.clock === 'resolve')?.at ?? null,
    answer: record.answer === null ? null : { by: who(record.answer.by), text: record.answer.text },
    closedBy: record.closedBy,
  };
};

export const dueAt = (task: Task): Instant | null => task.ackDeadlineAt ?? task.resolveDeadlineAt;

const concerns = (task: Task, agent: AgentId): boolean =>
  task.ownerAgentId === agent || task.assignments.some((one) => one.assignee === agent);

const byDeadline = (a: Task, b: Task): number => {
  const [x, y] = [dueAt(a) ?? '9', dueAt(b) ?? '9'];
  return x < y ? -1 : x > y ? 1 : 0;
};

export type TaskFilter = { readonly agent?: AgentId; readonly settled: 'with' | 'without' };

/**
 * Open ones first, the nearest deadline first of them; then what is settled, in the order it came.
 *
 * @param filter `agent`: what it asked or owes
 */
export const tasksOf = (contract: Contract, state: WaveState, filter: TaskFilter): readonly Task[] => {
  const open: Task[] = [];
  const settled: Task[] = [];
  const records = filter.settled === 'with' ? state.records : state.open;
  for (const record of records.values()) {
    const task = taskOf(contract, state, record);
    if (task === null || (filter.agent !== undefined && !concerns(task, filter.agent))) continue;
    (isOpenTask(task) ? open : settled).push(task);
  }
  return [...open.sort(byDeadline), ...settled];
};

const assigneesOf = (task: Task): readonly string[] =>
  task.assignments.flatMap(({ assignee }) => (assignee === null ? [] : [assignee]));

const KIND_OF_TYPE: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(TASK_TYPES).map(([kind, type]) => [type, KIND_WORDS[kind as RecordKind]]),
);
const kindWord = (task: Task): string => KIND_OF_TYPE[task.taskType] ?? task.taskType;

const toWhom = (task: Task): string => {
  const to = task.needsHuman ? ['a person'] : assigneesOf(task);
  return to.length === 0 ? '' : ` → ${listed(to)}`;
};

/** `A2-k7mq    due in 4 m   clarification A2 → A3  "who rounds?"`, cut to the width. */
const taskLine = (task: Task, now: Instant, style: Style, handleWidth: number): string => {
  const deadline = dueAt(task);
  const when = !isOpenTask(task) ? task.state : deadline === null ? 'no deadline' : due(now, deadline);
  const quiet = !isOpenTask(task) || task.blocking ? '' : ' (does not block)';
  const taken = task.leaseOwnerAgentId === null ? '' : ', taken up';
  return fitted(
    style,
    `  ${padEnd(task.handle, handleWidth)}  ${padEnd(when, 18)}  ${kindWord(task)} ${visible(task.owner)}${toWhom(task)}${taken}  "${visible(task.title)}"${quiet}`,
    widthOf(style),
  );
};

/** One line a task, their columns in line. */
export const taskLines = (tasks: readonly Task[], now: Instant, style: Style): readonly string[] => {
  const width = Math.max(0, ...tasks.map((task) => task.handle.length));
  return tasks.map((task) => taskLine(task, now, style, width));
};

/** The list of `wave control task list`, lines joined with LF. */
export const renderTasks = (tasks: readonly Task[], now: Instant, style: Style): string => {
  const palette = paletteOf(style);
  const lines = taskLines(tasks, now, style);
  const open = lines.filter((_, i) => tasks[i] !== undefined && isOpenTask(tasks[i]));
  const settled = lines.slice(open.length);
  return [
    palette.strong(open.length === 0 ? 'nothing is open' : `open: ${plural(open.length, 'task')}`),
    ...open,
    ...(settled.length === 0 ? [] : ['', `settled: ${plural(settled.length, 'task')}`]),
    ...settled.map(palette.dim),
  ].join('\n');
};

const deadlineWords = (task: Task, now: Instant): string =>
  [
    ...(task.ackDeadlineAt === null ? [] : [`to be taken up: ${due(now, task.ackDeadlineAt)}`]),
    ...(task.resolveDeadlineAt === null ? [] : [`to be settled: ${due(now, task.resolveDeadlineAt)}`]),
  ].join('; ');

const assignmentWords = (task: Task): string =>
  task.assignments
    .map(({ target, assignee, reason }) => {
      const asked = visible(target) || 'nobody in particular';
      return assignee === null ? `nobody: ${asked} (${reason})` : `${assignee}, as ${asked} (${reason})`;
    })
    .join('; ');

/** What an act came to: the task as it is now, and what ended with it. */
export const told = (task: Task, settled: readonly CoordinationRecord[], style: Style): string =>
  [
    typography(
      style,
      `${task.handle} ${kindWord(task)} ${task.state.replace('-', ' ')}${isOpenTask(task) ? toWhom(task) : ''}  ${visible(task.taskId)}`,
    ),
    ...settled.map((record) =>
      typography(style, `  and with it ${handle(record)} ${KIND_WORDS[record.kind]}`),
    ),
  ].join('\n');

/** One task with all that is known of it, for `wave control task get`. */
export const renderTask = (task: Task, now: Instant, style: Style): string => {
  const facts: readonly (readonly [name: string, text: string])[] = [
    [
      'asked by',
      `${visible(task.owner)}${task.writtenBy === task.owner ? '' : ` (${visible(task.writtenBy)})`}, ${age(between(task.createdAt, now))} ago`,
    ],
    ['owed by', task.assignments.length === 0 ? (task.needsHuman ? 'a person' : '') : assignmentWords(task)],
    ['deadline', deadlineWords(task, now)],
    ['about', task.evidenceRefs.map(visible).join(' ')],
    ['follows', task.dependsOn.map(visible).join(' ')],
    ['detail', visible(task.detail)],
    ['answer', task.answer === null ? '' : `${task.answer.by}: ${visible(task.answer.text)}`],
    ['ended by', task.closedBy === null ? '' : visible(task.closedBy)],
    ['name', task.name ?? ''],
    ['id', visible(task.taskId)],
  ];
  const weight = task.blocking ? 'blocks the wave' : 'does not block';
  const width = widthOf(style);
  return [
    paletteOf(style).strong(
      fitted(style, `${task.handle}  ${kindWord(task)} "${visible(task.title)}"`, width),
    ),
    fitted(style, `  ${task.state} · ${task.priority} · ${weight}`, width),
    ...facts.flatMap(([name, text]) =>
      text === ''
        ? []
        : wrap(fitted(style, text, 6000), width - 12).map(
            (line, i) => `  ${padEnd(i === 0 ? name : '', 8)}  ${line}`,
          ),
    ),
  ].join('\n');
};
