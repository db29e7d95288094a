/**
 * GitHub's state, as data, with the few operations a test or a route needs. Everything is readable; change it
 * through the operations so that the log and the pull request heads stay true.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { git } from './git.ts';
import {
  addCommit,
  createBareRepository,
  type NewCommit,
  protectRef,
  resolveCommit,
} from './repositories.ts';
import type { Permissions } from './scopes.ts';
import { type Allowed, silenceReport } from './silence.ts';
import type {
  Artifact,
  CheckRun,
  Comment,
  Dispatch,
  FaultFunction,
  Identity,
  Job,
  LogEntry,
  PullRequest,
  Repository,
  Role,
  User,
  WorkflowRun,
} from './types.ts';

export type NewRepository = {
  readonly fullName: string;
  readonly defaultBranch?: string;
  readonly private?: boolean;
  readonly forkOf?: string;
  readonly roles?: Readonly<Record<string, Role>>;
};

export type NewPullRequest = {
  readonly head: string;
  /** `owner/name` of the fork the head is in; the same repository without it. */
  readonly headRepository?: string;
  readonly base?: string;
  readonly title?: string;
  readonly body?: string;
  readonly user?: string;
  readonly authorAssociation?: string;
  readonly labels?: readonly string[];
};

export type NewToken = {
  readonly run?: string;
  readonly job?: string;
  readonly permissions: Permissions;
  readonly login?: string;
  readonly repository?: string;
  /** May push workflow files, as a personal or App token can. Default no. */
  readonly workflows?: boolean;
};

export type Model = ReturnType<typeof createModel>;

/** The App every `GITHUB_TOKEN` belongs to. */
export const ACTIONS_APP = { id: 15_368, slug: 'github-actions', name: 'GitHub Actions' } as const;
const ACTIONS_BOT = 'github-actions[bot]';

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * An empty GitHub whose repositories live under `root`. Its clock starts at `epoch` and goes one second further
 * with every change, so that no test depends on the wall clock.
 */
export function createModel(root: string, epoch = '2026-01-01T00:00:00Z') {
  const start = Date.parse(epoch);
  let ticks = 0;
  let lastId = 1000;
  const repositories = new Map<string, Repository>();
  const users = new Map<string, User>();
  const tokens = new Map<string, Identity>();
  const runtimeTokens = new Map<string, { readonly run: string; readonly job: string }>();
  const pulls: PullRequest[] = [];
  const comments: Comment[] = [];
  const checkRuns: CheckRun[] = [];
  const dispatches: Dispatch[] = [];
  const runs: WorkflowRun[] = [];
  const jobs: Job[] = [];
  const artifacts: Artifact[] = [];
  const log: LogEntry[] = [];
  /** Fault knobs, one per channel. */
  const faults: { rest: FaultFunction; git: FaultFunction; artifact: FaultFunction; blob: FaultFunction } = {
    rest: () => 'pass',
    git: () => 'pass',
    artifact: () => 'pass',
    blob: () => 'pass',
  };
  /** The primary REST limit of a `GITHUB_TOKEN`, per hour and repository; `used` counts every REST request. */
  const rateLimit = { limit: 1000, used: 0 };
  /** Calls by name, for example `rest:GET /repos/:owner/:repo/pulls/:number` or `artifact:ListArtifacts`. */
  const calls = new Map<string, number>();

  const now = (): string => new Date(start + ticks * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
  const tick = (): string => {
    ticks += 1;
    return now();
  };
  const nextId = (): number => {
    lastId += 1;
    return lastId;
  };

  const repository = (fullName: string): Repository => {
    const found = repositories.get(fullName);
    if (found === undefined)
      throw new Error(`The twin has no repository ${fullName}; call model.addRepository first.`);
    return found;
  };
  const user = (login: string): User => {
    const known = users.get(login);
    if (known !== undefined) return known;
    const bot = login.endsWith('[bot]');
    const made: User = {
      id: login === ACTIONS_BOT ? 41_898_282 : nextId(),
      login,
      type: bot ? 'Bot' : 'User',
    };
    users.set(login, made);
    return made;
  };

  const addRepository = async (wanted: NewRepository): Promise<Repository> => {
    const [owner, name] = wanted.fullName.split('/');
    if (!owner || !name) throw new Error(`${wanted.fullName} is no owner/name`);
    const defaultBranch = wanted.defaultBranch ?? 'main';
    const parent = wanted.forkOf === undefined ? null : repository(wanted.forkOf).gitDir;
    const made: Repository = {
      id: nextId(),
      owner,
      name,
      fullName: wanted.fullName,
      defaultBranch,
      private: wanted.private ?? false,
      forkOf: wanted.forkOf ?? null,
      gitDir: await createBareRepository(root, wanted.fullName, defaultBranch, parent),
      roles: new Map(Object.entries(wanted.roles ?? {})),
    };
    repositories.set(made.fullName, made);
    return made;
  };

  /** Open pull requests follow their head branch after a push, as on GitHub. */
  const followHead = async (fullName: string, branch: string, head: string): Promise<void> => {
    for (const pull of pulls) {
      if (pull.headRepository !== fullName || pull.headRef !== branch || pull.state !== 'open') continue;
      if (head !== pull.headSha) {
        pull.headSha = head;
        pull.updatedAt = tick();
      }
      const base = repository(pull.repository);
      const ref = `refs/pull/${pull.number}/head`;
      if (base.fullName !== fullName)
        await git(base.gitDir, 'fetch', '-q', repository(fullName).gitDir, `+${head}:${ref}`);
      else await git(base.gitDir, 'update-ref', ref, head);
    }
  };

  const openPullRequest = async (fullName: string, wanted: NewPullRequest): Promise<PullRequest> => {
    const base = repository(fullName);
    const headRepository = wanted.headRepository ?? fullName;
    const headSha = await resolveCommit(repository(headRepository).gitDir, `refs/heads/${wanted.head}`);
    if (headSha === null)
      throw new Error(`${headRepository} has no branch ${wanted.head}; call model.commit first.`);
    const at = tick();
    const numbers = pulls.filter((pull) => pull.repository === fullName).length;
    const pull: PullRequest = {
      id: nextId(),
      number: numbers + 1,
      repository: fullName,
      title: wanted.title ?? 'A change',
      body: wanted.body ?? null,
      state: 'open',
      draft: false,
      merged: false,
      headRepository,
      headRef: wanted.head,
      headSha,
      baseRef: wanted.base ?? base.defaultBranch,
      user: user(wanted.user ?? 'author'),
      authorAssociation: wanted.authorAssociation ?? 'CONTRIBUTOR',
      labels: [...(wanted.labels ?? [])],
      createdAt: at,
      updatedAt: at,
    };
    pulls.push(pull);
    await followHead(headRepository, wanted.head, headSha);
    return pull;
  };

  /** A commit made by the test itself (no token, not in the log). Heads follow. */
  const commit = async (fullName: string, wanted: NewCommit): Promise<string> => {
    const sha = await addCommit(repository(fullName).gitDir, wanted);
    tick();
    await followHead(fullName, wanted.branch, sha);
    return sha;
  };

  /** A comment by a person, or by a token when `by` says so. `issue` is the pull request's number. */
  const addComment = (
    fullName: string,
    wanted: { issue: number; body: string; login: string; authorAssociation?: string; by?: Comment['by'] },
  ): Comment => {
    const at = tick();
    const made: Comment = {
      id: nextId(),
      repository: fullName,
      issue: wanted.issue,
      body: wanted.body,
      user: user(wanted.login),
      createdAt: at,
      updatedAt: at,
      authorAssociation: wanted.authorAssociation ?? 'NONE',
      by: wanted.by ?? null,
    };
    comments.push(made);
    return made;
  };

  const addRun = (wanted: Partial<WorkflowRun> & { readonly repository: string }): WorkflowRun => {
    const made: WorkflowRun = {
      id: String(nextId()),
      workflow: '.github/workflows/wave.yml',
      event: 'workflow_dispatch',
      attempt: 1,
      headSha: '0'.repeat(40),
      headBranch: repository(wanted.repository).defaultBranch,
      status: 'in_progress',
      conclusion: null,
      createdAt: tick(),
      ...wanted,
    };
    runs.push(made);
    return made;
  };
  const addJob = (wanted: { readonly run: string; readonly key: string; readonly name?: string }): Job => {
    const name = wanted.name ?? wanted.key;
    const made: Job = {
      id: nextId(),
      run: wanted.run,
      key: wanted.key,
      name,
      status: 'in_progress',
      conclusion: null,
    };
    jobs.push(made);
    return made;
  };

  /** A token of the shape GitHub's installation tokens have. Scopes that are not named are none. */
  const mintToken = (wanted: NewToken): string => {
    const token = `ghs_${randomBytes(18).toString('hex')}`;
    tokens.set(token, {
      token,
      login: wanted.login ?? ACTIONS_BOT,
      run: wanted.run ?? '1',
      job: wanted.job ?? 'job',
      repository: wanted.repository ?? null,
      permissions: wanted.permissions,
      workflows: wanted.workflows ?? false,
    });
    return token;
  };
  /** The token of the artifact service: a JWT whose `scp` names the run and the job. */
  const mintRuntimeToken = (wanted: { readonly run: string; readonly job: string }): string => {
    const claims = { scp: `Actions.Results:${wanted.run}:${wanted.job}`, iat: Math.floor(start / 1000) };
    const signature = randomBytes(32).toString('base64url');
    const token = `${base64url({ alg: 'RS256', typ: 'JWT' })}.${base64url(claims)}.${signature}`;
    runtimeTokens.set(token, { run: wanted.run, job: wanted.job });
    return token;
  };

  const record = (entry: Omit<LogEntry, 'seq' | 'at'>): LogEntry => {
    const made: LogEntry = { seq: log.length + 1, at: entry.kind === 'call' ? now() : tick(), ...entry };
    log.push(made);
    return made;
  };
  const count = (name: string): void => {
    calls.set(name, (calls.get(name) ?? 0) + 1);
  };

  /**
   * Throws when something was changed, refused or asked for that `allowed` does not name, and when something it
   * names did not happen. Reads that succeed are always fine.
   */
  const assertSilence = (allowed: readonly Allowed[] = []): void => {
    const report = silenceReport(log, allowed);
    if (report !== null) throw new Error(report);
  };
  /** Forgets the log so far, for a test with several acts. */
  const forgetLog = (): void => {
    log.length = 0;
  };

  const blobKey = randomBytes(16);
  /** What makes a blob URL of an artifact good: the `sig` of its query. */
  const blobSignature = (artifact: number): string =>
    createHmac('sha256', blobKey).update(String(artifact)).digest('base64url');

  user(ACTIONS_BOT);
  return {
    root,
    repositories,
    users,
    tokens,
    runtimeTokens,
    pulls,
    comments,
    checkRuns,
    dispatches,
    runs,
    jobs,
    artifacts,
    log,
    faults,
    rateLimit,
    calls,
    now,
    tick,
    nextId,
    repository,
    user,
    addRepository,
    commit,
    openPullRequest,
    followHead,
    addComment,
    addRun,
    addJob,
    mintToken,
    mintRuntimeToken,
    blobSignature,
    record,
    count,
    assertSilence,
    forgetLog,
    /** Makes every push to a ref fail with a message such as `GH013: Repository rule violations found`. */
    protect: (fullName: string, ref: string, message: string): Promise<void> =>
      protectRef(repository(fullName).gitDir, ref, message),
  };
}
