/** Work across lanes (coordination.md §4): a request that one lane asks of another, seen from this wave. */
import type { Contract } from '../contract/index.ts';
import type { Dependency } from '../journal/index.ts';

/** `inbound` is ours to do, `outbound` is what we wait for; null for a ticket of other waves. */
export type Direction = 'inbound' | 'outbound' | null;

export const directionOf = (contract: Pick<Contract, 'lane' | 'wave'>, ticket: Dependency): Direction => {
  const concerns = (lane: string, wave: number | null): boolean =>
    lane === contract.lane && (wave === null || wave === contract.wave);
  if (concerns(ticket.ownerLane, ticket.ownerWave)) return 'inbound';
  return concerns(ticket.requesterLane, ticket.requesterWave) ? 'outbound' : null;
};

/** Are the targets of a record agents of this wave? Those of a ticket we wait for are another lane's. */
export const isOurs = (contract: Contract, ticket: Dependency | null | undefined): boolean =>
  ticket === null || ticket === undefined || directionOf(contract, ticket) === 'inbound';
