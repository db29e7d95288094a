import { WaveFailure } from '../run/index.ts';

/** One clear error: code, what, what to do. A bug shows where it is. */
export const describeFailure = (error: unknown): string =>
  error instanceof WaveFailure
    ? `${error.code}: ${error.message}\nfix: ${error.fix}`
    : `this is a bug in wave, please report it: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
