/** Strict silence: what reached GitHub is exactly what the test said would. */
import type { LogEntry, OffenceKind, WriteKind } from './types.ts';

/** One thing a test expects to have happened. */
export type Allowed = {
  readonly what: WriteKind | OffenceKind;
  /** How often; once when not said. `any` also allows never. */
  readonly times?: number | 'any';
  /** Fields of the entry's `detail` (or `login`, `run`, `job`, `path`, `status`): equal, or matching the expression. */
  readonly where?: Readonly<Record<string, string | number | boolean | null | RegExp>>;
};

const fieldOf = (entry: LogEntry, name: string): unknown =>
  name in entry.detail ? entry.detail[name] : (entry as unknown as Record<string, unknown>)[name];

const matches = (entry: LogEntry, allowed: Allowed): boolean =>
  entry.kind === allowed.what &&
  Object.entries(allowed.where ?? {}).every(([name, wanted]) => {
    const value = fieldOf(entry, name);
    return wanted instanceof RegExp ? wanted.test(String(value)) : value === wanted;
  });

const describe = (allowed: Allowed): string => {
  const where = Object.entries(allowed.where ?? {}).map(([name, wanted]) => `${name}: ${String(wanted)}`);
  return where.length === 0 ? allowed.what : `${allowed.what} { ${where.join(', ')} }`;
};

const short = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
};

/** `null` when the log is exactly what was allowed; otherwise the text of the failure. */
export function silenceReport(log: readonly LogEntry[], allowed: readonly Allowed[]): string | null {
  const seen = allowed.map(() => 0);
  const unexpected: LogEntry[] = [];
  for (const entry of log) {
    if (entry.kind === 'call') continue;
    // The first expectation that still has room takes it, so that two equal ones mean twice.
    const index = allowed.findIndex((one, at) => {
      const room = one.times === 'any' || (seen[at] ?? 0) < (one.times ?? 1);
      return room && matches(entry, one);
    });
    if (index < 0) unexpected.push(entry);
    else seen[index] = (seen[index] ?? 0) + 1;
  }
  const missing = allowed.flatMap((one, at) => {
    const wanted = one.times ?? 1;
    if (wanted === 'any' || seen[at] === wanted) return [];
    return [`  expected ${wanted} × ${describe(one)}, saw ${seen[at] ?? 0}`];
  });
  if (unexpected.length === 0 && missing.length === 0) return null;
  const lines = unexpected.map((entry) => {
    const who = `${entry.login ?? 'nobody'}, run ${entry.run ?? '-'}, job ${entry.job ?? '-'}`;
    return `  #${entry.seq} ${entry.kind}: ${entry.method} ${entry.path} -> ${entry.status} (${who}) ${short(entry.detail)}`;
  });
  return [
    'GitHub saw something else than this test expects.',
    ...(lines.length === 0 ? [] : ['Nobody expected:', ...lines]),
    ...(missing.length === 0 ? [] : ['Did not happen:', ...missing]),
    'If the product should do this, name it in assertSilence([{ what, where, times }]); if not, the product is wrong.',
  ].join('\n');
}
