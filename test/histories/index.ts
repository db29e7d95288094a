/** Histories for tests: an honest one that closes, and changes to make to it. */
export * from './changes.ts';
export * from './contract.ts';
export * from './entries.ts';
export * from './honest.ts';
export * from './named-changes.ts';
export * from './run-refusals.ts';
export * from './steward-refusals.ts';
export * from './work-refusals.ts';
