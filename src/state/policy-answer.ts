/**
 * What settles a question without asking anybody: the repository's own answers, then what was decided in this wave
 * (coordination.md §3.2). Only what is marked as an answer to a topic counts, never a text that merely looks alike.
 */
import type { Contract } from '../contract/index.ts';
import type { CoordinationRecord, WaveState } from './types.ts';

/** A reference that names a topic: `policy:rounding`. */
export const POLICY_REF = 'policy:';

export type PolicyAnswer = {
  readonly topic: string;
  readonly text: string;
  /** The deciding record, or null for the repository's own answer. */
  readonly decision: CoordinationRecord | null;
};

const words = (text: string): string =>
  ` ${text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .join(' ')} `;

/** A question is about a topic when it refers to it, or when its summary has the topic's words, whole and in a row. */
const isAbout = (question: CoordinationRecord, topic: string): boolean => {
  if (question.refs.includes(POLICY_REF + topic)) return true;
  const phrase = words(topic);
  return phrase.trim() !== '' && words(question.summary).includes(phrase);
};

const IN_FORCE: ReadonlySet<string> = new Set(['open', 'acknowledged', 'in_progress', 'resolved', 'closed']);

/** The decision's topics; empty unless it says that it answers questions. */
const topicsOf = (decision: CoordinationRecord): readonly string[] =>
  decision.refs.flatMap((ref) =>
    ref.startsWith(POLICY_REF) && ref.length > POLICY_REF.length ? [ref.slice(POLICY_REF.length)] : [],
  );

/** Decisions in force that answer questions, the newest first. */
export const policyDecisions = (state: WaveState): readonly CoordinationRecord[] =>
  [...state.records.values()]
    .filter((one) => one.kind === 'decision' && IN_FORCE.has(one.status) && topicsOf(one).length > 0)
    .reverse();

/** The repository's answer comes first: the base branch is the law. Without text there is no answer. */
export const policyAnswer = (
  contract: Contract,
  decisions: readonly CoordinationRecord[],
  question: CoordinationRecord,
): PolicyAnswer | null => {
  for (const [topic, text] of Object.entries(contract.config.answers))
    if (text.trim() !== '' && isAbout(question, topic)) return { topic, text, decision: null };
  for (const decision of decisions) {
    const text = decision.detail.trim() === '' ? decision.summary : decision.detail;
    const topic = topicsOf(decision).find((one) => isAbout(question, one));
    if (topic !== undefined && text.trim() !== '') return { topic, text, decision };
  }
  return null;
};
