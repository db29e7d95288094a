/**
 * Which uploads count (design §5, platform.md S25). A name says for whom an artifact claims to speak; the service
 * says which job uploaded it. A job speaks for the one agent it said `hello` for first, which it does before any
 * foreign code has run in it. Whatever it uploads in another's name is dropped, alone: the other's job, told that
 * the name is taken, takes the next serial and counts.
 */
import { type ArtifactName, NAME_PREFIX, parseArtifactName } from './artifact-name.ts';
import { byAge, type Receipt } from './types.ts';

export type Speaker = { readonly agent: string; readonly attempt: number; readonly job: string };

export type Dropped = {
  readonly receipt: Receipt;
  readonly code: /** Starts like one of ours and is none. */
    | 'malformed-name'
    /** The listing does not say which job uploaded it. */
    | 'no-uploader'
    /** No job has said hello for this agent in this attempt. */
    | 'no-hello'
    /** Uploaded by a job that speaks for somebody else, or came second. */
    | 'foreign-job';
  /** One sentence; names the artifact and the job. */
  readonly why: string;
};

export type Speakers = {
  /** By attempt, then agent. */
  readonly speakers: readonly Speaker[];
  /** What counts, in the order given. */
  readonly accepted: readonly Receipt[];
  readonly dropped: readonly Dropped[];
};

export type NamedReceipt = { readonly name: ArtifactName; readonly receipt: Receipt };

const seat = (name: { readonly attempt: number; readonly agent: string }): string =>
  `${name.attempt} ${name.agent}`;

const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Sorts receipts into what counts and what does not. Names that are none of ours are passed over. */
export const speakers = (receipts: readonly Receipt[]): Speakers => {
  const firstHello = new Map<string, string>();
  const seats = new Map<string, Speaker>();
  for (const receipt of [...receipts].sort(byAge)) {
    const name = parseArtifactName(receipt.name);
    const job = receipt.uploadedBy;
    if (name === null || job === null || name.what !== 'hello') continue;
    const first = firstHello.get(job);
    if (first === undefined) firstHello.set(job, seat(name));
    if ((first ?? seat(name)) === seat(name) && !seats.has(seat(name))) {
      seats.set(seat(name), { agent: name.agent, attempt: name.attempt, job });
    }
  }

  const accepted: Receipt[] = [];
  const dropped: Dropped[] = [];
  for (const receipt of receipts) {
    if (!receipt.name.startsWith(NAME_PREFIX)) continue;
    const drop = (code: Dropped['code'], why: string) =>
      dropped.push({ receipt, code, why: `${receipt.name} ${why}` });
    const name = parseArtifactName(receipt.name);
    if (name === null) drop('malformed-name', 'is not named as our jobs name things');
    else if (receipt.uploadedBy === null) drop('no-uploader', 'does not say which job uploaded it');
    else {
      const speaker = seats.get(seat(name));
      if (speaker?.job === receipt.uploadedBy) accepted.push(receipt);
      else if (speaker === undefined && !firstHello.has(receipt.uploadedBy)) {
        drop('no-hello', `comes from job ${receipt.uploadedBy}, which never said hello`);
      } else {
        const other = firstHello.get(receipt.uploadedBy)?.split(' ')[1];
        const whose = other === undefined || other === name.agent ? 'came second' : `speaks for ${other}`;
        drop('foreign-job', `comes from job ${receipt.uploadedBy}, which ${whose}`);
      }
    }
  }
  const bySeat = (a: Speaker, b: Speaker): number => a.attempt - b.attempt || text(a.agent, b.agent);
  return { speakers: [...seats.values()].sort(bySeat), accepted, dropped };
};

/**
 * The newest of each (what, agent): highest producer attempt, then serial, then age; so "re-run failed jobs" finds
 * the results of the jobs it did not run again. Sorted by what, then agent. Give it what {@link speakers} accepted.
 */
export const newestAttempt = (receipts: readonly Receipt[]): readonly NamedReceipt[] => {
  const newest = new Map<string, NamedReceipt>();
  for (const receipt of receipts) {
    const name = parseArtifactName(receipt.name);
    if (name === null) continue;
    const key = `${name.what} ${name.agent}`;
    const known = newest.get(key);
    const later =
      known === undefined ||
      (name.attempt - known.name.attempt ||
        name.serial - known.name.serial ||
        byAge(receipt, known.receipt)) > 0;
    if (later) newest.set(key, { name, receipt });
  }
  return [...newest.values()].sort(
    (a, b) => text(a.name.what, b.name.what) || text(a.name.agent, b.name.agent),
  );
};
