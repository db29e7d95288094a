/** Ports that are too small for a folder: time, chance, and the program's own place. */
import { randomBytes } from 'node:crypto';

export type Clock = { readonly now: () => Date };
export const systemClock: Clock = { now: () => new Date() };

/** Hex digits nobody can guess. */
export const randomHex = (bytes: number): string => randomBytes(bytes).toString('hex');
