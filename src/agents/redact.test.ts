import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor, redact } from './redact.ts';

// Assembled, so that no scanner mistakes this file for a leak.
const join = (...parts: string[]) => parts.join('');
const body = 'Ab1'.repeat(14);
const jwt = join('eyJ', body, '.eyJ', body, '.', body);
const PEM = join(
  '-----BEGIN RSA PRIVATE',
  ' KEY-----\n',
  `${body}\n`.repeat(30),
  '-----END RSA PRIVATE',
  ' KEY-----',
);
const TOKENS: readonly (readonly [string, string])[] = [
  ...['p', 'o', 'u', 's', 'r'].map((letter) => ['github-token', join('gh', letter, '_', body)] as const),
  ['github-token', join('ghs', '_123456_', jwt)],
  ['github-token', join('github', '_pat_', body, '_', body)],
  ['anthropic-key', join('sk-', 'ant-api03-', body)],
  ['openai-key', join('sk-', 'proj-', body)],
  ['aws-key', join('AK', 'IAIOSFODNN7EXAMPLE')],
  ['slack-token', join('xo', 'xb-123456789012-', body)],
  ['jwt', jwt],
  ['private-key', PEM],
];
const SECRET = 'k3y/with+odd.chars=in-it~42';

/** Feeds a text in pieces of the given sizes. */
function inPieces(text: string, sizes: readonly number[], secrets: readonly string[] = []): string {
  const redactor = createRedactor(secrets);
  let out = '';
  let at = 0;
  for (let i = 0; at < text.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    out += redactor.push(text.slice(at, at + size));
    at += size;
  }
  return out + redactor.end();
}

describe('known shapes', () => {
  it.each(TOKENS)('%s %#', (what, token) => {
    expect(redact(`before ${token} after\n`)).toBe(`before [redacted:${what}] after\n`);
    expect(redact(`"key":"${token}"`)).toBe(`"key":"[redacted:${what}]"`);
  });
  it.each(TOKENS)('%s %# in any pieces', (what, token) => {
    const text = `before ${token} after\nnext line\n`;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 }), (sizes) => {
        expect(inPieces(text, sizes)).toBe(`before [redacted:${what}] after\nnext line\n`);
      }),
      { numRuns: 25 },
    );
  });
  it('credentials in URLs and headers', () => {
    expect(redact('fatal: https://x-access-token:hunter22@github.example/a.git denied')).toBe(
      'fatal: https://x-access-token:[redacted:url-password]@github.example/a.git denied',
    );
    expect(redact('AUTHORIZATION: basic eDp5OnpBQkNE')).toBe('AUTHORIZATION: basic [redacted:authorization]');
  });
  it('leaves ordinary text alone', () => {
    const text =
      'see https://example.org/a:b, sk-etch, gh_1, eyJ.x, commit 0123456789abcdef0123456789abcdef01234567\n';
    expect(redact(text)).toBe(text);
  });
});

describe('literal secrets', () => {
  const bytes = Buffer.from(SECRET);
  it.each([
    ['as it is', SECRET],
    ['broken over two lines', `${SECRET.slice(0, 9)}\n${SECRET.slice(9)}`],
    ['broken over three lines', `${SECRET.slice(0, 1)}\r\n  ${SECRET.slice(1, 20)}\n${SECRET.slice(20)}`],
    ['hex', bytes.toString('hex')],
    ['URL-encoded', encodeURIComponent(SECRET)],
  ])('%s', (_, printed) => {
    for (const sizes of [[1], [7], [1000]])
      expect(inPieces(`a ${printed} b\n`, sizes, [SECRET])).toBe('a [redacted:secret] b\n');
  });
  it.each([0, 1, 2])('base64 at offset %i', (offset) => {
    const text = Buffer.from(`${'x'.repeat(offset)}${SECRET}yy`).toString('base64');
    const out = inPieces(`${text}\n`, [5], [SECRET]);
    expect(out).toContain('[redacted:secret]');
    expect(Buffer.from(out.replace('[redacted:secret]', ''), 'base64').toString('latin1')).not.toMatch(
      /[a-z0-9]{4}/,
    );
  });
  it('ignores what is too short to look for', () => {
    expect(redact('abc abc', ['abc', ''])).toBe('abc abc');
  });
});

describe('streams', () => {
  it('shows complete lines at once', () => {
    const redactor = createRedactor([SECRET]);
    expect(redactor.push('one\ntw')).toBe('one\n');
    expect(redactor.push('o\n')).toBe('two\n');
    expect(redactor.end()).toBe('');
  });
  it('a line that never ends is passed on in bounded pieces, and its tokens are still found', () => {
    const token = join('gh', 'p_', 'A'.repeat(40_000));
    const redactor = createRedactor();
    let out = '';
    for (const text of ['word '.repeat(20_000), token.slice(0, 39_000), token.slice(39_000), ' end'])
      out += redactor.push(text);
    out += redactor.end();
    expect(out).toBe(`${'word '.repeat(20_000)}[redacted:github-token] end`);
  });
  it('a private key that never ends does not hold the log for ever', () => {
    const begin = join('-----BEGIN PRIVATE', ' KEY-----\n');
    const redactor = createRedactor();
    expect(redactor.push(begin)).toBe('');
    expect(redactor.push('x\n'.repeat(10_000))).toBe('[redacted:private-key]');
    expect(redactor.push('after\n')).toBe('after\n');
    expect(redact(`a\n${begin}secret`)).toBe('a\n[redacted:private-key]');
  });
  it('pieces never change the outcome', () => {
    const piece = fc.constantFrom(
      '\n',
      ' ',
      'x',
      SECRET,
      SECRET.slice(0, 8),
      ...TOKENS.map(([, token]) => token),
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 4 }),
        (pieces, sizes) => {
          const text = pieces.join(' ');
          const out = inPieces(text, sizes, [SECRET]);
          expect(out).not.toContain(SECRET);
          expect(out).toBe(redact(text, [SECRET]));
        },
      ),
      { numRuns: 100 },
    );
  });
});
