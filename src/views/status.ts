/** `wave status`: one screen that says where the wave stands, why, who owes what, and what happens next by itself. */
import { failing, type Gate } from '../closure/index.ts';
import { type AgentId, type Contract, STAGES } from '../contract/index.ts';
import { type EntryId, type Instant, timerId } from '../journal/index.ts';
import {
  type Assignment,
  deadlineOf,
  handle,
  type Obligation,
  openObligations,
  roleOf,
  type Timer,
  type WaveState,
} from '../state/index.ts';
import { type BlockingEdge, blockingEdge, edgeLine } from './blocking-edge.ts';
import { headline } from './headline.ts';
import { type Task, taskLines, tasksOf } from './task.ts';
import {
  age,
  between,
  due,
  fitted,
  type Mark,
  mark,
  padEnd,
  paletteOf,
  plural,
  type Style,
  typography,
  widthOf,
} from './text.ts';
import { endedWell, exitWords, latestAttempt } from './wording.ts';

export type Phase =
  | 'planned'
  | 'implementation'
  | (typeof STAGES)[number]
  | 'closing'
  | 'closed'
  | 'refused'
  | 'waiting';

export const phaseOf = (contract: Contract, state: WaveState): Phase => {
  const attempt = latestAttempt(state);
  if (state.published !== null) return 'closed';
  if (attempt === null) return 'planned';
  if (attempt.ended !== null) return attempt.ended.outcome;
  if (attempt.trees.implementation === null) return 'implementation';
  return (
    STAGES.find(
      (stage) => !attempt.judgements.has(stage) && contract.agents.some((agent) => agent.role === stage),
    ) ?? 'closing'
  );
};

/** coordination.md §6.3; `working` covers an agent whose process runs and one that has taken up a request. */
export type LogicalState = 'needs-rerun' | 'working' | 'blocked' | 'closed' | 'satisfied' | 'planned';
export type LogicalAgent = {
  readonly agentId: AgentId;
  readonly state: LogicalState;
  readonly reason: string;
  /** Open records that it asked or owes. */
  readonly taskIds: readonly EntryId[];
};

const logicalState = (
  contract: Contract,
  state: WaveState,
  agent: AgentId,
  open: readonly Obligation[],
  blamed: ReadonlyMap<AgentId, string>,
): Pick<LogicalAgent, 'state' | 'reason'> => {
  const attempt = latestAttempt(state);
  const finished = attempt?.finished.get(agent);
  const over = attempt?.ended !== null;
  if (finished !== undefined && !endedWell(finished.exit))
    return { state: 'needs-rerun', reason: exitWords(finished.exit) };
  if (finished === undefined && !over && attempt?.started.has(agent))
    return { state: 'working', reason: 'running' };
  const owes = open.filter((one) => one.owedBy.includes(agent));
  const taken = owes.find((one) => one.record.status !== 'open');
  if (taken !== undefined) return { state: 'working', reason: `has taken up ${handle(taken.record)}` };
  const tied = owes[0] ?? open.find((one) => one.record.authorAgent === agent);
  if (tied !== undefined)
    return {
      state: 'blocked',
      reason: `${owes.length > 0 ? 'owes' : 'waits for'} ${handle(tied.record)}`,
    };
  const code = blamed.get(agent);
  if (code !== undefined && finished !== undefined) return { state: 'needs-rerun', reason: code };
  if (finished === undefined) return { state: 'planned', reason: 'has not run in this attempt' };
  return roleOf(contract, agent) === 'implementation'
    ? { state: 'satisfied', reason: 'done' }
    : { state: 'closed', reason: 'has judged' };
};

export const logicalAgents = (
  contract: Contract,
  state: WaveState,
  gates: readonly Gate[] = [],
): readonly LogicalAgent[] => {
  const open = openObligations(state);
  const blamed = new Map<AgentId, string>();
  for (const { agent, code, record } of failing(gates))
    if (agent !== null && record === null && !blamed.has(agent)) blamed.set(agent, code);
  return contract.agents.map(({ id }) => ({
    agentId: id,
    ...logicalState(contract, state, id, open, blamed),
    taskIds: open
      .filter(({ record, owedBy }) => record.authorAgent === id || owedBy.includes(id))
      .map(({ record }) => record.id),
  }));
};

/** The earliest deadline that has not been written down as passed. */
const nextTimer = (contract: Contract, state: WaveState): Timer | null => {
  let next: Timer | null = null;
  for (const [id, record] of state.open) {
    const timer = deadlineOf(contract, state, record);
    if (timer === null || state.firedTimers.has(timerId(id, timer.clock, timer.cycle))) continue;
    if (next === null || timer.at < next.at) next = timer;
  }
  return next;
};

export type Status = {
  readonly contract: Contract;
  readonly state: WaveState;
  readonly gates: readonly Gate[];
  readonly now: Instant;
  /** Only this agent, and what it asked or owes; the wave's own lines stay. */
  readonly agent?: AgentId;
};

const STATE_MARKS: Readonly<Record<LogicalState, Mark>> = {
  'needs-rerun': 'failed',
  working: 'running',
  blocked: 'paused',
  closed: 'done',
  satisfied: 'done',
  planned: 'waiting',
};
const STATE_ORDER: readonly LogicalState[] = [
  'blocked',
  'needs-rerun',
  'working',
  'satisfied',
  'closed',
  'planned',
];
const MOST_TASKS = 12;

const agentLines = ({ contract, state, gates, agent: only }: Status, style: Style): readonly string[] => {
  const agents = logicalAgents(contract, state, gates).filter(
    ({ agentId }) => only === undefined || agentId === only,
  );
  return STATE_ORDER.flatMap((one) => {
    const group = agents.filter((agent) => agent.state === one);
    if (group.length === 0) return [];
    const plain = only === undefined && (one === 'satisfied' || one === 'closed' || one === 'planned');
    const named = plain
      ? group.map(({ agentId }) => agentId).join(' ')
      : group.map(({ agentId, reason }) => `${agentId} ${reason}`).join(' · ');
    return [
      `  ${mark(style, STATE_MARKS[one])} ${padEnd(one, 12)} ${fitted(style, named, widthOf(style) - 17)}`,
    ];
  });
};

const openLines = ({ contract, state, now, agent }: Status, style: Style): readonly string[] => {
  const tasks = tasksOf(contract, state, { settled: 'without', ...(agent === undefined ? {} : { agent }) });
  if (tasks.length === 0) return [];
  const more = tasks.length - MOST_TASKS;
  return [
    '',
    ` open${agent === undefined ? '' : ` for ${agent}`}: ${plural(tasks.length, 'task')}`,
    ...taskLines(tasks.slice(0, MOST_TASKS), now, style),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
};

/** Lines joined with LF. The first is the sentence the sticky comment begins with. */
export const renderStatus = (status: Status, style: Style): string => {
  const { contract, state, gates, now } = status;
  const palette = paletteOf(style);
  const attempt = latestAttempt(state);
  const { lead, sentence } = headline(contract, state, gates);
  const edge = blockingEdge(contract, state, gates);
  const timer = nextTimer(contract, state);
  const timed = timer === null ? undefined : state.records.get(timer.record);
  const facts = [
    `wave ${contract.wave}`,
    contract.lane,
    `phase ${phaseOf(contract, state)}`,
    ...(attempt === null ? [] : [`attempt ${attempt.attempt}`]),
    plural(state.records.size, 'record'),
    ...(state.rejections.length === 0 ? [] : [`${state.rejections.length} without effect`]),
  ];
  return [
    palette.strong(fitted(style, `${lead}: ${sentence}`, widthOf(style))),
    palette.dim(typography(style, facts.join(' · '))),
    '',
    fitted(style, edge === null ? ' blocking: nothing' : ` blocking: ${edgeLine(edge, now)}`, widthOf(style)),
    ...(edge?.since == null ? [] : [typography(style, ` since:    ${age(between(edge.since, now))}`)]),
    ...(timer === null || timed === undefined
      ? []
      : [
          fitted(
            style,
            ` next timer: ${handle(timed)} to be ${timer.clock === 'ack' ? 'taken up' : 'resolved'}, ${due(now, timer.at)}`,
            widthOf(style),
          ),
        ]),
    '',
    ...agentLines(status, style),
    ...openLines(status, style),
  ].join('\n');
};

export type StatusJson = {
  readonly lane: string;
  readonly wave: number;
  readonly instance: string | null;
  readonly phase: Phase;
  /** Whom the lists are about; null for everybody. */
  readonly agentId: AgentId | null;
  readonly headline: string;
  readonly blockingEdge: BlockingEdge | null;
  readonly logicalAgents: readonly LogicalAgent[];
  /** What is open, the nearest deadline first. */
  readonly tasks: readonly Task[];
  /** Of open requests, questions and blockers: who owes each, and why they do. */
  readonly helperAssignments: readonly Assignment[];
  readonly nextTimer: Timer | null;
  readonly activeAttempt: {
    readonly attempt: number;
    readonly run: string;
    readonly startedAt: Instant;
    readonly ended: string | null;
  } | null;
  readonly gates: readonly {
    readonly id: string;
    readonly status: string;
    readonly codes: readonly string[];
  }[];
};

export const statusJson = ({ contract, state, gates, agent }: Omit<Status, 'now'>): StatusJson => {
  const tasks = tasksOf(contract, state, { settled: 'without', ...(agent === undefined ? {} : { agent }) });
  const attempt = latestAttempt(state);
  const { lead, sentence } = headline(contract, state, gates);
  return {
    lane: contract.lane,
    wave: contract.wave,
    instance: state.instance,
    phase: phaseOf(contract, state),
    agentId: agent ?? null,
    headline: `${lead}: ${sentence}`,
    blockingEdge: blockingEdge(contract, state, gates),
    logicalAgents: logicalAgents(contract, state, gates).filter(
      ({ agentId }) => agent === undefined || agentId === agent,
    ),
    tasks,
    helperAssignments: tasks.filter(({ blocking }) => blocking).flatMap(({ assignments }) => assignments),
    nextTimer: nextTimer(contract, state),
    activeAttempt:
      attempt === null
        ? null
        : {
            attempt: attempt.attempt,
            run: attempt.run,
            startedAt: attempt.startedAt,
            ended: attempt.ended?.outcome ?? null,
          },
    gates: gates.map((gate) => ({
      id: gate.id,
      status: gate.status,
      codes: gate.reasons.map((reason) => reason.code),
    })),
  };
};
