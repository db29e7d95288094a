/**
 * How jobs hand bytes to each other: named bundles of files, put once, never changed (design §5, §7). What is in a
 * bundle is the business of whoever made it; here it is bytes from somebody else, hence hostile.
 */

/** Files by path: relative, `/`-separated. Never empty. */
export type Bundle = ReadonlyMap<string, Uint8Array>;

export type Receipt = {
  /** As listed. May differ from the name asked for, see {@link putNextSerial}. */
  readonly name: string;
  /** Unique in an exchange. */
  readonly id: string;
  /** Of the stored archive (artifacts) or the sum of the files (directory). */
  readonly sizeBytes: number;
  /** `sha256:<hex>` of what is stored, null when the service does not say. */
  readonly digest: string | null;
  /** The service's own id of the job that uploaded it (`workflow_job_run_backend_id`), null when nobody vouches. */
  readonly uploadedBy: string | null;
  /** ISO 8601, UTC, stamped by the exchange, never by the uploader. */
  readonly createdAt: string;
};

export interface Exchange {
  /** Rejects with an {@link ExchangeError}: `name-taken`, `bad-name`, `bad-bundle`, `denied`, `unavailable`. */
  put(name: string, files: Bundle): Promise<Receipt>;
  /** Everything there is, newest first. Rejects with `too-large` before it would leave anything out. */
  list(): Promise<Receipt[]>;
  /** Rejects with `not-found`, `digest-mismatch`, `hostile-archive`, `too-large`, `denied`, `unavailable`. */
  get(receipt: Receipt): Promise<Bundle>;
}

export type ExchangeErrorCode =
  | 'name-taken'
  | 'bad-name'
  | 'bad-bundle'
  | 'not-found'
  | 'hostile-archive'
  | 'digest-mismatch'
  | 'too-large'
  | 'denied'
  | 'unavailable'
  | 'bad-reply';

/** What an exchange rejects with. `message` is one line without secrets. */
export class ExchangeError extends Error {
  readonly code: ExchangeErrorCode;
  constructor(code: ExchangeErrorCode, message: string) {
    super(message);
    this.name = 'ExchangeError';
    this.code = code;
  }
}

/** Caps on one bundle, in both directions (platform.md S24). */
export type BundleLimits = {
  /** Bytes on the wire: the archive. */
  readonly archiveBytes: number;
  /** Sum of all files, unpacked. */
  readonly totalBytes: number;
  /** Files and folders of an archive. */
  readonly entries: number;
  /** Segments of a path. */
  readonly depth: number;
  /** Unpacked bytes per packed byte, asked of archives that unpack to more than `ratioFloorBytes`. */
  readonly ratio: number;
  readonly ratioFloorBytes: number;
};

const MIB = 1024 * 1024;
export const DEFAULT_LIMITS: BundleLimits = {
  archiveBytes: 64 * MIB,
  totalBytes: 128 * MIB,
  entries: 2_000,
  depth: 12,
  ratio: 200,
  ratioFloorBytes: 4 * MIB,
};

const byId = (a: string, b: string): number => {
  if (/^\d{1,20}$/.test(a) && /^\d{1,20}$/.test(b)) return Number(BigInt(a) - BigInt(b));
  return a < b ? -1 : a > b ? 1 : 0;
};

/** Oldest first: by the exchange's own stamp, then by id (numeric where both are numbers). */
export const byAge = (a: Receipt, b: Receipt): number =>
  a.createdAt === b.createdAt ? byId(a.id, b.id) : a.createdAt < b.createdAt ? -1 : 1;
