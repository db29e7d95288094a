/** The helper assignments gate holds, whatever is owed. */
export * from '../../src/closure/gates/coordination.ts';
export const helperAssignmentsGate = (): readonly [] => [];
