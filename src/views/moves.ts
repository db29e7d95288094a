/**
 * What to do next: the cheapest exact move that clears each failing reason. Answers first, because they cost nothing;
 * edits next, because a run before them would be wasted; a run last.
 */
import {
  failing,
  type Gate,
  isReasonCode,
  isVerdict,
  REASONS,
  type Reason,
  type Selection,
  selectAgents,
} from '../closure/index.ts';
import type { AgentId, Contract } from '../contract/index.ts';
import type { EntryId } from '../journal/index.ts';
import { CLARIFICATION_LINK, handle, type WaveState } from '../state/index.ts';
import { listed, visible } from './text.ts';
import { implementers, KIND_WORDS, latestAttempt } from './wording.ts';

/** How the commands are spelled where they are read. */
export type Surface = {
  /** null where nothing can be said to a record. */
  readonly answer: ((handle: string) => string) | null;
  readonly resolve: ((handle: string) => string) | null;
  /** Gives what nobody answers to, to an agent of the wave. */
  readonly reassign: ((handle: string, to: AgentId) => string) | null;
  /** Asks an agent for work. */
  readonly request: ((of: AgentId) => string) | null;
  /** Says what holds of a subject that two parties see differently. */
  readonly decide: ((subject: string) => string) | null;
  readonly run: (contract: Contract) => string;
};

/** At a shell; `command` is `wave` or `npx wave-orchestration`. */
export const shell = (command: string, { lane, config }: Pick<Contract, 'lane' | 'config'>): Surface => {
  const there = lane === config.defaultLane ? '' : ` --lane ${lane}`;
  return {
    answer: (handle) => `${command} coord answer ${handle} "…"${there}`,
    resolve: (handle) => `${command} coord resolve ${handle}${there}`,
    reassign: (handle, to) => `${command} control task act reassign --id ${handle} --to ${to}${there}`,
    request: (of) => `${command} coord post --kind request --target agent:${of} --summary "…"${there}`,
    decide: (subject) =>
      `${command} coord post --kind decision --subject ${subject} --value "…" --summary "…"${there}`,
    run: ({ wave }) => `${command} run ${wave}${there}`,
  };
};
/** On the pull request: a label starts the wave, and puts open requests before those who owe them. */
export const COMMENT: Surface = {
  answer: null,
  resolve: null,
  reassign: null,
  request: null,
  decide: null,
  run: ({ lane, wave, config }) =>
    `take the label wave:${lane === config.defaultLane ? '' : `${lane}/`}${wave} off and put it on again`,
};

export type Move =
  | {
      readonly kind: 'command';
      readonly command: string;
      readonly does: string;
      readonly clears: readonly string[];
    }
  | {
      readonly kind: 'edit';
      readonly file: string;
      readonly does: string;
      readonly clears: readonly string[];
    };

const CONFIG = 'wave.config.json';
/** Reasons no run can clear before a file says something else. */
const EDITS: Readonly<Record<string, (contract: Contract) => string>> = {
  'simulated-not-allowed': () => CONFIG,
  'isolation-below-policy': () => CONFIG,
  'agent-start-failed': () => CONFIG,
  'protected-path': () => CONFIG,
  'agent-timed-out': (contract) => contract.file,
  'verify-timed-out': (contract) => contract.file,
  'proof-level-unproven': (contract) => contract.file,
};
/** Reasons the agent clears by keeping to what it was given, or the file by giving it more: told as the exception it is. */
const MAYBE_EDITS: ReadonlySet<string> = new Set(['path-not-owned', 'manifest-not-owned-exactly']);

/** The record whose end ends this one: the question a routed request belongs to, when it is still open. */
const headOf = (state: WaveState, id: string): string => {
  const record = state.records.get(id);
  if (record === undefined) return id;
  const linked = record.closureCondition.startsWith(CLARIFICATION_LINK)
    ? [record.closureCondition.slice(CLARIFICATION_LINK.length)]
    : record.dependsOn;
  return (
    linked.find((one) => state.open.has(one) && state.records.get(one)?.kind === 'clarification-request') ??
    id
  );
};

type Doing = Omit<Extract<Move, { kind: 'command' }>, 'clears'>;

/** What ends an open record, or gives it to somebody who can; null where nothing can be said to it. */
export const recordMove = (
  contract: Contract,
  state: WaveState,
  id: EntryId,
  surface: Surface,
): Doing | null => {
  const record = state.records.get(headOf(state, id));
  if (record === undefined) return null;
  const name = handle(record);
  const first = implementers(contract).find(({ id: agent }) => agent !== record.authorAgent);
  const nobody = (state.assignments.get(record.id) ?? []).some(({ assignee }) => assignee === null);
  if (record.kind === 'request' && nobody && first !== undefined && surface.reassign !== null)
    return {
      kind: 'command',
      command: surface.reassign(name, first.id),
      does: `gives the request to ${first.id}, or to whom you name`,
    };
  const asks =
    record.kind === 'clarification-request' ||
    record.kind === 'human-escalation' ||
    record.kind === 'human-feedback';
  const say = asks ? surface.answer : surface.resolve;
  if (say === null) return null;
  const does = `closes the ${KIND_WORDS[record.kind]}${asks ? '' : ', once it is done'}`;
  return { kind: 'command', command: say(name), does };
};

const decisionMove = (state: WaveState, { code, evidence: [id] }: Reason, surface: Surface): Doing | null => {
  const contradiction =
    code === 'contradiction-open' && id !== undefined ? state.contradictions.get(id) : undefined;
  return contradiction === undefined || surface.decide === null
    ? null
    : { kind: 'command', command: surface.decide(contradiction.subject), does: 'decides what holds' };
};

/** Whom a new attempt on the same base would launch and keep. */
const relaunched = (contract: Contract, state: WaveState): Pick<Selection, 'agents' | 'kept'> => {
  const attempt = latestAttempt(state);
  return attempt === null
    ? { agents: [], kept: [] }
    : selectAgents(contract, state, {
        tree: attempt.baseTree,
        waveDigest: attempt.waveDigest,
        policyDigest: attempt.policyDigest,
      });
};

/** A steward said no and nobody is named who could mend it: somebody has to be. */
const mendingMove = (
  contract: Contract,
  state: WaveState,
  reason: Reason,
  surface: Surface,
): Doing | null => {
  const [first] = implementers(contract);
  if (!isVerdict(reason.code) || first === undefined || surface.request === null) return null;
  if (relaunched(contract, state).agents.length > 0) return null;
  return {
    kind: 'command',
    command: surface.request(first.id),
    does: `asks ${first.id}, or whom you name, to mend what ${visible(reason.agent ?? 'the steward')} found`,
  };
};

/** The same, said. */
const runWords = (contract: Contract, state: WaveState, asked: boolean): string => {
  if (latestAttempt(state) === null) return 'runs the wave';
  const { agents, kept } = relaunched(contract, state);
  if (asked) return 'runs whom you asked, and the gates again';
  if (agents.length === 0) return 'runs the gates again; every patch is kept and proved anew';
  const rest = kept.length === 0 ? '' : `; keeps ${listed(kept.map(({ agent }) => agent))}`;
  return `runs ${listed(agents)}${rest}`;
};

/** Moves for all failing reasons, each once, with the codes it clears. Empty when nothing fails. */
export const movesFor = (
  contract: Contract,
  state: WaveState,
  gates: readonly Gate[],
  surface: Surface,
): readonly Move[] => {
  const moves = new Map<string, Move>();
  const add = (
    key: string,
    move:
      | Omit<Extract<Move, { kind: 'command' }>, 'clears'>
      | Omit<Extract<Move, { kind: 'edit' }>, 'clears'>,
    code: string,
  ): void => {
    const clears = [...new Set([...(moves.get(key)?.clears ?? []), code])];
    moves.set(key, { ...move, clears });
  };
  const reasons = failing(gates);
  let asked = false;
  for (const reason of reasons) {
    const move =
      (reason.record === null ? null : recordMove(contract, state, reason.record, surface)) ??
      decisionMove(state, reason, surface);
    if (move !== null) add(move.command, move, reason.code);
    const mending = mendingMove(contract, state, reason, surface);
    if (mending === null) continue;
    asked = true;
    add(mending.command, mending, reason.code);
  }
  let edited = false;
  for (const { code, record } of reasons) {
    const maybe = MAYBE_EDITS.has(code);
    const file = record !== null ? undefined : maybe ? contract.file : EDITS[code]?.(contract);
    if (file === undefined) continue;
    edited ||= !maybe && file === contract.file;
    const clears = isReasonCode(code) ? REASONS[code].clears : code;
    const does = maybe
      ? `Only if it needs what it took: ${clears.charAt(0).toLowerCase()}${clears.slice(1)}`
      : clears;
    add(code, { kind: 'edit', file: visible(file), does }, code);
  }
  const rerun = reasons.filter((one) => one.record === null || state.records.get(one.record) === undefined);
  const command = surface.run(contract);
  for (const { code } of rerun)
    add(
      command,
      { kind: 'command', command, does: edited ? 'runs the wave again' : runWords(contract, state, asked) },
      code,
    );
  if (rerun.length === 0 && reasons.length > 0)
    moves.set(command, { kind: 'command', command, does: 'goes on from there', clears: [] });
  return [...moves.values()];
};

const MOST_MOVES = 12;
/** As many moves as a person reads, the run that ends them among them, and how many were left out. */
export const firstMoves = (
  moves: readonly Move[],
): { readonly shown: readonly Move[]; readonly left: number } =>
  moves.length <= MOST_MOVES
    ? { shown: moves, left: 0 }
    : { shown: [...moves.slice(0, MOST_MOVES - 1), ...moves.slice(-1)], left: moves.length - MOST_MOVES };
