/** Histories for tests: an honest one that closes, and changes to make to it. */
export * from './changes.ts';
export * from './contract.ts';
export * from './entries.ts';
export * from './honest.ts';
