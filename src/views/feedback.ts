/** The one queue of what people are asked: escalations, questions put to a person, and what nobody in the wave owes. */
import type { AgentId, Contract } from '../contract/index.ts';
import { type EntryId, type Instant, OPEN_STATUSES, type RecordKind } from '../journal/index.ts';
import {
  byNaturalId,
  type CoordinationRecord,
  handle,
  headsOf,
  holdersOf,
  isGateRelevant,
  isWithPeople,
  openWaits,
  type WaveState,
} from '../state/index.ts';
import {
  age,
  between,
  fitted,
  listed,
  plural,
  type Style,
  visible,
  visibleLines,
  widthOf,
  wrap,
} from './text.ts';
import { asker, who } from './wording.ts';

export type FeedbackStatus = 'pending' | 'answered' | 'withdrawn';
export type FeedbackItem = {
  readonly id: EntryId;
  readonly handle: string;
  readonly kind: RecordKind;
  readonly status: FeedbackStatus;
  readonly question: string;
  readonly context: string;
  /** Whose question it is. */
  readonly from: string;
  /** Agents that do nothing before it is answered. */
  readonly waiting: readonly AgentId[];
  readonly createdAt: Instant;
  readonly answer: { readonly by: string; readonly text: string; readonly at: Instant } | null;
};

const PERSONAL: ReadonlySet<RecordKind> = new Set<RecordKind>(['human-escalation', 'human-feedback']);

const isAsked = (contract: Contract, state: WaveState, record: CoordinationRecord): boolean =>
  PERSONAL.has(record.kind) ||
  (OPEN_STATUSES.has(record.status) &&
    isGateRelevant(record) &&
    record.kind !== 'blocker' &&
    holdersOf(contract, state, record).length === 0 &&
    !isWithPeople(contract, state, record));

const waitersOf = (state: WaveState, ids: ReadonlySet<EntryId>): readonly AgentId[] =>
  [...state.waiting.keys()]
    .filter((agent) => openWaits(state, agent).some(({ id }) => ids.has(id)))
    .toSorted(byNaturalId);

const itemOf = (contract: Contract, state: WaveState, record: CoordinationRecord): FeedbackItem => {
  const heads = headsOf(contract, state, record);
  const status: FeedbackStatus = OPEN_STATUSES.has(record.status)
    ? 'pending'
    : record.answer !== null
      ? 'answered'
      : 'withdrawn';
  return {
    id: record.id,
    handle: handle(record),
    kind: record.kind,
    status,
    question: record.summary,
    context: record.detail,
    from: heads.length > 0 ? listed([...new Set(heads.map(asker))]) : asker(record),
    waiting: waitersOf(state, new Set([record.id, ...heads.map(({ id }) => id)])),
    createdAt: record.createdAt,
    answer:
      record.answer === null
        ? null
        : { by: who(record.answer.by), text: record.answer.text, at: record.updatedAt },
  };
};

/** Pending ones first, the oldest of them first; then what is over, the newest first. */
export const feedbackQueue = (contract: Contract, state: WaveState): readonly FeedbackItem[] => {
  const items = [...state.records.values()]
    .filter((record) => isAsked(contract, state, record))
    .map((record) => itemOf(contract, state, record));
  return [
    ...items.filter(({ status }) => status === 'pending'),
    ...items.filter(({ status }) => status !== 'pending').reverse(),
  ];
};

export const feedbackOf = (
  contract: Contract,
  state: WaveState,
  record: CoordinationRecord,
): FeedbackItem | null => (isAsked(contract, state, record) ? itemOf(contract, state, record) : null);

const waitingWords = ({ waiting }: FeedbackItem): string =>
  waiting.length === 0 ? '' : `; ${listed(waiting)} ${waiting.length === 1 ? 'waits' : 'wait'}`;

const line = (item: FeedbackItem, now: Instant, style: Style): string => {
  const state =
    item.status === 'pending'
      ? `${age(between(item.createdAt, now))} old, from ${visible(item.from)}${waitingWords(item)}`
      : item.answer === null
        ? 'withdrawn'
        : `answered by ${visible(item.answer.by)}: ${visible(item.answer.text)}`;
  return fitted(style, `  ${item.handle}  ${visible(item.question)}  (${state})`, widthOf(style));
};

/** The queue as a list; the last line says how to answer. */
export const renderFeedback = (
  items: readonly FeedbackItem[],
  { now, command }: { readonly now: Instant; readonly command: string },
  style: Style,
): string => {
  const pending = items.filter(({ status }) => status === 'pending');
  const [first] = pending;
  const head =
    first === undefined ? 'Nobody is asked anything.' : `${plural(pending.length, 'question')} to answer`;
  const over = items.filter(({ status }) => status !== 'pending');
  return [
    head,
    ...pending.map((item) => line(item, now, style)),
    ...(over.length === 0 ? [] : [`${over.length} over`, ...over.map((item) => line(item, now, style))]),
    ...(first === undefined
      ? []
      : [`answer: ${command} feedback respond --id ${first.handle} --response "…"`]),
  ].join('\n');
};

/** One of them, whole. */
export const renderFeedbackItem = (
  item: FeedbackItem,
  { now, command }: { readonly now: Instant; readonly command: string },
  style: Style,
): string => {
  const block = (text: string): readonly string[] =>
    visibleLines(text)
      .split('\n')
      .flatMap((one) => wrap(one, widthOf(style) - 2).map((part) => `  ${part}`));
  return [
    `${item.handle}  ${item.status}, ${age(between(item.createdAt, now))} old, from ${visible(item.from)}${waitingWords(item)}`,
    ...block(item.question),
    ...(item.context === '' ? [] : ['', ...block(item.context)]),
    ...(item.answer === null
      ? []
      : ['', `answered by ${visible(item.answer.by)}:`, ...block(item.answer.text)]),
    ...(item.status === 'pending'
      ? ['', `answer: ${command} feedback respond --id ${item.handle} --response "…"`]
      : []),
  ].join('\n');
};
