/** `wave status`: one screen that says where the wave stands, why, who owes what, and what happens next by itself. */
import type { Gate } from '../closure/index.ts';
import type { AgentId, Contract, Isolation } from '../contract/index.ts';
import type { EntryId, Instant } from '../journal/index.ts';
import type { Assignment, WaveState } from '../state/index.ts';
import { type BlockingEdge, blockingEdge, edgeLine } from './blocking-edge.ts';
import { type Headline, headline } from './headline.ts';
import { type LogicalAgent, type LogicalState, logicalAgents } from './logical-agent.ts';
import { moveLines } from './move-lines.ts';
import { type Move, movesFor, recordMove, shell } from './moves.ts';
import { type NextTimer, nextTimer, nextTimerLine } from './next-timer.ts';
import { type Phase, phaseOf } from './phase.ts';
import { type Task, taskLines, tasksOf } from './task.ts';
import {
  age,
  between,
  fitted,
  type Mark,
  mark,
  padEnd,
  paletteOf,
  plural,
  type Style,
  typography,
  widthOf,
  wrap,
} from './text.ts';
import { isolationOf, isolationWords, latestAttempt } from './wording.ts';

export type Status = {
  readonly contract: Contract;
  readonly state: WaveState;
  readonly gates: readonly Gate[];
  readonly now: Instant;
  /** Whether the run that began the newest attempt is still at it; left out where nobody can know. */
  readonly alive?: boolean;
  /** How people start us where this is read. */
  readonly command: string;
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

const agentLines = (status: Status, style: Style): readonly string[] => {
  const { contract, state, gates, agent: only } = status;
  const agents = logicalAgents(contract, state, gates, { cutOff: isCutOff(status) }).filter(
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

type Liveness = Pick<Status, 'state' | 'alive'>;
const isLive = ({ state, alive }: Liveness): boolean => {
  const attempt = latestAttempt(state);
  return attempt !== null && attempt.ended === null && alive !== false;
};
/** The attempt goes on in the journal, and nobody is at it any more. */
const isCutOff = (status: Liveness): boolean =>
  status.state.published === null && latestAttempt(status.state)?.ended === null && !isLive(status);
const CUT_OFF: Pick<Headline, 'lead' | 'sentence'> = {
  lead: 'Interrupted',
  sentence: 'the run has ended before the wave did; what is proven is kept',
};

/** What a person types next; while a run is at it only what nobody else can do. */
const nextMoves = (status: Status, edge: BlockingEdge | null): readonly Move[] => {
  const { contract, state, gates, command } = status;
  if (state.published !== null) return [];
  const surface = shell(command, contract);
  const fresh = latestAttempt(state) === null;
  const live = !fresh && isLive(status);
  if (!fresh && !live && !isCutOff(status)) return movesFor(contract, state, gates, surface);
  const theirs =
    edge?.record == null || edge.owner.kind !== 'person'
      ? null
      : recordMove(contract, state, edge.record, surface);
  const moves: readonly Move[] = theirs === null ? [] : [{ ...theirs, clears: [] }];
  if (live) return moves;
  const does = fresh ? 'runs the wave' : 'goes on from there';
  return [...moves, { kind: 'command', command: surface.run(contract), does, clears: [] }];
};

/** Lines joined with LF. The first is the sentence the sticky comment begins with. */
export const renderStatus = (status: Status, style: Style): string => {
  const { contract, state, gates, now } = status;
  const palette = paletteOf(style);
  const attempt = latestAttempt(state);
  const cutOff = isCutOff(status);
  const { lead, sentence } = cutOff ? CUT_OFF : headline(contract, state, gates);
  const edge = blockingEdge(contract, state, gates);
  const moves = nextMoves(status, edge);
  // Clocks are kept by a run: without one nothing happens by itself, and a person's move comes next.
  const timer = isLive(status) ? nextTimer(contract, state, now) : null;
  const facts = [
    `wave ${contract.wave}`,
    contract.lane,
    `phase ${phaseOf(contract, state)}`,
    ...(attempt === null ? [] : [`attempt ${attempt.attempt}`, ...isolationWords(contract, attempt)]),
    plural(state.records.size, 'record'),
    ...(state.rejections.length === 0 ? [] : [`${state.rejections.length} without effect`]),
  ];
  return [
    ...wrap(typography(style, `${lead}: ${sentence}`), widthOf(style)).map(palette.strong),
    palette.dim(typography(style, facts.join(' · '))),
    '',
    fitted(
      style,
      edge === null ? ' blocking: nothing' : ` blocking: ${edgeLine(edge, now, widthOf(style) - 11)}`,
      widthOf(style),
    ),
    ...(edge?.since == null ? [] : [typography(style, ` since:    ${age(between(edge.since, now))}`)]),
    ...(timer === null
      ? []
      : [fitted(style, ` timer:    ${nextTimerLine(state, timer, now)}`, widthOf(style))]),
    '',
    ...agentLines(status, style),
    ...openLines(status, style),
    ...(moves.length === 0 ? [] : ['', ...moveLines(moves, style)]),
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
  readonly helperAssignments: readonly (Assignment & { readonly record: EntryId })[];
  /** What happens by itself while a run keeps the clocks. */
  readonly nextTimer: NextTimer | null;
  readonly activeAttempt: {
    readonly attempt: number;
    readonly run: string;
    readonly startedAt: Instant;
    readonly ended: string | null;
    /** Whether its run is still at it; null where nobody can know. */
    readonly alive: boolean | null;
    /** Of its foreign programs; null where it has none. */
    readonly isolation: Isolation | null;
  } | null;
  readonly gates: readonly {
    readonly id: string;
    readonly status: string;
    readonly codes: readonly string[];
  }[];
};

export const statusJson = (status: Omit<Status, 'command'>): StatusJson => {
  const { contract, state, gates, agent, now, alive } = status;
  const tasks = tasksOf(contract, state, { settled: 'without', ...(agent === undefined ? {} : { agent }) });
  const attempt = latestAttempt(state);
  const { lead, sentence } = isCutOff(status) ? CUT_OFF : headline(contract, state, gates);
  return {
    lane: contract.lane,
    wave: contract.wave,
    instance: state.instance,
    phase: phaseOf(contract, state),
    agentId: agent ?? null,
    headline: `${lead}: ${sentence}`,
    blockingEdge: blockingEdge(contract, state, gates),
    logicalAgents: logicalAgents(contract, state, gates, { cutOff: isCutOff(status) }).filter(
      ({ agentId }) => agent === undefined || agentId === agent,
    ),
    tasks,
    helperAssignments: tasks
      .filter(({ blocking }) => blocking)
      .flatMap(({ taskId, assignments }) => assignments.map((one) => ({ record: taskId, ...one }))),
    nextTimer: nextTimer(contract, state, now),
    activeAttempt:
      attempt === null
        ? null
        : {
            attempt: attempt.attempt,
            run: attempt.run,
            startedAt: attempt.startedAt,
            ended: attempt.ended?.outcome ?? null,
            alive: alive ?? null,
            isolation: isolationOf(contract, attempt),
          },
    gates: gates.map((gate) => ({
      id: gate.id,
      status: gate.status,
      codes: gate.reasons.map((reason) => reason.code),
    })),
  };
};
