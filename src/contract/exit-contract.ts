import { error, type Report } from './diagnostic.ts';
import { readItems, readKeyValues, shorten } from './items.ts';
import { nearest } from './nearest.ts';
import type { Section } from './outline.ts';
import type { SourceText } from './text-span.ts';
import {
  COMPLETION_LEVELS,
  DOC_IMPACTS,
  DURABILITY_LEVELS,
  type ExitContract,
  PROOF_LEVELS,
} from './types.ts';

type Levels = { readonly [Field in keyof Required<ExitContract>]: readonly Required<ExitContract>[Field][] };

/** Weakest first (closure.md §3.1). */
export const EXIT_LEVELS: Levels = {
  completion: COMPLETION_LEVELS,
  durability: DURABILITY_LEVELS,
  proof: PROOF_LEVELS,
  docImpact: DOC_IMPACTS,
};
export const EXIT_FIELDS = ['completion', 'durability', 'proof', 'docImpact'] as const;

const FIELD_OF_KEY: Readonly<Record<string, (typeof EXIT_FIELDS)[number]>> = {
  completion: 'completion',
  durability: 'durability',
  proof: 'proof',
  'doc-impact': 'docImpact',
  docImpact: 'docImpact',
};

/** Values are checked always, whatever the wave's number: a misspelled level can never be met later. */
export function readExitContract(source: SourceText, section: Section, report: Report): ExitContract | null {
  const values: Partial<Record<(typeof EXIT_FIELDS)[number], string>> = {};
  const known = Object.keys(FIELD_OF_KEY);
  for (const { key, value, at, valueAt } of readKeyValues(
    source,
    readItems(source, section, report),
    known,
    report,
  )) {
    const field = FIELD_OF_KEY[key];
    if (field === undefined) continue;
    const levels: readonly string[] = EXIT_LEVELS[field];
    if (values[field] !== undefined) {
      report(error('duplicate-key', at, `${key} is given twice`, { fix: 'keep one of the two' }));
    } else if (levels.includes(value)) {
      values[field] = value;
    } else {
      const near = nearest(value, levels);
      report(
        error('exit-contract-value', valueAt, `"${shorten(value)}" is not a level of ${key}`, {
          expected: levels.join(', '),
          ...(near === null ? {} : { fix: `write ${near}` }),
        }),
      );
    }
  }
  // Each value is one of its own field's levels, checked above.
  return Object.keys(values).length === 0 ? null : (values as ExitContract);
}

/** Is `actual` at least `required` on one field? Nothing required is always met; nothing given never is. */
export function meetsLevel(
  field: (typeof EXIT_FIELDS)[number],
  actual: string | undefined,
  required: string | undefined,
): boolean {
  if (required === undefined) return true;
  const levels: readonly string[] = EXIT_LEVELS[field];
  return actual !== undefined && levels.indexOf(actual) >= levels.indexOf(required);
}
