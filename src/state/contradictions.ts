/**
 * Contradictions, found by what is said and not by words: two parties whose claims or evidence give one subject
 * different values (coordination.md §10 W14, §12.11). Each party has one position on a subject, the last it took.
 */
import { type AgentId, type Contract, canonicalJson, STAGES, type Stage, sha256 } from '../contract/index.ts';
import { type Author, type Entry, type EntryId, handleOf, OPEN_STATUSES } from '../journal/index.ts';
import { maySettle, roleOf } from './authority.ts';
import type { Contradiction, CoordinationRecord, Position, WaveState } from './types.ts';

/** Spelling is no disagreement. */
const normalised = (value: string): string =>
  value.normalize('NFC').trim().replaceAll(/\s+/g, ' ').toLowerCase();

const partyOf = (by: Author): string => {
  switch (by.kind) {
    case 'agent':
      return by.agent;
    case 'operator':
      return by.as ?? 'operator';
    case 'person':
      return `@${by.login}`;
    case 'orchestrator':
      return 'wave';
    case 'unattributed':
      return 'unattributed';
  }
};

type Subject = {
  /** By party, in the order the positions were taken. */
  readonly positions: Map<string, Position>;
  open: Contradiction | null;
};

const differ = (positions: Iterable<Position>): boolean =>
  new Set([...positions].map(({ value }) => normalised(value))).size > 1;

/** The two records that made it, and the entry it came up with: whoever holds the same entries gives it the same id. */
const idOf = (subject: string, records: readonly EntryId[]): EntryId =>
  `contradiction.${sha256(canonicalJson([subject, ...records])).slice(0, 24)}`;

/** Who stands where on each subject, kept while a fold runs. */
export class Positions {
  readonly #contract: Contract;
  readonly #subjects = new Map<string, Subject>();

  constructor(contract: Contract) {
    this.#contract = contract;
  }

  /** Takes a record as `entry` left it, and writes down the contradiction that came up or ended with it. */
  take(
    into: Map<EntryId, Contradiction>,
    before: CoordinationRecord | null,
    record: CoordinationRecord,
    entry: Entry,
  ): void {
    if (before !== null && before.subject !== null && before.subject !== record.subject)
      this.#weigh(into, before.subject, entry, ({ positions }) => leave(positions, before));
    const { subject } = record;
    if (subject === null) return;
    this.#weigh(into, subject, entry, ({ positions }) => this.#move(positions, before, record));
  }

  /** Moves one party. Says whether what stood before is settled by it. */
  #move(
    positions: Map<string, Position>,
    before: CoordinationRecord | null,
    record: CoordinationRecord,
  ): 'settled' | 'moved' {
    const { kind, value } = record;
    const open = OPEN_STATUSES.has(record.status);
    const settles = kind === 'decision' && maySettle(this.#contract, record.author);
    if (settles && before === null && open) positions.clear();
    if ((kind === 'claim' || kind === 'evidence' || settles) && open && value !== null) {
      const party = settles ? 'decision' : partyOf(record.author);
      // An older record of the same party is no position any more, whatever is edited in it.
      if (before !== null && positions.get(party)?.record !== record.id) return 'moved';
      positions.delete(party);
      positions.set(party, { party, agent: record.authorAgent, record: record.id, kind, value });
    } else leave(positions, record);
    return settles && before === null && open ? 'settled' : 'moved';
  }

  #weigh(
    into: Map<EntryId, Contradiction>,
    name: string,
    entry: Entry,
    change: (subject: Subject) => 'settled' | 'moved',
  ): void {
    const subject = this.#subjects.get(name) ?? { positions: new Map<string, Position>(), open: null };
    this.#subjects.set(name, subject);
    const outcome = change(subject);
    const positions = [...subject.positions.values()];
    const standing = subject.open;
    if (!differ(positions)) {
      if (standing === null) return;
      const how = outcome === 'settled' ? 'decided' : 'repaired';
      into.set(standing.id, { ...standing, end: { how, entry: entry.id, by: entry.by } });
      subject.open = null;
      return;
    }
    const last = positions.at(-1);
    const other = positions.find(
      (one) => last !== undefined && normalised(one.value) !== normalised(last.value),
    );
    if (last === undefined || other === undefined) return;
    subject.open =
      standing === null
        ? {
            id: idOf(name, [other.record, last.record, entry.id]),
            subject: name,
            positions,
            openedAt: entry.at,
            end: null,
          }
        : { ...standing, positions };
    into.set(subject.open.id, subject.open);
  }
}

const leave = (positions: Map<string, Position>, record: CoordinationRecord): 'moved' => {
  for (const [party, position] of positions) if (position.record === record.id) positions.delete(party);
  return 'moved';
};

/** Open ones that count at a stage: they are integration's to settle, and wait for it where the wave has it (design §7). */
export const contradictionsAt = (
  contract: Contract,
  state: Pick<WaveState, 'contradictions'>,
  at: Stage,
): readonly Contradiction[] =>
  isLeftToIntegration(contract, at)
    ? []
    : [...state.contradictions.values()].filter(({ end }) => end === null);

export const isLeftToIntegration = (contract: Contract, at: Stage): boolean =>
  at !== 'close' &&
  STAGES.indexOf(at) <= STAGES.indexOf('integration') &&
  contract.agents.some((agent) => agent.role === 'integration');

/**
 * Builders whose word has to change or be proved for a contradiction to end: those who claim where evidence or a decision
 * stands against them, else all who take part. Empty when only stewards or people disagree.
 */
export const repairersOf = (contract: Contract, { positions }: Contradiction): readonly AgentId[] => {
  const facts = new Set(
    positions.filter(({ kind }) => kind !== 'claim').map(({ value }) => normalised(value)),
  );
  const builds = ({ agent }: Position): boolean =>
    agent !== null && roleOf(contract, agent) === 'implementation';
  const refuted = positions.filter(
    (one) => one.kind === 'claim' && builds(one) && facts.size > 0 && !facts.has(normalised(one.value)),
  );
  const parties = refuted.length > 0 ? refuted : positions.filter(builds);
  return parties.flatMap(({ agent }) => (agent === null ? [] : [agent]));
};

/** What people type for it: `contradiction-k7mq`. */
export const contradictionHandle = ({ id }: Contradiction): string => handleOf('contradiction', id);
