/**
 * The familiar files (coordination.md §0.1) as functions of contract and state: written for people and programs to read,
 * never read back. Their time is the newest entry's, so that the journal alone gives the same bytes again.
 */
import type { Contract } from '../../contract/index.ts';
import type { WaveState } from '../../state/index.ts';
import { inboxesOf } from '../inbox.ts';
import { renderInboxMarkdown } from '../inbox-markdown.ts';
import { board, sharedSummary } from '../summary.ts';
import { assignmentSnapshot } from './assignments.ts';
import { globalDashboard, waveDashboard } from './dashboards.ts';
import { docsQueue } from './docs-queue.ts';
import { integrationMarkdown, integrationSummary } from './integration.ts';
import { ledger } from './ledger.ts';
import { runState } from './run-state.ts';
import { securityMarkdown, securitySummary } from './security.ts';
import { type Source, sourceOf } from './source.ts';

/** Path below the lane's state folder, with `<n>` for the wave and `<agent>` for each agent; and what it holds. */
export const PROJECTIONS: readonly {
  readonly path: string;
  readonly schemaVersion: number | null;
  readonly holds: string;
}[] = [
  {
    path: 'inboxes/wave-<n>/shared-summary.md',
    schemaVersion: null,
    holds: 'what all agents share: counters, what blocks, questions, decisions',
  },
  {
    path: 'inboxes/wave-<n>/<agent>.md',
    schemaVersion: null,
    holds: 'what an agent owes, asked, has to know',
  },
  {
    path: 'messageboards/wave-<n>.md',
    schemaVersion: null,
    holds: 'everything open, then every record in the order it came',
  },
  { path: 'assignments/wave-<n>.json', schemaVersion: 1, holds: 'who owes which record, and why they' },
  {
    path: 'docs-queue/wave-<n>.json',
    schemaVersion: 1,
    holds: 'documents the work made wrong, open or done',
  },
  { path: 'security/wave-<n>.json', schemaVersion: 1, holds: 'what each security reviewer said' },
  { path: 'security/wave-<n>.md', schemaVersion: null, holds: 'the same, to read' },
  {
    path: 'integration/wave-<n>.json',
    schemaVersion: 1,
    holds: 'blockers, gaps and risks with the entries they come from, and the recommendation',
  },
  { path: 'integration/wave-<n>.md', schemaVersion: null, holds: 'the same, to read' },
  {
    path: 'ledger/wave-<n>.json',
    schemaVersion: 1,
    holds: 'the phase, and every task with its owner and state',
  },
  {
    path: 'dashboards/wave-<n>.json',
    schemaVersion: 1,
    holds: 'the wave at one glance: headline, agents, how much waits and how long',
  },
  { path: 'dashboards/global.json', schemaVersion: 1, holds: 'one row a wave of the lane' },
  { path: 'run-state.json', schemaVersion: 2, holds: 'complete waves, and how each attempt ended' },
];

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const ofWave = (source: Source): readonly (readonly [string, string])[] => {
  const { contract, state, at } = source;
  const name = `wave-${contract.wave}`;
  const assignments = assignmentSnapshot(source);
  const docs = docsQueue(source);
  const security = securitySummary(source);
  const integration = integrationSummary(source, docs, security);
  return [
    ...[...inboxesOf(contract, state)].map(
      ([agent, inbox]) => [`inboxes/${name}/${agent}.md`, renderInboxMarkdown(inbox)] as const,
    ),
    // After the agents': were one of that name, all would still read the summary.
    [`inboxes/${name}/shared-summary.md`, sharedSummary(contract, state, at)],
    [`messageboards/${name}.md`, board(contract, state, at)],
    [`assignments/${name}.json`, json(assignments)],
    [`docs-queue/${name}.json`, json(docs)],
    [`security/${name}.json`, json(security)],
    [`security/${name}.md`, securityMarkdown(security)],
    [`integration/${name}.json`, json(integration)],
    [`integration/${name}.md`, integrationMarkdown(integration)],
    [`ledger/${name}.json`, json(ledger(source, assignments.assignments, docs))],
    [`dashboards/${name}.json`, json(waveDashboard(source))],
  ];
};

/** Path to text for one wave; empty while nothing has happened in it. */
export const projectionsOf = (contract: Contract, state: WaveState): ReadonlyMap<string, string> => {
  const source = sourceOf(contract, state);
  return new Map(source === null ? [] : ofWave(source));
};

/** What is about the whole lane; `waves` in any order. */
export const laneProjectionsOf = (
  lane: string,
  waves: readonly { readonly contract: Contract; readonly state: WaveState }[],
): ReadonlyMap<string, string> => {
  const sources = waves
    .flatMap(({ contract, state }) => sourceOf(contract, state) ?? [])
    .toSorted((a, b) => a.contract.wave - b.contract.wave);
  if (sources.length === 0) return new Map();
  return new Map([
    ['dashboards/global.json', json(globalDashboard(lane, sources))],
    ['run-state.json', json(runState(lane, sources))],
  ]);
};
