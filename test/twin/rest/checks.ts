/** Check runs, with the validations the REST description and published error texts tell of. */
import { ACTIONS_APP } from '../model.ts';
import { resolveCommit } from '../repositories.ts';
import type { Annotation, CheckRun } from '../types.ts';
import { checkJson } from './json.ts';
import { type Call, invalid, notFound, page, type Reply, type Route, text } from './route.ts';

const LONGEST_OUTPUT_BYTES = 65_535;
const MOST_ANNOTATIONS = 50;
const STATUSES = ['queued', 'in_progress', 'completed', 'waiting', 'requested', 'pending'];
const CONCLUSIONS = [
  'action_required',
  'cancelled',
  'failure',
  'neutral',
  'success',
  'skipped',
  'stale',
  'timed_out',
];
const LEVELS = ['notice', 'warning', 'failure'];

type Output = {
  readonly title?: unknown;
  readonly summary?: unknown;
  readonly text?: unknown;
  readonly annotations?: unknown;
};

const outputOf = (call: Call): Output | null => {
  const output = call.body.output;
  return typeof output === 'object' && output !== null ? (output as Output) : null;
};

const annotationsOf = (output: Output | null): readonly Annotation[] =>
  Array.isArray(output?.annotations) ? (output.annotations as Annotation[]) : [];

/** What GitHub would refuse in a body; `null` when it would take it. */
function problem(call: Call): Reply | null {
  const status = call.body.status;
  const conclusion = call.body.conclusion;
  if (status !== undefined && !STATUSES.includes(String(status))) {
    return invalid(
      `Invalid request.\n\n${JSON.stringify(status)} is not a possible value. Must be one of: ${STATUSES.join(', ')}.`,
    );
  }
  if (conclusion !== undefined && !CONCLUSIONS.includes(String(conclusion))) {
    return invalid(
      `Invalid request.\n\n${JSON.stringify(conclusion)} is not a possible value. Must be one of: ${CONCLUSIONS.join(', ')}.`,
    );
  }
  if (status === 'completed' && conclusion === undefined) {
    return invalid('Invalid request.\n\n"conclusion" wasn\'t supplied.');
  }
  const output = outputOf(call);
  if (output === null) return null;
  if (call.params.check === undefined && text(output.title) === null) {
    return invalid('Invalid request.\n\n"title" wasn\'t supplied.');
  }
  if (text(output.summary) === null) return invalid('Invalid request.\n\n"summary" wasn\'t supplied.');
  for (const field of ['summary', 'text'] as const) {
    if (Buffer.byteLength(text(output[field]) ?? '') > LONGEST_OUTPUT_BYTES) {
      return invalid(
        `Invalid request.\n\nOnly ${LONGEST_OUTPUT_BYTES} characters are allowed; ${field} is too long.`,
      );
    }
  }
  const annotations = annotationsOf(output);
  if (annotations.length > MOST_ANNOTATIONS) {
    return invalid(
      `Invalid request.\n\nNo more than ${MOST_ANNOTATIONS} items are allowed; ${annotations.length} were supplied.`,
    );
  }
  for (const one of annotations) {
    const complete = typeof one.path === 'string' && typeof one.message === 'string';
    const placed = Number.isInteger(one.start_line) && Number.isInteger(one.end_line);
    if (!complete || !placed || !LEVELS.includes(String(one.annotation_level))) {
      return invalid(
        'Invalid request.\n\nAn annotation needs path, start_line, end_line, annotation_level and message.',
      );
    }
    if (Buffer.byteLength(String(one.message)) > 65_536 || String(one.title ?? '').length > 255) {
      return invalid('Invalid request.\n\nAn annotation is too long.');
    }
  }
  return null;
}

function apply(call: Call, check: CheckRun): void {
  const { status, conclusion, name, external_id: externalId, details_url: detailsUrl } = call.body;
  if (typeof name === 'string') check.name = name;
  if (typeof externalId === 'string') check.externalId = externalId;
  if (typeof detailsUrl === 'string') check.detailsUrl = detailsUrl;
  if (typeof status === 'string') {
    check.status = status;
    if (status !== 'completed') {
      check.conclusion = null;
      check.completedAt = null;
    }
  }
  if (typeof conclusion === 'string') {
    check.status = 'completed';
    check.conclusion = conclusion;
    check.completedAt = text(call.body.completed_at) ?? call.model.now();
  }
  if (check.status === 'in_progress') check.startedAt ??= text(call.body.started_at) ?? call.model.now();
  const output = outputOf(call);
  if (output === null) return;
  check.output = {
    title: text(output.title) ?? check.output.title,
    summary: text(output.summary),
    text: output.text === undefined ? check.output.text : text(output.text),
  };
  check.annotations.push(...annotationsOf(output));
}

const detailOf = (check: CheckRun) => ({
  id: check.id,
  name: check.name,
  sha: check.headSha,
  status: check.status,
  conclusion: check.conclusion,
  external_id: check.externalId,
  title: check.output.title,
});

async function create(call: Call): Promise<Reply> {
  const name = text(call.body.name);
  const sha = text(call.body.head_sha);
  const missing = [...(name === null ? ['"name"'] : []), ...(sha === null ? ['"head_sha"'] : [])];
  if (name === null || sha === null)
    return invalid(`Invalid request.\n\n${missing.join(', ')} wasn't supplied.`);
  const wrong = problem(call);
  if (wrong !== null) return wrong;
  if (!/^[0-9a-f]{40,64}$/.test(sha) || (await resolveCommit(call.repo.gitDir, sha)) === null) {
    return invalid(`No commit found for SHA: ${sha}`);
  }
  const check: CheckRun = {
    id: call.model.nextId(),
    repository: call.repo.fullName,
    name,
    headSha: sha,
    status: 'queued',
    conclusion: null,
    externalId: '',
    detailsUrl: null,
    output: { title: null, summary: null, text: null },
    annotations: [],
    startedAt: null,
    completedAt: null,
    app: ACTIONS_APP,
  };
  apply(call, check);
  call.model.checkRuns.push(check);
  return {
    status: 201,
    body: checkJson(check, call),
    wrote: { what: 'check.created', detail: detailOf(check) },
  };
}

const checkOf = (call: Call): CheckRun | undefined =>
  call.model.checkRuns.find(
    (one) => one.repository === call.repo.fullName && one.id === Number(call.params.check),
  );

function update(call: Call): Reply {
  const check = checkOf(call);
  if (check === undefined) return notFound();
  if (check.app.id !== ACTIONS_APP.id) {
    return {
      status: 403,
      body: {
        message: `Invalid app_id \`${ACTIONS_APP.id}\` - check run can only be modified by the GitHub App that created it.`,
      },
    };
  }
  const wrong = problem(call);
  if (wrong !== null) return wrong;
  apply(call, check);
  return {
    status: 200,
    body: checkJson(check, call),
    wrote: { what: 'check.updated', detail: detailOf(check) },
  };
}

async function listForRef(call: Call): Promise<Reply> {
  const sha = await resolveCommit(call.repo.gitDir, call.params.ref ?? '');
  if (sha === null) return invalid(`No commit found for SHA: ${call.params.ref}`);
  const { query } = call;
  const found = call.model.checkRuns.filter((check) => {
    if (check.repository !== call.repo.fullName || check.headSha !== sha) return false;
    if (query.has('check_name') && check.name !== query.get('check_name')) return false;
    if (query.has('status') && check.status !== query.get('status')) return false;
    return !query.has('app_id') || String(check.app.id) === query.get('app_id');
  });
  // Newest first; `filter=latest`, the default, shows one run per name and app.
  const newest = [...found].sort((a, b) => b.id - a.id);
  const key = (check: CheckRun): string => `${check.app.id} ${check.name}`;
  const latest = newest.filter((check, at) => newest.findIndex((other) => key(other) === key(check)) === at);
  const shown = query.get('filter') === 'all' ? newest : latest;
  return page(
    call,
    shown.map((check) => checkJson(check, call)),
    'check_runs',
  );
}

export const CHECK_ROUTES: readonly Route[] = [
  { method: 'POST', path: 'check-runs', needs: [['checks', 'write']], answer: create },
  { method: 'PATCH', path: 'check-runs/:check', needs: [['checks', 'write']], answer: update },
  {
    method: 'GET',
    path: 'check-runs/:check',
    needs: [['checks', 'read']],
    answer: (call) => {
      const check = checkOf(call);
      return check === undefined ? notFound() : { status: 200, body: checkJson(check, call) };
    },
  },
  {
    method: 'GET',
    path: 'check-runs/:check/annotations',
    needs: [['checks', 'read']],
    answer: (call) => {
      const check = checkOf(call);
      return check === undefined ? notFound() : page(call, check.annotations);
    },
  },
  { method: 'GET', path: 'commits/:ref/check-runs', needs: [['checks', 'read']], answer: listForRef },
];
