/**
 * One agent's run: its prompt, the environment and process it gets, the executors that do the work, how it talks while it
 * works (outbox, inbox, signals) and the patch that comes out. All that comes back from an agent is hostile until it is
 * admitted or folded. `src/run` orders these; nothing here decides whether a wave may close.
 */
export * from './admission/index.ts';
export {
  type AgentSurroundings,
  agentEnvironment,
  type HostEnvironment,
  verifyEnvironment,
} from './environment.ts';
export { executorFor, executorProblem, type FoundExecutor } from './executors/index.ts';
export {
  type FinalMessageSignals,
  MAX_FINAL_MESSAGE,
  type MalformedSignal,
  signalsInFinalMessage,
} from './final-message.ts';
export * from './isolation/index.ts';
export * from './mailbox/index.ts';
export type { LimitReached, ModelLaunch, ModelLimits } from './model-launch.ts';
export {
  type AssembledPrompt,
  assemblePrompt,
  PROMPT_BUDGETS,
  type PromptParts,
  promptHash,
  writePrompt,
} from './prompt.ts';
export { createRedactor, type Redactor, redact } from './redact.ts';
export { stopStrayProcesses } from './strays.ts';
export { type SupervisedEnd, type SupervisedProcess, superviseProcess, type Timers } from './supervisor.ts';
export * from './types.ts';
export { addUsage, NO_USAGE } from './usage.ts';
export { writeWaveShim } from './wave-shim.ts';
