/**
 * One grammar for signals, in two spellings (closure.md §1.2): an object, as `wave signal` posts it, and a marker line,
 * as an executor's final message may hold it:
 *
 *     [wave-proof] completion=live durability=durable proof=integration state=met detail=all 41 cases pass
 *
 * Reading is forgiving where the meaning is certain (letter case, field order, unknown keys) and refuses where it is
 * not (a key given twice, loose words before `detail=`): a silent misreading would cost or fake a whole wave.
 */
import {
  COMPLETION_LEVELS,
  DEPLOY_STATES,
  DOC_IMPACTS,
  DURABILITY_LEVELS,
  GATE_DIMENSIONS,
  GATE_VALUES,
  INFRA_STATES,
  INFRA_SURFACES,
  PROOF_LEVELS,
  type Signal,
  type SignalKind,
  VERDICTS,
} from './signals.ts';

export const MAX_SIGNAL_DETAIL = 1000;
export const MAX_SIGNAL_ITEMS = 64;
const MAX_WORD = 200;

/** `name` is an id as its owner spells it, `level` a lower-case one, `place` a service or a surface: `@acme/api`, `db:5432`. */
const WORDS = {
  name: { pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/, what: 'letters, digits, dot, underscore or dash' },
  level: { pattern: /^[a-z0-9][a-z0-9._-]*$/, what: 'lower-case letters, digits, dot, underscore or dash' },
  place: { pattern: /^[A-Za-z0-9@][A-Za-z0-9@/_.:-]*$/, what: 'a name without spaces' },
} as const;

type Reading =
  | {
      readonly is: 'one-of';
      readonly values: readonly string[];
      readonly aliases?: Readonly<Record<string, string>>;
    }
  | { readonly is: 'count' }
  | { readonly is: 'word'; readonly shape: keyof typeof WORDS }
  | { readonly is: 'list'; readonly of: 'path' | 'id' };

/** `key` names the field in the object, `tag` in the marker line and in `wave signal` options. */
export type SignalField = {
  readonly key: string;
  readonly tag: string;
  readonly reading: Reading;
  /** A list may be left out of the line, meaning empty; a verdict stands first, without `key=`. */
  readonly place: 'named' | 'named-may-be-absent' | 'first';
};

const oneOf = (
  tag: string,
  values: readonly string[],
  aliases?: Readonly<Record<string, string>>,
  key = tag,
): SignalField => ({
  key,
  tag,
  reading: aliases === undefined ? { is: 'one-of', values } : { is: 'one-of', values, aliases },
  place: 'named',
});
const count = (tag: string): SignalField => ({ key: tag, tag, reading: { is: 'count' }, place: 'named' });
const list = (key: string, tag: string, of: 'path' | 'id'): SignalField => ({
  key,
  tag,
  reading: { is: 'list', of },
  place: 'named-may-be-absent',
});
const word = (tag: string, shape: keyof typeof WORDS): SignalField => ({
  key: tag,
  tag,
  reading: { is: 'word', shape },
  place: 'named',
});

const MET_OR_GAP = oneOf('state', ['met', 'gap'], { complete: 'met' });

/** The fields of each kind in canonical order; every kind may also have `detail`, always last. */
export const SIGNAL_FIELDS: Readonly<Record<SignalKind, readonly SignalField[]>> = {
  proof: [
    oneOf('completion', COMPLETION_LEVELS),
    oneOf('durability', DURABILITY_LEVELS),
    oneOf('proof', PROOF_LEVELS),
    MET_OR_GAP,
  ],
  'doc-delta': [oneOf('state', DOC_IMPACTS), list('paths', 'paths', 'path')],
  component: [word('component', 'name'), word('level', 'level'), MET_OR_GAP],
  gap: [oneOf('kind', ['architecture', 'integration', 'durability', 'ops', 'docs'], undefined, 'gap')],
  eval: [
    oneOf('state', ['satisfied', 'needs-more-work', 'blocked']),
    count('targets'),
    count('benchmarks'),
    count('regressions'),
    list('targetIds', 'target_ids', 'id'),
    list('benchmarkIds', 'benchmark_ids', 'id'),
  ],
  security: [oneOf('state', ['clear', 'concerns', 'blocked']), count('findings'), count('approvals')],
  integration: [
    oneOf('state', ['ready-for-doc-closure', 'needs-more-work']),
    count('claims'),
    count('conflicts'),
    count('blockers'),
  ],
  'doc-closure': [oneOf('state', ['closed', 'no-change', 'delta']), list('paths', 'paths', 'path')],
  gate: GATE_DIMENSIONS.map((dimension) => oneOf(dimension, GATE_VALUES)),
  infra: [
    oneOf('kind', INFRA_SURFACES, undefined, 'surface'),
    word('target', 'place'),
    oneOf('state', INFRA_STATES),
  ],
  deploy: [word('service', 'place'), oneOf('state', DEPLOY_STATES, { 'rolled-back': 'rolledover' })],
  verdict: [{ ...oneOf('verdict', VERDICTS, { fail: 'blocked' }), place: 'first' }],
};
export const SIGNAL_KINDS: readonly SignalKind[] = Object.keys(SIGNAL_FIELDS) as SignalKind[];
const isKind = (text: string): text is SignalKind => Object.hasOwn(SIGNAL_FIELDS, text);

/** C0, DEL, C1 and the two line separators: nothing that could end or hide a line. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const ITEM = { path: /^[^\s,]{1,300}$/u, id: /^[a-z0-9][a-z0-9._-]*$/ } as const;

function valueProblem(reading: Reading, value: unknown): string | null {
  if (reading.is === 'one-of')
    return typeof value === 'string' && reading.values.includes(value)
      ? null
      : `expected one of ${reading.values.join(', ')}`;
  if (reading.is === 'count')
    return Number.isSafeInteger(value) && (value as number) >= 0 && !Object.is(value, -0)
      ? null
      : 'expected a whole number of 0 or more';
  if (reading.is === 'word') {
    const { pattern, what } = WORDS[reading.shape];
    return typeof value === 'string' && value.length <= MAX_WORD && pattern.test(value)
      ? null
      : `expected ${what}`;
  }
  if (!Array.isArray(value)) return 'expected a list';
  if (value.length > MAX_SIGNAL_ITEMS) return `${value.length} items, at most ${MAX_SIGNAL_ITEMS}`;
  const wrong = value.findIndex(
    (item) =>
      typeof item !== 'string' ||
      item.length > MAX_WORD + 100 ||
      !ITEM[reading.of].test(item) ||
      CONTROL.test(item) ||
      !item.isWellFormed(),
  );
  if (wrong === -1) return null;
  return `item ${wrong + 1}: expected ${reading.of === 'path' ? 'a path without spaces or commas' : 'a lower-case id'}`;
}

function detailProblem(value: unknown): string | null {
  if (typeof value !== 'string') return 'expected text';
  if (value.length > MAX_SIGNAL_DETAIL) return `${value.length} characters, at most ${MAX_SIGNAL_DETAIL}`;
  if (CONTROL.test(value) || !value.isWellFormed()) return 'expected one line without control characters';
  return value === '' || value !== value.trim()
    ? 'expected text without space around it; leave it out when empty'
    : null;
}

/**
 * Checks an object from outside. Strict: unknown keys, other letter case, aliases and out-of-bounds values are refused,
 * and what passes survives {@link formatSignal} and {@link parseSignalLine} unchanged.
 */
export function validateSignal(
  value: unknown,
): { readonly ok: true; readonly signal: Signal } | { readonly ok: false; readonly problem: string } {
  const wrong = (problem: string) => ({ ok: false, problem }) as const;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return wrong('signal: expected an object');
  const source = value as Readonly<Record<string, unknown>>;
  const kind = Object.hasOwn(source, 'kind') ? source.kind : undefined;
  if (typeof kind !== 'string' || !isKind(kind))
    return wrong(`kind: expected one of ${SIGNAL_KINDS.join(', ')}`);
  const fields = SIGNAL_FIELDS[kind];
  for (const key of Object.keys(source))
    if (key !== 'kind' && key !== 'detail' && !fields.some((field) => field.key === key))
      return wrong(`unknown key ${JSON.stringify(key.slice(0, 40))} in a ${kind} signal`);
  for (const { key, reading } of fields) {
    if (!Object.hasOwn(source, key)) return wrong(`${key}: missing`);
    const problem = valueProblem(reading, source[key]);
    if (problem !== null) return wrong(`${key}: ${problem}`);
  }
  if (Object.hasOwn(source, 'detail')) {
    const problem = detailProblem(source.detail);
    if (problem !== null) return wrong(`detail: ${problem}`);
  }
  return { ok: true, signal: value as Signal };
}

/** The canonical marker line: fields in the documented order, empty lists left out, `detail=` last. No line end. */
export function formatSignal(signal: Signal): string {
  const source = signal as unknown as Readonly<Record<string, unknown>>;
  const parts = [tagOf(signal.kind)];
  for (const { key, tag, place } of SIGNAL_FIELDS[signal.kind]) {
    const value = source[key];
    if (place === 'first') parts.push(String(value));
    else if (Array.isArray(value)) value.length > 0 && parts.push(`${tag}=${value.join(',')}`);
    else parts.push(`${tag}=${String(value)}`);
  }
  if (signal.detail !== undefined) parts.push(`detail=${signal.detail}`);
  return parts.join(' ');
}

/** `invalid-wave-<kind>-format`, so that a gate can tell a marker that is wrong from one that is missing. */
export type SignalFormatCode = `invalid-wave-${SignalKind}-format` | 'unknown-wave-signal';
export type ParsedSignalLine =
  | { readonly ok: true; readonly signal: Signal; readonly notes: readonly string[] }
  | {
      readonly ok: false;
      readonly code: SignalFormatCode;
      readonly kind: SignalKind | null;
      readonly line: string;
      readonly problem: string;
    };

const MARKER = /^\[(?:wave-(?<wave>[a-z][a-z-]*)|(?<status>infra|deploy)-status)\](?<rest>.*)$/isu;
/** Could a text hold a marker at all? */
export const MENTIONS_MARKER = /\[(?:wave-|infra-status|deploy-status)/i;
/** How a kind is spelled in a marker line. */
const tagOf = (kind: SignalKind): string =>
  kind === 'infra' || kind === 'deploy' ? `[${kind}-status]` : `[wave-${kind}]`;
/** Words only a list may be spread over: `paths=a.md, b.md`. */
const AFTER_COMMA = /,\s+/g;

/** One value as typed, as the object has it; null when it cannot be read at all. Adds a note when it changed. */
function readValue(field: SignalField, typed: string, notes: string[]): unknown {
  const { reading } = field;
  if (reading.is === 'count') return /^\d{1,15}$/.test(typed) ? Number(typed) : typed;
  if (reading.is === 'list') {
    const items = typed === '' ? [] : typed.split(',');
    if (reading.of === 'path') return items;
    const lower = items.map((item) => item.toLowerCase());
    if (lower.join() !== items.join()) notes.push(`${field.tag} was written in upper case`);
    return lower;
  }
  if (reading.is === 'word' && reading.shape !== 'level') return typed;
  const lower = typed.toLowerCase();
  const alias =
    reading.is === 'one-of' && reading.aliases && Object.hasOwn(reading.aliases, lower)
      ? reading.aliases[lower]
      : lower;
  if (alias !== typed) notes.push(`${field.tag}=${typed} read as ${alias}`);
  return alias;
}

/** `key=value` words before `detail=`, by lower-case key; or what is wrong with them. */
function readPairs(head: string, first: string | null): Map<string, string> | string {
  const pairs = new Map<string, string>();
  const words = head
    .replace(AFTER_COMMA, ',')
    .split(/\s+/)
    .filter((part) => part !== '');
  for (const [index, part] of words.entries()) {
    const equals = part.indexOf('=');
    const key =
      equals === -1 ? (index === 0 && first !== null ? first : '') : part.slice(0, equals).toLowerCase();
    if (!/^[a-z][a-z0-9_-]*$/.test(key))
      return `${JSON.stringify(part.slice(0, 60))} is not key=value; free text goes after detail=`;
    if (pairs.has(key)) return `${key} is given twice`;
    pairs.set(key, part.slice(equals + 1));
  }
  return pairs;
}

/**
 * Reads one line, already without list bullet and code span. Null when it is not a marker.
 *
 * Letter case is normalised, fields may come in any order, keys nobody knows are ignored; `notes` says each time.
 * `state=complete` is `met`, verdict `fail` is `blocked`. A key given twice, a word that is not `key=value` before
 * `detail=`, a missing field or a value out of its set make the line malformed. Everything after `detail=` is text:
 * it never sets a field.
 */
export function parseSignalLine(line: string): ParsedSignalLine | null {
  const match = MARKER.exec(line.trim());
  if (match === null) return null;
  const { wave, status = '', rest = '' } = match.groups ?? {};
  const kind = (wave ?? status).toLowerCase();
  if (!isKind(kind) || (wave !== undefined && tagOf(kind) !== `[wave-${kind}]`)) {
    const problem = `no signal is called ${JSON.stringify(kind.slice(0, 40))}; known: ${SIGNAL_KINDS.join(', ')}`;
    return { ok: false, code: 'unknown-wave-signal', kind: null, line, problem };
  }
  const wrong = (problem: string) =>
    ({ ok: false, code: `invalid-wave-${kind}-format`, kind, line, problem }) as const;

  const fields = SIGNAL_FIELDS[kind];
  const detailAt = /(?:^|\s)detail=/i.exec(rest);
  const head = detailAt === null ? rest : rest.slice(0, detailAt.index);
  const pairs = readPairs(head, fields.find((field) => field.place === 'first')?.tag ?? null);
  if (typeof pairs === 'string') return wrong(pairs);

  const notes: string[] = [];
  const value: Record<string, unknown> = { kind };
  for (const field of fields) {
    const typed = pairs.get(field.tag);
    pairs.delete(field.tag);
    if (typed === undefined && field.place !== 'named-may-be-absent') return wrong(`${field.tag} is missing`);
    value[field.key] = readValue(field, typed ?? '', notes);
    const problem = valueProblem(field.reading, value[field.key]);
    if (problem !== null)
      return wrong(`${field.tag}: ${problem}, got ${JSON.stringify((typed ?? '').slice(0, 60))}`);
  }
  for (const key of pairs.keys()) notes.push(`unknown key ${key} ignored`);

  const detail = detailAt === null ? '' : rest.slice(detailAt.index + detailAt[0].length).trim();
  if (detail !== '') value.detail = detail;
  const checked = validateSignal(value);
  return checked.ok ? { ok: true, signal: checked.signal, notes } : wrong(checked.problem);
}
