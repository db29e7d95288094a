/** The block a terminal shows while a wave runs: a line an agent, and last the answer to "why is this not done". */
import type { Agent, AgentId, Contract } from '../contract/index.ts';
import type { Instant } from '../journal/index.ts';
import type { Attempt, WaveState } from '../state/index.ts';
import { type BlockingEdge, blockingEdge, edgeLine, recordEdges } from './blocking-edge.ts';
import { nextTimer } from './next-timer.ts';
import {
  age,
  between,
  clip,
  clock,
  displayWidth,
  due,
  duration,
  fitted,
  listed,
  type Mark,
  mark,
  padEnd,
  paletteOf,
  plural,
  type Style,
  shortOid,
  visible,
} from './text.ts';
import {
  endedWell,
  exitWords,
  implementers,
  latestAttempt,
  patchWords,
  proofWords,
  quotingWithin,
  signalWords,
  spoken,
  stewards,
} from './wording.ts';

export type LiveOptions = {
  readonly now: Instant;
  readonly startedAt: Instant;
  /** Lines the terminal has; left out: as many as it takes. */
  readonly height?: number;
};

type Row = {
  readonly mark: Mark;
  readonly agent: Agent;
  readonly time: string;
  /** In so many columns, where it can be said in fewer words. */
  readonly text: (room: number) => string;
  readonly proof: string;
};
const words = (text: string) => (): string => text;

/** What an agent asked and nobody settled yet: the reason it cannot go on, if there is one. */
const askOf = (edges: readonly BlockingEdge[], agent: AgentId): BlockingEdge | undefined =>
  edges.find((edge) => edge.from === agent && edge.kind !== 'blocker');

const waitingWords = (
  lead: string,
  edge: BlockingEdge,
  state: WaveState,
  now: Instant,
  room: number,
): string => {
  const record = edge.record === null ? undefined : state.records.get(edge.record);
  const whom = edge.owner.kind === 'agents' ? listed(edge.owner.agents) : 'a person';
  const verb =
    edge.kind === 'helper-assignment'
      ? 'do'
      : edge.kind === 'helper-assignment-unresolved'
        ? 'reassign'
        : 'answer';
  const asked = record === undefined ? [] : [`asked ${age(between(record.createdAt, now))} ago`];
  const deadline = edge.deadline === null ? [] : [due(now, edge.deadline)];
  const sentence = (...facts: readonly string[]): string =>
    quotingWithin(
      edge.summary,
      room,
      (quote) => `${lead}: ${whom} to ${verb} ${quote}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}`,
    );
  const whole = sentence(...asked, ...deadline);
  return displayWidth(whole) <= room ? whole : sentence(...(deadline.length > 0 ? deadline : asked));
};

const finishedRow = (state: WaveState, attempt: Attempt, agent: Agent): Row | null => {
  const finished = attempt.finished.get(agent.id);
  if (finished === undefined) return null;
  const time = finished.reusedFrom === null ? duration(finished.durationMs) : 'kept';
  if (!endedWell(finished.exit))
    return { mark: 'failed', agent, time, text: words(exitWords(finished.exit)), proof: '' };
  const admission = attempt.admissions.get(agent.id);
  if (admission?.kind === 'refused') {
    const [first] = admission.refusals;
    return {
      mark: 'failed',
      agent,
      time,
      text: words(
        `patch refused: ${first === undefined ? '' : `${visible(first.code)} ${visible(first.path)}`}`.trimEnd(),
      ),
      proof: '',
    };
  }
  if (agent.role === 'implementation')
    return {
      mark: 'done',
      agent,
      time,
      text: words(patchWords(finished.patch)),
      proof: proofWords(state, attempt, agent.id) ?? 'no proof',
    };
  const said = spoken(state, attempt, agent.id).at(-1);
  return {
    mark: 'done',
    agent,
    time,
    text: words(said === undefined ? 'gave no signal' : signalWords(said)),
    proof: '',
  };
};

const rowOf = (
  state: WaveState,
  attempt: Attempt | null,
  agent: Agent,
  edges: readonly BlockingEdge[],
  options: LiveOptions,
): Row => {
  const done = attempt === null ? null : finishedRow(state, attempt, agent);
  if (done !== null) return done;
  const since = attempt?.started.get(agent.id);
  if (since === undefined) return { mark: 'waiting', agent, time: '', text: words('not started'), proof: '' };
  const ask = askOf(edges, agent.id);
  const parked = state.parked.get(agent.id);
  const lead = parked === undefined ? 'waiting' : 'parked';
  return {
    mark: parked !== undefined || ask?.owner.kind === 'person' ? 'paused' : 'running',
    agent,
    time: duration(between(since, parked?.at ?? options.now)),
    text:
      ask === undefined
        ? words(parked === undefined ? 'running' : 'parked until what it waits for has come')
        : (room) => waitingWords(lead, ask, state, options.now, room),
    proof: '',
  };
};

/** Rows of these marks are told in one line when there is no room for each, in this order. */
const GATHERED: readonly (readonly [Mark, string])[] = [
  ['done', 'done'],
  ['waiting', 'not started'],
];

/** A line a row, or one for all of a kind where the terminal is not high enough: what went wrong and what runs stays. */
const withinHeight = (
  rows: readonly Row[],
  height: number,
  line: (row: Row) => string,
  style: Style,
): readonly string[] => {
  const gathered: string[] = [];
  let shown = rows;
  for (const [kind, words] of GATHERED) {
    if (shown.length + gathered.length <= height) break;
    const rest = shown.filter((row) => row.mark !== kind);
    if (shown.length - rest.length > 1)
      gathered.push(`  ${mark(style, kind)} ${shown.length - rest.length} ${words}`);
    else continue;
    shown = rest;
  }
  const room = Math.max(1, height - gathered.length);
  const cut = shown.length <= room ? shown : shown.slice(0, room - 1);
  const left = shown.length - cut.length;
  return [...gathered, ...cut.map(line), ...(left === 0 ? [] : [`    and ${left} more`])];
};

/** Columns that what an agent does needs to be understood. */
const LEAST_TEXT = 20;

const hasTurn = (attempt: Attempt | null, agent: Agent): boolean =>
  attempt?.started.has(agent.id) === true || attempt?.finished.has(agent.id) === true;

/** What follows by itself where nobody moves until the deadline, if the line has room for it. */
const then = (
  contract: Contract,
  state: WaveState,
  edge: BlockingEdge,
  now: Instant,
  width: number,
): string => {
  const timer = edge.record === null ? null : nextTimer(contract, state, now);
  const words = timer?.record !== edge.record || timer.then === null ? '' : `, then ${timer.then}`;
  return displayWidth(edgeLine(edge, now)) + displayWidth(words) + 11 <= width ? words : '';
};

/**
 * The block, line by line, each within the style's width so that none scrolls. Render it again on every change; the
 * caller moves the cursor.
 */
export const renderLive = (
  contract: Contract,
  state: WaveState,
  options: LiveOptions & Style,
): readonly string[] => {
  const { now, startedAt } = options;
  const palette = paletteOf(options);
  const width = options.width ?? 100;
  const attempt = latestAttempt(state);
  const edges = recordEdges(contract, state);
  const turn = stewards(contract).filter((agent) => hasTurn(attempt, agent));
  const later = stewards(contract).filter((agent) => !turn.includes(agent));
  const rows = [...implementers(contract), ...turn].map((agent) =>
    rowOf(state, attempt, agent, edges, options),
  );

  const at = (cells: (row: Row) => string, most: number): number =>
    Math.min(most, Math.max(0, ...rows.map((row) => displayWidth(cells(row)))));
  const columns = {
    id: at((row) => row.agent.id, 12),
    title: at((row) => visible(row.agent.title), 18),
    executor: at((row) => row.agent.executor.id, 10),
    time: at((row) => row.time, 10),
  };
  const text = at((row) => (row.proof === '' ? '' : row.text(40)), 40);
  // What an agent does is worth more than what it is called: on a narrow terminal those columns go first.
  const room = width - columns.id - columns.time - 9 - LEAST_TEXT;
  const titled = room - columns.title - 2 >= 0;
  const named = titled && room - columns.title - columns.executor - 4 >= 0;
  const line = (row: Row): string => {
    const head = [
      padEnd(row.agent.id, columns.id),
      ...(titled ? [padEnd(clip(visible(row.agent.title), columns.title), columns.title)] : []),
      ...(named ? [padEnd(row.agent.executor.id, columns.executor)] : []),
      padEnd(row.time, columns.time),
    ].join('  ');
    const left = Math.max(10, width - displayWidth(head) - 7);
    const said = row.proof === '' ? row.text(left) : `${padEnd(row.text(text), text)}   ${row.proof}`;
    const tail = fitted(options, said, left);
    const shown =
      row.mark === 'failed' ? palette.bad(tail) : row.mark === 'waiting' ? palette.dim(tail) : tail;
    return `  ${mark(options, row.mark)} ${head}   ${shown}`;
  };

  const base =
    attempt === null ? 'not started' : `attempt ${attempt.attempt} · base ${shortOid(attempt.base)}`;
  const title = fitted(options, `wave ${contract.wave} · ${contract.lane} · ${base}`, width - 10);
  const elapsed = clock(between(startedAt, now));
  const lines = [
    palette.strong(title) + ' '.repeat(Math.max(1, width - displayWidth(title) - elapsed.length)) + elapsed,
    ...withinHeight(rows, (options.height ?? Number.POSITIVE_INFINITY) - 3, line, options),
  ];
  if (later.length > 0) {
    const after = `after ${turn.at(-1)?.role ?? 'implementation'}`;
    const wide = later.reduce((sum, { id }) => sum + displayWidth(id) + 3, 4 + after.length) <= width;
    const names = wide
      ? later.map(({ id }) => `${mark(options, 'waiting')} ${id}`).join(' ')
      : `${mark(options, 'waiting')} ${plural(later.length, 'steward')}`;
    lines.push(`  ${names}   ${palette.dim(after)}`);
  }
  const edge = blockingEdge(contract, state);
  const last =
    edge === null
      ? state.published === null
        ? ' nothing blocks: closing'
        : ` published ${shortOid(state.published.commit)} to ${visible(state.published.target)}`
      : ` blocking: ${edgeLine(edge, now, width - 11)}${then(contract, state, edge, now, width)}`;
  return [...lines, palette.strong(fitted(options, last, width))];
};
