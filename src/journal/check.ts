/**
 * Small total checkers for hostile JSON. Each returns null, or a problem naming where it is. Hand-written because the
 * journal validates a hundred thousand entries in the time a general schema library needs for a few thousand.
 */
export type Check = (value: unknown, at: string) => string | null;

const describe = (value: unknown): string =>
  value === null
    ? 'null'
    : Array.isArray(value)
      ? 'a list'
      : typeof value === 'string'
        ? JSON.stringify(value.slice(0, 40))
        : typeof value === 'object'
          ? 'an object'
          : String(value);

export const text =
  (max: number, min = 0): Check =>
  (value, at) =>
    typeof value !== 'string'
      ? `${at}: expected text, got ${describe(value)}`
      : value.length > max
        ? `${at}: ${value.length} characters, at most ${max}`
        : value.length < min
          ? `${at}: must not be empty`
          : null;

export const matching = (pattern: RegExp, what: string): Check => {
  // Runs, instances and digests stand in entry after entry: what was right just now is not matched again.
  let last: string | null = null;
  return (value, at) => {
    if (value === last && last !== null) return null;
    if (typeof value !== 'string' || !pattern.test(value))
      return `${at}: expected ${what}, got ${describe(value)}`;
    last = value;
    return null;
  };
};

/** -0 is read from JSON and written as 0: one value, two texts, so it is none of ours. */
const isNegativeZero = (value: number): boolean => Object.is(value, -0);

export const integer =
  (min: number, max: number = Number.MAX_SAFE_INTEGER): Check =>
  (value, at) =>
    typeof value === 'number' &&
    Number.isSafeInteger(value) &&
    value >= min &&
    value <= max &&
    !isNegativeZero(value)
      ? null
      : `${at}: expected a whole number from ${min}${max === Number.MAX_SAFE_INTEGER ? '' : ` to ${max}`}, got ${describe(value)}`;

export const finite =
  (min: number): Check =>
  (value, at) =>
    typeof value === 'number' && Number.isFinite(value) && value >= min && !isNegativeZero(value)
      ? null
      : `${at}: expected a number of at least ${min}, got ${describe(value)}`;

export const oneOf = (values: readonly (string | number | boolean)[]): Check => {
  const known = new Set<unknown>(values);
  return (value, at) =>
    known.has(value) ? null : `${at}: expected one of ${values.join(', ')}, got ${describe(value)}`;
};

export const nullable =
  (check: Check): Check =>
  (value, at) =>
    value === null ? null : check(value, at);

export const list =
  (item: Check, max: number): Check =>
  (value, at) => {
    if (!Array.isArray(value)) return `${at}: expected a list, got ${describe(value)}`;
    if (value.length > max) return `${at}: ${value.length} items, at most ${max}`;
    for (let i = 0; i < value.length; i++) {
      const problem = item(value[i], at);
      if (problem !== null) return `${problem} (item ${i + 1})`;
    }
    return null;
  };

export const anyOf =
  (...checks: readonly Check[]): Check =>
  (value, at) => {
    let last: string | null = null;
    for (const check of checks) {
      last = check(value, at);
      if (last === null) return null;
    }
    return last;
  };

/** Keys that would reach an object's prototype; refused wherever they stand. */
export const PROTOTYPE_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** An object with exactly these keys; a key ending in `?` may be left out. */
export const object = (shape: Readonly<Record<string, Check>>): Check => {
  const places = new Map<string, number>();
  const names: string[] = [];
  const checks: Check[] = [];
  const required: string[] = [];
  for (const [key, check] of Object.entries(shape)) {
    const optional = key.endsWith('?');
    const name = optional ? key.slice(0, -1) : key;
    places.set(name, names.length);
    names.push(name);
    checks.push(check);
    if (!optional) required.push(name);
  }
  return (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return `${at}: expected an object, got ${describe(value)}`;
    const source = value as Record<string, unknown>;
    let seen = 0;
    let place = 0;
    for (const key in source) {
      // Keys mostly come in the order they are written in; then nothing is looked up.
      if (names[place] !== key) place = places.get(key) ?? -1;
      const problem = checks[place]?.(source[key], key);
      if (problem === undefined) return `${at}: unknown key ${JSON.stringify(key)}`;
      if (problem !== null) return at === '' ? problem : `${at}.${problem}`;
      seen++;
      place++;
    }
    if (seen < names.length)
      for (const key of required)
        if (!Object.hasOwn(source, key)) return `${at === '' ? '' : `${at}.`}${key}: missing`;
    return null;
  };
};

/** One of several shapes, told apart by a string key. */
export const tagged = (tag: string, shapes: Readonly<Record<string, Check>>): Check => {
  const known = new Map(Object.entries(shapes));
  return (value, at) => {
    if (typeof value !== 'object' || value === null)
      return `${at}: expected an object, got ${describe(value)}`;
    const name = (value as Record<string, unknown>)[tag];
    const check = typeof name === 'string' ? known.get(name) : undefined;
    return check === undefined
      ? `${at}.${tag}: expected one of ${[...known.keys()].join(', ')}, got ${describe(name)}`
      : check(value, at);
  };
};
