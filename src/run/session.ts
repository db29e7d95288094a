/** What every use case of one attempt holds: the contract in force, where it happens, and where it is written down. */

import {
  type Evidence,
  type FileFact,
  hasMatrix,
  type MatrixFact,
  type ReportFact,
  type TreeFact,
  verdictsInReport,
} from '../closure/index.ts';
import { type Agent, type Contract, readComponentMatrix } from '../contract/index.ts';
import type { Clock, Scratch } from '../host/index.ts';
import {
  type ControlBody,
  factId,
  type InstanceId,
  type JournalStore,
  type NewEntry,
  type RunId,
} from '../journal/index.ts';
import type { Attempt } from '../state/index.ts';
import { orFail } from './failure/index.ts';
import type { Recorder } from './recorder.ts';

export type Session = {
  readonly contract: Contract;
  readonly instance: InstanceId;
  readonly run: RunId;
  readonly attempt: number;
  /** Which time this job runs in its run, from 1: what a re-run job says has ids of its own. */
  readonly take: number;
  /** What the wave starts from. */
  readonly base: { readonly commit: string; readonly tree: string };
  /** The tree of the base branch, whose instruction files agents obey; on a laptop that of `base`. */
  readonly law: string;
  readonly scratch: Scratch;
  readonly recorder: Recorder;
  /** Large bytes by sha256. */
  readonly blobs: Pick<JournalStore, 'putBlob' | 'getBlob'>;
  readonly clock: Clock;
  /** A folder of this attempt alone, outside every repository. */
  readonly workDir: string;
  /** Beside it, what foreign code under isolation may not read, and where it may not write; proven by trying. */
  readonly guarded: { readonly hidden: readonly string[]; readonly unwritable: readonly string[] };
};

/** A session whose own folder is all there is to guard. */
export const NOTHING_ELSE: Session['guarded'] = { hidden: [], unwritable: [] };

export const now = (session: Session): string => session.clock.now().toISOString();

/** A fact of this run, with an id that a second telling shares. */
export const fact = (
  session: Session,
  job: string,
  name: string,
  body: ControlBody,
  at: string = now(session),
): NewEntry => ({
  id: factId(session.run, session.attempt, session.take === 1 ? job : `${job}.r${session.take}`, name),
  at,
  by: { kind: 'orchestrator', run: session.run, job },
  instance: session.instance,
  family: 'control',
  body,
});

export const thisAttempt = (session: Session): Attempt | null => {
  const attempt = session.recorder.state().attempts.get(session.attempt);
  return attempt?.run === session.run ? attempt : null;
};

/** Closure reports: evidence, committed last, left out of the subject tree (design §7). */
export const reportPaths = (contract: Contract): readonly string[] =>
  contract.agents.flatMap((agent) => (agent.reportPath === null ? [] : [agent.reportPath]));

export const subjectOf = async (session: Session, tree: string): Promise<string> =>
  orFail(await session.scratch.withoutPaths(tree, reportPaths(session.contract)), 'the subject tree');

const trees = new WeakMap<Scratch, Map<string, Promise<TreeFact>>>();

/** What a tree holds at the paths the contract declares. Trees never change, so each is read once. */
export const treeFact = (session: Session, tree: string, subject: string): Promise<TreeFact> => {
  const known = trees.get(session.scratch) ?? new Map<string, Promise<TreeFact>>();
  trees.set(session.scratch, known);
  const standing = known.get(tree);
  if (standing !== undefined) return standing;
  const read = (async (): Promise<TreeFact> => {
    const declared = [
      ...new Set(
        session.contract.agents.flatMap((agent) =>
          [...agent.deliverables, ...agent.proofArtifacts].map((one) => one.path),
        ),
      ),
    ];
    const files = new Map<string, FileFact>();
    const entries = orFail(await session.scratch.listTree(tree, declared), 'the declared files in the tree');
    const blobs = [...entries].filter(([, entry]) => entry.mode.startsWith('100'));
    const sizes = orFail(
      await session.scratch.sizes(blobs.map(([, { oid }]) => oid)),
      'the declared files in the tree',
    );
    for (const [path, { mode, oid }] of blobs) {
      const size = sizes.get(oid);
      if (size !== undefined) files.set(path, { mode, oid, size });
    }
    return { tree, subject, files };
  })();
  known.set(tree, read);
  return read;
};

const reportOf = async (session: Session, attempt: Attempt, agent: Agent): Promise<ReportFact | null> => {
  const admission = attempt.admissions.get(agent.id);
  if (
    agent.reportPath === null ||
    admission?.kind !== 'admitted' ||
    !admission.paths.includes(agent.reportPath)
  )
    return null;
  const bytes = await session.scratch.readFileAt(admission.tree, agent.reportPath);
  return bytes.ok && bytes.value !== null
    ? { path: agent.reportPath, verdicts: verdictsInReport(bytes.value.toString('utf8')) }
    : null;
};

const MAX_MATRIX_BYTES = 1024 * 1024;
const matrices = new WeakMap<Scratch, Map<string, Promise<MatrixFact>>>();

/** The component matrix of a tree, read once; not looked for where the wave has nothing to do with one. */
const matrixOf = ({ contract, scratch }: Session, tree: string): Promise<MatrixFact> => {
  if (!hasMatrix(contract)) return Promise.resolve({ kind: 'missing' });
  const known = matrices.get(scratch) ?? new Map<string, Promise<MatrixFact>>();
  matrices.set(scratch, known);
  const path = contract.config.paths.componentMatrix;
  const read = async (): Promise<MatrixFact> => {
    const bytes = orFail(await scratch.readFileAt(tree, path), path);
    if (bytes === null) return { kind: 'missing' };
    if (bytes.length > MAX_MATRIX_BYTES) return { kind: 'invalid', problem: 'larger than 1 MiB' };
    const { matrix, diagnostics } = readComponentMatrix({ path, text: bytes.toString('utf8') });
    if (matrix !== null) return { kind: 'read', matrix };
    const [first] = diagnostics;
    return {
      kind: 'invalid',
      problem: first === undefined ? 'cannot be read' : `line ${first.at.line}: ${first.message}`,
    };
  };
  const standing = known.get(tree) ?? read();
  known.set(tree, standing);
  return standing;
};

/** The evidence of this run, read off its trees; `ships` only at close. */
export const evidenceOf = async (
  session: Session,
  close?: { readonly ships: TreeFact; readonly waveDigest: string; readonly policyDigest: string },
): Promise<Evidence> => {
  const attempt = thisAttempt(session);
  const { implementation = null, documentation = null } = attempt?.trees ?? {};
  const t0 =
    implementation === null ? null : await treeFact(session, implementation.tree, implementation.subject);
  const t1 = documentation === null ? t0 : await treeFact(session, documentation.tree, documentation.subject);
  const reports = new Map<string, ReportFact>();
  if (attempt !== null)
    for (const agent of session.contract.agents) {
      const report = await reportOf(session, attempt, agent);
      if (report !== null) reports.set(agent.id, report);
    }
  return {
    run: session.run,
    attempt: session.attempt,
    waveDigest: close?.waveDigest ?? session.contract.digests.wave,
    policyDigest: close?.policyDigest ?? session.contract.digests.policy,
    implementation: t0,
    candidate: t1 ?? { tree: session.base.tree, subject: session.base.tree, files: new Map() },
    ships: close?.ships ?? null,
    reports,
    matrix: await matrixOf(session, t1?.tree ?? session.base.tree),
  };
};
