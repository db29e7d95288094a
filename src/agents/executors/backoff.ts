/** How long to wait before a provider that refused is asked again: full jitter, so that agents refused together part. */
export const REFUSAL_RETRIES = 4;
const BASE_MS = 20_000;
const MAX_MS = 180_000;

/**
 * @param refusals how often it refused in a row, from 1 on
 * @param random in [0, 1)
 * @returns milliseconds in [0, min(180 s, 20 s · 2^(refusals − 1)))
 */
export const backoffMs = (refusals: number, random: number): number =>
  Math.floor(random * Math.min(MAX_MS, BASE_MS * 2 ** (refusals - 1)));
