/** The use cases: the only place that orders effects. Each takes ports, asks the pure rooms, and writes what happened. */
export { watchLanes } from './dashboard.ts';
export { EXIT_CONT_QA, EXIT_LANE_HELD, EXIT_WAITING, WaveFailure } from './failure/index.ts';
export * from './jobs/index.ts';
export { CONFIG_FILE, type Lane, openLane, type Reading, readWave, wavesBetween } from './lane.ts';
export { newestLog } from './local/agent-log.ts';
export { type LocalOutcome, type LocalRequest, runLocally } from './local/index.ts';
export { type PreviewRequest, previewWave, writeDryRun } from './local/preview.ts';
export { isRunAlive, type OpenWave, openWave, reportFile, standing } from './open-wave.ts';
export { evidenceOf, type Session } from './session.ts';
