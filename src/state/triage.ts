/**
 * What becomes of a question (coordination.md §3.1, without its defects): policy answers it, else somebody who owns what
 * it is about is asked, is given up on when the time is over, a bounded number of times, and then a person is asked,
 * once. Pure: the same entries whoever computes them, written by trusted jobs only.
 */
import type { AgentId, Contract } from '../contract/index.ts';
import { sha256 } from '../contract/index.ts';
import type { CoordinationBody, EntryId, Instant } from '../journal/index.ts';
import { roleOf } from './authority.ts';
import { CLARIFICATION_LINK, openFollowers } from './chains.ts';
import { deadlineOf } from './deadlines.ts';
import { isGateRelevant } from './obligations.ts';
import { possibleOwners } from './owners.ts';
import { policyAnswer, policyDecisions } from './policy-answer.ts';
import { isOpen } from './record.ts';
import {
  circleDetail,
  circleSummary,
  type Exhausted,
  escalationDetail,
  policySummary,
  routeDetail,
} from './triage-text.ts';
import type { Attempt, CoordinationRecord, WaveState } from './types.ts';
import { circles } from './waiting.ts';

/** How often a question is routed on before a person is asked (coordination.md §0.2). */
export const MAX_ROUTES = 2;

export type TriageEntry = { readonly id: EntryId; readonly at: Instant; readonly body: CoordinationBody };

const routeId = (question: CoordinationRecord, n: number): EntryId => `triage.${question.askedBy}.route.${n}`;
const policyId = (question: CoordinationRecord): EntryId => `triage.${question.askedBy}.policy`;
const escalationId = (question: CoordinationRecord): EntryId => `triage.${question.askedBy}.escalation`;

const assigneesOf = (state: WaveState, id: EntryId): readonly AgentId[] =>
  (state.assignments.get(id) ?? []).flatMap(({ assignee }) => (assignee === null ? [] : [assignee]));

const liveAttempt = (state: WaveState): Attempt | null => {
  const last = [...state.attempts.values()].at(-1);
  return last === undefined || last.ended !== null ? null : last;
};

/** Routes made for this asking, in order. */
const routesOf = (state: WaveState, question: CoordinationRecord): readonly CoordinationRecord[] => {
  const routes: CoordinationRecord[] = [];
  for (let n = 1; n <= MAX_ROUTES; n++) {
    const route = state.records.get(routeId(question, n));
    if (route !== undefined) routes.push(route);
  }
  return routes;
};

/** A steward whose turn has not come answers when it has; who ended answers no more in this attempt. */
type Presence = 'to-come' | 'here' | 'ended';
const presence = (contract: Contract, attempt: Attempt | null, agent: AgentId): Presence => {
  if (attempt === null) return 'here';
  if (attempt.finished.has(agent)) return 'ended';
  return attempt.started.has(agent) || roleOf(contract, agent) === 'implementation' ? 'here' : 'to-come';
};

/** When the one who is asked now counts as not answering; null while there is nothing to wait out. */
const givenUpAt = (
  contract: Contract,
  state: WaveState,
  asked: CoordinationRecord,
  others: readonly AgentId[],
): Instant | null => {
  const attempt = liveAttempt(state);
  const holders = assigneesOf(state, asked.id);
  const standing = holders.map((agent) => presence(contract, attempt, agent));
  if (standing.includes('to-come')) return null;
  const othersHere = others.some((agent) => presence(contract, attempt, agent) === 'here');
  if (attempt !== null && othersHere && standing.every((one) => one === 'ended')) {
    const ends = holders.map((agent) => attempt.finished.get(agent)?.at ?? asked.clockFrom);
    return [asked.clockFrom, ...ends].toSorted().at(-1) ?? null;
  }
  return deadlineOf(contract, state, asked)?.at ?? null;
};

const escalation = (question: CoordinationRecord, at: Instant, why: Exhausted): TriageEntry => ({
  id: escalationId(question),
  at,
  body: {
    type: 'post',
    kind: 'human-escalation',
    summary: question.summary,
    detail: escalationDetail(question, why),
    priority: question.priority === 'urgent' ? 'urgent' : 'high',
    refs: question.refs,
    dependsOn: [question.id],
    closureCondition: CLARIFICATION_LINK + question.id,
  },
});

/** The next step for one open question, or nothing yet. */
const stepFor = (
  contract: Contract,
  state: WaveState,
  question: CoordinationRecord,
  now: Instant,
): readonly TriageEntry[] => {
  if (
    state.records.has(escalationId(question)) ||
    openFollowers(contract, state, question).some(({ kind }) => kind.startsWith('human-'))
  )
    return [];
  const routes = routesOf(state, question);
  const own = assigneesOf(state, question.id);
  const last = routes.at(-1) ?? (own.length > 0 ? question : null);
  const tried = [...new Set([...own, ...routes.flatMap(({ id }) => assigneesOf(state, id))])];
  const attempt = liveAttempt(state);
  const untried = possibleOwners(contract, question).filter((agent) => !tried.includes(agent));
  // Who is there to answer comes before who has ended: those are asked again in another attempt only.
  const candidates = [
    ...untried.filter((agent) => presence(contract, attempt, agent) !== 'ended'),
    ...untried.filter((agent) => presence(contract, attempt, agent) === 'ended'),
  ];
  const at =
    last === null
      ? question.clockFrom
      : isOpen(last)
        ? givenUpAt(contract, state, last, candidates)
        : last.updatedAt;
  if (at === null || Date.parse(at) > Date.parse(now)) return [];
  const [candidate] = candidates;
  if (candidate === undefined || routes.length >= MAX_ROUTES)
    return [
      escalation(
        question,
        at,
        tried.length === 0 ? { kind: 'nobody-owns-it' } : { kind: 'nobody-answered', asked: tried },
      ),
    ];
  const n = routes.length + 1;
  const givenUp: readonly TriageEntry[] =
    last === null || last === question || !isOpen(last)
      ? []
      : [
          {
            id: `${last.id}.given-up`,
            at,
            body: { type: 'update', record: last.id, status: 'superseded' },
          },
        ];
  return [
    ...givenUp,
    {
      id: routeId(question, n),
      at,
      body: {
        type: 'post',
        kind: 'request',
        summary: question.summary,
        detail: routeDetail(question, tried),
        targets: [`agent:${candidate}`],
        priority: question.priority,
        refs: question.refs,
        dependsOn: [question.id],
        closureCondition: CLARIFICATION_LINK + question.id,
      },
    },
  ];
};

/** One escalation for a circle of agents that wait for each other; its answer settles all they wait for. */
const opened = (state: WaveState, contract: Contract): readonly TriageEntry[] =>
  circles(contract, state).flatMap((circle): readonly TriageEntry[] => {
    const records = circle.map(({ record }) => record);
    const cause = records
      .map(({ askedBy }) => askedBy)
      .toSorted()
      .join(' ');
    const id = `triage.circle.${sha256(cause).slice(0, 16)}`;
    const since = circle.map(({ agent }) => state.waiting.get(agent)?.since ?? '').toSorted();
    return state.records.has(id)
      ? []
      : [
          {
            id,
            at: since.at(-1) ?? records[0]?.clockFrom ?? '',
            body: {
              type: 'post',
              kind: 'human-escalation',
              summary: circleSummary(circle),
              detail: circleDetail(circle),
              priority: 'high',
              dependsOn: records.slice(0, 32).map((record) => record.id),
            },
          },
        ];
  });

/** What is due now. Written down, each thing is due no more; what follows from it is due the next time. */
export const triage = (contract: Contract, state: WaveState, now: Instant): readonly TriageEntry[] => {
  const due: TriageEntry[] = [];
  let decisions: readonly CoordinationRecord[] | null = null;
  for (const question of state.open.values()) {
    if (question.kind !== 'clarification-request' || !isGateRelevant(question)) continue;
    decisions ??= policyDecisions(state);
    const answer = state.records.has(policyId(question)) ? null : policyAnswer(contract, decisions, question);
    if (answer === null) due.push(...stepFor(contract, state, question, now));
    else
      due.push({
        id: policyId(question),
        at: question.clockFrom,
        body: {
          type: 'post',
          kind: 'resolved-by-policy',
          summary: policySummary(answer),
          detail: answer.text.slice(0, 2000),
          ...(question.authorAgent === null ? {} : { targets: [`agent:${question.authorAgent}`] }),
          dependsOn: [question.id, ...(answer.decision === null ? [] : [answer.decision.id])],
        },
      });
  }
  return [...due, ...opened(state, contract)];
};
