/** The shape and the bounds of an entry (design §4). One table a body type; unknown keys are refused everywhere. */
import { EXECUTOR_IDS, ISOLATION_LEVELS, STAGES } from '../contract/vocabulary/index.ts';
import {
  anyOf,
  type Check,
  finite,
  integer,
  list,
  matching,
  nullable,
  object,
  oneOf,
  tagged,
  text,
} from './check.ts';
import { SIGNAL_KINDS, validateSignal } from './signal-format.ts';
import { PRIORITIES, RECORD_KINDS, RECORD_STATUSES, SEVERITIES } from './types.ts';

/** Bytes of one encoded entry without its line end; larger text goes to a blob. */
export const MAX_ENTRY_BYTES = 8 * 1024;
/** Bytes of one segment: a flush on the state branch, a file in a directory. */
export const MAX_SEGMENT_BYTES = 1024 * 1024;

const entryId = matching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$/, 'an entry id');
/** No dot and no colon: a given name is never an id that a cause makes. */
export const RECORD_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$/;
/** What claims and evidence are paired by: `session.ttl`, `src/auth/session.ts`. */
export const SUBJECT = /^[a-z0-9][a-z0-9._/-]{0,119}$/;
const agentId = matching(/^[A-Za-z][A-Za-z0-9._-]{0,31}$/, 'an agent id');
const runId = matching(/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/, 'a run id');
const instant = matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/, 'an ISO 8601 instant in UTC');
const sha256 = matching(/^[0-9a-f]{64}$/, 'a sha256');
const oid = matching(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 'a git object id');
const constant = (value: string): Check => oneOf([value]);
const line = (max: number): Check => text(max);

/** `lane/wave-n/origin`; lane names as contract.md §2.1 sanitises them, origins `local`, `pr-12`, `branch-main`. */
export const INSTANCE_PATTERN =
  /^[a-z0-9][a-z0-9_-]{0,63}\/wave-\d{1,6}\/(?:local|pr-\d{1,9}|branch-[a-z0-9][a-z0-9._-]{0,99})$/;

const author = tagged('kind', {
  agent: object({ kind: constant('agent'), agent: agentId, run: runId, attempt: integer(0, 9999) }),
  operator: object({ kind: constant('operator'), 'as?': agentId }),
  person: object({ kind: constant('person'), user: integer(1), login: text(64, 1), via: text(200, 1) }),
  orchestrator: object({ kind: constant('orchestrator'), run: runId, job: text(64, 1) }),
  unattributed: object({ kind: constant('unattributed'), detail: text(200) }),
});

const fields = {
  'detail?': text(6000),
  'targets?': list(text(120, 1), 16),
  'priority?': oneOf(PRIORITIES),
  'refs?': list(text(400, 1), 64),
  'dependsOn?': list(entryId, 32),
  'closureCondition?': text(300),
  'severity?': oneOf(SEVERITIES),
  'subject?': matching(SUBJECT, 'a subject'),
  'value?': text(400, 1),
};

const lane = matching(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'a lane');
const dependency = object({
  ownerLane: lane,
  ownerWave: nullable(integer(0, 999_999)),
  requesterLane: lane,
  requesterWave: nullable(integer(0, 999_999)),
  required: oneOf([true, false]),
});

const exitReason = tagged('kind', {
  exited: object({ kind: constant('exited'), code: integer(0, 255) }),
  signalled: object({ kind: constant('signalled'), signal: text(20, 1) }),
  'timed-out': object({ kind: constant('timed-out'), afterMs: integer(0) }),
  'output-capped': object({ kind: constant('output-capped'), bytes: integer(0) }),
  'failed-to-start': object({ kind: constant('failed-to-start'), message: text(500) }),
  cancelled: object({ kind: constant('cancelled') }),
  'over-budget': object({ kind: constant('over-budget'), message: text(500) }),
  lost: object({ kind: constant('lost') }),
});
const usage = anyOf(
  oneOf(['unknown']),
  object({ inputTokens: integer(0), outputTokens: integer(0), costUsd: nullable(finite(0)) }),
);
const patch = object({ sha256, files: integer(0, 10_000), added: integer(0), removed: integer(0) });
const refusal = object({ code: text(64, 1), path: text(400), detail: text(600) });
const attempt = integer(1, 9999);
const stage = oneOf(STAGES);

const signal: Check = (value, at) => {
  const result = validateSignal(value);
  return result.ok ? null : `${at}: ${result.problem}`;
};

const coordination = {
  post: object({
    type: constant('post'),
    kind: oneOf(RECORD_KINDS),
    'status?': oneOf(RECORD_STATUSES),
    summary: text(400, 1),
    'name?': matching(RECORD_NAME, 'a record name'),
    'dependency?': dependency,
    ...fields,
  }),
  update: object({
    type: constant('update'),
    record: entryId,
    'status?': oneOf(RECORD_STATUSES),
    'summary?': text(400, 1),
    ...fields,
  }),
  ack: object({ type: constant('ack'), record: entryId, 'detail?': text(2000) }),
  answer: object({ type: constant('answer'), record: entryId, text: text(6000, 1) }),
  wait: object({ type: constant('wait'), records: list(entryId, 32), seen: list(entryId, 64) }),
  signal: object({ type: constant('signal'), signal }),
};

const endReason = object({
  gate: text(40, 1),
  code: text(64, 1),
  agent: nullable(agentId),
  record: nullable(entryId),
  detail: text(300),
});

const control = {
  'instance.opened': object({
    type: constant('instance.opened'),
    base: oid,
    waveDigest: sha256,
    policyDigest: sha256,
  }),
  'attempt.started': object({
    type: constant('attempt.started'),
    attempt,
    base: oid,
    baseTree: oid,
    agents: list(agentId, 256),
    waveDigest: sha256,
    policyDigest: sha256,
  }),
  'agent.started': object({
    type: constant('agent.started'),
    attempt,
    agent: agentId,
    executor: oneOf(EXECUTOR_IDS),
    isolation: oneOf(ISOLATION_LEVELS),
  }),
  'agent.parked': object({
    type: constant('agent.parked'),
    attempt,
    agent: agentId,
    launch: integer(1, 9999),
    executor: oneOf(EXECUTOR_IDS),
    durationMs: integer(0),
    usage,
    patch: nullable(patch),
    baseTree: oid,
    session: nullable(object({ id: text(128, 1), sha256 })),
  }),
  'agent.finished': object({
    type: constant('agent.finished'),
    attempt,
    agent: agentId,
    executor: oneOf(EXECUTOR_IDS),
    isolation: oneOf(ISOLATION_LEVELS),
    exit: exitReason,
    durationMs: integer(0),
    usage,
    patch: nullable(patch),
    baseTree: oid,
    'prompt?': sha256,
    'reusedFrom?': entryId,
    'limit?': object({ limit: oneOf(['turns', 'tokens', 'cost']), allowed: finite(0), used: finite(0) }),
  }),
  'patch.admitted': object({
    type: constant('patch.admitted'),
    attempt,
    agent: agentId,
    patch: sha256,
    tree: oid,
    paths: list(text(400, 1), 10_000),
  }),
  'patch.refused': object({
    type: constant('patch.refused'),
    attempt,
    agent: agentId,
    patch: sha256,
    refusals: list(refusal, 64),
  }),
  'signal.malformed': object({
    type: constant('signal.malformed'),
    attempt,
    agent: agentId,
    kind: nullable(oneOf(SIGNAL_KINDS)),
    line: text(300),
    problem: text(300),
  }),
  'tree.fixed': object({
    type: constant('tree.fixed'),
    attempt,
    stage: oneOf(['implementation', 'documentation']),
    tree: oid,
    subject: oid,
  }),
  'proof.recorded': object({
    type: constant('proof.recorded'),
    attempt,
    subject: oid,
    run: text(500, 1),
    argv: list(text(500), 64),
    exit: exitReason,
    durationMs: integer(0),
    output: sha256,
    tail: text(3000),
    testsChanged: list(text(400, 1), 64),
  }),
  'stage.judged': object({
    type: constant('stage.judged'),
    attempt,
    stage,
    agents: list(agentId, 64),
    subject: oid,
    waveDigest: sha256,
    policyDigest: sha256,
    stateDigest: sha256,
  }),
  'publish.intent': object({
    type: constant('publish.intent'),
    attempt,
    commit: oid,
    tree: oid,
    parent: oid,
    target: line(255),
  }),
  'publish.done': object({ type: constant('publish.done'), attempt, commit: oid, target: line(255) }),
  'attempt.ended': object({
    type: constant('attempt.ended'),
    attempt,
    outcome: oneOf(['closed', 'refused', 'waiting']),
    code: text(64),
    'reasons?': list(endReason, 64),
  }),
  'timer.fired': object({
    type: constant('timer.fired'),
    record: entryId,
    clock: oneOf(['ack', 'resolve']),
    cycle: integer(0, 9999),
  }),
  'line.quarantined': object({
    type: constant('line.quarantined'),
    file: text(400, 1),
    line: integer(1),
    sha256,
    code: text(40, 1),
    claims: text(200),
  }),
};

/** What an agent may write into its outbox: a coordination body, nothing else. */
export const checkOutboxBody: Check = tagged('type', coordination);

const head = {
  id: entryId,
  at: instant,
  by: author,
  instance: matching(INSTANCE_PATTERN, 'an instance, lane/wave-n/origin'),
};
const coordinationEntry = object({
  ...head,
  'seq?': integer(1),
  family: constant('coordination'),
  body: tagged('type', coordination),
});
const controlEntry = object({
  ...head,
  'seq?': integer(1),
  family: constant('control'),
  body: tagged('type', control),
});
export const checkEntryShape: Check = tagged('family', {
  coordination: coordinationEntry,
  control: controlEntry,
});
