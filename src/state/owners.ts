/** Who else could answer a question: by what it refers to or names (coordination.md §3.2). */
import type { Agent, AgentId, Contract } from '../contract/index.ts';
import { assign } from './assignment.ts';
import type { CoordinationRecord } from './types.ts';

const owns = (agent: Agent, path: string): boolean =>
  agent.ownedPaths.some(({ path: owned }) =>
    owned.endsWith('/') ? path.startsWith(owned) || `${path}/` === owned : path === owned,
  );

/** Words of a text that could be paths or component ids, without the marks around them. */
const namesIn = (text: string): readonly string[] =>
  text
    .split(/[\s`'"“”‘’«»()[\]{}<>,;]+/u)
    .map((word) => word.replace(/^[.:]+(?=[^./])|[.:!?]+$/gu, ''))
    .filter((word) => word !== '');

/**
 * Agents that could answer, the likeliest first, each once and never the asker: owners of the paths and components it
 * refers to, those of the paths and components its text names whole, then whom a `capability:` reference routes to.
 */
export const possibleOwners = (contract: Contract, question: CoordinationRecord): readonly AgentId[] => {
  const others = contract.agents.filter(({ id }) => id !== question.authorAgent);
  const byName = (names: readonly string[]): readonly AgentId[] =>
    names.flatMap((name) =>
      others.filter((one) => owns(one, name) || one.components.includes(name)).map(({ id }) => id),
    );
  const capabilities = question.refs.filter((ref) => ref.startsWith('capability:'));
  const routed =
    capabilities.length === 0
      ? []
      : assign(contract, { ...question, targets: capabilities }, new Map()).flatMap(({ assignee }) =>
          assignee === null ? [] : [assignee],
        );
  const named = byName(namesIn(`${question.summary} ${question.detail}`.slice(0, 4000)));
  return [...new Set([...byName(question.refs), ...named, ...routed])];
};
