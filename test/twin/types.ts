/**
 * The shapes of the twin's GitHub: plain data a test may read, and the log of everything that reached it.
 * Field names follow the REST description where the value is answered as it is.
 */
import type { Permissions } from './scopes.ts';

export type User = {
  readonly id: number;
  readonly login: string;
  readonly type: 'User' | 'Bot';
};

/** The legacy and the exact answer of the collaborator permission route. `null`: no collaborator (404 for a stranger). */
export type Role = 'admin' | 'maintain' | 'write' | 'triage' | 'read' | 'none';

export type Repository = {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly fullName: string;
  readonly defaultBranch: string;
  readonly private: boolean;
  /** `owner/name` this repository was forked from. */
  readonly forkOf: string | null;
  /** The bare repository on disk. */
  readonly gitDir: string;
  readonly roles: Map<string, Role>;
};

export type PullRequest = {
  readonly id: number;
  readonly number: number;
  readonly repository: string;
  title: string;
  body: string | null;
  state: 'open' | 'closed';
  draft: boolean;
  merged: boolean;
  readonly headRepository: string;
  /** Branch name, without `refs/heads/`. */
  readonly headRef: string;
  headSha: string;
  baseRef: string;
  readonly user: User;
  readonly authorAssociation: string;
  labels: string[];
  readonly createdAt: string;
  updatedAt: string;
};

export type Comment = {
  readonly id: number;
  readonly repository: string;
  /** The issue or pull request number. */
  readonly issue: number;
  body: string;
  readonly user: User;
  readonly createdAt: string;
  updatedAt: string;
  readonly authorAssociation: string;
  /** The run whose token wrote it, `null` for a person. */
  readonly by: { readonly run: string; readonly job: string } | null;
};

export type Annotation = Readonly<Record<string, unknown>>;

export type CheckRun = {
  readonly id: number;
  readonly repository: string;
  name: string;
  readonly headSha: string;
  status: string;
  conclusion: string | null;
  externalId: string;
  detailsUrl: string | null;
  output: { title: string | null; summary: string | null; text: string | null };
  annotations: Annotation[];
  startedAt: string | null;
  completedAt: string | null;
  readonly app: { readonly id: number; readonly slug: string; readonly name: string };
};

export type Dispatch = {
  readonly repository: string;
  readonly workflow: string;
  readonly ref: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly by: string;
  /** The id of the run GitHub would have started. */
  readonly run: string;
};

export type WorkflowRun = {
  readonly id: string;
  readonly repository: string;
  readonly workflow: string;
  readonly event: string;
  readonly attempt: number;
  readonly headSha: string;
  readonly headBranch: string;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: string | null;
  readonly createdAt: string;
};

export type Job = {
  readonly id: number;
  readonly run: string;
  /** The key of the job in the workflow file. */
  readonly key: string;
  name: string;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: string | null;
};

export type Artifact = {
  readonly id: number;
  readonly run: string;
  /** The backend id of the job whose runtime token created it. */
  readonly job: string;
  readonly name: string;
  readonly mimeType: string;
  readonly createdAt: string;
  size: number;
  /** `sha256:<hex>` of the uploaded bytes as the client said it. */
  digest: string | null;
  finalized: boolean;
  bytes: Uint8Array;
};

/** Who a token speaks for. */
export type Identity = {
  readonly token: string;
  readonly login: string;
  readonly run: string;
  readonly job: string;
  /** `owner/name`, or `null` when the token is good for every repository of the model. */
  readonly repository: string | null;
  readonly permissions: Permissions;
  /** Whether it may push workflow files: no `GITHUB_TOKEN` may, a person's or an App's token can. */
  readonly workflows: boolean;
};

/** A change somebody made through the wire. Every one must be expected by the test (`assertSilence`). */
export type WriteKind =
  | 'comment.created'
  | 'comment.updated'
  | 'comment.deleted'
  | 'reaction.created'
  | 'check.created'
  | 'check.updated'
  | 'label.added'
  | 'label.removed'
  | 'ref.created'
  | 'ref.updated'
  | 'dispatch'
  | 'run.cancelled'
  | 'push'
  | 'artifact.deleted';

/** A request the product has no business making, unless the test says so. */
export type OffenceKind = 'denied' | 'unknown-token' | 'unknown-route' | 'invalid' | 'twin-bug';

export type LogEntry = {
  readonly seq: number;
  readonly at: string;
  readonly kind: 'call' | WriteKind | OffenceKind;
  readonly channel: 'rest' | 'git' | 'artifact' | 'blob' | 'other';
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly login: string | null;
  readonly run: string | null;
  readonly job: string | null;
  /** What a test matches on: `name`, `issue`, `body`, `ref`, `sha`, … */
  readonly detail: Readonly<Record<string, unknown>>;
};

/** What a fault function sees before the request is handled. */
export type IncomingRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly identity: Identity | null;
  readonly body: Uint8Array;
  /** How many requests on this channel came before. */
  readonly nth: number;
};

export type Fault =
  | 'pass'
  /** Answer this instead of handling the request. */
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  /** Handle the request, then cut the connection without an answer. */
  | 'drop-reply'
  /** Cut the connection without handling the request. */
  | 'drop-request';

/** Return (or resolve to) what happens to the request; a promise that resolves later is a delay. */
export type FaultFunction = (request: IncomingRequest) => Fault | Promise<Fault>;
