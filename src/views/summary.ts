/** What all agents share: counters and what holds the wave open (coordination.md §5.3), and the board (§5.2). */
import type { Contract } from '../contract/index.ts';
import type { Instant } from '../journal/index.ts';
import {
  type CoordinationRecord,
  contradictionsAt,
  deadlineOf,
  handle,
  isGateRelevant,
  type WaveState,
} from '../state/index.ts';
import { blockingEdge, edgeLine } from './blocking-edge.ts';
import { safeInline } from './markdown-safe.ts';
import { age, between, due, plural } from './text.ts';
import { asker, contradictionWords, KIND_WORDS } from './wording.ts';

const SHOWN = 8;
const DECISIONS = 5;

const owners = (state: WaveState, record: CoordinationRecord): string => {
  const assignments = state.assignments.get(record.id) ?? [];
  const named = assignments.flatMap(({ assignee }) => (assignee === null ? [] : [assignee]));
  return named.length > 0
    ? ` → ${[...new Set(named)].join(' ')}`
    : record.targets.length > 0
      ? ` → ${safeInline(record.targets.join(' '), 60)} (nobody)`
      : '';
};

const openLine = (contract: Contract, state: WaveState, record: CoordinationRecord, now: Instant): string => {
  const timer = deadlineOf(contract, state, record);
  const deadline = timer === null ? '' : `, ${due(now, timer.at)}`;
  return `- ${handle(record)} ${KIND_WORDS[record.kind]}, ${record.priority}, ${record.status.replace('_', ' ')}: ${safeInline(asker(record), 40)}${owners(state, record)}, ${age(between(record.createdAt, now))} old${deadline}: ${safeInline(record.summary, 160)}`;
};

const listedOpen = (
  records: readonly CoordinationRecord[],
  title: string,
  line: (record: CoordinationRecord) => string,
): readonly string[] =>
  records.length === 0
    ? []
    : [
        '',
        `## ${title}`,
        '',
        ...records.slice(0, SHOWN).map(line),
        ...(records.length > SHOWN ? [`- and ${records.length - SHOWN} more`] : []),
      ];

/** The last to end of what was decided and is over. */
const settledDecisions = (state: WaveState): readonly CoordinationRecord[] => {
  const found: CoordinationRecord[] = [];
  const { decided } = state.settled;
  for (let i = decided.length - 1; i >= 0 && found.length < DECISIONS; i--) {
    const record = state.records.get(decided[i] ?? '');
    if (record?.kind === 'decision') found.push(record);
  }
  return found;
};

const inOrderPosted = (records: readonly CoordinationRecord[]): readonly CoordinationRecord[] => {
  const place = ({ seq }: CoordinationRecord): number => seq ?? Number.MAX_SAFE_INTEGER;
  return records.toSorted((a, b) => place(a) - place(b));
};

const disputes = (contract: Contract, state: WaveState): readonly string[] => {
  const all = contradictionsAt(contract, state, 'close');
  return all.length === 0
    ? []
    : [
        '',
        '## Contradictions',
        '',
        ...all.slice(0, SHOWN).map((one) => `- ${safeInline(contradictionWords(one), 240)}`),
        ...(all.length > SHOWN ? [`- and ${all.length - SHOWN} more`] : []),
      ];
};

/** Small on purpose, at most about 4,000 characters: it goes in front of every agent. */
export const sharedSummary = (contract: Contract, state: WaveState, now: Instant): string => {
  const open = new Map<string, CoordinationRecord[]>();
  const decisions: CoordinationRecord[] = [];
  for (const record of state.open.values()) {
    if (record.kind === 'decision') decisions.push(record);
    if (!isGateRelevant(record)) continue;
    const group = open.get(record.kind);
    if (group === undefined) open.set(record.kind, [record]);
    else group.push(record);
  }
  const of = (...kinds: readonly string[]): readonly CoordinationRecord[] =>
    kinds.flatMap((kind) => open.get(kind) ?? []);
  const edge = blockingEdge(contract, state);
  const line = (record: CoordinationRecord): string => openLine(contract, state, record, now);
  const lastDecisions = inOrderPosted([...decisions, ...settledDecisions(state)]).slice(-DECISIONS);
  const counts = [
    plural(of('request').length, 'open request'),
    plural(of('blocker').length, 'blocker'),
    plural(of('clarification-request').length, 'clarification'),
    plural(of('human-escalation', 'human-feedback').length, 'question to people', 'questions to people'),
  ];
  return [
    `# Wave ${contract.wave} · ${contract.lane}`,
    '',
    `${counts.join(', ')}. ${edge === null ? 'Nothing blocks.' : `Blocking: ${safeInline(edgeLine(edge, now), 240)}.`}`,
    ...disputes(contract, state),
    ...listedOpen(of('blocker'), 'Blockers', line),
    ...listedOpen(of('clarification-request', 'human-escalation', 'human-feedback'), 'Questions', line),
    ...listedOpen(of('request'), 'Requests', line),
    ...(lastDecisions.length === 0
      ? []
      : [
          '',
          '## Decisions',
          '',
          ...lastDecisions.map(
            (record) =>
              `- ${handle(record)} ${safeInline(asker(record), 40)}: ${safeInline(record.summary, 200)}`,
          ),
        ]),
    '',
  ].join('\n');
};

/** Everything open in full, then every record in the order it came: the page people scroll. */
export const board = (contract: Contract, state: WaveState, now: Instant): string => {
  const records = [...state.records.values()];
  const open = records.filter((record) => state.open.has(record.id));
  const activity = records.map(
    (record) =>
      `- ${record.updatedAt} ${handle(record)} ${KIND_WORDS[record.kind]}, ${record.status.replace('_', ' ')}: ${safeInline(asker(record), 40)}${owners(state, record)}: ${safeInline(record.summary, 180)}`,
  );
  return [
    `# Board of wave ${contract.wave} · ${contract.lane}`,
    '',
    `${plural(records.length, 'record')}, ${open.length} open.`,
    '',
    '## Open',
    '',
    ...(open.length === 0
      ? ['Nothing is open.']
      : open.map((record) => openLine(contract, state, record, now))),
    '',
    '## Activity',
    '',
    ...(activity.length === 0 ? ['Nothing was said yet.'] : activity),
    '',
  ].join('\n');
};
