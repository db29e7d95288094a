/**
 * What it means: evidence, gates and the one next step. Pure: a job, a laptop a month later and a replay that hold the
 * same entries and the same trees get the same answer.
 */

export { type AfterRefusal, afterRefusal, type GiveUp, isVerdict } from './after-refusal.ts';
export { type OverBudget, overBudget, overBudgetWords } from './budget.ts';
export { chooseExecutor } from './executor-choice.ts';
export { CODES_OF } from './gate-codes.ts';
export { endedWell } from './gates/agent-run.ts';
export { hasMatrix } from './gates/component-matrix.ts';
export { type ComponentStanding, componentStandings } from './gates/components.ts';
export { allHold, failing, gates, leading } from './gates/evaluate.ts';
export { proofsOn } from './gates/verify.ts';
export { type LastRefusal, lastRefusal } from './last-refusal.ts';
export { next } from './next.ts';
export { isReasonCode, REASONS, type ReasonCode, type ReasonInfo } from './reasons.ts';
export { verdictsInReport } from './report-verdict.ts';
export { type Base, type Selection, selectAgents } from './selection.ts';
export * from './types.ts';
