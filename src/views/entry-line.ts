/**
 * One greppable line per entry, for terminals that are none and for the report's journal. The caller puts the time in
 * front; the state is the one after the entry was folded.
 */
import type { Contract } from '../contract/index.ts';
import type { ControlBody, CoordinationBody, Entry, EntryId } from '../journal/index.ts';
import { handle, type Rejection, type WaveState } from '../state/index.ts';
import { clip, duration, shortOid, visible } from './text.ts';
import {
  endedWell,
  exitWords,
  KIND_WORDS,
  nameOf,
  patchWords,
  quarantineWords,
  quoted,
  rejectionWords,
  signalWords,
  who,
} from './wording.ts';

/** The entry was kept without effect, and why; an entry whose id is claimed twice is told apart by its place. */
const rejectionOf = (state: WaveState, entry: Entry): Rejection | undefined =>
  state.rejections.findLast((one) => one.entry === entry.id && one.seq === entry.seq);

const targetsOf = (state: WaveState, id: EntryId): string => {
  const record = state.records.get(id);
  if (record === undefined || record.targets.length === 0) return '';
  const assignments = state.assignments.get(id);
  if (assignments === undefined) return ` → ${record.targets.map(visible).join(' ')}`;
  const owners = [...new Set(assignments.flatMap((one) => (one.assignee === null ? [] : [one.assignee])))];
  const nobody = assignments.filter((one) => one.assignee === null).map((one) => `${visible(one.target)}?`);
  return ` → ${[...owners, ...nobody].join(' ')}`;
};

const STATUS_VERBS = {
  open: 'reopened',
  acknowledged: 'acknowledged',
  in_progress: 'started on',
  resolved: 'resolved',
  closed: 'closed',
  superseded: 'superseded',
  cancelled: 'withdrew',
} as const;

const coordination = (state: WaveState, entry: Entry, body: CoordinationBody): string => {
  const name = who(entry.by);
  switch (body.type) {
    case 'post': {
      const record = state.records.get(entry.id);
      const named = record === undefined ? '' : ` ${handle(record)}`;
      return `${name}${targetsOf(state, entry.id)} ${KIND_WORDS[body.kind]}${named} ${quoted(body.summary)}`;
    }
    case 'update': {
      const owed = body.targets === undefined ? '' : `${targetsOf(state, body.record)}`;
      const verb =
        body.status !== undefined
          ? STATUS_VERBS[body.status]
          : body.targets !== undefined
            ? 'reassigned'
            : body.severity !== undefined
              ? 'marked'
              : 'changed';
      const detail = body.detail === undefined || body.detail === '' ? '' : ` ${quoted(body.detail)}`;
      const as = verb === 'marked' ? ` as ${body.severity}` : '';
      return `${name} ${verb} ${nameOf(state, body.record)}${owed}${as}${detail}`;
    }
    case 'ack':
      return `${name} acknowledged ${nameOf(state, body.record)}`;
    case 'answer':
      return `${name} answered ${nameOf(state, body.record)} ${quoted(body.text)}`;
    case 'wait':
      return body.records.length === 0
        ? `${name} waits no longer`
        : `${name} waits for ${body.records.map((id) => nameOf(state, id)).join(' ')}`;
    case 'signal':
      return `${name} ${signalWords(body.signal)}`;
  }
};

const MOST_REFUSALS = 5;

const control = (state: WaveState, entry: Entry, body: ControlBody): string => {
  switch (body.type) {
    case 'instance.opened':
      return `opened ${visible(entry.instance)} on ${shortOid(body.base)}`;
    case 'attempt.started':
      return `attempt ${body.attempt} started on ${shortOid(body.base)} with ${body.agents.map(visible).join(' ')}`;
    case 'agent.started':
      return `${visible(body.agent)} started on ${body.executor}`;
    case 'agent.parked':
      return `${visible(body.agent)} parked after ${duration(body.durationMs)}, ${patchWords(body.patch)} kept`;
    case 'agent.finished': {
      const name = visible(body.agent);
      if (body.reusedFrom !== undefined)
        return `${name} kept from an earlier attempt, ${patchWords(body.patch)}`;
      return endedWell(body.exit)
        ? `${name} finished in ${duration(body.durationMs)}, ${patchWords(body.patch)}`
        : `${name} failed after ${duration(body.durationMs)}: ${exitWords(body.exit)}, ${patchWords(body.patch)}`;
    }
    case 'patch.admitted':
      return `${visible(body.agent)} patch admitted`;
    case 'patch.refused': {
      const shown = body.refusals
        .slice(0, MOST_REFUSALS)
        .map((one) => `${visible(one.code)} ${visible(one.path)}`.trimEnd());
      const more = body.refusals.length - shown.length;
      return `${visible(body.agent)} patch refused: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
    }
    case 'signal.malformed':
      return body.kind === null
        ? `${visible(body.agent)} said what nobody can read, ${visible(body.line)}: ${visible(body.problem)}`
        : `${visible(body.agent)} said what almost was a ${body.kind} signal: ${visible(body.problem)}`;
    case 'tree.fixed':
      return `tree ${shortOid(body.tree)} fixed after ${body.stage}`;
    case 'proof.recorded': {
      const how = endedWell(body.exit)
        ? `passed in ${duration(body.durationMs)}`
        : `failed with ${exitWords(body.exit)} in ${duration(body.durationMs)}`;
      return `verify ${visible(body.run)} ${how} on ${shortOid(body.subject)}`;
    }
    case 'stage.judged':
      return `${body.stage} judged tree ${shortOid(body.subject)}`;
    case 'publish.intent':
      return `publishing ${shortOid(body.commit)} to ${visible(body.target)}`;
    case 'publish.done':
      return `published ${shortOid(body.commit)} to ${visible(body.target)}`;
    case 'attempt.ended':
      return `attempt ${body.attempt} ended: ${body.outcome}${body.code === '' || body.code === body.outcome ? '' : ` (${visible(body.code)})`}`;
    case 'timer.fired':
      return `${nameOf(state, body.record)} was not ${body.clock === 'ack' ? 'taken up' : 'resolved'} in time`;
    case 'line.quarantined':
      return `quarantined ${quarantineWords({ entry: entry.id, ...body })}`;
  }
};

/** The line for an entry, without time and line end; safe to print. Every entry has one. */
export const entryLine = (_contract: Contract, state: WaveState, entry: Entry): string => {
  const rejection = rejectionOf(state, entry);
  if (rejection !== undefined)
    return clip(`rejected ${visible(entry.id)}: ${rejectionWords(rejection)}`, 400);
  const line =
    entry.family === 'coordination'
      ? coordination(state, entry, entry.body as CoordinationBody)
      : control(state, entry, entry.body as ControlBody);
  return clip(line, 400);
};
