/**
 * The words of a contract and its digests, without the readers of Markdown and configuration: a door of its own for what
 * starts often and reads no contract, such as the commands an agent calls while it works.
 */
export { canonicalJson, sha256 } from '../digest.ts';
export { parseDuration } from '../duration.ts';
export * from '../types.ts';
