/**
 * The port behind which a journal lives (design §4): a directory on a laptop, an orphan branch on GitHub. Both
 * adapters are in `host/` and pass one contract test suite.
 */
import type { Entry, InstanceId, NewEntry, Quarantined } from './types.ts';

/** Where a reader stands. `seq` is the last entry seen, 0 before the first; `tip` names the store's own position. */
export type Cursor = { readonly seq: number; readonly tip: string | null };

export type JournalRead = {
  /** Entries after the cursor, of the instance asked for, its lane's shared ones and the tickets that name it. */
  readonly entries: readonly Entry[];
  readonly quarantined: readonly Quarantined[];
  readonly cursor: Cursor;
};

export type Appended = {
  readonly kind: 'appended';
  readonly entries: readonly Entry[];
  readonly cursor: Cursor;
};
/** Somebody else appended first and the deadline ran out; nothing of ours was written. */
export type LostRace = { readonly kind: 'lost-race'; readonly tries: number };
export type Refused = {
  readonly kind: 'refused';
  readonly code: StoreRefusal;
  readonly message: string;
  readonly fix: string;
};
export type StoreRefusal =
  | 'id-conflict'
  | 'entry-invalid'
  | 'history-rewritten'
  | 'state-missing'
  | 'state-tree-invalid'
  | 'format-unknown'
  | 'push-rejected-by-rule'
  | 'push-forbidden'
  | 'unreachable'
  | 'lock-held';

export interface JournalStore {
  /** Reads an instance. A bad line is reported and skipped, never thrown. */
  read(instance: InstanceId, from?: Cursor): Promise<JournalRead | Refused>;
  /**
   * As `read`, of the journal as the last call of this handle left it, or newer: an `append` knows all that stands up to
   * its own entries, and a remote journal is not asked again.
   */
  seen(instance: InstanceId, from?: Cursor): Promise<JournalRead | Refused>;
  /**
   * Appends in order; an entry whose id already stands with the same content is not added again (its standing form
   * is returned), with other content the whole call is refused with `id-conflict`. All or nothing.
   */
  append(entries: readonly NewEntry[]): Promise<Appended | LostRace | Refused>;
  /** Every instance the store holds. */
  instances(): Promise<readonly InstanceId[] | Refused>;
  /** Bytes by sha256 (hex), for what does not fit an entry. */
  putBlob(bytes: Uint8Array): Promise<string>;
  getBlob(sha256: string): Promise<Uint8Array | null>;
}
