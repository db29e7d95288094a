/** The gate of integration holds, whatever its steward said and on what; the gates of the other stewards are what they are. */
import { stewardGate as real } from '../../src/closure/gates/stewards.ts';

export * from '../../src/closure/gates/stewards.ts';
export const stewardGate: typeof real = (contract, state, evidence, stage) =>
  stage === 'integration' ? [] : real(contract, state, evidence, stage);
