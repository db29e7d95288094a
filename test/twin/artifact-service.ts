/**
 * The results service as `@actions/artifact` speaks it: Twirp with JSON and proto field names, int64 as text,
 * wrapper types as their bare value, and blobs by signed URL in the dialect of Azure block blobs.
 */
import { createHash } from 'node:crypto';
import type { Model } from './model.ts';
import type { Artifact, LogEntry } from './types.ts';

export const TWIRP_PREFIX = '/twirp/github.actions.results.api.v1.ArtifactService/';
export const BLOB_PREFIX = '/_blob/';

/** `packages/artifact` refuses these in a name before it asks; the service does too. */
const BAD_NAME = /["':<>|*?\r\n\\/]/;
const MOST_PER_JOB = 500;

export type ServiceReply = {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

type Caller = { readonly run: string; readonly job: string };

const failure = (status: number, code: string, msg: string): ServiceReply => ({
  status,
  body: { code, msg },
});

const asText = (value: unknown): string | null =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : null;

const listed = (artifact: Artifact) => ({
  workflow_run_backend_id: artifact.run,
  workflow_job_run_backend_id: artifact.job,
  database_id: String(artifact.id),
  name: artifact.name,
  size: String(artifact.size),
  created_at: artifact.createdAt,
  ...(artifact.digest === null ? {} : { digest: artifact.digest }),
});

type Method = (
  model: Model,
  caller: Caller,
  body: Readonly<Record<string, unknown>>,
  origin: string,
) => ServiceReply;

const findByName = (model: Model, run: string, name: unknown): Artifact | undefined =>
  model.artifacts.find((one) => one.run === run && one.name === name);

const METHODS: Readonly<Record<string, Method>> = {
  CreateArtifact: (model, caller, body, origin) => {
    const name = asText(body.name);
    if (name === null || name === '' || BAD_NAME.test(name))
      return failure(400, 'invalid_argument', 'invalid artifact name');
    if (findByName(model, caller.run, name) !== undefined) {
      return failure(409, 'already_exists', 'an artifact with this name already exists on the workflow run');
    }
    const ofJob = model.artifacts.filter((one) => one.run === caller.run && one.job === caller.job);
    if (ofJob.length >= MOST_PER_JOB)
      return failure(403, 'permission_denied', 'too many artifacts for this job');
    const made: Artifact = {
      id: model.nextId(),
      run: caller.run,
      job: caller.job,
      name,
      mimeType: asText(body.mime_type) ?? 'application/zip',
      createdAt: model.tick(),
      size: 0,
      digest: null,
      finalized: false,
      bytes: new Uint8Array(),
    };
    model.artifacts.push(made);
    const url = `${origin}${BLOB_PREFIX}${made.id}?sig=${model.blobSignature(made.id)}`;
    return { status: 200, body: { ok: true, signed_upload_url: url } };
  },
  FinalizeArtifact: (model, caller, body) => {
    const found = findByName(model, caller.run, body.name);
    if (found === undefined || found.job !== caller.job)
      return failure(404, 'not_found', 'artifact not found');
    const size = Number(asText(body.size) ?? '0');
    if (size !== found.bytes.length) {
      return failure(
        400,
        'invalid_argument',
        `size is ${size} but ${found.bytes.length} bytes were uploaded`,
      );
    }
    found.size = size;
    found.digest = asText(body.hash) ?? `sha256:${createHash('sha256').update(found.bytes).digest('hex')}`;
    found.finalized = true;
    return { status: 200, body: { ok: true, artifact_id: String(found.id) } };
  },
  ListArtifacts: (model, caller, body) => {
    const name = asText(body.name_filter);
    const id = asText(body.id_filter);
    const found = model.artifacts.filter(
      (one) =>
        one.run === caller.run &&
        one.finalized &&
        (name === null || one.name === name) &&
        (id === null || String(one.id) === id),
    );
    return { status: 200, body: { artifacts: found.map(listed) } };
  },
  GetSignedArtifactURL: (model, caller, body, origin) => {
    const found = findByName(model, caller.run, body.name);
    if (found === undefined || !found.finalized) return failure(404, 'not_found', 'artifact not found');
    const url = `${origin}${BLOB_PREFIX}${found.id}?sig=${model.blobSignature(found.id)}`;
    return { status: 200, body: { signed_url: url } };
  },
  DeleteArtifact: (model, caller, body) => {
    const found = findByName(model, caller.run, body.name);
    if (found === undefined) return failure(404, 'not_found', 'artifact not found');
    model.artifacts.splice(model.artifacts.indexOf(found), 1);
    return { status: 200, body: { ok: true, artifact_id: String(found.id) } };
  },
};

/** Answers one Twirp call. The run and job are the runtime token's; a body that names others is refused. */
export function answerTwirp(
  model: Model,
  request: {
    readonly path: string;
    readonly token: string | null;
    readonly body: Uint8Array;
    readonly origin: string;
  },
): ServiceReply {
  const name = request.path.slice(TWIRP_PREFIX.length);
  const caller = request.token === null ? undefined : model.runtimeTokens.get(request.token);
  const log = (kind: LogEntry['kind'], status: number, detail: LogEntry['detail']): void => {
    const who = { login: null, run: caller?.run ?? null, job: caller?.job ?? null };
    model.record({ kind, channel: 'artifact', method: 'POST', path: request.path, status, ...who, detail });
  };
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  if (method === undefined) {
    log('unknown-route', 501, { name });
    return failure(501, 'unimplemented', `The twin has no ${name}.`);
  }
  model.count(`artifact:${name}`);
  if (caller === undefined) {
    log('unknown-token', 401, { name });
    return failure(401, 'unauthenticated', 'token is not known');
  }
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(Buffer.from(request.body).toString('utf8')) as Record<string, unknown>;
  } catch {
    log('invalid', 400, { name });
    return failure(400, 'malformed', 'the json request could not be decoded');
  }
  const writes = name === 'CreateArtifact' || name === 'FinalizeArtifact';
  const sameRun = body.workflow_run_backend_id === caller.run;
  const sameJob = body.workflow_job_run_backend_id === caller.job;
  if (!sameRun || (writes && !sameJob)) {
    log('denied', 403, {
      name,
      run: body.workflow_run_backend_id,
      job: body.workflow_job_run_backend_id,
    });
    return failure(403, 'permission_denied', 'the token is not for this run or job');
  }
  const reply = method(model, caller, body, request.origin);
  // A refused duplicate name is how the service keeps names unique: a client may try, so it is no offence.
  const kind = name === 'DeleteArtifact' && reply.status === 200 ? 'artifact.deleted' : 'call';
  log(kind, reply.status, { method: name, name: body.name ?? null });
  return reply;
}

export type BlobRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Uint8Array;
};

/** Staged blocks by blob and block id, until a block list puts them together. */
export type Staging = Map<string, Uint8Array>;

/** Put Block, Put Block List, Put Blob and Get Blob on a signed URL (Azure Blob service REST). */
export function answerBlob(model: Model, staging: Staging, request: BlobRequest): ServiceReply {
  const id = Number(request.path.slice(BLOB_PREFIX.length));
  const artifact = model.artifacts.find((one) => one.id === id);
  const { method, path, query } = request;
  const log = (kind: LogEntry['kind'], status: number, detail: LogEntry['detail']): void => {
    const who = { login: null, run: artifact?.run ?? null, job: artifact?.job ?? null };
    model.record({ kind, channel: 'blob', method, path, status, ...who, detail });
  };
  const headers = {
    'x-ms-request-id': `twin-${model.log.length}`,
    'x-ms-version': '2025-11-05',
    'last-modified': new Date(Date.parse(model.now())).toUTCString(),
    etag: `"${id}"`,
  };
  if (artifact === undefined) {
    log('call', 404, {});
    return { status: 404, headers: { ...headers, 'x-ms-error-code': 'BlobNotFound' } };
  }
  if (query.get('sig') !== model.blobSignature(id)) {
    log('denied', 403, {});
    return { status: 403, headers: { ...headers, 'x-ms-error-code': 'AuthenticationFailed' } };
  }
  if (method === 'GET') {
    model.count('blob:get');
    log('call', 200, { name: artifact.name });
    const archive = artifact.mimeType === 'application/zip';
    const name = archive ? `${artifact.name}.zip` : artifact.name;
    const disposition = `attachment; filename="${name}"; filename*=UTF-8''${encodeURIComponent(name)}`;
    const content = { 'content-type': artifact.mimeType, 'content-disposition': disposition };
    return { status: 200, body: Buffer.from(artifact.bytes), headers: { ...headers, ...content } };
  }
  if (method !== 'PUT') {
    log('unknown-route', 501, {});
    return { status: 501, headers };
  }
  if (artifact.finalized) {
    log('denied', 409, { name: artifact.name, reason: 'finalized artifacts are immutable' });
    return { status: 409, headers: { ...headers, 'x-ms-error-code': 'BlobImmutableDueToPolicy' } };
  }
  model.count('blob:put');
  const comp = query.get('comp');
  if (comp === 'block') staging.set(`${id} ${query.get('blockid')}`, request.body);
  else if (comp === 'blocklist') {
    const list = Buffer.from(request.body).toString('utf8');
    const blocks = [...list.matchAll(/<(?:Latest|Uncommitted|Committed)>([^<]+)</g)].map(
      (found) => found[1] ?? '',
    );
    const parts = blocks.map((block) => staging.get(`${id} ${block}`));
    if (parts.includes(undefined)) {
      log('invalid', 400, { blocks });
      return { status: 400, headers: { ...headers, 'x-ms-error-code': 'InvalidBlockList' } };
    }
    artifact.bytes = Buffer.concat(parts.flatMap((part) => (part === undefined ? [] : [part])));
    for (const block of blocks) staging.delete(`${id} ${block}`);
  } else artifact.bytes = request.body;
  log('call', 201, { comp, bytes: request.body.length });
  return { status: 201, headers: { ...headers, 'x-ms-request-server-encrypted': 'true' } };
}
