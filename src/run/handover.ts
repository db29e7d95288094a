/**
 * What jobs hand each other, as bundles. The bytes come from untrusted jobs: everything read here is checked, and what
 * it claims about trees, authority or verdicts is worked out again by whoever reads it.
 */
import { type AgentResult, signalsInFinalMessage } from '../agents/index.ts';
import type { AgentId, Contract, Isolation } from '../contract/index.ts';
import type { Bundle } from '../host/index.ts';
import { agentEntryId, entryProblem, type NewEntry } from '../journal/index.ts';
import { isolationOf } from './agent-place.ts';
import type { Session } from './session.ts';

/** As many as become entries. */
const MOST_UNHEARD = 20;
const encoder = new TextEncoder();
const json = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));
const parse = (bytes: Uint8Array | undefined): unknown => {
  if (bytes === undefined || bytes.length > 4 * 1024 * 1024) return null;
  try {
    return JSON.parse(new TextDecoder('utf8', { fatal: true }).decode(bytes));
  } catch {
    return null;
  }
};

/** An agent's result: what it said, how it ended, its patch, and its redacted log for people. */
export const resultBundle = (result: AgentResult, log: Uint8Array): Bundle => {
  const { patch, signals: _signals, malformed: _malformed, ...rest } = result;
  return new Map([
    ['result.json', json(rest)],
    ['changes.patch', patch],
    ['agent.log', log],
  ]);
};

const lost = (session: Session, agent: AgentId, why: string): AgentResult => ({
  agent,
  attempt: session.attempt,
  executor: session.contract.agents.find((one) => one.id === agent)?.executor.id ?? 'local',
  isolation: 'none',
  outcome: {
    exit: { kind: 'lost' },
    finalMessage: null,
    usage: 'unknown',
    session: null,
    durationMs: 0,
    log: { bytes: 0, truncated: false },
  },
  outbox: [],
  signals: [],
  malformed: [],
  unheard: [],
  patch: new Uint8Array(),
  unreadable: why === '' ? null : why,
  baseTree: session.base.tree,
});

/** Messages, each under a number of its own: of two under one number the first counts, as in an outbox. */
const outboxOf = (claimed: unknown): AgentResult['outbox'] => {
  const byNumber = new Map<number, { readonly n: number; readonly body: unknown }>();
  for (const one of Array.isArray(claimed) ? claimed.slice(0, 500) : []) {
    if (typeof one !== 'object' || one === null) continue;
    const { n, body } = one as { n?: unknown; body?: unknown };
    if (typeof n === 'number' && Number.isSafeInteger(n) && n > 0 && !byNumber.has(n))
      byNumber.set(n, { n, body });
  }
  return [...byNumber.values()];
};

const unheardOf = (claimed: unknown): AgentResult['unheard'] =>
  (Array.isArray(claimed) ? claimed.slice(0, MOST_UNHEARD) : []).flatMap((one: unknown) => {
    const { file, problem } = (one ?? {}) as { readonly file?: unknown; readonly problem?: unknown };
    return typeof file === 'string' && typeof problem === 'string' ? [{ file, problem }] : [];
  });

/**
 * With which isolation it ran. The job's program proves what the policy asks before it starts anything foreign, so what it
 * then says is its own; where the policy asks for none, the agent could have written these bytes and is not believed.
 */
const isolationBelieved = (contract: Contract, id: AgentId, claimed: unknown): Isolation => {
  const agent = contract.agents.find((one) => one.id === id);
  const asked = agent === undefined ? 'none' : isolationOf(contract, agent);
  return claimed === asked ? asked : 'none';
};

/**
 * A result as its job tells it. The agent is the one whose job spoke, whatever the bytes say; the executor is the one
 * the contract chose; a result that does not hold together is a lost one.
 */
export const readResult = (session: Session, agent: AgentId, bundle: Bundle | null): AgentResult => {
  const value = bundle === null ? null : parse(bundle.get('result.json'));
  if (typeof value !== 'object' || value === null) return lost(session, agent, '');
  const claimed = value as Partial<AgentResult>;
  const none = lost(session, agent, '');
  const outcome = { ...none.outcome, ...(typeof claimed.outcome === 'object' ? claimed.outcome : {}) };
  const finalMessage = typeof outcome.finalMessage === 'string' ? outcome.finalMessage : null;
  if (typeof outcome.finalMessageProblem !== 'string') delete outcome.finalMessageProblem;
  const said = signalsInFinalMessage(finalMessage ?? '');
  const isolation = isolationBelieved(session.contract, agent, claimed.isolation);
  const result: AgentResult = {
    ...none,
    isolation,
    outcome: {
      ...outcome,
      finalMessage,
      durationMs: Number.isFinite(outcome.durationMs) ? Math.max(0, outcome.durationMs) : 0,
    },
    outbox: outboxOf(claimed.outbox),
    signals: said.signals,
    malformed: said.malformed,
    unheard: unheardOf(claimed.unheard),
    patch: bundle?.get('changes.patch') ?? new Uint8Array(),
    unreadable: typeof claimed.unreadable === 'string' ? claimed.unreadable.slice(0, 400) : null,
    baseTree: typeof claimed.baseTree === 'string' ? claimed.baseTree : '',
  };
  const probe: NewEntry = {
    id: agentEntryId(session.run, session.attempt, agent, 'probe'),
    at: '2000-01-01T00:00:00Z',
    by: { kind: 'orchestrator', run: session.run, job: 'record' },
    instance: session.instance,
    family: 'control',
    body: {
      type: 'agent.finished',
      attempt: session.attempt,
      agent,
      executor: result.executor,
      isolation,
      exit: result.outcome.exit,
      durationMs: Math.round(result.outcome.durationMs),
      usage: result.outcome.usage,
      ...(result.outcome.limit === undefined ? {} : { limit: result.outcome.limit }),
      patch: null,
      baseTree: result.baseTree,
    },
  };
  return entryProblem(probe) === null ? result : none;
};

/** Facts of a job in which no agent ran: the records of the declared commands. */
export const proofBundle = (entries: readonly NewEntry[]): Bundle =>
  new Map([['proofs.json', json(entries.map((one) => ({ at: one.at, body: one.body })))]]);

/**
 * Proof records as the prove job tells them: only of commands the contract declares, stamped as that job's whatever the
 * bytes say. Which tree they are about is theirs to say; the verify gate asks for the one that ships.
 */
export const readProofs = (
  session: Session,
  contract: Contract,
  bundle: Bundle | null,
  stamp: (index: number, body: NewEntry['body'], at: string) => NewEntry,
): readonly NewEntry[] => {
  const value = bundle === null ? null : parse(bundle.get('proofs.json'));
  if (!Array.isArray(value)) return [];
  const declared = new Set(contract.verify.map((command) => command.run));
  return value.slice(0, 256).flatMap((one: unknown, index): readonly NewEntry[] => {
    if (typeof one !== 'object' || one === null) return [];
    const { at, body } = one as { at?: unknown; body?: { type?: unknown; run?: unknown; attempt?: unknown } };
    if (
      body?.type !== 'proof.recorded' ||
      typeof body.run !== 'string' ||
      !declared.has(body.run) ||
      body.attempt !== session.attempt ||
      typeof at !== 'string'
    )
      return [];
    const entry = stamp(index, body as NewEntry['body'], at);
    return entryProblem(entry) === null ? [entry] : [];
  });
};
