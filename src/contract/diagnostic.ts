import type { DiagnosticCode } from './explain.ts';
import type { Diagnostic, SourceSpan } from './types.ts';

/** Where a reader of one part leaves what it found; the reading goes on, so that all findings come at once. */
export type Report = (diagnostic: Diagnostic) => void;

type Advice = { readonly expected?: string; readonly fix?: string };

export function error(
  code: DiagnosticCode,
  at: SourceSpan,
  message: string,
  advice: Advice = {},
): Diagnostic {
  return { code, at, message, ...advice, severity: 'error' };
}

export function warning(
  code: DiagnosticCode,
  at: SourceSpan,
  message: string,
  advice: Advice = {},
): Diagnostic {
  return { code, at, message, ...advice, severity: 'warning' };
}

export function hasErrors(diagnostics: Iterable<Diagnostic>): boolean {
  for (const diagnostic of diagnostics) if (diagnostic.severity === 'error') return true;
  return false;
}

/** More than this helps nobody, and a hostile file must not fill a comment or a log. */
const MOST_SHOWN = 500;

/** By file, line, column and code, exact repetitions once, errors kept first where there are too many. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const unique = new Map(diagnostics.map((one) => [JSON.stringify([one.at, one.code, one.message]), one]));
  const byPlace = (left: Diagnostic, right: Diagnostic): number =>
    compare(left.at.file, right.at.file) ||
    left.at.line - right.at.line ||
    left.at.column - right.at.column ||
    compare(left.code, right.code) ||
    compare(left.message, right.message);
  const sorted = [...unique.values()].sort(byPlace);
  if (sorted.length <= MOST_SHOWN) return sorted;
  const errors = sorted.filter((one) => one.severity === 'error');
  const warnings = sorted.filter((one) => one.severity === 'warning');
  return [...errors, ...warnings].slice(0, MOST_SHOWN).sort(byPlace);
}

/** By code units: the same order on every machine. */
function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
