import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('..', import.meta.url));
/** `import … from '…'` and `export … from '…'` that are still there when the types are gone; `import()` is not one. */
const LOADED = /^(?:import|export)\s+(?!type\b)(?:[^'"`;]*?\bfrom\s+)?'([^']+)';$/gm;

/** The modules that are loaded before a file's first line runs: paths below src/, and names of packages. */
const loadedBy = (entry: string): ReadonlySet<string> => {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(relative(SRC, file))) return;
    seen.add(relative(SRC, file));
    for (const [, target = ''] of readFileSync(file, 'utf8').matchAll(LOADED)) {
      if (target.startsWith('.')) visit(join(dirname(file), target));
      else if (!target.startsWith('node:')) seen.add(target);
    }
  };
  visit(join(SRC, entry));
  return seen;
};

const packages = (loaded: ReadonlySet<string>): readonly string[] =>
  [...loaded].filter((one) => !one.endsWith('.ts')).toSorted();

test('help and dispatch load the names of the commands and nothing else', () => {
  expect([...loadedBy('cli/main.ts')].toSorted()).toEqual([
    'cli/commands.ts',
    'cli/from-source.ts',
    'cli/main.ts',
    'cli/node-version.ts',
  ]);
});

test.each(['cli/control.ts', 'cli/coord.ts', 'cli/signal.ts'])(
  '%s, which agents call again and again, stays small',
  (entry) => {
    const loaded = loadedBy(entry);
    // What only a person's use of it needs belongs behind `import()`, as in coord-operator.ts; what another room's whole
    // door would bring in, behind a smaller door of that room, as agents/mailbox/.
    expect(packages(loaded)).toEqual(['commander']);
    expect(loaded.size).toBeLessThan(40);
  },
);

test('the walk sees what is there', () => {
  expect(packages(loadedBy('cli/coord-operator.ts'))).toEqual(
    expect.arrayContaining(['commander', 'mdast-util-from-markdown', 'zod']),
  );
});
