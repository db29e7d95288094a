/**
 * An honest history of a wave that closes, and nothing in it that closing does not need. A test of a refusal is this
 * history plus one named change.
 */
import type { Evidence, MatrixFact, ReportFact, Step, TreeFact } from '../../src/closure/index.ts';
import { type AgentId, type Contract, STAGES, type StewardRole } from '../../src/contract/index.ts';
import type { Entry, Oid, Signal } from '../../src/journal/index.ts';
import { fold, stateDigest } from '../../src/state/index.ts';
import { contractOf, digest, oid } from './contract.ts';
import { fact, placed, RUN, signalled } from './entries.ts';

/** What a run finds in its own git, beside the journal. */
export type World = {
  readonly trees: ReadonlyMap<Oid, TreeFact>;
  readonly reports: ReadonlyMap<AgentId, ReportFact>;
  /** The component matrix as documentation leaves it. */
  readonly matrix: MatrixFact;
  /** What would be published; null before close. */
  readonly ships: TreeFact | null;
  readonly run: string;
  readonly attempt: number;
  readonly waveDigest: string;
  readonly policyDigest: string;
};

/** One step of the driver and what it left in the journal. */
export type Chapter = {
  readonly step: Step['do'];
  readonly stage?: StewardRole;
  readonly entries: readonly Entry[];
};

export type History = {
  readonly contract: Contract;
  readonly entries: readonly Entry[];
  readonly world: World;
  readonly evidence: Evidence;
};
export type HonestHistory = History & { readonly chapters: readonly Chapter[] };

export const BASE = oid('b');
export const T0 = oid('c');
export const T1 = oid('d');
export const SHIPPED = oid('e');
export const T0_SUBJECT = oid('3');
export const T1_SUBJECT = oid('4');

/** What the evaluating run establishes, read off the journal's trees as the product does it. */
export const evidenceOf = (contract: Contract, entries: readonly Entry[], world: World): Evidence => {
  const attempt = fold(contract, entries).attempts.get(world.attempt);
  const mine = attempt?.run === world.run ? attempt : undefined;
  const tree = (fixed: { tree: Oid } | null | undefined): TreeFact | null =>
    fixed === null || fixed === undefined ? null : (world.trees.get(fixed.tree) ?? null);
  const implementation = tree(mine?.trees.implementation);
  const reports = new Map<AgentId, ReportFact>();
  for (const [agent, report] of world.reports) {
    const admission = mine?.admissions.get(agent);
    if (admission?.kind === 'admitted' && admission.paths.includes(report.path)) reports.set(agent, report);
  }
  return {
    run: world.run,
    attempt: world.attempt,
    waveDigest: world.waveDigest,
    policyDigest: world.policyDigest,
    implementation,
    candidate: tree(mine?.trees.documentation) ??
      implementation ?? { tree: BASE, subject: BASE, files: new Map() },
    ships: world.ships,
    reports,
    // Before documentation has spoken the matrix is what it was.
    matrix:
      mine?.trees.documentation === null || mine === undefined ? matrixFact(contract, {}) : world.matrix,
  };
};

/** The matrix before the wave with some levels set; missing where there is none. */
export const matrixFact = (contract: Contract, levels: Readonly<Record<string, string>>): MatrixFact => {
  const before = contract.componentMatrix;
  if (before === null) return { kind: 'missing' };
  const components = new Map(before.components);
  for (const [component, currentLevel] of Object.entries(levels))
    components.set(component, { currentLevel, promotions: [] });
  return { kind: 'read', matrix: { ...before, components } };
};

export const historyOf = (contract: Contract, entries: readonly Entry[], world: World): History => ({
  contract,
  entries,
  world,
  evidence: evidenceOf(contract, entries, world),
});

export const SIGNALS = {
  proof: {
    kind: 'proof',
    completion: 'integrated',
    durability: 'durable',
    proof: 'integration',
    state: 'met',
  },
  docDelta: { kind: 'doc-delta', state: 'owned', paths: ['docs/a.md'] },
  eval: {
    kind: 'eval',
    state: 'satisfied',
    targets: 2,
    benchmarks: 2,
    regressions: 0,
    targetIds: ['round-trip', 'speed'],
    benchmarkIds: ['parse-back', 'p99'],
  },
  security: { kind: 'security', state: 'clear', findings: 0, approvals: 0 },
  integration: { kind: 'integration', state: 'ready-for-doc-closure', claims: 1, conflicts: 0, blockers: 0 },
  docClosure: { kind: 'doc-closure', state: 'closed', paths: ['docs/a.md'] },
  gate: {
    kind: 'gate',
    architecture: 'pass',
    integration: 'pass',
    durability: 'pass',
    live: 'pass',
    docs: 'pass',
  },
  verdict: { kind: 'verdict', verdict: 'pass' },
} as const satisfies Readonly<Record<string, Signal>>;

const SAYS: Readonly<Record<StewardRole, readonly Signal[]>> = {
  'cont-eval': [SIGNALS.eval],
  security: [SIGNALS.security],
  integration: [SIGNALS.integration],
  documentation: [SIGNALS.docClosure],
  'cont-qa': [SIGNALS.gate, SIGNALS.verdict],
};

export const finishedBody = (agent: AgentId, baseTree = BASE, attempt = 1) =>
  ({
    type: 'agent.finished',
    attempt,
    agent,
    executor: 'local',
    isolation: 'none',
    exit: { kind: 'exited', code: 0 },
    durationMs: 1000,
    usage: 'unknown',
    patch: { sha256: digest('a'), files: 1, added: 3, removed: 0 },
    baseTree,
  }) as const;

export const proofBody = (subject: Oid, run: string, code = 0, attempt = 1) =>
  ({
    type: 'proof.recorded',
    attempt,
    subject,
    run,
    argv: run.split(' '),
    exit: { kind: 'exited', code },
    durationMs: 500,
    output: digest('f'),
    tail: code === 0 ? '12 passing' : '11 passing\n1 failing: rounds half up\n',
    testsChanged: [],
  }) as const;

export type HonestOptions = {
  readonly contract?: Contract;
  /** Whether the documentation steward changed something: then what ships is T1, and is proved again. */
  readonly docs?: 'changed' | 'unchanged';
};

/** A1 and A2 build, A9 documents, A0 judges, and whoever else the contract has. */
export const honest = (options: HonestOptions = {}): HonestHistory => {
  const contract = options.contract ?? contractOf(['A1', 'A2', 'A9', 'A0']);
  const changed = options.docs !== 'unchanged' && contract.agents.some((one) => one.role === 'documentation');
  const chapters: Chapter[] = [];
  let last = 0;
  const write = (step: Step['do'], entries: readonly Entry[], stage?: StewardRole): void => {
    chapters.push({ step, ...(stage === undefined ? {} : { stage }), entries: placed(entries, last + 1) });
    last += entries.length;
  };
  const soFar = (): readonly Entry[] => chapters.flatMap((one) => one.entries);
  const admitted = (agent: AgentId, tree: Oid, paths: readonly string[]): Entry =>
    fact(agent, 'admission', { type: 'patch.admitted', attempt: 1, agent, patch: digest('a'), tree, paths });
  const proofs = (subject: Oid): readonly Entry[] =>
    contract.verify.map(({ run }, i) =>
      fact('prove', `${subject.slice(0, 4)}-${i}`, proofBody(subject, run)),
    );

  const builders = contract.agents.filter((one) => one.role === 'implementation');
  const targets = Object.fromEntries(contract.promotions.map((one) => [one.component, one.target]));
  write('run-agents', [
    fact('plan', 'attempt', {
      type: 'attempt.started',
      attempt: 1,
      base: oid('a'),
      baseTree: BASE,
      agents: builders.map((one) => one.id),
      waveDigest: contract.digests.wave,
      policyDigest: contract.digests.policy,
    }),
    ...builders.flatMap(({ id, exitContract, components }) => [
      signalled(id, 1, SIGNALS.proof),
      ...(exitContract?.docImpact === undefined ? [] : [signalled(id, 2, SIGNALS.docDelta)]),
      ...components.map((component, i) =>
        signalled(id, 10 + i, {
          kind: 'component',
          component,
          level: targets[component] ?? 'repo-landed',
          state: 'met',
        }),
      ),
      fact(id, 'finished', finishedBody(id)),
    ]),
  ]);
  write('admit', [
    ...builders.map((one) =>
      admitted(
        one.id,
        T0,
        one.deliverables.map(({ path }) => path),
      ),
    ),
    fact('trees', 'implementation', {
      type: 'tree.fixed',
      attempt: 1,
      stage: 'implementation',
      tree: T0,
      subject: T0_SUBJECT,
    }),
  ]);
  const proved = new Set<Oid>();
  const prove = (subject: Oid): void => {
    if (contract.verify.length > 0 && !proved.has(subject)) write('prove', proofs(subject));
    proved.add(subject);
  };
  let subject = T0_SUBJECT;
  for (const stage of STAGES) {
    const agents = contract.agents.filter((one) => one.role === stage);
    if (agents.length === 0) continue;
    prove(subject);
    const tree = subject === T1_SUBJECT ? T1 : T0;
    const doing = agents.flatMap((one) => [
      ...SAYS[stage].map((signal, i) => signalled(one.id, i + 1, signal)),
      fact(one.id, 'finished', finishedBody(one.id, tree)),
      admitted(one.id, tree, one.reportPath === null ? ['docs/a.md'] : [one.reportPath]),
    ]);
    const given = stage === 'cont-qa' ? subject : T0_SUBJECT;
    if (stage === 'documentation' && changed) {
      const body = { type: 'tree.fixed', attempt: 1, stage, tree: T1, subject: T1_SUBJECT } as const;
      doing.push(fact('trees', stage, body));
      subject = T1_SUBJECT;
    }
    const judged = fact(stage, 'judged', {
      type: 'stage.judged',
      attempt: 1,
      stage,
      agents: agents.map((one) => one.id),
      subject: given,
      waveDigest: contract.digests.wave,
      policyDigest: contract.digests.policy,
      stateDigest: stateDigest(contract, fold(contract, [...soFar(), ...placed(doing, last + 1)]), stage),
    });
    write('run-stage', [...doing, judged], stage);
  }
  prove(subject);

  const files = new Map(
    contract.agents.flatMap((one) =>
      [...one.deliverables, ...one.proofArtifacts].map(
        ({ path }) => [path, { mode: '100644', oid: oid('7'), size: 40 }] as const,
      ),
    ),
  );
  const world: World = {
    trees: new Map([
      [T0, { tree: T0, subject: T0_SUBJECT, files }],
      [T1, { tree: T1, subject: T1_SUBJECT, files }],
    ]),
    reports: new Map(
      contract.agents.flatMap(({ id, reportPath, role }) =>
        reportPath === null
          ? []
          : [[id, { path: reportPath, verdicts: role === 'cont-qa' ? (['pass'] as const) : [] }] as const],
      ),
    ),
    matrix: matrixFact(contract, targets),
    ships: { tree: SHIPPED, subject, files },
    run: RUN,
    attempt: 1,
    waveDigest: contract.digests.wave,
    policyDigest: contract.digests.policy,
  };
  return { ...historyOf(contract, soFar(), world), chapters };
};
