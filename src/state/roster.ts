/** Who is in a wave, by id and by capability: asked for every entry, so worked out once a contract. */
import type { AgentId, Contract, Role } from '../contract/index.ts';

export type Roster = {
  readonly roles: ReadonlyMap<AgentId, Role>;
  /** Lower-case capability to the agents that advertise it, in natural order of their ids. */
  readonly able: ReadonlyMap<string, readonly AgentId[]>;
};

/** `A2` before `A10`: digit runs compare as numbers. Total, and free of locale. */
export const byNaturalId = (a: string, b: string): number => {
  const split = (text: string): string[] => text.match(/\d+|\D+/g) ?? [];
  const left = split(a);
  const right = split(b);
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [x = '', y = ''] = [left[i], right[i]];
    const numbers = /^\d/.test(x) && /^\d/.test(y);
    const order = numbers ? Number(x) - Number(y) : 0;
    if (order !== 0) return order;
    if (x !== y) return x < y ? -1 : 1;
  }
  return left.length - right.length;
};

const rosters = new WeakMap<Contract, Roster>();

export const rosterOf = (contract: Contract): Roster => {
  const known = rosters.get(contract);
  if (known !== undefined) return known;
  const able = new Map<string, AgentId[]>();
  for (const { id, capabilities } of contract.agents.toSorted((a, b) => byNaturalId(a.id, b.id)))
    for (const capability of new Set(capabilities.map((one) => one.toLowerCase())))
      able.set(capability, [...(able.get(capability) ?? []), id]);
  const roster = { roles: new Map(contract.agents.map(({ id, role }) => [id, role])), able };
  rosters.set(contract, roster);
  return roster;
};
