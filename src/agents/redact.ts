/**
 * Takes credentials out of text before anybody else reads it (platform.md S33): the shapes well-known services give
 * their keys, and the literal secrets of this run in the encodings a program is likely to print. A net against
 * accidents and lazy theft, not a wall: an agent that holds a secret can encode it in a way nobody knows.
 */

/** What may be part of a token; a token's end is the first character that is none of these. */
const TOKEN_CHARACTER = /[A-Za-z0-9._~+/=-]/;
const SHAPES: readonly (readonly [string, RegExp])[] = [
  // An installation token may be `ghs_<app>_<jwt>`, so dots and dashes belong to it.
  ['github-token', /\bgh[pousr]_[A-Za-z0-9_.-]{16,}/g],
  ['github-token', /\bgithub_pat_[A-Za-z0-9_]{20,}/g],
  ['anthropic-key', /\bsk-ant-[A-Za-z0-9_-]{16,}/g],
  ['openai-key', /\bsk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{16,}/g],
  ['api-key', /\bsk-[A-Za-z0-9]{32,}/g],
  ['google-key', /\bAIza[A-Za-z0-9_-]{35}/g],
  ['aws-key', /\b(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA)[A-Z0-9]{16}\b/g],
  ['aws-key', /(?<=aws_?secret_?access_?key["']?\s{0,3}[=:]\s{0,3}["']?)[A-Za-z0-9/+]{40}/gi],
  ['slack-token', /\bx(?:ox[abeoprs]|app)-[A-Za-z0-9-]{10,}/g],
  ['slack-token', /(?<=hooks\.slack\.com\/services\/)[A-Za-z0-9/]{20,}/g],
  ['jwt', /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/g],
  [
    'authorization',
    /(?<=\bauthorization["']?\s{0,3}[:=]\s{0,3}["']?(?:basic|bearer|token)\s{1,3})[^\s"']{8,}/gi,
  ],
  ['url-password', /(?<=:\/\/[^\s/:@]{0,100}:)[^\s/@]{3,}(?=@)/g],
];
const PEM_BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----/;
const PEM_END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----/g;
const PEM =
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)/g;
/** A private key block is never longer; one that does not end by then has ended as far as we care. Characters. */
const MAX_PEM = 16 * 1024;
/** A line without an end is looked at in pieces of this size. Characters. */
const MAX_LINE = 16 * 1024;
/** Shorter literals would blank out ordinary text. Characters. */
export const MIN_SECRET = 4;

const mark = (what: string): string => `[redacted:${what}]`;

/** The secret as a program might print it: itself, hex, URL-encoded, and base64 wherever it falls in a triple of bytes. */
function spellings(secret: string): readonly string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const hex = bytes.toString('hex');
  const base64 = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // The first and last characters also hold bits of the neighbours.
    return text.slice(offset === 0 ? 0 : offset + 1, (offset + bytes.length) % 3 === 0 ? undefined : -1);
  });
  const url = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  const all = [secret, encodeURIComponent(secret.toWellFormed()), hex, hex.toUpperCase(), ...base64, ...url];
  return [...new Set(all)].filter((text) => text.length >= MIN_SECRET);
}

const escaped = (character: string): string => character.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
/** A literal, also when a terminal or a logger broke it over lines. */
const literal = (text: string): string => [...text].map(escaped).join('(?:[ \\t]*\\r?\\n[ \\t]*)?');

export type Redactor = {
  /** Takes text as it comes, in any pieces; gives back what is safe to show now. */
  push(text: string): string;
  /** The rest, when nothing more will come. */
  end(): string;
};

/**
 * A redactor for one stream. Output is held back until its line is complete (and while it could be the start of a secret
 * or a private key that goes on in the next line), so a secret cut by a chunk border is still found.
 *
 * @param secrets values that must not be shown; those under {@link MIN_SECRET} characters are not looked for
 */
export function createRedactor(secrets: readonly string[] = []): Redactor {
  const known = [...new Set(secrets)].filter((secret) => secret.length >= MIN_SECRET).flatMap(spellings);
  known.sort((a, b) => b.length - a.length);
  const literals = known.length === 0 ? null : new RegExp(known.map(literal).join('|'), 'g');
  const longest = known[0]?.length ?? 0;
  let held = '';
  let swallowing = false;

  const clean = (text: string): string => {
    let out = text.replace(PEM, mark('private-key'));
    if (literals !== null) out = out.replace(literals, mark('secret'));
    for (const [what, shape] of SHAPES) out = out.replace(shape, mark(what));
    return out;
  };

  /** Where the longest end of `text` begins that a literal may go on from. */
  const unfinishedLiteral = (text: string): number => {
    const from = Math.max(0, text.length - longest * 3);
    const at: number[] = [];
    let compact = '';
    for (let i = from; i < text.length; i++) {
      const character = text.charAt(i);
      if (character === '\n' || character === '\r' || character === ' ' || character === '\t') continue;
      compact += character;
      at.push(i);
    }
    for (let start = 0; start < compact.length; start++) {
      const end = compact.slice(start);
      if (known.some((secret) => secret.length > end.length && secret.startsWith(end)))
        return at[start] ?? text.length;
    }
    return text.length;
  };

  /** Where a private key begins that has not ended yet. */
  const openKey = (): number | null => {
    const ends = [...held.matchAll(PEM_END)].at(-1);
    const closed = ends === undefined ? 0 : ends.index + ends[0].length;
    const begin = PEM_BEGIN.exec(held.slice(closed));
    return begin === null ? null : closed + begin.index;
  };

  /** How much of what is held may be decided on now. */
  const decidable = (): number => {
    let end = Math.max(held.lastIndexOf('\n'), held.lastIndexOf('\r')) + 1;
    if (literals !== null) end = Math.min(end, unfinishedLiteral(held.slice(0, end)));
    // A key whose last line has no end yet is complete, but must not be cut before that line.
    for (const key of held.matchAll(PEM))
      if (key.index < end && end < key.index + key[0].length) end = key.index;
    const key = openKey();
    if (key !== null) end = held.length - key > MAX_PEM ? held.length : Math.min(end, key);
    return end;
  };

  const take = (length: number): string => {
    const text = held.slice(0, length);
    held = held.slice(length);
    return clean(text);
  };

  const dropToken = (text: string): string => {
    let i = 0;
    while (i < text.length && TOKEN_CHARACTER.test(text.charAt(i))) i++;
    swallowing = i === text.length;
    return text.slice(i);
  };

  return {
    push(text) {
      held += swallowing ? dropToken(text) : text;
      let out = take(decidable());
      if (held.length > 2 * MAX_LINE && openKey() === null) {
        // No line end in sight: decide at the last character no token can hold, or give the run up as one token.
        let cut = held.length;
        while (cut > held.length - MAX_LINE && TOKEN_CHARACTER.test(held.charAt(cut - 1))) cut--;
        if (cut > held.length - MAX_LINE) out += take(cut);
        else {
          const cleaned = clean(held);
          swallowing = cleaned.endsWith(']') && cleaned !== held;
          if (swallowing) {
            held = '';
            out += cleaned;
          } else out += take(held.length - MAX_LINE);
        }
      }
      return out;
    },
    end() {
      return take(held.length);
    },
  };
}

/** Redacts a text that is complete: an error message, a tail of a log. */
export function redact(text: string, secrets: readonly string[] = []): string {
  const redactor = createRedactor(secrets);
  return redactor.push(text) + redactor.end();
}
