/** What somebody who has just watched the demo should have seen, told from the journal. */
import type { AgentId } from '../contract/index.ts';
import type { Instant } from '../journal/index.ts';
import type { CoordinationRecord, WaveState } from '../state/index.ts';
import { visible } from '../views/index.ts';

const quoted = (text: string): string => `“${visible(text)}”`;
const listed = (agents: readonly AgentId[]): string =>
  agents.length < 2 ? agents.join('') : `${agents.slice(0, -1).join(', ')} and ${agents.at(-1)}`;

type Told = { readonly at: Instant; readonly line: string };

const talk = (state: WaveState, record: CoordinationRecord): string | null => {
  const { answer, authorAgent: asker, summary } = record;
  if (answer?.by.kind !== 'agent' || asker === null) return null;
  const answerer = answer.by.agent;
  if (record.kind === 'clarification-request')
    return `${asker} had to know ${quoted(summary)} and ${answerer} answered ${quoted(answer.text)}`;
  if (record.kind !== 'request') return null;
  const capability = state.assignments
    .get(record.id)
    ?.find((one) => one.assignee === answerer && one.targetKind === 'capability')?.target;
  return capability === undefined
    ? `${asker} asked ${answerer}: ${quoted(summary)}, and it is done`
    : `${asker} asked for ${visible(capability)}: ${quoted(summary)}, and ${answerer} has it`;
};

const talks = (state: WaveState): readonly Told[] =>
  [...state.records.values()].flatMap((record) => {
    const line = talk(state, record);
    return line === null ? [] : [{ at: record.createdAt, line }];
  });

const contradictions = (state: WaveState): readonly Told[] =>
  [...state.contradictions.values()].flatMap(({ subject, positions, openedAt: at, end }) => {
    if (end === null) return [];
    const parties = listed(positions.map(({ party }) => visible(party)).toSorted());
    const by = end.by.kind === 'agent' ? end.by.agent : 'a person';
    return [
      {
        at,
        line: `${parties} contradicted each other on ${visible(subject)}, ${end.how} by ${by} in the end`,
      },
    ];
  });

/** A refused attempt, and what the one after it did about it. */
const retries = (state: WaveState): readonly Told[] => {
  const attempts = [...state.attempts.values()];
  return attempts.flatMap((attempt, i) => {
    const after = attempts[i + 1];
    if (attempt.ended?.outcome !== 'refused' || after === undefined) return [];
    const kept = [...after.finished.values()].flatMap((one) => (one.reusedFrom === null ? [] : [one.agent]));
    const codes = new Set(attempt.ended.reasons.map((reason) => reason.code));
    return [
      {
        at: after.startedAt,
        line: `attempt ${attempt.attempt} was refused (${[...codes].join(', ')}), attempt ${after.attempt} ran ${listed(after.agents)} again and kept ${listed(kept)}`,
      },
    ];
  });
};

/** One line each, in the order it came up; none for a wave in which nobody spoke. */
export const demoRecap = (state: WaveState): readonly string[] =>
  [...talks(state), ...contradictions(state), ...retries(state)]
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
    .map(({ line }) => line);
