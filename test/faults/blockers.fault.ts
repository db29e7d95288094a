/** The gate of blockers and contradictions holds, whatever blocks. */
export * from '../../src/closure/gates/coordination.ts';
export const blockersGate = (): readonly [] => [];
