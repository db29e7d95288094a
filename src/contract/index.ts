/** What an author and a base branch say: text in, typed contract and located diagnostics out. */
export * from './types.ts';
