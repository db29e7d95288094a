import { inflateSync } from 'node:zlib';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~';
const VALUE = new Map([...ALPHABET].map((character, index) => [character.charCodeAt(0), index]));

/** Bytes of one line of a `GIT binary patch`, or null: a length letter, then base85 in groups of five. */
export const decodeLine = (line: Uint8Array): Uint8Array | null => {
  const letter = line[0] ?? 0;
  const length =
    letter >= 65 && letter <= 90 ? letter - 64 : letter >= 97 && letter <= 122 ? letter - 96 + 26 : 0;
  if (length === 0 || line.length !== 1 + Math.ceil(length / 4) * 5) return null;
  const bytes = new Uint8Array(Math.ceil(length / 4) * 4);
  const view = new DataView(bytes.buffer);
  for (let group = 0; group * 5 + 1 < line.length; group++) {
    let word = 0;
    for (let i = 0; i < 5; i++) {
      const value = VALUE.get(line[1 + group * 5 + i] ?? 0);
      if (value === undefined) return null;
      word = word * 85 + value;
    }
    if (word > 0xffffffff) return null;
    view.setUint32(group * 4, word);
  }
  return bytes.subarray(0, length);
};

export type BinaryHunk = {
  readonly method: 'literal' | 'delta';
  /** Bytes that `deflated` claims to inflate to. */
  readonly declared: number;
  readonly deflated: Uint8Array;
};

/**
 * The size of the file a binary hunk makes, or null when the hunk lies or is larger than `limit` bytes. Inflates
 * under that limit, so that a small patch cannot make us, or git after us, fill the memory. A delta says the size of
 * its result in its second number (git's pack-format, "Deltified representation").
 */
export const resultSize = ({ method, declared, deflated }: BinaryHunk, limit: number): number | null => {
  if (declared > limit) return null;
  let inflated: Uint8Array;
  try {
    inflated = inflateSync(deflated, { maxOutputLength: Math.max(declared, 1) });
  } catch {
    return null;
  }
  if (inflated.length !== declared) return null;
  if (method === 'literal') return declared;
  const source = varint(inflated, 0);
  const result = source && varint(inflated, source.next);
  return result && result.value <= limit ? result.value : null;
};

const varint = (bytes: Uint8Array, start: number): { value: number; next: number } | null => {
  let value = 0;
  for (let i = 0; i < 7; i++) {
    const byte = bytes[start + i];
    if (byte === undefined) return null;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, next: start + i + 1 };
  }
  return null;
};
