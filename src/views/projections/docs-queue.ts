/**
 * `docs-queue/wave-<n>.json`: documents the work made wrong, and who puts them right (coordination.md §5.5). An item is
 * done when its file came with an admitted patch, or when documentation closed.
 */
import type { AgentId } from '../../contract/index.ts';
import { implementers } from '../wording.ts';
import { admittedPaths, type Head, head, lastSaid, type Source } from './source.ts';

export type DocsItem = {
  readonly id: string;
  readonly kind: 'owned-doc' | 'shared-plan' | 'component-matrix';
  /** The agent whose work asks for it; null for a promotion, which the wave asks for. */
  readonly agentId: AgentId | null;
  readonly ownerAgentId: AgentId | null;
  /** null when the agent named none. */
  readonly path: string | null;
  readonly state: 'open' | 'done';
};
export type DocsQueue = Head & {
  readonly releaseNotesRequired: boolean;
  readonly openCount: number;
  readonly items: readonly DocsItem[];
};

export const docsQueue = (source: Source): DocsQueue => {
  const { contract, attempt } = source;
  const steward = contract.agents.find(({ role }) => role === 'documentation')?.id ?? null;
  const closure = steward === null ? null : lastSaid(source, steward, 'doc-closure');
  const closed =
    attempt?.judgements.has('documentation') === true && closure !== null && closure.state !== 'delta';
  const written = new Set(contract.agents.flatMap(({ id }) => admittedPaths(source, id)));
  const stateOf = (path: string | null): DocsItem['state'] =>
    closed || (path !== null && written.has(path)) ? 'done' : 'open';
  const items: DocsItem[] = [];
  for (const { id } of implementers(contract)) {
    const delta = lastSaid(source, id, 'doc-delta');
    if (delta === null || delta.state === 'none') continue;
    const owned = delta.state === 'owned';
    for (const path of delta.paths.length === 0 ? [null] : delta.paths)
      items.push({
        id: `${id}:${owned ? 'owned' : 'shared'}:${path ?? ''}`,
        kind: owned ? 'owned-doc' : 'shared-plan',
        agentId: id,
        ownerAgentId: owned ? id : steward,
        path,
        state: stateOf(path),
      });
  }
  for (const { component } of contract.promotions) {
    const path = contract.config.paths.componentMatrix;
    items.push({
      id: `component-matrix:${component}`,
      kind: 'component-matrix',
      agentId: null,
      ownerAgentId: steward,
      path,
      state: stateOf(path),
    });
  }
  return {
    ...head('wave-docs-queue', source),
    releaseNotesRequired: items.some(({ kind }) => kind === 'shared-plan'),
    openCount: items.filter(({ state }) => state === 'open').length,
    items,
  };
};
