/** The port to GitHub on its REST API, version 2022-11-28 (docs.github.com/en/rest). */
import * as z from 'zod';
import { checkBodies } from './check-body.ts';
import type { Operation } from './errors.ts';
import {
  checkRunSchema,
  commentSchema,
  contentSchema,
  exactPermission,
  jobSchema,
  permissionSchema,
  pullRequestSchema,
} from './schemas.ts';
import { badResponse, refusedHere, type TransportOptions, transport } from './transport.ts';
import type { GitHub, GitHubResult, WritableScope, WrittenCheck } from './types.ts';

export type GitHubApiOptions = TransportOptions & { readonly owner: string; readonly repo: string };

const PAGE = 100;
/** GitHub locks a conversation at 2,500 comments, and shows at most 1,000 check runs of a name. */
const MOST_PAGES = 30;
const COMMENT_CHARACTERS = 65_536;
const DISPATCH_INPUTS = 25;
const DISPATCH_CHARACTERS = 65_535;
const FULL_SHA = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
/** Account names, with the `_short` of managed users; never a `[bot]`, which is no collaborator. */
const LOGIN = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?$/;

const reading = (what: string, scope: string | null): Operation => ({ what, scope, repeatable: true });
const setting = reading;
/** Twice would be two: never sent again unless GitHub said it did nothing. */
const making = (what: string, scope: string): Operation => ({ what, scope, repeatable: false });

const PROBES: readonly { readonly scope: WritableScope; readonly line: string; readonly route: string }[] = [
  { scope: 'contents', line: 'contents: write', route: 'POST /repos/{owner}/{repo}/git/refs' },
  { scope: 'checks', line: 'checks: write', route: 'POST /repos/{owner}/{repo}/check-runs' },
  {
    scope: 'issues or pull-requests',
    line: 'pull-requests: write',
    route: 'POST /repos/{owner}/{repo}/issues/0/comments',
  },
];

/**
 * GitHub for one repository and one token. Nothing rejects: failures are values (see {@link GitHub}), retried within
 * `retry` first. No message ever holds the token.
 */
export const githubApi = (options: GitHubApiOptions): GitHub => {
  const { send, calls } = transport(options);
  const { owner, repo } = options;
  const at = (more: Readonly<Record<string, unknown>> = {}) => ({ owner, repo, ...more });

  /** All pages of a list; `bad-response` when there are more than we read, rather than a part. */
  const pages = async <T>(
    operation: Operation,
    route: string,
    parameters: Readonly<Record<string, unknown>>,
    schema: z.ZodType<readonly T[]>,
  ): Promise<GitHubResult<readonly T[]>> => {
    const all: T[] = [];
    for (let page = 1; page <= MOST_PAGES; page += 1) {
      const answer = await send(operation, route, at({ ...parameters, per_page: PAGE, page }), schema);
      if (!answer.ok) return answer;
      all.push(...answer.value);
      if (answer.value.length < PAGE) return { ok: true, value: all };
    }
    return { ok: false, error: badResponse(operation, `there are more than ${MOST_PAGES * PAGE}`) };
  };

  const commentProblem = (body: string): string | null => {
    if (body.trim() === '') return 'the text is empty';
    return body.length > COMMENT_CHARACTERS
      ? `${body.length} characters are more than ${COMMENT_CHARACTERS}`
      : null;
  };

  const moreAnnotations = async (
    made: GitHubResult<Omit<WrittenCheck, 'unsent'>>,
    later: readonly Record<string, unknown>[],
    annotations: number,
  ): Promise<GitHubResult<WrittenCheck>> => {
    if (!made.ok) return made;
    let left = annotations;
    for (const body of later) {
      left = Math.max(0, left - PAGE / 2);
      // Sent once: repeating it would show the same annotations twice.
      const operation = making(`annotate the check ${made.value.name}`, 'checks: write');
      const route = 'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}';
      const answer = await send(
        operation,
        route,
        at({ ...body, check_run_id: made.value.id }),
        checkRunSchema,
      );
      if (!answer.ok) return { ok: true, value: { ...made.value, unsent: left } };
    }
    return { ok: true, value: { ...made.value, unsent: 0 } };
  };

  return {
    calls,

    pullRequest: (number) =>
      send(
        reading(`read pull request ${number}`, 'pull-requests: read'),
        'GET /repos/{owner}/{repo}/pulls/{pull_number}',
        at({ pull_number: number }),
        pullRequestSchema,
      ),

    pullRequestsFrom: (headRef) =>
      pages(
        reading(`list the pull requests of ${headRef}`, 'pull-requests: read'),
        'GET /repos/{owner}/{repo}/pulls',
        { state: 'open', head: `${owner}:${headRef}` },
        z.array(pullRequestSchema),
      ),

    comments: (number) =>
      pages(
        reading(`read the comments of #${number}`, 'pull-requests: read'),
        'GET /repos/{owner}/{repo}/issues/{issue_number}/comments',
        { issue_number: number },
        z.array(commentSchema),
      ),

    createComment: async (number, body) => {
      const what = `comment on #${number}`;
      const wrong = commentProblem(body);
      if (wrong !== null) return refusedHere(what, wrong);
      const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
      return await send(
        making(what, 'pull-requests: write'),
        route,
        at({ issue_number: number, body }),
        commentSchema,
      );
    },

    updateComment: async (id, body) => {
      const what = `edit comment ${id}`;
      const wrong = commentProblem(body);
      if (wrong !== null) return refusedHere(what, wrong);
      const route = 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}';
      return await send(
        setting(what, 'pull-requests: write'),
        route,
        at({ comment_id: id, body }),
        commentSchema,
      );
    },

    createCheck: async (check) => {
      const what = `open the check ${check.name}`;
      if (!FULL_SHA.test(check.headSha)) return refusedHere(what, 'it needs the full SHA of a commit');
      const [first, ...later] = checkBodies(check);
      const route = 'POST /repos/{owner}/{repo}/check-runs';
      const made = await send(making(what, 'checks: write'), route, at(first), checkRunSchema);
      return await moreAnnotations(made, later, check.output.annotations?.length ?? 0);
    },

    updateCheck: async (id, change) => {
      const [first, ...later] = checkBodies(change);
      // Annotations add up; a change without any sets what it says, however often.
      const annotations = change.output?.annotations?.length ?? 0;
      const operation = { ...setting(`update check ${id}`, 'checks: write'), repeatable: annotations === 0 };
      const route = 'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}';
      const made = await send(operation, route, at({ ...first, check_run_id: id }), checkRunSchema);
      return await moreAnnotations(made, later, annotations);
    },

    checksOn: async (sha, name) => {
      const what = `read the checks on ${sha.slice(0, 12)}`;
      if (!FULL_SHA.test(sha)) return refusedHere(what, 'it needs the full SHA of a commit');
      const found = await pages(
        reading(what, 'checks: read'),
        'GET /repos/{owner}/{repo}/commits/{ref}/check-runs',
        { ref: sha, filter: 'all', ...(name === undefined ? {} : { check_name: name }) },
        z.object({ check_runs: z.array(checkRunSchema) }).transform((answer) => answer.check_runs),
      );
      return found.ok ? { ok: true, value: [...found.value].sort((a, b) => b.id - a.id) } : found;
    },

    permissionOf: async (login) => {
      if (!LOGIN.test(login)) return 'unverified';
      const answer = await send(
        reading(`read the permission of ${login}`, null),
        'GET /repos/{owner}/{repo}/collaborators/{username}/permission',
        at({ username: login }),
        permissionSchema,
      );
      return answer.ok ? exactPermission(answer.value, login) : 'unverified';
    },

    dispatch: async (workflow, ref, inputs) => {
      const what = `start ${workflow}`;
      if (Object.keys(inputs).length > DISPATCH_INPUTS)
        return refusedHere(what, `more than ${DISPATCH_INPUTS} inputs`);
      if (JSON.stringify(inputs).length > DISPATCH_CHARACTERS)
        return refusedHere(what, 'the inputs are too long');
      return await send(
        making(what, 'actions: write'),
        'POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches',
        at({ workflow_id: workflow, ref, inputs: { ...inputs }, return_run_details: true }),
        // Without run details GitHub answers 204 and nothing.
        z
          .union([
            z.object({ workflow_run_id: z.int().positive() }),
            z.unknown().transform(() => ({ workflow_run_id: null })),
          ])
          .transform(({ workflow_run_id: run }) => ({ runId: run === null ? null : String(run) })),
      );
    },

    jobs: (runId, which = 'latest') =>
      pages(
        reading(`read the jobs of run ${runId}`, 'actions: read'),
        'GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs',
        { run_id: runId, filter: which },
        z.object({ jobs: z.array(jobSchema) }).transform((answer) => answer.jobs),
      ),

    fileAt: async (path, ref) => {
      const operation = reading(`read ${path}`, 'contents: read');
      const segments = path.split('/');
      if (path === '' || segments.some((one) => ['', '.', '..'].includes(one))) {
        return refusedHere(operation.what, 'it is no path inside the repository');
      }
      const found = await send(
        operation,
        'GET /repos/{owner}/{repo}/contents/{+path}',
        at({ path: segments.map(encodeURIComponent).join('/'), ref }),
        z.union([contentSchema, z.array(z.unknown()).transform(() => null)]),
      );
      if (!found.ok) return found;
      const file = found.value;
      if (file === null || file.type !== 'file') return refusedHere(operation.what, 'it is no regular file');
      if (file.encoding !== 'base64' || file.content === undefined)
        return refusedHere(operation.what, 'over 1 MB');
      const bytes = new Uint8Array(Buffer.from(file.content, 'base64'));
      if (bytes.length === file.size) return { ok: true, value: bytes };
      return { ok: false, error: badResponse(operation, 'it is not as long as GitHub says') };
    },

    writableScopes: async () => {
      const writable: WritableScope[] = [];
      for (const { scope, line, route } of PROBES) {
        const answer = await send(
          reading(`ask whether the token may write ${scope}`, line),
          route,
          at(),
          z.unknown(),
        );
        // Scopes are checked before the body (422) and before the issue, which no repository has (404).
        if (answer.ok || answer.error.kind === 'validation') writable.push(scope);
        else if (answer.error.kind === 'not-found' && route.includes('/issues/0/')) writable.push(scope);
        else if (answer.error.kind !== 'missing-scope') return answer;
      }
      return { ok: true, value: writable };
    },
  };
};
