/** A throwaway repository with a wave in it, whole or broken in a named way: to see what this is, and to test it. */
export { agreeing } from './agreeing.ts';
export { BREAKS, type Break, type Surroundings } from './breaks.ts';
export { generated } from './generated.ts';
export type { DemoAgent, DemoPlan } from './plan.ts';
export { makeRepository, repositoryFiles, waveConfig, waveMarkdown, writeScripts } from './repository.ts';
export type { Action, Script } from './script.ts';
export { story } from './story.ts';
