/** What happens by itself, and when: the next timer, and what whoever keeps the clocks will write when it runs out. */
import type { Contract } from '../contract/index.ts';
import type { EntryId, Instant, NewEntry } from '../journal/index.ts';
import { CLARIFICATION_LINK, clocks, handle, type Timer, type WaveState } from '../state/index.ts';
import { due, listed } from './text.ts';
import { nameOf } from './wording.ts';

/** What one entry of the clocks means for people; null for what only comes with another. */
const consequence = (state: WaveState, timed: EntryId, { body }: NewEntry): string | null => {
  if (body.type !== 'post') return null;
  const { closureCondition = '', dependsOn = [] } = body;
  const question = closureCondition.startsWith(CLARIFICATION_LINK)
    ? closureCondition.slice(CLARIFICATION_LINK.length)
    : dependsOn[0];
  const name = question === undefined || question === timed ? 'it' : nameOf(state, question);
  if (body.kind === 'human-escalation') return `${name} is put before a person`;
  if (body.kind === 'resolved-by-policy') return `${name} is answered by policy`;
  const targets = (body.targets ?? []).map((target) => target.replace(/^agent:/, ''));
  return `${name} goes on to ${listed(targets)}`;
};

export type NextTimer = Timer & {
  /** What follows when nobody moves until then; null when it is only told as overdue. */
  readonly then: string | null;
};

/** The next one after `now`; null when nothing is under a clock. */
export const nextTimer = (contract: Contract, state: WaveState, now: Instant): NextTimer | null => {
  const { due: already, next } = clocks(contract, state, now);
  if (next === null) return null;
  const known = new Set(already.map(({ id }) => id));
  const follows = clocks(contract, state, next.at).due.filter(({ id }) => !known.has(id));
  const [then = null] = follows.flatMap((entry) => consequence(state, next.record, entry) ?? []);
  return { ...next, then };
};

/** `A2-k7mq to be taken up, due in 4 m; then it is put before a person`. */
export const nextTimerLine = (state: WaveState, timer: NextTimer, now: Instant): string => {
  const record = state.records.get(timer.record);
  const name = record === undefined ? timer.record : handle(record);
  const then = timer.then === null ? '' : `; then ${timer.then}`;
  return `${name} to be ${timer.clock === 'ack' ? 'taken up' : 'settled'}, ${due(now, timer.at)}${then}`;
};
