/** What the entries mean so far: one fold, and the questions asked of it. Pure; nothing here is ever read back. */

export { assignmentsOf, isRouted } from './assignment.ts';
export { type Principal, principalOf, roleOf, settles } from './authority.ts';
export { CLARIFICATION_LINK, headsOf, isWithPeople, openFollowers } from './chains.ts';
export { clocks } from './clocks.ts';
export { contradictionHandle, contradictionsAt, repairersOf } from './contradictions.ts';
export { deadlineOf, hasClocks, type Timer, timersOf } from './deadlines.ts';
export { directionOf } from './dependencies.ts';
export { fold, type RunningFold, startFold } from './fold.ts';
export { findRecord, type Lookup } from './lookup.ts';
export {
  BLOCKS,
  handle,
  isDeferred,
  isGateRelevant,
  type Obligation,
  obligationsAt,
  openObligations,
  stateDigest,
} from './obligations.ts';
export { inOrder } from './order.ts';
export { POLICY_REF } from './policy-answer.ts';
export { byNaturalId } from './roster.ts';
export { plainState, serialiseState } from './serialise.ts';
export { DECIDING } from './settled.ts';
export * from './types.ts';
export {
  type Circle,
  circles,
  holdersOf,
  isHeld,
  leftToPeople,
  openWaits,
  parkAt,
  type Slots,
} from './waiting.ts';
