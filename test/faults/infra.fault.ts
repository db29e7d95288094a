/** The infra gate holds, whatever state a surface is in. */
export * from '../../src/closure/gates/infra.ts';
export const infraGate = (): readonly [] => [];
