import { hash } from 'node:crypto';

/** SHA-256 of UTF-8 text or of bytes, as 64 lower-case hex digits (FIPS 180-4). */
export function sha256(content: string | Uint8Array): string {
  return hash('sha256', content);
}

/**
 * One text per JSON value, whatever order its keys were written in (RFC 8785: members sorted by UTF-16 code
 * units, no white space, numbers and strings as ECMAScript writes them). Members that are `undefined` are left
 * out. Throws TypeError on what JSON cannot say (functions, bigint, NaN, undefined in an array): that is a bug
 * of the caller, never of its input.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`canonicalJson: ${value} is not a JSON number`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object') {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
    return `{${members.join(',')}}`;
  }
  throw new TypeError(`canonicalJson: a ${typeof value} is not JSON`);
}
