/** A state as canonical JSON: equal states have equal bytes. For comparison and `--json`; never read back. */
import { canonicalJson } from '../contract/index.ts';
import type { WaveState } from './types.ts';

const plain = (value: unknown): unknown => {
  if (value instanceof Map) return [...value].map(([key, item]) => [key, plain(item)]);
  if (value instanceof Set) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  return value;
};

export const plainState = (state: WaveState): unknown => plain(state);
export const serialiseState = (state: WaveState): string => canonicalJson(plain(state));
