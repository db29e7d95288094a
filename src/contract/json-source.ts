/** Where a value, and the key it stands under, lie in a JSON text; offsets, end exclusive. */
export type JsonPlace = {
  readonly key: { readonly start: number; readonly end: number } | null;
  readonly value: { readonly start: number; readonly end: number };
};

export type JsonReading =
  | { readonly kind: 'value'; readonly value: unknown; readonly places: ReadonlyMap<string, JsonPlace> }
  | { readonly kind: 'invalid'; readonly offset: number; readonly reason: string };

/** A path of keys and indices as one map key. */
export function pointer(path: readonly PropertyKey[]): string {
  return JSON.stringify(path.map(String));
}

const DEEPEST = 64;
const STRING = /"(?:[^"\\\u0000-\u001F]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const SPACE = /[ \t\r\n]*/y;

type Invalid = { readonly offset: number; readonly reason: string };

/**
 * JSON (RFC 8259) with the place of every value. Stricter than `JSON.parse` where it silently picks one of two
 * meanings: a key given twice and `__proto__` are refused. Nesting deeper than 64 is refused.
 */
export function readJson(text: string): JsonReading {
  const places = new Map<string, JsonPlace>();
  let index = 0;

  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = index;
    const found = pattern.exec(text)?.[0] ?? null;
    if (found !== null) index += found.length;
    return found;
  };
  const fail = (reason: string, offset = index): Invalid => ({ offset, reason });
  const unexpected = (wanted: string): Invalid =>
    fail(index >= text.length ? `the text ends where ${wanted} should be` : `${wanted} should be here`);

  /** Null when a value was read into `into`. */
  const readValue = (
    path: readonly string[],
    key: JsonPlace['key'],
    into: (value: unknown) => void,
  ): Invalid | null => {
    take(SPACE);
    const start = index;
    if (path.length > DEEPEST) return fail(`values are nested deeper than ${DEEPEST}`);
    const char = text.charAt(index);
    let problem: Invalid | null = null;
    if (char === '{') problem = readObject(path, into);
    else if (char === '[') problem = readArray(path, into);
    else {
      const scalar = char === '"' ? take(STRING) : (take(NUMBER) ?? take(WORD));
      if (scalar === null)
        problem = char === '"' ? fail('this string is not closed or not valid') : unexpected('a value');
      else into(JSON.parse(scalar));
    }
    if (problem !== null) return problem;
    places.set(pointer(path), { key, value: { start, end: index } });
    take(SPACE);
    return null;
  };

  const readObject = (path: readonly string[], into: (value: unknown) => void): Invalid | null => {
    const members: Record<string, unknown> = {};
    index += 1;
    take(SPACE);
    if (text.charAt(index) === '}') {
      index += 1;
      into(members);
      return null;
    }
    for (;;) {
      take(SPACE);
      const start = index;
      const quoted = take(STRING);
      if (quoted === null) return unexpected('a key in double quotes');
      const name = String(JSON.parse(quoted));
      if (Object.hasOwn(members, name)) return fail(`the key ${quoted} is given twice`, start);
      if (name === '__proto__') return fail('__proto__ cannot be a key', start);
      const place = { start, end: index };
      take(SPACE);
      if (text.charAt(index) !== ':') return unexpected('":"');
      index += 1;
      const problem = readValue([...path, name], place, (value) => {
        members[name] = value;
      });
      if (problem !== null) return problem;
      const next = text.charAt(index);
      if (next !== ',' && next !== '}') return unexpected('"," or "}"');
      index += 1;
      if (next === '}') break;
    }
    into(members);
    return null;
  };

  const readArray = (path: readonly string[], into: (value: unknown) => void): Invalid | null => {
    const elements: unknown[] = [];
    index += 1;
    take(SPACE);
    if (text.charAt(index) === ']') {
      index += 1;
      into(elements);
      return null;
    }
    for (;;) {
      const problem = readValue([...path, String(elements.length)], null, (value) => elements.push(value));
      if (problem !== null) return problem;
      const next = text.charAt(index);
      if (next !== ',' && next !== ']') return unexpected('"," or "]"');
      index += 1;
      if (next === ']') break;
    }
    into(elements);
    return null;
  };

  let value: unknown;
  const problem = readValue([], null, (read) => {
    value = read;
  });
  if (problem !== null) return { kind: 'invalid', ...problem };
  if (index < text.length) return { kind: 'invalid', ...fail('there is more after the value') };
  return { kind: 'value', value, places };
}
