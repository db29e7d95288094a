import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, sha256 } from './digest.ts';

describe('sha256', () => {
  it('is the digest of the UTF-8 bytes', () => {
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(sha256('abc')).toBe(abc);
    expect(sha256(new Uint8Array([97, 98, 99]))).toBe(abc);
    expect(sha256('é')).toBe(sha256(new TextEncoder().encode('é')));
  });
});

describe('canonicalJson', () => {
  it('sorts members by code units and leaves undefined out', () => {
    expect(canonicalJson({ b: [1, { z: null, y: 'é' }], a: true, c: undefined, 10: 1, 9: 1e21 })).toBe(
      '{"10":1,"9":1e+21,"a":true,"b":[1,{"y":"é","z":null}]}',
    );
  });

  it('does not depend on the order of keys, and reads back as the same value', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(object, (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it.each([[Number.NaN], [[undefined]], [() => 1], [1n]])('throws on %s, which is not JSON', (value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
  });
});
