/**
 * The state branch as this process has verified it. Each look fetches the tip, proves that it descends from the tip
 * known before by commits that only add, and refuses everything else. Nothing is ever checked out.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Refused } from '../../journal/index.ts';
import { openScratch, type PushOutcome, type RemoteAuth, type Scratch } from '../git/index.ts';
import { output, type Repository } from '../git/repository.ts';
import { buildCommit, type CommitPlan } from './state-objects.ts';
import { commitProblem, parseLog, type StateCommit, type TreeFile, treeProblem } from './state-tree.ts';

export type StateRemoteOptions = {
  /** Absolute path or https URL. */
  readonly remote: string;
  readonly branch: string;
  readonly auth?: RemoteAuth;
  readonly workDir: string;
  readonly tip: string | null | undefined;
  readonly networkEnv?: Readonly<Record<string, string | undefined>>;
  readonly callTimeoutMs: number;
};

/** The verified branch: its tip, null before its first commit, and every file by path. */
export type Verified = {
  readonly kind: 'verified';
  readonly tip: string | null;
  readonly files: ReadonlyMap<string, string>;
};
export type StateRemote = {
  /** Looks where the branch stands on the remote; what is new is fetched and verified. */
  look(): Promise<Verified | Refused>;
  /** The branch as the last look or publication left it. */
  current(): Verified;
  /** Whether the verified tip has `commit` behind it. */
  descendsFrom(commit: string): Promise<Refused | null>;
  readBlobs(oids: readonly string[]): Promise<ReadonlyMap<string, Buffer>>;
  /** Builds the commit and pushes it plainly; on `ok` it is the verified tip. */
  publish(plan: CommitPlan): Promise<PushOutcome | Refused>;
};

/** How far behind the tip a known commit is looked for; further is the same as gone. */
const DEPTHS = [1, 32, 512, 4096, 16_384] as const;
const TIP_REF = 'refs/wave/tip';
const MAX_RECENT_BLOBS = 32;

const isKnown = (pair: readonly [string, Buffer | undefined]): pair is readonly [string, Buffer] =>
  pair[1] !== undefined;

const refused = (code: Refused['code'], message: string, fix: string): Refused => ({
  kind: 'refused',
  code,
  message,
  fix,
});

const rewritten = (anchor: string, tip: string): Refused =>
  refused(
    'history-rewritten',
    `the state branch is at ${tip}, which does not descend from ${anchor}`,
    'Somebody force-pushed or re-created it. Gates stay closed; a maintainer restores the branch or starts a new instance.',
  );

const failed = (what: string, code: string, message: string): Refused =>
  refused(
    'unreachable',
    `${what}: ${code}: ${message}`,
    'Check the remote, the network and that the token has `contents: read`.',
  );

export const stateRemote = (options: StateRemoteOptions): StateRemote => {
  const { remote, branch, tip: told } = options;
  const ref = `refs/heads/${branch}`;
  const auth = options.auth === undefined ? {} : { auth: options.auth };
  let opened: Promise<Scratch | Refused> | undefined;
  let known: { tip: string; files: Map<string, string> } | null = null;
  /** Nobody else was seen to write of late, so that most likely there is nothing to fetch. */
  let alone = true;
  const verifiedTips = new Set<string>();
  /** Blobs just read or written: the next append looks at the last segments again. */
  const recent = new Map<string, Buffer>();

  const open = async (): Promise<Scratch | Refused> => {
    const networkEnv = options.networkEnv === undefined ? {} : { networkEnv: options.networkEnv };
    const scratch = await openScratch(options.workDir, networkEnv);
    return scratch.ok ? scratch.value : failed('git', scratch.code, scratch.message);
  };
  const scratchNow = (): Promise<Scratch | Refused> => {
    opened ??= open();
    return opened;
  };
  const repositoryOf = (scratch: Scratch): Repository => ({ dir: scratch.dir, networkEnv: {} });

  /** The tip at `depth`; null when the remote has no such branch. */
  const fetchTip = async (scratch: Scratch, depth: number): Promise<string | null | Refused> => {
    const fetched = await scratch.fetchFrom(remote, [`+${ref}:${TIP_REF}`], {
      ...auth,
      depth,
      strict: true,
      timeoutMs: options.callTimeoutMs,
    });
    if (!fetched.ok) {
      return fetched.code === 'ref-not-found'
        ? null
        : failed(`fetching ${branch}`, fetched.code, fetched.message);
    }
    const tip = await scratch.commitOf(TIP_REF);
    return tip.ok ? tip.value : failed(`fetching ${branch}`, tip.code, tip.message);
  };

  const isShallow = async (scratch: Scratch): Promise<boolean> =>
    readFile(join(scratch.dir, 'shallow'), 'utf8').then(
      (text) => text.trim() !== '',
      () => false,
    );

  /** Commits from the tip back to `anchor`, without it; null when they do not lead there (yet). */
  const commitsSince = async (
    scratch: Scratch,
    anchor: string,
    tip: string,
  ): Promise<StateCommit[] | Refused | null> => {
    if (!(await scratch.commitOf(anchor)).ok) return null;
    const args = [
      'log',
      '--topo-order',
      '--raw',
      '-r',
      '-m',
      '--no-renames',
      '--no-abbrev',
      '--format=commit %H %P',
    ];
    const log = await output(repositoryOf(scratch), [...args, tip, `^${anchor}`, '--']);
    if (!log.ok) return failed('reading the state branch', log.code, log.message);
    const commits = parseLog(log.value.toString('utf8'));
    let expected = tip;
    for (const commit of commits) {
      if (commit.oid !== expected) return null;
      if (commit.parents.length > 1) {
        const message = `commit ${commit.oid} on the state branch is a merge; the branch is one line`;
        return refused('history-rewritten', message, 'A maintainer must look at that commit.');
      }
      expected = commit.parents[0] ?? '';
    }
    return expected === anchor ? commits : null;
  };

  const filesOf = async (scratch: Scratch, tip: string): Promise<readonly TreeFile[] | Refused> => {
    const tree = await scratch.treeOf(tip);
    const listed = tree.ok ? await scratch.listTree(tree.value) : tree;
    return listed.ok
      ? [...listed.value].map(([path, entry]) => ({ path, ...entry }))
      : failed('reading the state branch', listed.code, listed.message);
  };

  /** Deepens until the way from the tip to `anchor` is here. The tip may move on meanwhile. */
  const chainTo = async (
    scratch: Scratch,
    anchor: string,
    first: string,
    fetchedDepth: number,
  ): Promise<{ tip: string; commits: StateCommit[] } | Refused | null> => {
    let tip = first;
    for (const depth of DEPTHS) {
      if (depth > fetchedDepth) {
        const deeper = await fetchTip(scratch, depth);
        if (deeper === null || typeof deeper === 'object') return deeper;
        tip = deeper;
      } else if (depth < fetchedDepth) continue;
      const commits = tip === anchor ? [] : await commitsSince(scratch, anchor, tip);
      if (commits !== null) return 'kind' in commits ? commits : { tip, commits };
      if (!(await isShallow(scratch))) break;
    }
    return rewritten(anchor, tip);
  };

  const missing = (): Verified | Refused =>
    known === null && told === null
      ? { kind: 'verified', tip: null, files: new Map() }
      : refused(
          'state-missing',
          `${remote} has no branch ${branch}, and there was one`,
          'Restore the branch from a copy. It is not made again: that would forget what stands in it.',
        );

  const look = async (): Promise<Verified | Refused> => {
    const scratch = await scratchNow();
    if ('kind' in scratch) return scratch;
    if (known !== null && alone) {
      // To hear that nobody else wrote costs less than a fetch that brings nothing.
      const now = await scratch.refAt(remote, ref, { ...auth, timeoutMs: options.callTimeoutMs });
      if (!now.ok) return failed(`looking at ${branch}`, now.code, now.message);
      if (now.value === null) return missing();
      if (now.value === known.tip) return { kind: 'verified', tip: known.tip, files: known.files };
    }
    // Whoever was told a tip has to find the way back to it: mostly a few commits.
    const depth = known === null && (told ?? null) === null ? 1 : 32;
    let tip = await fetchTip(scratch, depth);
    if (tip === null) return missing();
    if (typeof tip === 'object') return tip;
    alone = known === null || tip === known.tip;
    if (known !== null && tip === known.tip) return { kind: 'verified', tip, files: known.files };
    const anchor = known?.tip ?? told ?? null;
    let commits: StateCommit[] = [];
    if (anchor !== null) {
      const chain = await chainTo(scratch, anchor, tip, depth);
      if (chain === null) return missing();
      if ('kind' in chain) return chain;
      ({ tip, commits } = chain);
    }
    for (const commit of commits) {
      const problem = commitProblem(commit);
      if (problem !== null) return problem;
    }
    if (known === null) {
      const files = await filesOf(scratch, tip);
      if ('kind' in files) return files;
      const problem = treeProblem(files);
      if (problem !== null) return problem;
      known = { tip, files: new Map(files.map(({ path, oid }) => [path, oid])) };
    } else {
      for (const { changes } of commits) for (const { path, oid } of changes) known.files.set(path, oid);
      known.tip = tip;
    }
    for (const { oid } of commits) verifiedTips.add(oid);
    if (anchor !== null) verifiedTips.add(anchor);
    verifiedTips.add(tip);
    return { kind: 'verified', tip, files: known.files };
  };

  const descendsFrom = async (commit: string): Promise<Refused | null> => {
    if (verifiedTips.has(commit)) return null;
    if (known === null)
      return refused('state-missing', `no state branch, but it was at ${commit}`, 'Restore the branch.');
    const scratch = await scratchNow();
    if ('kind' in scratch) return scratch;
    if (!/^[0-9a-f]{40}$/.test(commit)) return rewritten(commit.slice(0, 80), known.tip);
    // The tip verified before this stays the anchor: what was fetched since is judged at the next look.
    const chain = await chainTo(scratch, commit, known.tip, 1);
    if (chain === null) return missing() as Refused;
    if ('kind' in chain) return chain;
    verifiedTips.add(commit);
    for (const { oid } of chain.commits) verifiedTips.add(oid);
    return chain.commits.map(commitProblem).find((problem) => problem !== null) ?? null;
  };

  const publish = async (plan: CommitPlan): Promise<PushOutcome | Refused> => {
    const scratch = await scratchNow();
    if ('kind' in scratch) return scratch;
    const built = await buildCommit(scratch, plan);
    if (!built.ok) return failed('building a commit', built.code, built.message);
    const { commit, blobs } = built.value;
    const pushed = await scratch.push(remote, commit, ref, { ...auth, timeoutMs: options.callTimeoutMs });
    if (!pushed.ok) return failed(`pushing ${branch}`, pushed.code, pushed.message);
    if (pushed.value.kind !== 'ok') {
      alone = false;
      return pushed.value;
    }
    known ??= { tip: commit, files: new Map() };
    known.tip = commit;
    for (const [path, oid] of blobs) known.files.set(path, oid);
    for (const { path, bytes } of plan.files) remember(blobs.get(path) ?? '', Buffer.from(bytes));
    verifiedTips.add(commit);
    return pushed.value;
  };

  const remember = (oid: string, bytes: Buffer): void => {
    recent.set(oid, bytes);
    for (const oldest of recent.keys()) if (recent.size > MAX_RECENT_BLOBS) recent.delete(oldest);
  };

  const readBlobs = async (oids: readonly string[]): Promise<ReadonlyMap<string, Buffer>> => {
    const found = new Map(oids.flatMap((oid) => [[oid, recent.get(oid)] as const]).filter(isKnown));
    const others = oids.filter((oid) => !found.has(oid));
    if (others.length === 0) return found;
    const scratch = await scratchNow();
    if ('kind' in scratch) return found;
    const read = await scratch.readBlobs(others);
    if (!read.ok) throw new Error(`git cat-file: ${read.message}`);
    for (const [oid, bytes] of read.value) {
      found.set(oid, bytes);
      if (others.length <= MAX_RECENT_BLOBS) remember(oid, bytes);
    }
    return found;
  };

  const current = (): Verified => ({
    kind: 'verified',
    tip: known?.tip ?? null,
    files: known?.files ?? new Map(),
  });

  return { look, current, descendsFrom, readBlobs, publish };
};
