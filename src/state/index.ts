/** What the entries mean so far: one fold, and the questions asked of it. Pure; nothing here is ever read back. */

export { type Principal, principalOf, roleOf } from './authority.ts';
export { CLARIFICATION_LINK, clarificationsOf } from './chains.ts';
export { clocks, type Timer, timerOf } from './clocks.ts';
export { fold, type RunningFold, startFold } from './fold.ts';
export { findRecord, type Lookup } from './lookup.ts';
export {
  handle,
  isDeferred,
  isGateRelevant,
  type Obligation,
  obligationsAt,
  openObligations,
  stateDigest,
} from './obligations.ts';
export { inOrder } from './order.ts';
export { byNaturalId } from './roster.ts';
export { plainState, serialiseState } from './serialise.ts';
export * from './types.ts';
