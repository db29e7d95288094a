/**
 * What it means: evidence, gates and the one next step. Pure: a job, a laptop a month later and a replay that hold the
 * same entries and the same trees get the same answer.
 */

export { currentAttempt, endedWell, isSimulatedExecutor, signalsOf } from './gates/agent-run.ts';
export { allHold, failing, gates, leading } from './gates/evaluate.ts';
export { proofsOn } from './gates/verify.ts';
export { next, type Selection, selectAgents } from './next.ts';
export { isReasonCode, REASONS, type ReasonCode, type ReasonInfo } from './reasons.ts';
export { verdictsInReport } from './report-verdict.ts';
export * from './types.ts';
