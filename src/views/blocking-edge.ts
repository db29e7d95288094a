/**
 * Why is this not done? One edge: the thing that holds the wave open, who owes it, and until when. The terminal, the
 * status command and the comment all answer with this one (precedence of coordination.md §6.2).
 */
import { failing, type Gate } from '../closure/index.ts';
import type { AgentId, Contract } from '../contract/index.ts';
import type { EntryId, Instant, RecordKind } from '../journal/index.ts';
import {
  CLARIFICATION_LINK,
  type CoordinationRecord,
  handle,
  type Obligation,
  openObligations,
  timerOf,
  type WaveState,
} from '../state/index.ts';
import { due, listed, plural, shortOid, visible } from './text.ts';
import { asker, implementers, KIND_WORDS, latestAttempt, quoted, stewards } from './wording.ts';

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
  readonly deadline: Instant | null;
  /** The failing reason's code, for `gate`. */
  readonly code: string | null;
};

/** The agents that owe a record: its own assignees, else those its question was routed to. */
const owing = (state: WaveState, one: Obligation): readonly AgentId[] => {
  if (one.owedBy.length > 0 || one.record.kind !== 'clarification-request') return one.owedBy;
  for (const id of state.open) {
    const record = state.records.get(id);
    if (record?.kind !== 'request') continue;
    if (
      record.closureCondition !== CLARIFICATION_LINK + one.record.id &&
      !record.dependsOn.includes(one.record.id)
    )
      continue;
    return (state.assignments.get(id) ?? []).flatMap(({ assignee }) => (assignee === null ? [] : [assignee]));
  }
  return [];
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

/** Every open obligation as an edge, in precedence and then in the order they came. */
export const recordEdges = (contract: Contract, state: WaveState): readonly BlockingEdge[] => {
  const open = openObligations(state);
  const taken = new Set<EntryId>();
  return RECORD_EDGES.flatMap(([kind, fits]) =>
    open.flatMap((one): readonly BlockingEdge[] => {
      if (taken.has(one.record.id) || !fits(one)) return [];
      taken.add(one.record.id);
      return [
        {
          kind,
          record: one.record.id,
          handle: handle(one.record),
          summary: one.record.summary,
          from: askingFor(state, one.record),
          owner: ownerOf(kind, owing(state, one)),
          deadline: timerOf(contract, one.record)?.at ?? null,
          code: null,
        },
      ];
    }),
  );
};

const plain = (kind: EdgeKind, summary: string, owner: Owner, code: string | null = null): BlockingEdge => ({
  kind,
  record: null,
  handle: null,
  summary,
  from: null,
  owner,
  deadline: null,
  code,
});

const atWork = (contract: Contract, state: WaveState): BlockingEdge | null => {
  const attempt = latestAttempt(state);
  if (attempt === null) return plain('not-started', 'nothing has run yet', { kind: 'person' });
  if (attempt.ended !== null) return null;
  const pending = implementers(contract)
    .filter(({ id }) => !attempt.finished.has(id))
    .map(({ id }) => id);
  if (pending.length > 0)
    return plain('running', `${listed(pending)} ${pending.length === 1 ? 'is' : 'are'} at work`, {
      kind: 'agents',
      agents: pending,
    });
  const judging = stewards(contract)
    .filter(({ id }) => attempt.started.has(id) && !attempt.finished.has(id))
    .map(({ id }) => id);
  return judging.length === 0
    ? null
    : plain('running', `${listed(judging)} ${judging.length === 1 ? 'judges' : 'judge'}`, {
        kind: 'agents',
        agents: judging,
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
    first.code,
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
  const [owed] = recordEdges(contract, state);
  if (owed !== undefined) return owed;
  const working = atWork(contract, state);
  if (working !== null) return working;
  const failed = unmet(gates);
  if (failed !== null) return failed;
  if (attempt?.ended?.outcome === 'refused')
    return plain(
      'gate',
      `the last attempt was refused: ${visible(attempt.ended.code)}`,
      { kind: 'person' },
      attempt.ended.code,
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

/** `clarification A2-k7mq "who rounds?"  A2 → A3, due in 4 m`; the deadline only with a clock. */
export const edgeLine = (edge: BlockingEdge, now: Instant | null): string => {
  if (edge.record === null) return edge.summary;
  const deadline = edge.deadline === null || now === null ? '' : `, ${due(now, edge.deadline)}`;
  const nobody =
    edge.kind === 'helper-assignment-unresolved'
      ? 'nobody answers to it, a person decides'
      : ownerWords(edge.owner);
  return `${EDGE_WORDS[edge.kind]} ${edge.handle} ${quoted(edge.summary, 80)}  ${edge.from} → ${nobody}${deadline}`;
};

/** The one sentence of the status command and of the sticky comment: who must act, and why. */
export type Headline = {
  readonly lead: string;
  readonly sentence: string;
  /** The record an answer would settle, when an answer is what is needed. */
  readonly answer: string | null;
};

const needsAnswer = (kind: EdgeKind): boolean =>
  kind === 'human-input' || kind === 'human-escalation' || kind === 'clarification';

export const headline = (contract: Contract, state: WaveState, gates: readonly Gate[] = []): Headline => {
  if (state.published !== null)
    return {
      lead: 'Closed',
      sentence: `published ${shortOid(state.published.commit)} to ${visible(state.published.target)}`,
      answer: null,
    };
  const attempt = latestAttempt(state);
  const edge = blockingEdge(contract, state, gates);
  if (edge === null)
    return attempt?.ended?.outcome === 'closed'
      ? { lead: 'Closed', sentence: 'every gate holds', answer: null }
      : { lead: 'Ready to close', sentence: 'every gate that was asked holds', answer: null };
  if (edge.kind === 'not-started') return { lead: 'Not started', sentence: edge.summary, answer: null };
  if (edge.kind === 'running') return { lead: 'Running', sentence: edge.summary, answer: null };
  if (edge.kind === 'gate') return { lead: 'Waiting for a maintainer', sentence: edge.summary, answer: null };
  const what = quoted(edge.summary, 80);
  const running = attempt !== null && attempt.ended === null;
  const said = needsAnswer(edge.kind)
    ? `${edge.from} asks ${what}`
    : edge.kind === 'blocker'
      ? `${edge.from} reports a blocker ${what}`
      : `${edge.from} requests ${what}`;
  if (edge.owner.kind === 'agents') {
    const names = listed(edge.owner.agents);
    const verb = edge.owner.agents.length === 1 ? 'is' : 'are';
    return running
      ? { lead: `Waiting for ${names}`, sentence: said, answer: null }
      : {
          lead: 'Waiting for a maintainer',
          sentence: `${said}, and ${names} ${verb} not running`,
          answer: needsAnswer(edge.kind) ? edge.handle : null,
        };
  }
  if (!needsAnswer(edge.kind)) {
    const nobody = edge.kind === 'blocker' ? '' : ', and nobody in the wave answers to it';
    return { lead: 'Waiting for a maintainer', sentence: said + nobody, answer: null };
  }
  const asking = recordEdges(contract, state).filter(
    (one) => needsAnswer(one.kind) && one.owner.kind === 'person',
  );
  const known = new Set(contract.agents.map(({ id }) => id));
  const blocked = [
    ...new Set(asking.map(({ from }) => (from !== null && known.has(from) ? from : 'the wave'))),
  ];
  const count = asking.length === 1 ? 'one question blocks' : `${asking.length} questions block`;
  return { lead: 'Waiting for a maintainer', sentence: `${count} ${listed(blocked)}`, answer: edge.handle };
};
