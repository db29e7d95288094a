/** The clarifications gate holds, whatever nobody has made clear. */
export * from '../../src/closure/gates/coordination.ts';
export const clarificationsGate = (): readonly [] => [];
