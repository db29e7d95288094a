/** One record through its life: what an entry makes of it, as plain functions. Who may do so is asked elsewhere. */
import type { AgentId } from '../contract/index.ts';
import {
  type Author,
  type CoordinationBody,
  type Entry,
  OPEN_STATUSES,
  type RecordFields,
  type RecordKind,
  type RecordStatus,
  type Severity,
} from '../journal/index.ts';
import { type Transition, transitionTo } from './authority.ts';
import type { CoordinationRecord } from './types.ts';

export type Change = RecordFields & { readonly status?: RecordStatus };

export const isOpen = (record: CoordinationRecord): boolean => OPEN_STATUSES.has(record.status);

/** What a kind is worth when its author says nothing (coordination.md §1.2). */
const severityOf = (kind: RecordKind, fields: RecordFields): Severity => {
  if (fields.severity !== undefined) return fields.severity;
  if (kind === 'human-escalation' || kind === 'human-feedback') return 'hard';
  if (kind === 'request' || kind === 'clarification-request') return 'closure-critical';
  if (kind === 'blocker') return fields.priority === 'low' ? 'soft' : 'hard';
  return 'advisory';
};

const speaker = (by: Author): AgentId | null =>
  by.kind === 'agent' ? by.agent : by.kind === 'operator' ? (by.as ?? null) : null;

/** Shared: most of a hundred thousand records name no reference and follow from nothing. */
const NONE: readonly string[] = Object.freeze([]);
/** Kinds that ask nothing of anybody: said and done. */
const SAID_AND_DONE: ReadonlySet<RecordKind> = new Set<RecordKind>(['resolved-by-policy', 'ack']);

/** The record an entry posts. */
export const postedRecord = (
  entry: Entry,
  body: Extract<CoordinationBody, { type: 'post' }>,
): CoordinationRecord => ({
  id: entry.id,
  seq: entry.seq,
  name: body.name ?? null,
  kind: body.kind,
  author: entry.by,
  authorAgent: speaker(entry.by),
  status: body.status ?? (SAID_AND_DONE.has(body.kind) ? 'resolved' : 'open'),
  summary: body.summary,
  detail: body.detail ?? '',
  targets: body.targets ?? NONE,
  priority: body.priority ?? 'normal',
  refs: body.refs ?? NONE,
  dependsOn: body.dependsOn ?? NONE,
  closureCondition: body.closureCondition ?? '',
  severity: severityOf(body.kind, body),
  subject: body.subject ?? null,
  value: body.value ?? null,
  dependency: body.dependency ?? null,
  createdAt: entry.at,
  updatedAt: entry.at,
  askedBy: entry.id,
  clockFrom: entry.at,
  cycle: 0,
  acknowledgedAt: null,
  answer: null,
  closedBy: null,
});

/**
 * Everything a change does, each part of which needs its own authority: a status does not carry a severity through. A
 * `detail` that comes with a status is a note, and takes none.
 */
export const transitionsOf = ({ status, targets, detail, ...rest }: Change): readonly Transition[] => {
  const edits =
    Object.values(rest).some((value) => value !== undefined) ||
    (detail !== undefined && status === undefined);
  const all: Transition[] = [
    ...(status === undefined ? [] : [transitionTo[status]]),
    ...(targets === undefined ? [] : ['retarget' as const]),
    ...(edits ? ['edit' as const] : []),
  ];
  return all.length === 0 ? ['edit'] : all;
};

/**
 * The record after a change.
 *
 * @param mayEdit whoever may not, and whoever settles what somebody else asked, says so beside its text, not over it
 */
export const changedRecord = (
  record: CoordinationRecord,
  entry: Entry,
  change: Change,
  {
    answers,
    mayEdit,
    isAuthor,
  }: { readonly answers: boolean; readonly mayEdit: boolean; readonly isAuthor: boolean },
): CoordinationRecord => {
  const { status = record.status, detail, ...fields } = change;
  const wasOpen = isOpen(record);
  // Taking up work that is already under way does not set it back.
  const next = status === 'acknowledged' && record.status === 'in_progress' ? 'in_progress' : status;
  const opens = OPEN_STATUSES.has(next);
  const takenUp = next === 'acknowledged' || next === 'in_progress';
  const closes = wasOpen && !opens;
  const overwrites = detail !== undefined && !answers && mayEdit && (isAuthor || !closes);
  const settles = detail !== undefined && detail !== '' && !overwrites && closes;
  const asksAgain = change.targets !== undefined || (!wasOpen && opens);
  return {
    ...record,
    ...fields,
    detail: overwrites ? detail : record.detail,
    status: next,
    updatedAt: entry.at,
    ...(asksAgain ? { askedBy: entry.id, clockFrom: entry.at, cycle: record.cycle + 1 } : {}),
    acknowledgedAt: (asksAgain ? null : record.acknowledgedAt) ?? (takenUp ? entry.at : null),
    answer: settles
      ? { entry: entry.id, by: entry.by, text: detail }
      : !wasOpen && opens
        ? null
        : record.answer,
    closedBy: opens ? null : (record.closedBy ?? entry.id),
  };
};
