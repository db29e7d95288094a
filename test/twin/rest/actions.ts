/** Workflow dispatches, runs, jobs and artifacts. */
import { tryGit } from '../git.ts';
import { resolveCommit } from '../repositories.ts';
import type { WorkflowRun } from '../types.ts';
import { artifactJson, jobJson, runJson } from './json.ts';
import { type Call, invalid, notFound, page, type Reply, type Route, text } from './route.ts';

const READ = [['actions', 'read']] as const;
const WRITE = [['actions', 'write']] as const;
const MOST_INPUTS = 25;
const LONGEST_INPUTS = 65_535;

const runOf = (call: Call): WorkflowRun | undefined =>
  call.model.runs.find((run) => run.repository === call.repo.fullName && run.id === call.params.run);

async function dispatch(call: Call): Promise<Reply> {
  const workflow = call.params.workflow ?? '';
  const path = `.github/workflows/${workflow.split('/').at(-1)}`;
  // GitHub knows a workflow by its file on the default branch, whatever ref the run is for.
  const file = await tryGit(call.repo.gitDir, 'show', `refs/heads/${call.repo.defaultBranch}:${path}`);
  if (file === null) return notFound();
  const ref = text(call.body.ref);
  if (ref === null) return invalid(`Invalid request.\n\n"ref" wasn't supplied.`);
  const branch = ref.replace(/^refs\/heads\//, '');
  const sha = await resolveCommit(call.repo.gitDir, `refs/heads/${branch}`);
  if (sha === null) return invalid(`No ref found for: ${ref}`);
  if (!/\bworkflow_dispatch\b/.test(file))
    return invalid("Workflow does not have 'workflow_dispatch' trigger");
  const inputs = (call.body.inputs ?? {}) as Record<string, unknown>;
  if (Object.keys(inputs).length > MOST_INPUTS)
    return invalid(`you may only define up to ${MOST_INPUTS} \`inputs\``);
  if (JSON.stringify(inputs).length > LONGEST_INPUTS) return invalid('inputs are too large.');
  const wrong = Object.entries(inputs).find(([, value]) => typeof value !== 'string');
  if (wrong !== undefined)
    return invalid(`Invalid request.\n\nFor 'properties/${wrong[0]}', it is not a string.`);
  const texts = inputs as Record<string, string>;
  const run = call.model.addRun({
    repository: call.repo.fullName,
    workflow: path,
    event: 'workflow_dispatch',
    headSha: sha,
    headBranch: branch,
    status: 'queued',
  });
  call.model.dispatches.push({
    repository: call.repo.fullName,
    workflow: path,
    ref: branch,
    inputs: texts,
    by: call.identity.login,
    run: run.id,
  });
  const wrote = {
    what: 'dispatch',
    detail: { workflow: path, ref: branch, ...texts, inputs: texts, started: run.id },
  } as const;
  if (call.body.return_run_details !== true) return { status: 204, wrote };
  const shown = runJson(run, call);
  return {
    status: 200,
    body: { workflow_run_id: shown.id, run_url: shown.url, html_url: shown.html_url },
    wrote,
  };
}

function withRun(answer: (call: Call, run: WorkflowRun) => Reply): Route['answer'] {
  return (call) => {
    const run = runOf(call);
    return run === undefined ? notFound() : answer(call, run);
  };
}

const artifacts = (call: Call, run: WorkflowRun): Reply => {
  const name = call.query.get('name');
  const found = call.model.artifacts.filter(
    (one) => one.run === run.id && one.finalized && (name === null || one.name === name),
  );
  const newestFirst = [...found].sort((a, b) => b.id - a.id);
  return page(
    call,
    newestFirst.map((one) => artifactJson(one, call.repo.fullName, call)),
    'artifacts',
  );
};

const cancel = (_call: Call, run: WorkflowRun): Reply => {
  if (run.status === 'completed') {
    return { status: 409, body: { message: 'Cannot cancel a workflow run that is completed.' } };
  }
  run.status = 'completed';
  run.conclusion = 'cancelled';
  return { status: 202, body: {}, wrote: { what: 'run.cancelled', detail: { target: run.id } } };
};

function download(call: Call): Reply {
  const found = call.model.artifacts.find((one) => one.id === Number(call.params.artifact) && one.finalized);
  if (found === undefined || call.params.format !== 'zip') return notFound();
  const origin = new URL(call.apiUrl).origin;
  return {
    status: 302,
    headers: { location: `${origin}/_blob/${found.id}?sig=${call.model.blobSignature(found.id)}` },
  };
}

function removeArtifact(call: Call): Reply {
  const at = call.model.artifacts.findIndex((one) => one.id === Number(call.params.artifact));
  const found = call.model.artifacts[at];
  if (found === undefined) return notFound();
  call.model.artifacts.splice(at, 1);
  return { status: 204, wrote: { what: 'artifact.deleted', detail: { name: found.name } } };
}

function listRuns(call: Call): Reply {
  const { query } = call;
  const workflow = call.params.workflow;
  const wanted = (name: string, value: string): boolean => !query.has(name) || query.get(name) === value;
  const found = call.model.runs.filter(
    (run) =>
      run.repository === call.repo.fullName &&
      (workflow === undefined || run.workflow.endsWith(`/${workflow}`)) &&
      wanted('head_sha', run.headSha) &&
      wanted('event', run.event) &&
      wanted('branch', run.headBranch) &&
      (wanted('status', run.status) || query.get('status') === run.conclusion),
  );
  return page(
    call,
    found.toReversed().map((run) => runJson(run, call)),
    'workflow_runs',
  );
}

export const ACTIONS_ROUTES: readonly Route[] = [
  { method: 'GET', path: 'actions/runs', needs: READ, answer: listRuns },
  { method: 'GET', path: 'actions/workflows/:workflow/runs', needs: READ, answer: listRuns },
  { method: 'POST', path: 'actions/workflows/:workflow/dispatches', needs: WRITE, answer: dispatch },
  {
    method: 'GET',
    path: 'actions/runs/:run',
    needs: READ,
    answer: withRun((call, run) => ({ status: 200, body: runJson(run, call) })),
  },
  {
    method: 'GET',
    path: 'actions/runs/:run/jobs',
    needs: READ,
    answer: withRun((call, run) => {
      const found = call.model.jobs.filter((job) => job.run === run.id);
      return page(
        call,
        found.map((job) => jobJson(job, run, call)),
        'jobs',
      );
    }),
  },
  { method: 'POST', path: 'actions/runs/:run/cancel', needs: WRITE, answer: withRun(cancel) },
  { method: 'GET', path: 'actions/runs/:run/artifacts', needs: READ, answer: withRun(artifacts) },
  { method: 'GET', path: 'actions/artifacts/:artifact/:format', needs: READ, answer: download },
  { method: 'DELETE', path: 'actions/artifacts/:artifact', needs: WRITE, answer: removeArtifact },
];
