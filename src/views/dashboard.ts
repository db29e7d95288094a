/** `wave dashboard`: every lane and wave on one screen, and what runs now in full (coordination.md §5.10, §5.11). */
import type { Contract } from '../contract/index.ts';
import type { Instant, RecordKind } from '../journal/index.ts';
import { isGateRelevant, type WaveState } from '../state/index.ts';
import { blockingEdge, edgeLine } from './blocking-edge.ts';
import { headline } from './headline.ts';
import { renderLive } from './live.ts';
import { type Phase, phaseOf } from './phase.ts';
import {
  age,
  between,
  displayWidth,
  fitted,
  type Mark,
  mark,
  padEnd,
  paletteOf,
  plural,
  type Style,
  shortOid,
  typography,
  visible,
  widthOf,
} from './text.ts';
import { endedWell, latestAttempt } from './wording.ts';

export type WaveSeen =
  | {
      readonly kind: 'wave';
      readonly wave: number;
      readonly contract: Contract;
      readonly state: WaveState;
      /** Whether the run that began the newest attempt is still at it. */
      readonly alive: boolean;
    }
  /** The journal is there, and the wave file cannot be read. */
  | { readonly kind: 'unreadable'; readonly wave: number; readonly problem: string };
export type LaneSeen = {
  readonly lane: string;
  /** The run that holds the lane. */
  readonly run: { readonly command: string; readonly pid: number; readonly since: Instant } | null;
  /** In order of their numbers. */
  readonly waves: readonly WaveSeen[];
};

type Seen = Extract<WaveSeen, { kind: 'wave' }>;

/** How far a wave's agents are, in its newest attempt. */
export type AgentCounts = {
  readonly total: number;
  readonly active: number;
  readonly completed: number;
  readonly failed: number;
  readonly pending: number;
};

const agentCounts = ({ contract, state, alive }: Seen): AgentCounts => {
  const attempt = latestAttempt(state);
  const total = contract.agents.length;
  const ended = [...(attempt?.finished.values() ?? [])];
  const completed = ended.filter(({ exit }) => endedWell(exit)).length;
  const failed = ended.length - completed;
  const started = [...(attempt?.started.keys() ?? [])].filter((agent) => !attempt?.finished.has(agent));
  const active = alive && attempt?.ended === null ? started.length : 0;
  return { total, active, completed, failed, pending: total - completed - failed - active };
};

const openOf = (state: WaveState, ...kinds: readonly RecordKind[]): number => {
  let count = 0;
  for (const record of state.open.values())
    if (kinds.includes(record.kind) && isGateRelevant(record)) count++;
  return count;
};

const BLOCKING: readonly RecordKind[] = [
  'request',
  'blocker',
  'clarification-request',
  'human-escalation',
  'human-feedback',
];

const isCutOff = ({ state, alive }: Seen): boolean =>
  state.published === null && latestAttempt(state)?.ended === null && !alive;

const whatHolds = (seen: Seen, now: Instant | null): string => {
  const { contract, state } = seen;
  if (state.published !== null)
    return `published ${shortOid(state.published.commit)} to ${visible(state.published.target)}`;
  if (isCutOff(seen)) return 'was interrupted; what is proven is kept';
  const edge = blockingEdge(contract, state);
  return edge === null ? 'nothing blocks: closing' : edgeLine(edge, now);
};

const MARK_OF: Partial<Readonly<Record<Phase, Mark>>> = {
  planned: 'waiting',
  closed: 'done',
  refused: 'failed',
  waiting: 'paused',
};

type Row = { readonly mark: Mark; readonly cells: readonly string[]; readonly text: string };

const rowOf = (seen: WaveSeen, now: Instant): Row => {
  if (seen.kind === 'unreadable')
    return {
      mark: 'failed',
      cells: [String(seen.wave), 'unreadable', '', '', ''],
      text: visible(seen.problem),
    };
  const { contract, state, wave } = seen;
  const phase = phaseOf(contract, state);
  const attempt = latestAttempt(state);
  const agents = agentCounts(seen);
  const open = openOf(state, ...BLOCKING);
  return {
    mark: MARK_OF[phase] ?? (isCutOff(seen) ? 'failed' : 'running'),
    cells: [
      String(wave),
      isCutOff(seen) ? 'interrupted' : phase,
      attempt === null ? '' : `attempt ${attempt.attempt}`,
      attempt === null
        ? plural(agents.total, 'agent')
        : `${agents.completed} of ${plural(agents.total, 'agent')}`,
      open === 0 ? '' : `${open} open`,
    ],
    text: phase === 'planned' && open === 0 ? '' : whatHolds(seen, now),
  };
};

/** Closed waves of a lane that are shown; older ones are counted. */
const MOST_CLOSED = 5;

const isClosed = (one: WaveSeen): boolean => one.kind === 'wave' && one.state.published !== null;

const laneLines = (lane: LaneSeen, now: Instant, style: Style): readonly string[] => {
  const palette = paletteOf(style);
  const run =
    lane.run === null
      ? 'no run'
      : `${visible(lane.run.command)} (process ${lane.run.pid}, ${age(between(lane.run.since, now))})`;
  const closed = lane.waves.filter(isClosed);
  const left = closed.slice(0, Math.max(0, closed.length - MOST_CLOSED));
  const rows = lane.waves.filter((one) => !left.includes(one)).map((one) => rowOf(one, now));
  const widths = [0, 1, 2, 3, 4].map((at) =>
    Math.max(0, ...rows.map(({ cells }) => displayWidth(cells[at] ?? ''))),
  );
  return [
    palette.strong(fitted(style, ` ${lane.lane}: ${run}`, widthOf(style))),
    ...(left.length === 0 ? [] : [palette.dim(`  ${plural(left.length, 'earlier wave')} closed`)]),
    ...(lane.waves.length === 0 ? ['  no wave'] : []),
    ...rows.map((row) => {
      const cells = row.cells.map((cell, at) => padEnd(cell, widths[at] ?? 0)).filter((cell) => cell !== '');
      const line = [...cells, row.text].join('  ').trimEnd();
      return `  ${mark(style, row.mark)} ${fitted(style, line, widthOf(style) - 4)}`;
    }),
  ];
};

const isLive = (one: WaveSeen): one is Seen =>
  one.kind === 'wave' &&
  one.alive &&
  one.state.published === null &&
  latestAttempt(one.state)?.ended === null;

/** Lines joined with LF: the lanes first, then each wave that is at work as its own terminal shows it. */
export const renderDashboard = (lanes: readonly LaneSeen[], now: Instant, style: Style): string => {
  const live = lanes.flatMap(({ waves }) => waves.filter(isLive));
  return [
    ...lanes.flatMap((lane, i) => [...(i === 0 ? [] : ['']), ...laneLines(lane, now, style)]),
    ...live.flatMap(({ contract, state }) => [
      '',
      ...renderLive(contract, state, {
        now,
        startedAt: latestAttempt(state)?.startedAt ?? now,
        ...style,
      }),
    ]),
  ]
    .map((line) => typography(style, line))
    .join('\n');
};

/** The same for programs: coordination.md §5.11 as far as one machine knows it. */
export const dashboardJson = (
  lanes: readonly LaneSeen[],
  now: Instant,
): Readonly<Record<string, unknown>> => ({
  schemaVersion: 1,
  kind: 'global-dashboard',
  updatedAt: now,
  lanes: lanes.map(({ lane, run, waves }) => ({
    lane,
    run,
    waves: waves.map((one) => {
      if (one.kind === 'unreadable') return { wave: one.wave, status: 'unreadable', problem: one.problem };
      const { contract, state, wave, alive } = one;
      const attempt = latestAttempt(state);
      const agents = agentCounts(one);
      const { lead, sentence } = headline(contract, state);
      return {
        wave,
        waveFile: contract.file,
        instance: state.instance,
        status: isCutOff(one) ? 'interrupted' : phaseOf(contract, state),
        alive,
        attempt: attempt?.attempt ?? null,
        startedAt: attempt?.startedAt ?? null,
        updatedAt: state.lastAt,
        headline: isCutOff(one) ? null : `${lead}: ${sentence}`,
        blockingEdge: blockingEdge(contract, state),
        agentsTotal: agents.total,
        agentsActive: agents.active,
        agentsCompleted: agents.completed,
        agentsFailed: agents.failed,
        agentsPending: agents.pending,
        coordinationOpen: openOf(state, ...BLOCKING),
        helperAssignmentsOpen: openOf(state, 'request'),
        openClarifications: openOf(state, 'clarification-request'),
        openHumanEscalations: openOf(state, 'human-escalation', 'human-feedback'),
        published: state.published?.commit ?? null,
      };
    }),
  })),
});
