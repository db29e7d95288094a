import { z } from 'zod';
import { error, hasErrors, type Report } from './diagnostic.ts';
import { shorten } from './items.ts';
import { readJsonFile } from './json-file.ts';
import { type ComponentMatrix, type Diagnostic, MATURITY_LEVELS, type SourceFile } from './types.ts';

const id = z.string().regex(/^[a-z0-9][a-z0-9._-]*$/, 'expected lower-case letters, digits, ".", "_", "-"');
const level = z.string().min(1).max(100);

/** contract.md §1.10; titles, documents and surfaces are for people and are not read. */
const MATRIX = z.looseObject({
  levels: z.array(level).min(1).optional(),
  components: z.record(
    id,
    z.looseObject({
      currentLevel: level,
      promotions: z.array(z.looseObject({ wave: z.int().min(0), target: level })).optional(),
    }),
  ),
});

/** The component matrix, or where it is wrong. Never throws, whatever the text. */
export function readComponentMatrix(file: SourceFile): {
  readonly matrix: ComponentMatrix | null;
  readonly diagnostics: readonly Diagnostic[];
} {
  const diagnostics: Diagnostic[] = [];
  const report: Report = (diagnostic) => diagnostics.push(diagnostic);
  const read = readJsonFile(file, MATRIX, 'component-matrix-invalid', report);
  if (read === null) return { matrix: null, diagnostics };
  const { value, locate } = read;
  const levels: readonly string[] = value.levels ?? MATURITY_LEVELS;
  const known = (name: string, path: readonly PropertyKey[]): void => {
    if (levels.includes(name)) return;
    const message = `"${shorten(name)}" is not one of the levels of this matrix`;
    report(error('component-matrix-invalid', locate(path), message, { expected: levels.join(', ') }));
  };
  const components: [string, { currentLevel: string; promotions: { wave: number; target: string }[] }][] = [];
  for (const [name, { currentLevel, promotions = [] }] of Object.entries(value.components)) {
    known(currentLevel, ['components', name, 'currentLevel']);
    const waves = new Set<number>();
    promotions.forEach(({ wave, target }, i) => {
      known(target, ['components', name, 'promotions', i, 'target']);
      if (waves.has(wave))
        report(
          error(
            'component-matrix-invalid',
            locate(['components', name, 'promotions', i]),
            `${shorten(name)} is promoted twice in wave ${wave}`,
            { fix: 'keep one of the two' },
          ),
        );
      waves.add(wave);
    });
    components.push([
      name,
      { currentLevel, promotions: promotions.map(({ wave, target }) => ({ wave, target })) },
    ]);
  }
  return {
    matrix: hasErrors(diagnostics) ? null : { levels, components: new Map(components) },
    diagnostics,
  };
}
