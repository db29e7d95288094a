/** Entries in few words: who says what, in the order it is written down. */
import {
  type Author,
  agentEntryId,
  type Body,
  type ControlBody,
  type CoordinationBody,
  type Entry,
  factId,
  type Signal,
} from '../../src/journal/index.ts';

export const INSTANCE = 'main/wave-3/local';
export const RUN = 'local-1';
const START = Date.parse('2026-11-22T10:00:00Z');

/** The instant `seconds` after the wave began. */
export const instant = (seconds: number): string => new Date(START + seconds * 1000).toISOString();

export const agentBy = (agent: string, attempt = 1, run = RUN): Author => ({
  kind: 'agent',
  agent,
  run,
  attempt,
});
export const orchestrator = (job = 'launcher', run = RUN): Author => ({ kind: 'orchestrator', run, job });
export const person: Author = { kind: 'person', user: 7, login: 'mona', via: 'comment 12' };
export const operator: Author = { kind: 'operator' };
export const unattributed: Author = { kind: 'unattributed', detail: 'a direct push' };

const COORDINATION: ReadonlySet<Body['type']> = new Set<Body['type']>([
  'post',
  'update',
  'ack',
  'answer',
  'wait',
  'signal',
]);

/** An entry without a place; {@link placed} gives places. */
export const said = (id: string, by: Author, body: Body): Entry => ({
  id,
  seq: null,
  at: instant(0),
  by,
  instance: INSTANCE,
  family: COORDINATION.has(body.type) ? 'coordination' : 'control',
  body,
});

export const fact = (job: string, name: string, body: ControlBody, { run = RUN, attempt = 1 } = {}): Entry =>
  said(factId(run, attempt, job, name), orchestrator(job, run), body);

export const spoken = (
  agent: string,
  n: number,
  body: CoordinationBody,
  { run = RUN, attempt = 1 } = {},
): Entry => said(agentEntryId(run, attempt, agent, n), agentBy(agent, attempt, run), body);

export const signalled = (agent: string, n: number, signal: Signal, where = {}): Entry =>
  spoken(agent, n, { type: 'signal', signal }, where);

/** What somebody says about one subject. */
export const stating = (
  agent: string,
  n: number,
  kind: 'claim' | 'evidence' | 'decision',
  value: string,
  subject = 'session.ttl',
): Entry => spoken(agent, n, { type: 'post', kind, summary: `${subject} is ${value}`, subject, value });

/** Places and instants by position: one a second. */
export const placed = (entries: readonly Entry[], from = 1): readonly Entry[] =>
  entries.map((entry, i) => ({ ...entry, seq: from + i, at: instant(from + i) }));
