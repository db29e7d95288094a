/**
 * Why is this not done? One edge: the thing that holds the wave open, who owes it, and until when. The terminal, the
 * status command and the comment all answer with this one (precedence of coordination.md §6.2).
 */
import { failing, type Gate } from '../closure/index.ts';
import type { AgentId, Contract } from '../contract/index.ts';
import type { EntryId, Instant, RecordKind } from '../journal/index.ts';
import {
  type Attempt,
  CLARIFICATION_LINK,
  type CoordinationRecord,
  contradictionsAt,
  deadlineOf,
  handle,
  isGateRelevant,
  type Obligation,
  openObligations,
  repairersOf,
  type WaveState,
} from '../state/index.ts';
import { due, listed, plural, visible } from './text.ts';
import {
  asker,
  contradictionWords,
  implementers,
  KIND_WORDS,
  latestAttempt,
  quotingWithin,
  stewards,
} from './wording.ts';

export type EdgeKind =
  | 'human-input'
  | 'human-escalation'
  | 'clarification'
  | 'helper-assignment-unresolved'
  | 'helper-assignment'
  | 'blocker'
  | 'running'
  | 'gate'
  | 'not-started';

/** Who has to move: agents, somebody with a say in the repository, or the run itself. */
export type Owner =
  | { readonly kind: 'agents'; readonly agents: readonly AgentId[] }
  | { readonly kind: 'person' }
  | { readonly kind: 'run' };

export type BlockingEdge = {
  readonly kind: EdgeKind;
  readonly record: EntryId | null;
  /** What people type for the record. */
  readonly handle: string | null;
  readonly summary: string;
  /** The agent or person that asks; null where nobody does. */
  readonly from: string | null;
  readonly owner: Owner;
  /** When it began to hold the wave open; null where that is not written down. */
  readonly since: Instant | null;
  readonly deadline: Instant | null;
  /** The failing reason's code, for `gate`. */
  readonly code: string | null;
  /** Whom that reason names and what it says; null for anything else. */
  readonly detail: string | null;
};

/** Open requests that carry a question on, by the question: who was asked in its place. */
const routesOf = (state: WaveState): ReadonlyMap<EntryId, readonly AgentId[]> => {
  const routes = new Map<EntryId, readonly AgentId[]>();
  for (const [id, record] of state.open) {
    if (record.kind !== 'request') continue;
    const { closureCondition, dependsOn } = record;
    if (dependsOn.length === 0 && !closureCondition.startsWith(CLARIFICATION_LINK)) continue;
    const agents = (state.assignments.get(id) ?? []).flatMap(({ assignee }) =>
      assignee === null ? [] : [assignee],
    );
    const heads = closureCondition.startsWith(CLARIFICATION_LINK)
      ? [closureCondition.slice(CLARIFICATION_LINK.length)]
      : dependsOn;
    for (const head of heads) if (!routes.has(head)) routes.set(head, agents);
  }
  return routes;
};

const unresolved = (one: Obligation): boolean => one.assignments.some(({ assignee }) => assignee === null);
const ofKind =
  (kind: RecordKind) =>
  (one: Obligation): boolean =>
    one.record.kind === kind;

const RECORD_EDGES: readonly (readonly [EdgeKind, (one: Obligation) => boolean])[] = [
  ['human-input', ofKind('human-feedback')],
  ['human-escalation', ofKind('human-escalation')],
  ['clarification', ofKind('clarification-request')],
  ['helper-assignment-unresolved', (one) => one.record.kind === 'request' && unresolved(one)],
  ['helper-assignment', ofKind('request')],
  ['blocker', ofKind('blocker')],
];

const ownerOf = (kind: EdgeKind, agents: readonly AgentId[]): Owner =>
  kind === 'human-input' ||
  kind === 'human-escalation' ||
  kind === 'helper-assignment-unresolved' ||
  agents.length === 0
    ? { kind: 'person' }
    : { kind: 'agents', agents };

/** Who waits: for an escalation the one whose question it carries on. */
const askingFor = (state: WaveState, record: CoordinationRecord): string => {
  const { closureCondition } = record;
  const head = closureCondition.startsWith(CLARIFICATION_LINK)
    ? state.records.get(closureCondition.slice(CLARIFICATION_LINK.length))
    : undefined;
  return asker(
    head !== undefined && (record.kind === 'human-escalation' || record.kind === 'human-feedback')
      ? head
      : record,
  );
};

const precedence = (one: Obligation): number => RECORD_EDGES.findIndex(([, fits]) => fits(one));

const edgeOf = (
  contract: Contract,
  state: WaveState,
  one: Obligation,
  kind: EdgeKind,
  routes: ReadonlyMap<EntryId, readonly AgentId[]>,
): BlockingEdge => {
  const routed =
    one.owedBy.length === 0 && one.record.kind === 'clarification-request'
      ? routes.get(one.record.id)
      : undefined;
  return {
    kind,
    record: one.record.id,
    handle: handle(one.record),
    summary: one.record.summary,
    from: askingFor(state, one.record),
    owner: ownerOf(kind, routed ?? one.owedBy),
    since: one.record.createdAt,
    deadline: deadlineOf(contract, state, one.record)?.at ?? null,
    code: null,
    detail: null,
  };
};

/** Every open obligation as an edge, in precedence and then in the order they came. */
export const recordEdges = (contract: Contract, state: WaveState): readonly BlockingEdge[] => {
  const routes = routesOf(state);
  const groups = RECORD_EDGES.map((): BlockingEdge[] => []);
  for (const one of openObligations(state)) {
    const at = precedence(one);
    const kind = RECORD_EDGES[at]?.[0];
    if (kind !== undefined) groups[at]?.push(edgeOf(contract, state, one, kind, routes));
  }
  return groups.flat();
};

/** The best place in the precedence a kind can have. */
const BEST: ReadonlyMap<RecordKind, number> = new Map([
  ['human-feedback', 0],
  ['human-escalation', 1],
  ['clarification-request', 2],
  ['request', 3],
  ['blocker', 5],
]);

/** The first of them, without making the rest. */
const firstRecordEdge = (contract: Contract, state: WaveState): BlockingEdge | null => {
  let first: { readonly one: Obligation; readonly at: number } | null = null;
  for (const [id, record] of state.open) {
    if (!isGateRelevant(record)) continue;
    // A kind that cannot come before what was found needs no look at who owes it.
    if (first !== null && (BEST.get(record.kind) ?? RECORD_EDGES.length) >= first.at) continue;
    const assignments = state.assignments.get(id) ?? [];
    const one: Obligation = {
      record,
      assignments,
      owedBy: assignments.flatMap(({ assignee }) => (assignee === null ? [] : [assignee])),
    };
    const at = precedence(one);
    if (at >= 0 && (first === null || at < first.at)) first = { one, at };
    if (first?.at === 0) break;
  }
  const kind = first === null ? undefined : RECORD_EDGES[first.at]?.[0];
  if (first === null || kind === undefined) return null;
  const routes = kind === 'clarification' && first.one.owedBy.length === 0 ? routesOf(state) : new Map();
  return edgeOf(contract, state, first.one, kind, routes);
};

const plain = (
  kind: EdgeKind,
  summary: string,
  owner: Owner,
  { since = null, code = null, detail = null }: Partial<Pick<BlockingEdge, 'since' | 'code' | 'detail'>> = {},
): BlockingEdge => ({
  kind,
  record: null,
  handle: null,
  summary,
  from: null,
  owner,
  since,
  deadline: null,
  code,
  detail,
});

/** The first few by name, so that the line stays one. */
const someOf = (agents: readonly AgentId[]): string =>
  listed(agents.length <= 6 ? agents : [...agents.slice(0, 5), `${agents.length - 5} more`]);

/** When the first of these agents was started; the attempt's own start while none was. */
const earliest = (attempt: Attempt, agents: readonly AgentId[]): Instant =>
  agents.flatMap((agent) => attempt.started.get(agent) ?? []).toSorted()[0] ?? attempt.startedAt;

const atWork = (contract: Contract, state: WaveState): BlockingEdge | null => {
  const attempt = latestAttempt(state);
  if (attempt === null) return plain('not-started', 'nothing has run yet', { kind: 'person' });
  if (attempt.ended !== null) return null;
  const pending = implementers(contract)
    .filter(({ id }) => !attempt.finished.has(id))
    .map(({ id }) => id);
  if (pending.length > 0)
    return plain(
      'running',
      `${someOf(pending)} ${pending.length === 1 ? 'is' : 'are'} at work`,
      {
        kind: 'agents',
        agents: pending,
      },
      { since: earliest(attempt, pending) },
    );
  const judging = stewards(contract)
    .filter(({ id }) => attempt.started.has(id) && !attempt.finished.has(id))
    .map(({ id }) => id);
  return judging.length === 0
    ? null
    : plain(
        'running',
        `${listed(judging)} ${judging.length === 1 ? 'judges' : 'judge'}`,
        {
          kind: 'agents',
          agents: judging,
        },
        { since: earliest(attempt, judging) },
      );
};

/** What two parties say against each other, once nobody is at work who could take it back. */
const disputed = (contract: Contract, state: WaveState): BlockingEdge | null => {
  const [first] = contradictionsAt(contract, state, 'close');
  if (first === undefined) return null;
  // Who has ended takes nothing back until a person lets it run again.
  const agents = latestAttempt(state)?.ended === null ? repairersOf(contract, first) : [];
  const owner: Owner = agents.length === 0 ? { kind: 'person' } : { kind: 'agents', agents };
  return plain('gate', contradictionWords(first), owner, {
    code: 'contradiction-open',
    since: first.openedAt,
  });
};

const unmet = (gates: readonly Gate[]): BlockingEdge | null => {
  const [first] = failing(gates);
  if (first === undefined) return null;
  const count = gates.filter((gate) => gate.status === 'failed').length;
  const named = first.agent === null ? first.code : `${visible(first.agent)} ${first.code}`;
  return plain(
    'gate',
    `${count} of ${plural(gates.length, 'gate')} ${count === 1 ? 'fails' : 'fail'}: ${named}`,
    { kind: 'person' },
    { code: first.code, detail: `${named}: ${visible(first.detail)}` },
  );
};

/**
 * The single edge, or null when nothing holds the wave open any more. What is owed comes before who is at work, and
 * that before what the gates say.
 *
 * @param gates as evaluated last; left out while they were not
 */
export const blockingEdge = (
  contract: Contract,
  state: WaveState,
  gates: readonly Gate[] = [],
): BlockingEdge | null => {
  if (state.published !== null) return null;
  const attempt = latestAttempt(state);
  const owed = firstRecordEdge(contract, state);
  if (owed !== null) return owed;
  const working = atWork(contract, state);
  if (working !== null) return working;
  const failed = unmet(gates);
  // The reason that leads in the gates leads here; of a contradiction more is known than its gate says.
  const dispute = failed === null || failed.code === 'contradiction-open' ? disputed(contract, state) : null;
  if (dispute !== null) return dispute;
  if (failed !== null) return failed;
  if (attempt?.ended?.outcome === 'refused')
    return plain(
      'gate',
      `the last attempt was refused: ${visible(attempt.ended.code)}`,
      { kind: 'person' },
      { code: attempt.ended.code },
    );
  if (attempt === null || attempt.ended !== null) return null;
  const next = stewards(contract).find(({ id }) => !attempt.finished.has(id));
  return plain('running', next === undefined ? 'the last checks before closing' : `${next.id} comes next`, {
    kind: 'run',
  });
};

const EDGE_WORDS: Readonly<Record<EdgeKind, string>> = {
  'human-input': KIND_WORDS['human-feedback'],
  'human-escalation': KIND_WORDS['human-escalation'],
  clarification: KIND_WORDS['clarification-request'],
  'helper-assignment-unresolved': KIND_WORDS.request,
  'helper-assignment': KIND_WORDS.request,
  blocker: KIND_WORDS.blocker,
  running: '',
  gate: '',
  'not-started': '',
};

const ownerWords = (owner: Owner): string =>
  owner.kind === 'agents' ? listed(owner.agents) : owner.kind === 'person' ? 'a person' : 'the run';

/**
 * `clarification A2-k7mq "who rounds?"  A2 → A3, due in 4 m`; the deadline only with a clock.
 *
 * @param room columns: a longer line has its quote shortened, not its end
 */
export const edgeLine = (
  edge: BlockingEdge,
  now: Instant | null,
  room: number = Number.POSITIVE_INFINITY,
): string => {
  if (edge.record === null) return edge.detail ?? edge.summary;
  const deadline = edge.deadline === null || now === null ? '' : `, ${due(now, edge.deadline)}`;
  const nobody =
    edge.kind === 'helper-assignment-unresolved'
      ? 'nobody answers to it, a person decides'
      : ownerWords(edge.owner);
  return quotingWithin(
    edge.summary,
    room,
    (quote) => `${EDGE_WORDS[edge.kind]} ${edge.handle} ${quote}  ${edge.from} → ${nobody}${deadline}`,
  );
};
