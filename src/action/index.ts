/** Inputs to a use case to outputs. */
export { runPhase } from './phase.ts';
