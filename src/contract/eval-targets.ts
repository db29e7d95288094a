import { z } from 'zod';
import { error, type Report } from './diagnostic.ts';
import { type Field, listOf, readFields } from './fields.ts';
import { type Item, readItems, shorten } from './items.ts';
import { readJsonFile } from './json-file.ts';
import { nearest } from './nearest.ts';
import type { Section } from './outline.ts';
import type { SourceText } from './text-span.ts';
import type { Agent, Config, EvalTarget, SourceFile, SourceSpan } from './types.ts';

const ID = /^[a-z0-9][a-z0-9._-]*$/;
const id = z.string().regex(ID, 'expected lower-case letters, digits, ".", "_", "-"');

/** Families and their benchmarks (contract.md §1.11); what describes them is for people and is not read. */
const CATALOG = z.looseObject({
  families: z.record(id, z.looseObject({ benchmarks: z.record(id, z.unknown()) })),
});

/** Benchmark ids by family. */
export type BenchmarkCatalog = ReadonlyMap<string, readonly string[]>;

export function readBenchmarkCatalog(file: SourceFile, report: Report): BenchmarkCatalog | null {
  const read = readJsonFile(file, CATALOG, 'benchmark-catalog-invalid', report);
  if (read === null) return null;
  const seen = new Map<string, string>();
  const families = Object.entries(read.value.families).map(([family, { benchmarks }]) => {
    const ids = Object.keys(benchmarks);
    const at = read.locate(['families', family, 'benchmarks']);
    if (ids.length === 0)
      report(error('benchmark-catalog-invalid', at, `${shorten(family)} has no benchmark`));
    for (const one of ids) {
      const other = seen.get(one);
      if (other !== undefined)
        report(error('benchmark-catalog-invalid', at, `${one} is in ${other} and in ${shorten(family)}`));
      seen.set(one, shorten(family));
    }
    return [family, ids] as const;
  });
  return new Map(families);
}

/** What a catalog says, or why it says nothing. */
export type CatalogReading = BenchmarkCatalog | 'missing' | 'invalid';

const KEYS = ['id', 'selection', 'benchmark-family', 'benchmarks', 'objective', 'threshold'] as const;

/** `- id: … | selection: pinned | benchmarks: … | objective: … | threshold: …` items of `## Eval targets`. */
export function readEvalTargets(
  source: SourceText,
  section: Section,
  settings: { readonly config: Config; readonly catalog: CatalogReading },
  report: Report,
): readonly EvalTarget[] {
  const found = new Map<string, EvalTarget>();
  for (const item of readItems(source, section, report)) {
    const target = readTarget(source, item, settings, report);
    if (target === null) continue;
    if (found.has(target.id))
      report(error('duplicate-item', item.at, `${target.id} is listed twice`, { fix: 'remove this line' }));
    else found.set(target.id, target);
  }
  return [...found.values()];
}

function readTarget(
  source: SourceText,
  item: Item,
  { config, catalog }: { readonly config: Config; readonly catalog: CatalogReading },
  report: Report,
): EvalTarget | null {
  const fields = readFields(source, item, KEYS, report);
  if (fields === null) return null;
  let complete = true;
  const wrong = (at: SourceSpan, message: string, expected?: string): void => {
    complete = false;
    report(error('eval-target-malformed', at, message, expected === undefined ? {} : { expected }));
  };
  const needed = (key: (typeof KEYS)[number]): Field => {
    const field = fields.get(key);
    if (field === undefined) wrong(item.at, `an eval target needs ${key}`, KEYS.join(', '));
    return field ?? { value: '', at: item.at };
  };
  const name = needed('id');
  const own = name.value.toLowerCase();
  if (name.value !== '' && !ID.test(own)) wrong(name.at, `"${shorten(name.value)}" is not an id`);
  const selection = needed('selection');
  const chosen = selection.value.toLowerCase();
  if (selection.value !== '' && chosen !== 'pinned' && chosen !== 'delegated')
    wrong(selection.at, `"${shorten(selection.value)}" is not a selection`, 'pinned or delegated');
  const objective = needed('objective').value;
  const threshold = needed('threshold').value;
  const family = fields.get('benchmark-family');
  const listed = fields.get('benchmarks');
  if (chosen === 'delegated' && family === undefined) needed('benchmark-family');
  if (chosen === 'pinned' && listed === undefined) needed('benchmarks');
  if (!complete || (chosen !== 'pinned' && chosen !== 'delegated')) return null;
  const benchmarks = allowedBenchmarks(
    chosen,
    { family, listed, at: item.at, path: config.paths.benchmarkCatalog },
    catalog,
    report,
  );
  return {
    id: own,
    selection: chosen,
    family: family?.value.toLowerCase() ?? null,
    benchmarks,
    objective,
    threshold,
    at: item.at,
  };
}

/** A pinned target may use what it lists, a delegated one all of its family. */
function allowedBenchmarks(
  selection: EvalTarget['selection'],
  given: {
    readonly family: Field | undefined;
    readonly listed: Field | undefined;
    readonly at: SourceSpan;
    readonly path: string;
  },
  catalog: CatalogReading,
  report: Report,
): readonly string[] {
  const { family, listed, at, path } = given;
  const pinned = [...new Set(listOf(listed?.value ?? '').map((one) => one.toLowerCase()))];
  if (catalog === 'invalid') return pinned;
  if (catalog === 'missing') {
    // Pinned benchmarks are names; without a catalog nobody knows what a family has.
    if (family === undefined) return pinned;
    const message = `there is no ${path} to look ${shorten(family.value)} up in`;
    report(error('benchmark-catalog-missing', family.at, message, { fix: 'write it and commit it' }));
    return pinned;
  }
  const known = family === undefined ? [...catalog.values()].flat() : catalog.get(family.value.toLowerCase());
  if (known === undefined) {
    const near = nearest(family?.value ?? '', [...catalog.keys()]);
    report(
      error('unknown-benchmark', family?.at ?? at, `${path} has no family ${shorten(family?.value ?? '')}`, {
        expected: [...catalog.keys()].join(', '),
        ...(near === null ? {} : { fix: `write ${near}` }),
      }),
    );
    return pinned;
  }
  if (selection === 'delegated') return known;
  for (const one of pinned)
    if (!known.includes(one)) {
      const where = family === undefined ? path : `the family ${shorten(family.value)} of ${path}`;
      const near = nearest(one, known);
      report(
        error('unknown-benchmark', listed?.at ?? at, `${shorten(one)} is not in ${where}`, {
          ...(near === null ? {} : { fix: `write ${near}` }),
        }),
      );
    }
  return pinned;
}

/** Who judges, and what there is to judge, come together (contract.md §1.7 V26, V27). */
export function checkEvalTargets(
  targets: readonly EvalTarget[],
  agents: readonly Agent[],
  { config, sectionAt }: { readonly config: Config; readonly sectionAt: SourceSpan | null },
  report: Report,
): void {
  const judge = agents.find((agent) => agent.role === 'cont-eval');
  if (judge === undefined && sectionAt !== null) {
    const message = 'the wave has eval targets and nobody to judge them';
    report(
      error('eval-targets-without-cont-eval', sectionAt, message, {
        expected: `## Agent ${config.roles.contEvalAgentId}: cont-EVAL`,
      }),
    );
  }
  if (judge !== undefined && targets.length === 0) {
    const message = `${shorten(judge.id)} (cont-eval) has nothing to judge`;
    report(
      error('missing-eval-targets', judge.at, message, {
        expected:
          '## Eval targets with "- id: … | selection: pinned | benchmarks: … | objective: … | threshold: …"',
      }),
    );
  }
}
