/** The dependencies gate holds, whatever one lane owes another. */
export * from '../../src/closure/gates/coordination.ts';
export const dependenciesGate = (): readonly [] => [];
