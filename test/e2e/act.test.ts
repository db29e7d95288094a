/**
 * The shipped workflow files, run by act against the twin: what GitHub would have received, exactly. Each job has a
 * token of the scopes it declares and nothing more; what is tested differs from what ships in `uses:` lines alone.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  artifactExchange,
  directoryExchange,
  githubApi,
  readEvent,
  systemClock,
} from '../../src/host/index.ts';
import { decodeSegment, type Entry } from '../../src/journal/index.ts';
import { closeJob, type JobContext, readPosition, readTicket } from '../../src/run/index.ts';
import {
  type ActResult,
  assertOnlyUsesDiffer,
  hideFromAct,
  jobPermissions,
  rewriteWorkflow,
} from '../twin/index.ts';
import { label, openStage, type Stage, shippedWorkflow, tell } from './act-story.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, 120_000);
afterAll(() => stage?.close());

const git = (repository: string, ...args: readonly string[]): string => {
  const found = stage.twin.model.repositories.get(repository);
  if (found === undefined) throw new Error(`no repository ${repository}`);
  return execFileSync('git', ['--git-dir', found.gitDir, ...args], { encoding: 'utf8' });
};

/** The journal as it stands on the state branch. */
const journalOf = (repository: string): readonly Entry[] =>
  git(repository, 'ls-tree', '-r', '--name-only', 'wave-state', 'lanes/')
    .trim()
    .split('\n')
    .toSorted()
    .flatMap((path) => {
      const { entries, quarantined } = decodeSegment(path, git(repository, 'show', `wave-state:${path}`));
      expect(quarantined).toEqual([]);
      return entries;
    });

const outputOf = (result: ActResult, name: string): string =>
  new RegExp(`::set-output:: ${name}=(.+)`).exec(result.output)?.[1]?.trim() ?? '';
const resultsOf = (result: ActResult): Record<string, string> =>
  Object.fromEntries(
    result.jobs
      .filter((job) => job.identity !== null)
      .map((job) => [
        job.matrix['agent'] === undefined ? job.job : `${job.job} ${job.matrix['agent']}`,
        job.result,
      ]),
  );
const gateOf = (repository: string, sha: string) =>
  stage.twin.model.checkRuns.filter(
    (check) => check.repository === repository && check.headSha === sha && check.name === 'wave/cont-qa',
  );
const stickyOf = (repository: string) =>
  stage.twin.model.comments.filter((comment) => comment.repository === repository);

/** What the failing jobs complained of. */
const failureOf = (result: ActResult): string =>
  result.output
    .split('\n')
    .filter((line) => /::error|panic|✗|crash/.test(line))
    .slice(0, 20)
    .join('\n');

const CHECKS = [
  'wave/implementation',
  'wave/cont-eval',
  'wave/security',
  'wave/integration',
  'wave/documentation',
  'wave/cont-qa',
];

describe('a labelled pull request', () => {
  test('closes the wave: patches on the branch, gate green on the pushed head, comment, journal, trace', {
    timeout: 240_000,
  }, async (context) => {
    const repository = 'acme/amounts';
    const { number, head } = await tell(stage, repository, null);
    stage.twin.model.forgetLog();
    const result = await label(stage, repository, number);
    if ('skipped' in result) return context.skip(`skipped: ${result.skipped}`);
    expect(result.exitCode, failureOf(result)).toBe(0);
    expect(resultsOf(result)).toEqual({
      plan: 'success',
      'agent A1': 'success',
      'agent A2': 'success',
      record: 'success',
      prove: 'success',
      'steward-4': 'success',
      'prove-again': 'success',
      'steward-5': 'success',
      close: 'success',
    });
    // The only line of the shipped file act is not shown: it does not know `queue`, and ignores concurrency anyway.
    expect(result.hidden).toEqual([expect.stringMatching(/wave\.yml:\d+: +queue: max/)]);

    const pushed = git(repository, 'rev-parse', 'topic').trim();
    expect(pushed).not.toBe(head);
    expect(git(repository, 'log', '--format=%an|%s', `${head}..topic`).trim().split('\n')).toEqual([
      'wave|Read and write amounts',
      'A9 Documentation|Documentation (A9, wave 3)',
      'A2 Formatter|Formatter (A2, wave 3)',
      'A1 Parser|Parser (A1, wave 3)',
    ]);
    expect(git(repository, 'diff', '--name-only', head, 'topic').trim().split('\n')).toEqual([
      'docs/amounts.md',
      'docs/plans/waves/reviews/wave-3-cont-qa.md',
      'src/format/format.test.ts',
      'src/format/format.ts',
      'src/parse/group.ts',
      'src/parse/parse.test.ts',
      'src/parse/parse.ts',
    ]);
    // The question crossed from one job to the other while both ran.
    expect(git(repository, 'show', 'topic:src/parse/group.ts')).toContain("GROUP = '_'");

    const green = stage.twin.model.checkRuns.filter(
      (check) => check.repository === repository && check.headSha === pushed,
    );
    expect(green.map((check) => [check.name, check.conclusion]).toSorted()).toEqual(
      CHECKS.map((name) => [name, 'success']).toSorted(),
    );
    expect(gateOf(repository, head).map((check) => [check.status, check.conclusion])).toEqual([
      ['completed', 'cancelled'],
    ]);
    expect(stickyOf(repository)).toHaveLength(1);
    expect(stickyOf(repository)[0]?.body).toContain('**Closed**');

    stage.twin.model.assertSilence([
      { what: 'check.created', where: { name: 'wave/cont-qa', sha: head, status: 'in_progress' } },
      ...CHECKS.map((name) => ({
        what: 'check.created' as const,
        where: { name, sha: pushed, conclusion: 'success' },
      })),
      { what: 'check.updated', where: { name: 'wave/cont-qa', sha: head, conclusion: 'cancelled' } },
      { what: 'comment.created', where: { issue: number } },
      { what: 'comment.updated', where: { issue: number } },
      { what: 'push', where: { ref: 'refs/heads/topic' } },
      { what: 'push', times: 'any', where: { ref: 'refs/heads/wave-state' } },
    ]);

    const entries = journalOf(repository);
    expect(entries.map((entry) => entry.seq)).toEqual(entries.map((_, i) => i + 1));
    expect(entries.map((entry) => entry.body.type)).toEqual(
      expect.arrayContaining([
        'attempt.started',
        'post',
        'answer',
        'agent.finished',
        'patch.admitted',
        'proof.recorded',
        'stage.judged',
        'publish.intent',
        'publish.done',
        'attempt.ended',
      ]),
    );
    expect(git(repository, 'rev-list', '--min-parents=2', '--count', 'wave-state').trim()).toBe('0');

    const trace = stage.twin.model.artifacts.find(
      (artifact) => artifact.run === result.run.id && artifact.name === 'wave-trace-r1-close',
    );
    expect(trace?.finalized).toBe(true);

    // A second `close` finds everything done.
    const ticket = readTicket(outputOf(result, 'plan'));
    const run = { id: result.run.id, job: 'close-again' };
    const again = await closingContext(repository, run.id);
    stage.twin.model.forgetLog();
    const twice = await closeJob(again, ticket, readPosition(outputOf(result, 'tip')));
    expect(twice.closed).toBe(true);
    stage.twin.model.assertSilence([]);
    expect(journalOf(repository)).toEqual(entries);
  });

  /** The context a re-run close job would have: same run, next attempt of the job. */
  const closingContext = async (repository: string, run: string): Promise<JobContext> => {
    const { model, apiUrl, resultsUrl, url } = stage.twin;
    const [owner = '', repo = ''] = repository.split('/');
    const permissions = jobPermissions(await shippedWorkflow())['close'] ?? {};
    const job = model.addJob({ run, key: 'close-again' });
    const token = model.mintToken({ run, job: String(job.id), permissions });
    const dir = await mkdtemp(join(stage.dir, 'again-'));
    const listed = artifactExchange({
      resultsUrl,
      runtimeToken: model.mintRuntimeToken({ run, job: String(job.id) }),
      temporaryRoot: dir,
    });
    const kept = directoryExchange(join(dir, 'artifacts'));
    return {
      github: githubApi({ apiUrl, token, owner, repo }),
      exchange: { list: listed.list, get: listed.get, put: kept.put },
      event: readEvent('other', {}),
      remote: {
        url: `${url}/${repository}`,
        auth: { header: `Authorization: basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}` },
      },
      serverUrl: stage.twin.serverUrl,
      repository,
      runId: run,
      runAttempt: 1,
      workDir: dir,
      clock: systemClock,
      sleep: async () => {},
      random: () => 0.5,
      waveCommand: [process.execPath],
      pollMs: 1000,
      log: () => {},
      signal: new AbortController().signal,
    };
  };

  /** The same four breaks as on a laptop, red for the same code. */
  const RED: readonly (readonly [string, string, readonly string[]])[] = [
    ['missing-deliverable', 'missing-deliverable', ['implementation']],
    ['stolen-file', 'path-not-owned', ['implementation']],
    ['forged-verdict', 'verdict-without-authority', ['cont-qa']],
    ['lying-proof', 'verify-failed', ['implementation']],
  ];
  for (const [wrong, code] of RED)
    test(`${wrong} is red for ${code}, and nothing is pushed`, { timeout: 240_000 }, async (context) => {
      const repository = `acme/${wrong}`;
      const { number, head } = await tell(stage, repository, wrong);
      stage.twin.model.forgetLog();
      const result = await label(stage, repository, number);
      if ('skipped' in result) return context.skip(`skipped: ${result.skipped}`);
      expect(result.exitCode).toBe(1);
      expect(resultsOf(result)['close']).toBe('failure');
      expect(outputOf(result, 'code'), failureOf(result)).toBe(code);
      expect(git(repository, 'rev-parse', 'topic').trim()).toBe(head);
      const [gate] = gateOf(repository, head);
      expect([gate?.status, gate?.conclusion]).toEqual(['completed', 'failure']);
      expect(gate?.output.title).toContain(code);
      expect(gate?.output.summary).toContain(code);
      expect(stickyOf(repository)[0]?.body).toContain(code);
      const refused =
        wrong === 'forged-verdict'
          ? ['wave/cont-qa']
          : [
              'wave/implementation',
              'wave/cont-eval',
              'wave/security',
              'wave/integration',
              'wave/documentation',
              'wave/cont-qa',
            ];
      for (const name of refused)
        expect(
          stage.twin.model.checkRuns.find((check) => check.repository === repository && check.name === name)
            ?.conclusion,
          name,
        ).toBe('failure');
      stage.twin.model.assertSilence([
        { what: 'check.created', where: { name: 'wave/cont-qa', sha: head, status: 'in_progress' } },
        ...CHECKS.filter((name) => name !== 'wave/cont-qa').map((name) => ({
          what: 'check.created' as const,
          where: { name, sha: head },
        })),
        { what: 'check.updated', where: { name: 'wave/cont-qa', sha: head, conclusion: 'failure' } },
        { what: 'comment.created', where: { issue: number } },
        { what: 'comment.updated', where: { issue: number } },
        { what: 'push', times: 'any', where: { ref: 'refs/heads/wave-state' } },
      ]);
      const ended = journalOf(repository).findLast((entry) => entry.body.type === 'attempt.ended');
      expect(ended?.body).toMatchObject({ outcome: 'refused', code });
    });
});

test('what is tested differs from what ships in `uses:` lines alone', async () => {
  const shipped = await shippedWorkflow();
  const { text } = rewriteWorkflow(shipped, 'acme/wave-orchestration@v1', (job) => job);
  const shown = hideFromAct(shipped).text;
  assertOnlyUsesDiffer(shown, text);
  expect(() => assertOnlyUsesDiffer(shown, text.replace('contents: read', 'contents: write'))).toThrow();
});
