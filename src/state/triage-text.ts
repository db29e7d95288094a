/** What triage writes into the records it makes. Plain sentences from plain facts, the same whoever computes them. */
import type { AgentId } from '../contract/index.ts';
import { handleOf } from '../journal/index.ts';
import type { PolicyAnswer } from './policy-answer.ts';
import type { CoordinationRecord } from './types.ts';
import type { Circle } from './waiting.ts';

const clipped = (text: string, max: number): string =>
  text.length <= max ? text : `${text.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
const listed = (names: readonly string[]): string =>
  names.length < 2
    ? (names[0] ?? 'nobody')
    : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
const asker = (record: CoordinationRecord): string => record.authorAgent ?? 'a person';

/** Room for somebody else's text in a record of ours, whose bytes are bounded. */
const EXCERPT = 1200;

export const policySummary = ({ topic, decision }: PolicyAnswer): string =>
  clipped(
    decision === null
      ? `Answered by the repository's policy on ${topic}`
      : `Answered by the decision on ${topic}`,
    400,
  );

/** The question as its next owner reads it. */
export const routeDetail = (question: CoordinationRecord, before: readonly AgentId[]): string =>
  clipped(
    `${asker(question)} asks${before.length === 0 ? '' : `; ${listed(before)} did not answer in time`}. ${question.detail}`.trim(),
    EXCERPT,
  );

export type Exhausted =
  | { readonly kind: 'nobody-owns-it' }
  | { readonly kind: 'nobody-answered'; readonly asked: readonly AgentId[] };

/** Why a person is asked, then what the asker wrote. */
export const escalationDetail = (question: CoordinationRecord, why: Exhausted): string =>
  clipped(
    `${
      why.kind === 'nobody-owns-it'
        ? `${asker(question)} asks; nobody in the wave owns what it is about.`
        : `${asker(question)} asks; ${listed(why.asked)} did not answer in time.`
    } ${question.detail}`.trim(),
    EXCERPT,
  );

/** `A1 → A2 → A1 wait for each other`. */
export const circleSummary = (circle: Circle): string => {
  const agents = circle.map(({ agent }) => agent);
  return clipped(`${[...agents, agents[0] ?? ''].join(' → ')} wait for each other`, 400);
};

export const circleDetail = (circle: Circle): string =>
  clipped(
    circle
      .map(
        ({ agent, record }) => `${agent} waits for ${handleOf(asker(record), record.id)}: ${record.summary}`,
      )
      .join('\n'),
    EXCERPT * 2,
  );
