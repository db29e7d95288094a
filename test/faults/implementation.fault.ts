/** The implementation gate holds, whatever the agents did. */
export * from '../../src/closure/gates/implementation.ts';
export const implementationGate = (): readonly [] => [];
