/**
 * The twin: GitHub in memory, served over real HTTP on 127.0.0.1, for tests that drive the product from outside with
 * the real octokit, `@actions/artifact`, git and act. Faults are knobs on its model, never in the product.
 *
 * ```ts
 * const twin = await startTwin({ root: await mkdtemp(join(tmpdir(), 'twin-')) });
 * await twin.model.addRepository({ fullName: 'acme/app', roles: { ada: 'write' } });
 * await twin.model.commit('acme/app', { branch: 'main', files: { 'README.md': 'hello\n' } });
 * await twin.model.commit('acme/app', { branch: 'topic', from: 'main', files: { 'a.txt': 'a\n' } });
 * const pull = await twin.model.openPullRequest('acme/app', { head: 'topic', user: 'ada' });
 * const comment = twin.model.addComment('acme/app', { issue: pull.number, body: '/wave run 1', login: 'ada' });
 *
 * const result = await runWorkflow({
 *   twin,
 *   repository: 'acme/app',
 *   workflow: '.github/workflows/wave.yml',                    // the caller, as committed on the default branch
 *   event: 'issue_comment',
 *   payload: issueCommentEvent(twin, comment),
 *   action: { uses: 'acme/orchestrator@v1', dir: releaseDir },  // action.yml and dist/
 *   reusable: { 'acme/orchestrator/.github/workflows/wave.yml@v1': waveYml },
 * });
 * if ('skipped' in result) return context.skip(`skipped: ${result.skipped}`);
 * expect(result.exitCode, result.output).toBe(0);
 * twin.model.assertSilence([{ what: 'check.created', where: { name: 'wave/cont-qa' } }]);
 * await twin.close();
 * ```
 */
export { type ActResult, type ActSkipped, runWorkflow, type WorkflowOptions } from './act.ts';
export type { JobResult } from './act-log.ts';
export { findAct } from './act-process.ts';
export { assertOnlyUsesDiffer, hideFromAct, rewriteWorkflow } from './act-workflows.ts';
export { issueCommentEvent, pullRequestEvent, pushEvent, workflowDispatchEvent } from './events.ts';
export type { Model, NewPullRequest, NewRepository, NewToken } from './model.ts';
export type { NewCommit } from './repositories.ts';
export { jobPermissions, type Permissions } from './scopes.ts';
export { startTwin, type Twin, type TwinOptions } from './server.ts';
export type { Allowed } from './silence.ts';
export type * from './types.ts';
