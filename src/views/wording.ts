/** The words all views use for who acted, how a run ended and what was said. One line each, safe to print. */
import type { AgentId, Contract, Isolation } from '../contract/index.ts';
import type { Author, EntryId, ExitReason, PatchFact, RecordKind, Signal } from '../journal/index.ts';
import {
  type Attempt,
  type Contradiction,
  type CoordinationRecord,
  contradictionHandle,
  handle,
  type Position,
  type Rejection,
  type WaveState,
} from '../state/index.ts';
import { clip, displayWidth, duration, plural, visible } from './text.ts';

export const who = (by: Author): string => {
  switch (by.kind) {
    case 'agent':
      return visible(by.agent);
    case 'operator':
      return by.as === undefined ? 'operator' : `operator for ${visible(by.as)}`;
    case 'person':
      return visible(by.login);
    case 'orchestrator':
      return 'wave';
    case 'unattributed':
      return 'somebody unattributed';
  }
};

/** Who a record comes from, as people name them. */
export const asker = (record: CoordinationRecord): string => record.authorAgent ?? who(record.author);

export const KIND_WORDS: Readonly<Record<RecordKind, string>> = {
  request: 'request',
  ack: 'ack',
  claim: 'claim',
  evidence: 'evidence',
  decision: 'decision',
  blocker: 'blocker',
  handoff: 'handoff',
  'clarification-request': 'clarification',
  'orchestrator-guidance': 'guidance',
  'resolved-by-policy': 'answer by policy',
  'human-escalation': 'escalation',
  'human-feedback': 'question to a person',
  'integration-summary': 'integration summary',
};

export const quoted = (text: string, max = 120): string => `"${clip(visible(text), max)}"`;

/** A sentence whose quote is shortened where it is wider than `room`, so that its end stays; some of the quote always does. */
export const quotingWithin = (text: string, room: number, sentence: (quote: string) => string): string => {
  const quote = quoted(text, 80);
  const over = displayWidth(sentence(quote)) - room;
  return over <= 0 ? sentence(quote) : sentence(quoted(text, Math.max(12, displayWidth(quote) - 2 - over)));
};

const POSITION_WORDS: Readonly<Record<Position['kind'], string>> = {
  claim: 'claims',
  evidence: 'found',
  decision: 'decided',
};
/** `A1 claims "3600"`. */
export const positionWords = ({ party, kind, value }: Pick<Position, 'party' | 'kind' | 'value'>): string =>
  `${visible(party)} ${POSITION_WORDS[kind]} ${quoted(value, 80)}`;
/** `contradiction-k7mq on session.ttl: A1 claims "3600", A2 found "60"`. */
export const contradictionWords = (one: Contradiction): string =>
  `${contradictionHandle(one)} on ${visible(one.subject)}: ${one.positions.map(positionWords).join(', ')}`;

/** A record's handle, or the id of one that does not stand. */
export const nameOf = (state: WaveState, id: EntryId): string => {
  const record = state.records.get(id);
  return record === undefined ? visible(id) : handle(record);
};

export const endedWell = (exit: ExitReason): boolean => exit.kind === 'exited' && exit.code === 0;

/** How a run ended, to follow a verb or a dash: `exit code 1`, `ended by SIGKILL`. */
export const exitWords = (exit: ExitReason): string => {
  switch (exit.kind) {
    case 'exited':
      return `exit code ${exit.code}`;
    case 'signalled':
      return `ended by ${visible(exit.signal)}`;
    case 'timed-out':
      return `stopped at its deadline of ${duration(exit.afterMs)}`;
    case 'output-capped':
      return `stopped after ${plural(exit.bytes, 'byte')} of output`;
    case 'failed-to-start':
      return `could not be started: ${clip(visible(exit.message), 120)}`;
    case 'cancelled':
      return 'cancelled';
    case 'over-budget':
      return `not started: ${clip(visible(exit.message), 200)}`;
    case 'lost':
      return 'ended without leaving a result';
  }
};

export const patchWords = (patch: PatchFact | null): string =>
  patch === null || patch.files === 0
    ? 'no patch'
    : `patch ${plural(patch.files, 'file')} +${patch.added} −${patch.removed}`;

const because = (detail: string | undefined): string =>
  detail === undefined || detail === '' ? '' : `: ${clip(visible(detail), 120)}`;
const paths = (list: readonly string[]): string =>
  list.length === 0 ? '' : ` ${list.slice(0, 5).map(visible).join(' ')}`;

/** A signal in one line: `proof met (integration, durable, integrated)`. */
export const signalWords = (signal: Signal): string => {
  const tail = because(signal.detail);
  switch (signal.kind) {
    case 'proof':
      return `proof ${signal.state} (${signal.proof}, ${signal.durability}, ${signal.completion})${tail}`;
    case 'doc-delta':
      return `documentation impact ${signal.state}${paths(signal.paths)}${tail}`;
    case 'component':
      return `component ${visible(signal.component)} ${signal.state} at ${visible(signal.level)}${tail}`;
    case 'gap':
      return `${signal.gap} gap${tail}`;
    case 'eval':
      return `eval ${signal.state}, ${plural(signal.targets, 'target')}, ${plural(signal.regressions, 'regression')}${tail}`;
    case 'security':
      return `security ${signal.state}, ${plural(signal.findings, 'finding')}${tail}`;
    case 'integration':
      return `integration ${signal.state}, ${plural(signal.conflicts, 'conflict')}, ${plural(signal.blockers, 'blocker')}${tail}`;
    case 'doc-closure':
      return `documentation ${signal.state}${paths(signal.paths)}${tail}`;
    case 'gate':
      return `gate architecture ${signal.architecture}, integration ${signal.integration}, durability ${signal.durability}, live ${signal.live}, docs ${signal.docs}${tail}`;
    case 'infra':
      return `${signal.surface} ${visible(signal.target)} ${signal.state}${tail}`;
    case 'deploy':
      return `deployment of ${visible(signal.service)} ${signal.state}${tail}`;
    case 'verdict':
      return `verdict ${signal.verdict}${tail}`;
  }
};

/** `A2 tried signal verdict: may not signal verdict (signal-without-authority)`. */
export const rejectionWords = (rejection: Rejection): string =>
  `${who(rejection.by)} tried ${visible(rejection.attempted)}: ${clip(visible(rejection.detail), 160)} (${rejection.code})`;

export const quarantineWords = (line: WaveState['quarantined'][number]): string =>
  `${visible(line.file)}:${line.line} ${visible(line.code)}${line.claims === '' ? '' : `, claims ${clip(visible(line.claims), 120)}`}`;

/** The attempt that counts now: the newest one. */
export const latestAttempt = (state: WaveState): Attempt | null => {
  let latest: Attempt | null = null;
  for (const attempt of state.attempts.values())
    if (latest === null || attempt.attempt > latest.attempt) latest = attempt;
  return latest;
};

/** What an agent said in an attempt; a kept agent's words are those of the result that is offered again. */
export const spoken = (state: WaveState, attempt: Attempt, agent: AgentId): readonly Signal[] => {
  const own = attempt.signals.get(agent) ?? [];
  const from = attempt.finished.get(agent)?.reusedFrom ?? null;
  const earlier =
    from === null
      ? undefined
      : [...state.attempts.values()].find(
          (one) => one !== attempt && one.finished.get(agent)?.entry === from,
        );
  return [...(earlier?.signals.get(agent) ?? []), ...own].map((one) => one.signal);
};

/** `proof met (integration, durable)`, or null when the agent gave none. */
export const proofWords = (state: WaveState, attempt: Attempt, agent: AgentId): string | null => {
  const proof = spoken(state, attempt, agent).findLast((one) => one.kind === 'proof');
  if (proof === undefined) return null;
  return `proof ${proof.state} (${proof.proof}${proof.durability === 'none' ? '' : `, ${proof.durability}`})`;
};

/** The agents of the contract that do not judge, and those that do, in file order. */
export const implementers = (contract: Contract): Contract['agents'] =>
  contract.agents.filter((agent) => agent.role === 'implementation');
export const stewards = (contract: Contract): Contract['agents'] =>
  contract.agents.filter((agent) => agent.role !== 'implementation');

/** With what power the foreign programs of an attempt ran, or run; null where it has none. A lost result is no witness. */
export const isolationOf = (contract: Contract, attempt: Attempt): Isolation | null => {
  const foreign = contract.agents.filter(({ executor }) => executor.id !== 'local');
  if (foreign.length === 0) return null;
  const bare = foreign.some(({ id }) => {
    const finished = attempt.finished.get(id);
    return finished?.isolation === 'none' && finished.exit.kind !== 'lost';
  });
  return bare ? 'none' : contract.policy.isolation;
};

/** `none` is said in words nobody overlooks. */
export const isolationWords = (contract: Contract, attempt: Attempt): readonly string[] => {
  const isolation = isolationOf(contract, attempt);
  return isolation === null ? [] : [isolation === 'none' ? 'not isolated' : `isolation ${isolation}`];
};
