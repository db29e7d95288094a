/**
 * `integration/wave-<n>.json` and `.md`: what has to fit together before documentation closes, each fact with the entry
 * it comes from (coordination.md §5.7). The steward's word is ANDed with what is open, never ORed.
 */
import type { AgentId } from '../../contract/index.ts';
import type { EntryId, RecordKind } from '../../journal/index.ts';
import { type CoordinationRecord, handle, obligationsAt } from '../../state/index.ts';
import { safeInline } from '../markdown-safe.ts';
import { clip, visible } from '../text.ts';
import { asker, endedWell, exitWords, signalWords } from '../wording.ts';
import type { DocsQueue } from './docs-queue.ts';
import type { SecuritySummary } from './security.ts';
import { type Head, head, lastSaid, type Source, saidBy } from './source.ts';

/** `entry` is where it was said. */
export type Finding = {
  readonly entry: EntryId | null;
  readonly agentId: AgentId | null;
  readonly text: string;
};
export type IntegrationSummary = Head & {
  readonly attempt: number | null;
  readonly recommendation: 'ready-for-doc-closure' | 'needs-more-work';
  /** Whose word it rests on, and what they said; the counts are theirs. */
  readonly steward: {
    readonly agentId: AgentId;
    readonly state: 'ready-for-doc-closure' | 'needs-more-work';
    readonly claims: number;
    readonly conflicts: number;
    readonly blockers: number;
  } | null;
  readonly openClaims: readonly Finding[];
  readonly unresolvedBlockers: readonly Finding[];
  readonly crossComponentImpacts: readonly Finding[];
  readonly proofGaps: readonly Finding[];
  readonly docGaps: readonly Finding[];
  readonly deployRisks: readonly Finding[];
  readonly helperAssignments: readonly Finding[];
  readonly securityState: SecuritySummary['overallState'];
};

const found = (record: CoordinationRecord, tail = ''): Finding => ({
  entry: record.id,
  agentId: record.authorAgent,
  text: `${handle(record)} ${asker(record)}: ${clip(visible(record.summary), 180)}${tail}`,
});

/** Agents whose component, file or folder a record refers to. */
const ownersOf = ({ contract }: Source, { refs }: CoordinationRecord): readonly AgentId[] =>
  contract.agents
    .filter(({ components, ownedPaths }) =>
      refs.some(
        (ref) =>
          components.includes(ref) ||
          ownedPaths.some(({ path }) => ref === path || (path.endsWith('/') && `${ref}/`.startsWith(path))),
      ),
    )
    .map(({ id }) => id);

const proofGaps = (source: Source): readonly Finding[] => {
  const { contract, attempt } = source;
  if (attempt === null) return [];
  const gaps: Finding[] = [];
  for (const { id } of contract.agents) {
    const finished = attempt.finished.get(id);
    if (finished !== undefined && !endedWell(finished.exit))
      gaps.push({ entry: finished.entry, agentId: id, text: `${id} ${exitWords(finished.exit)}` });
    const admission = attempt.admissions.get(id);
    if (admission?.kind === 'refused')
      gaps.push({ entry: admission.entry, agentId: id, text: `${id}: its patch was refused` });
    const proof = lastSaid(source, id, 'proof');
    if (proof?.state === 'gap') gaps.push({ entry: null, agentId: id, text: `${id}: ${signalWords(proof)}` });
    for (const gap of saidBy(source, id, 'gap'))
      if (gap.gap !== 'docs' && gap.gap !== 'ops')
        gaps.push({ entry: null, agentId: id, text: `${id}: ${signalWords(gap)}` });
  }
  const subject = (attempt.trees.documentation ?? attempt.trees.implementation)?.subject;
  for (const proof of attempt.proofs)
    if (proof.subject === subject && !endedWell(proof.exit))
      gaps.push({
        entry: proof.entry,
        agentId: null,
        text: `${clip(visible(proof.run), 120)}: ${exitWords(proof.exit)}`,
      });
  return gaps;
};

const gapsOf = (source: Source, kind: 'docs' | 'ops'): readonly Finding[] =>
  source.contract.agents.flatMap(({ id }) =>
    saidBy(source, id, 'gap')
      .filter(({ gap }) => gap === kind)
      .map((gap): Finding => ({ entry: null, agentId: id, text: `${id}: ${signalWords(gap)}` })),
  );

const SPEAKS_OF_WORK: ReadonlySet<RecordKind> = new Set<RecordKind>([
  'claim',
  'evidence',
  'request',
  'blocker',
  'handoff',
]);

export const integrationSummary = (
  source: Source,
  docs: DocsQueue,
  security: SecuritySummary,
): IntegrationSummary => {
  const { contract, state, attempt } = source;
  const open = [...state.open.values()];
  const ofKind = (kind: RecordKind): readonly Finding[] =>
    open.filter((record) => record.kind === kind).map((record) => found(record));
  const steward = contract.agents.find(({ role }) => role === 'integration')?.id ?? null;
  const said = steward === null ? null : lastSaid(source, steward, 'integration');
  const unresolvedBlockers = ofKind('blocker');
  const gaps = proofGaps(source);
  const deployRisks = gapsOf(source, 'ops');
  // What documentation would be refused over: what is owed by anybody before it, the steward itself among them.
  const owed = obligationsAt(contract, state, 'documentation');
  const clear = unresolvedBlockers.length + gaps.length + deployRisks.length + owed.length === 0;
  return {
    ...head('wave-integration-summary', source),
    attempt: attempt?.attempt ?? null,
    recommendation:
      clear && said?.state === 'ready-for-doc-closure' ? 'ready-for-doc-closure' : 'needs-more-work',
    steward:
      steward === null || said === null
        ? null
        : {
            agentId: steward,
            state: said.state,
            claims: said.claims,
            conflicts: said.conflicts,
            blockers: said.blockers,
          },
    openClaims: ofKind('claim'),
    unresolvedBlockers,
    crossComponentImpacts: open.flatMap((record) => {
      const owners = SPEAKS_OF_WORK.has(record.kind) ? ownersOf(source, record) : [];
      return owners.length < 2 ? [] : [found(record, ` (${owners.join(' ')})`)];
    }),
    proofGaps: gaps,
    docGaps: [
      ...docs.items
        .filter((item) => item.state === 'open')
        .map(({ id, agentId }): Finding => ({ entry: null, agentId, text: visible(id) })),
      ...gapsOf(source, 'docs'),
    ],
    deployRisks,
    helperAssignments: open.flatMap((record) =>
      record.kind !== 'request'
        ? []
        : (state.assignments.get(record.id) ?? []).map((one) =>
            found(record, ` → ${one.assignee ?? `nobody (${one.reason})`}`),
          ),
    ),
    securityState: security.overallState,
  };
};

const LISTS = [
  ['unresolvedBlockers', 'Blockers'],
  ['proofGaps', 'Proof gaps'],
  ['deployRisks', 'Deploy risks'],
  ['openClaims', 'Open claims'],
  ['crossComponentImpacts', 'Across components'],
  ['docGaps', 'Documentation gaps'],
  ['helperAssignments', 'Helper assignments'],
] as const;

export const integrationMarkdown = (summary: IntegrationSummary): string =>
  [
    `# Integration of wave ${summary.wave} · ${summary.lane}`,
    '',
    `${summary.recommendation}${summary.steward === null ? '; the steward has not spoken' : `; ${safeInline(summary.steward.agentId, 40)} says ${summary.steward.state}`}. Security: ${summary.securityState}.`,
    ...LISTS.flatMap(([key, title]) =>
      summary[key].length === 0
        ? []
        : ['', `## ${title}`, '', ...summary[key].map(({ text }) => `- ${safeInline(text, 240)}`)],
    ),
    '',
  ].join('\n');
