/** What the orchestrator did, laid into the state. The caller has made sure that it was the orchestrator that said it. */
import type { ControlBody, Entry } from '../journal/index.ts';
import type { DraftAttempt, DraftState } from './draft.ts';
import type { RejectionCode } from './types.ts';

/** Why a fact has no effect. */
export type Refused = { readonly code: RejectionCode; readonly detail: string };

type Fact<T extends ControlBody['type']> = Extract<ControlBody, { type: T }>;
type AttemptBody = Exclude<
  ControlBody,
  Fact<'instance.opened' | 'timer.fired' | 'line.quarantined' | 'attempt.started' | 'publish.done'>
>;

const startAttempt = (
  state: DraftState,
  entry: Entry,
  run: string,
  body: Fact<'attempt.started'>,
): Refused | null => {
  const standing = state.attempts.get(body.attempt);
  if (standing !== undefined)
    return {
      code: 'superseded',
      detail: `attempt ${body.attempt} was started by ${standing.entry} of run ${standing.run}`,
    };
  // Whoever waited in an earlier attempt is started again, but for those that are parked.
  for (const agent of state.waiting.keys()) if (!state.parked.has(agent)) state.waiting.delete(agent);
  state.attempts.set(body.attempt, {
    run,
    attempt: body.attempt,
    entry: entry.id,
    startedAt: entry.at,
    base: body.base,
    baseTree: body.baseTree,
    agents: [...body.agents],
    waveDigest: body.waveDigest,
    policyDigest: body.policyDigest,
    started: new Map(),
    finished: new Map(),
    admissions: new Map(),
    signals: new Map(),
    malformed: [],
    trees: { implementation: null, documentation: null },
    proofs: [],
    judgements: new Map(),
    ended: null,
  });
  return null;
};

/** A second run may finish what a first one announced, so this one fact is not bound to the run of its attempt. */
const publish = (state: DraftState, body: Fact<'publish.done'>): Refused | null => {
  if (state.published !== null)
    return { code: 'superseded', detail: `published before as ${state.published.commit}` };
  if (state.intent?.commit !== body.commit)
    return { code: 'fact-without-authority', detail: 'published what nothing announced' };
  state.published = state.intent;
  return null;
};

const attemptFact = (
  state: DraftState,
  attempt: DraftAttempt,
  entry: Entry,
  body: AttemptBody,
): Refused | null => {
  switch (body.type) {
    case 'agent.started':
      attempt.started.set(body.agent, entry.at);
      state.waiting.delete(body.agent);
      state.parked.delete(body.agent);
      return null;
    case 'agent.parked': {
      const standing = attempt.finished.get(body.agent);
      if (standing !== undefined)
        return { code: 'superseded', detail: `${body.agent} ended with ${standing.entry}` };
      const { type: _type, agent, ...fact } = body;
      state.parked.set(agent, { ...fact, entry: entry.id, at: entry.at });
      return null;
    }
    case 'agent.finished': {
      // The first result of an attempt stands: a second one is somebody else's story. A lost one is no result: the job
      // may have been run again.
      const standing = attempt.finished.get(body.agent);
      if (standing !== undefined && standing.exit.kind !== 'lost')
        return { code: 'superseded', detail: `${body.agent} ended with ${standing.entry}` };
      state.waiting.delete(body.agent);
      state.parked.delete(body.agent);
      const { type: _type, attempt: _attempt, reusedFrom, limit, ...fact } = body;
      attempt.finished.set(body.agent, {
        ...fact,
        limit: limit ?? null,
        entry: entry.id,
        reusedFrom: reusedFrom ?? null,
        at: entry.at,
      });
      return null;
    }
    case 'signal.malformed': {
      const { type: _type, attempt: _attempt, ...fact } = body;
      attempt.malformed.push({ ...fact, entry: entry.id });
      return null;
    }
    case 'patch.admitted':
      attempt.admissions.set(body.agent, {
        kind: 'admitted',
        entry: entry.id,
        patch: body.patch,
        tree: body.tree,
        paths: body.paths,
      });
      return null;
    case 'patch.refused':
      attempt.admissions.set(body.agent, {
        kind: 'refused',
        entry: entry.id,
        patch: body.patch,
        refusals: body.refusals,
      });
      return null;
    case 'tree.fixed':
      attempt.trees = { ...attempt.trees, [body.stage]: { tree: body.tree, subject: body.subject } };
      return null;
    case 'proof.recorded': {
      const { type: _type, attempt: _attempt, ...fact } = body;
      attempt.proofs.push({ ...fact, entry: entry.id });
      return null;
    }
    case 'stage.judged': {
      const { type: _type, attempt: _attempt, ...fact } = body;
      attempt.judgements.set(body.stage, { ...fact, entry: entry.id });
      return null;
    }
    case 'publish.intent': {
      const { type: _type, ...intent } = body;
      state.intent = { run: attempt.run, ...intent };
      return null;
    }
    case 'attempt.ended':
      attempt.ended = { outcome: body.outcome, code: body.code, reasons: body.reasons ?? [] };
      return null;
  }
};

/** Lays a fact of `run` into the state, or says why it has no effect. */
export const layFact = (state: DraftState, entry: Entry, run: string, body: ControlBody): Refused | null => {
  switch (body.type) {
    case 'instance.opened':
      return null;
    case 'timer.fired':
      state.firedTimers.add(entry.id);
      return null;
    case 'line.quarantined':
      state.quarantined.push({
        entry: entry.id,
        file: body.file,
        line: body.line,
        code: body.code,
        claims: body.claims,
      });
      return null;
    case 'attempt.started':
      return startAttempt(state, entry, run, body);
    case 'publish.done':
      return publish(state, body);
    default: {
      const attempt = state.attempts.get(body.attempt);
      return attempt?.run === run
        ? attemptFact(state, attempt, entry, body)
        : { code: 'fact-without-authority', detail: `run ${run} has no attempt ${body.attempt}` };
    }
  }
};
