/**
 * File names in patch headers. git quotes a name that has a control character, quote, backslash or (with
 * `core.quotePath`) a byte above 127 as a C string (git-config(1), `core.quotePath`). Header text here is latin1: one
 * character a byte.
 */

/**
 * The one name that both halves of `a/<name> b/<name>` give, still quoted if it was, or null. Without renames the
 * halves are equal, which is what makes the unquoted form, where names may have spaces, unambiguous.
 */
export const readHeaderPath = (text: string): string | null => {
  const half = (text.length - 1) / 2;
  const [left, right] = [text.slice(0, half), text.slice(half + 1)];
  if (!Number.isInteger(half) || text[half] !== ' ') return null;
  const quoted = left.startsWith('"');
  const [a, b] = quoted ? ['"a/', '"b/'] : ['a/', 'b/'];
  if (!left.startsWith(a) || !right.startsWith(b) || left.slice(a.length) !== right.slice(b.length))
    return null;
  const name = left.slice(a.length);
  return quoted ? `"${name}` : name;
};

const ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
  '"': 34,
  '\\': 92,
};

/** The name itself, decoded; null when it is not quoted as git does, or not UTF-8. */
export const unquoteName = (name: string): string | null => {
  if (!name.startsWith('"'))
    return /[\u0000-\u001f"\\\u007f]/.test(name) || name === '' ? null : decode(latin1(name));
  const body = /^"((?:[^"\\\u0000-\u001f]|\\(?:[abtnvfr"\\]|[0-3][0-7]{2}))+)"$/s.exec(name)?.[1];
  if (body === undefined) return null;
  const bytes: number[] = [];
  for (const [part] of body.matchAll(/\\[0-7]{3}|\\.|[^\\]/gs)) {
    const named = part[1];
    if (named === undefined) bytes.push(part.charCodeAt(0));
    else bytes.push(ESCAPES[named] ?? Number.parseInt(part.slice(1), 8));
  }
  return decode(Uint8Array.from(bytes));
};

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');

const decode = (bytes: Uint8Array): string | null => {
  try {
    // A byte order mark is part of the name, not of its encoding.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
};
