/** One use case a job of the workflow: plan, agent, record, prove, steward, close; and the whole wave in one step. */
export { agentJob } from './agent-job.ts';
export { type CloseOutcome, closeJob } from './close.ts';
export {
  type JobContext,
  type Position,
  positionText,
  readPosition,
  readTicket,
  type Ticket,
} from './context.ts';
export { proveJob, recordJob, stewardJob } from './middle-jobs.ts';
export { planJob } from './plan.ts';
export type { PlanOutcome } from './plan-outcome.ts';
export { refuseWritableToken, stepJob } from './step.ts';
