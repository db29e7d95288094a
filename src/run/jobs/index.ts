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
export { type PlanOutcome, planJob } from './plan.ts';
export { refuseWritableToken, stepJob } from './step.ts';
