/** `dashboards/wave-<n>.json` and `dashboards/global.json`: a wave, and a lane, at one glance (coordination.md §5.10, §5.11). */
import type { AgentId } from '../../contract/index.ts';
import type { Instant } from '../../journal/index.ts';
import { deadlineOf, hasClocks } from '../../state/index.ts';
import { agentRows } from '../agent-row.ts';
import { type BlockingEdge, blockingEdge } from '../blocking-edge.ts';
import { headline } from '../headline.ts';
import { type Phase, phaseOf } from '../phase.ts';
import { between } from '../text.ts';
import { type Head, head, type Source } from './source.ts';

export type WaveStatus = 'running' | 'completed' | 'failed' | 'waiting' | 'pending';
/** Ages in milliseconds at `generatedAt`; null where nothing is that old. */
export type Pressure = {
  readonly coordinationOpen: number;
  readonly openRequests: number;
  readonly openBlockers: number;
  readonly openClarifications: number;
  readonly openHumanEscalations: number;
  readonly helperAssignmentsOpen: number;
  readonly unassigned: number;
  readonly oldestOpenCoordinationAgeMs: number | null;
  readonly oldestUnackedRequestAgeMs: number | null;
  readonly overdueAckCount: number;
  readonly overdueResolveCount: number;
};
export type DashboardAgent = {
  readonly agentId: AgentId;
  readonly title: string;
  readonly role: string;
  readonly state: string;
  readonly detail: string;
  readonly proof: string;
  readonly executor: string | null;
  readonly startedAt: Instant | null;
  readonly completedAt: Instant | null;
};
export type WaveDashboard = Head &
  Pressure & {
    readonly waveFile: string;
    readonly status: WaveStatus;
    readonly phase: Phase;
    readonly headline: string;
    readonly blockingEdge: BlockingEdge | null;
    readonly attempt: number | null;
    readonly maxAttempts: number;
    readonly startedAt: Instant | null;
    readonly messageBoardPath: string;
    /** Why the newest attempt that ended was refused, as it was written down. */
    readonly reasons: readonly { readonly code: string; readonly agent: string | null }[];
    readonly agents: readonly DashboardAgent[];
  };

export const statusOf = ({ state, attempt }: Source): WaveStatus =>
  state.published !== null
    ? 'completed'
    : attempt === null
      ? 'pending'
      : attempt.ended === null
        ? 'running'
        : attempt.ended.outcome === 'closed'
          ? 'completed'
          : attempt.ended.outcome === 'waiting'
            ? 'waiting'
            : 'failed';

/** How much waits for somebody, and for how long. */
export const pressure = ({ contract, state, at }: Source): Pressure => {
  const counts = {
    request: 0,
    blocker: 0,
    'clarification-request': 0,
    'human-escalation': 0,
    'human-feedback': 0,
  };
  let [helpers, unassigned, overdueAck, overdueResolve] = [0, 0, 0, 0];
  let oldest: number | null = null;
  let unacked: number | null = null;
  for (const record of state.open.values()) {
    const age = between(record.createdAt, at);
    oldest = Math.max(oldest ?? 0, age);
    if (record.kind in counts) counts[record.kind as keyof typeof counts]++;
    if (hasClocks(record.kind) && record.acknowledgedAt === null) unacked = Math.max(unacked ?? 0, age);
    const timer = deadlineOf(contract, state, record);
    if (timer !== null && Date.parse(timer.at) <= Date.parse(at))
      timer.clock === 'ack' ? overdueAck++ : overdueResolve++;
    for (const { assignee } of state.assignments.get(record.id) ?? [])
      assignee === null ? unassigned++ : helpers++;
  }
  return {
    coordinationOpen: state.open.size,
    openRequests: counts.request,
    openBlockers: counts.blocker,
    openClarifications: counts['clarification-request'],
    openHumanEscalations: counts['human-escalation'] + counts['human-feedback'],
    helperAssignmentsOpen: helpers,
    unassigned,
    oldestOpenCoordinationAgeMs: oldest,
    oldestUnackedRequestAgeMs: unacked,
    overdueAckCount: overdueAck,
    overdueResolveCount: overdueResolve,
  };
};

const MARK_STATES = {
  done: 'completed',
  failed: 'failed',
  running: 'running',
  waiting: 'pending',
  paused: 'waiting',
} as const;

const sentence = ({ contract, state }: Source): string => {
  const { lead, sentence: what } = headline(contract, state);
  return `${lead}: ${what}`;
};

const agentsOf = ({ contract, state, attempt }: Source): readonly DashboardAgent[] => {
  const rows = agentRows(contract, state);
  return contract.agents.map(({ id, title, role }) => {
    const row = rows.get(id);
    const finished = attempt?.finished.get(id);
    return {
      agentId: id,
      title,
      role,
      state: MARK_STATES[row?.mark ?? 'waiting'],
      detail: row?.state ?? '',
      proof: row?.proof ?? '–',
      executor: finished?.executor ?? null,
      startedAt: attempt?.started.get(id) ?? null,
      completedAt: finished?.at ?? null,
    };
  });
};

export const waveDashboard = (source: Source): WaveDashboard => {
  const { contract, state, attempt } = source;
  const { wave } = contract;
  const ended = [...state.attempts.values()].findLast((one) => one.ended !== null)?.ended;
  return {
    ...head('wave-dashboard', source),
    waveFile: contract.file,
    status: statusOf(source),
    phase: phaseOf(contract, state),
    headline: sentence(source),
    blockingEdge: blockingEdge(contract, state),
    attempt: attempt?.attempt ?? null,
    maxAttempts: contract.config.maxRetriesPerWave + 1,
    startedAt: attempt?.startedAt ?? null,
    messageBoardPath: `messageboards/wave-${wave}.md`,
    reasons: (ended?.reasons ?? []).map(({ code, agent }) => ({ code, agent })),
    ...pressure(source),
    agents: agentsOf(source),
  };
};

export type GlobalDashboard = {
  readonly schemaVersion: 1;
  readonly kind: 'global-dashboard';
  readonly lane: string;
  readonly status: WaveStatus;
  readonly updatedAt: Instant;
  readonly waves: readonly (Pressure & {
    readonly wave: number;
    readonly waveFile: string;
    readonly status: WaveStatus;
    readonly phase: Phase;
    readonly headline: string;
    readonly attempt: number | null;
    readonly startedAt: Instant | null;
    readonly updatedAt: Instant;
    readonly agentsTotal: number;
    readonly agentsByState: Readonly<Record<string, number>>;
    readonly dashboardPath: string;
    readonly messageBoardPath: string;
  })[];
};

/** The lane stands as its last wave does. `sources` are in wave order, at least one. */
export const globalDashboard = (lane: string, sources: readonly Source[]): GlobalDashboard => ({
  schemaVersion: 1,
  kind: 'global-dashboard',
  lane,
  status: sources.map(statusOf).at(-1) ?? 'pending',
  updatedAt: sources.map(({ at }) => at).reduce((a, b) => (a > b ? a : b), ''),
  waves: sources.map((source) => {
    const { contract, state, attempt, at } = source;
    const byState: Record<string, number> = {};
    for (const agent of agentsOf(source)) byState[agent.state] = (byState[agent.state] ?? 0) + 1;
    return {
      wave: contract.wave,
      waveFile: contract.file,
      status: statusOf(source),
      phase: phaseOf(contract, state),
      headline: sentence(source),
      attempt: attempt?.attempt ?? null,
      startedAt: attempt?.startedAt ?? null,
      updatedAt: at,
      agentsTotal: contract.agents.length,
      agentsByState: byState,
      dashboardPath: `dashboards/wave-${contract.wave}.json`,
      messageBoardPath: `messageboards/wave-${contract.wave}.md`,
      ...pressure(source),
    };
  }),
});
