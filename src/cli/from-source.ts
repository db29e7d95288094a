/**
 * A clone runs its sources directly, and most of a start is then taking the types out of them: node keeps the outcome
 * here, beside the other programs of the clone. Whoever can write there can write the sources too. The package as it
 * ships needs none of it.
 */
import { fileURLToPath } from 'node:url';

const COMPILED = fileURLToPath(new URL('../../node_modules/.cache/wave', import.meta.url));

/** The folder for `enableCompileCache`; null where the bundle runs. */
export const compileCache: string | null = import.meta.url.endsWith('.ts') ? COMPILED : null;

/** How a program of this project is started: by the node that runs us. */
export const programCommand = (file: string): readonly string[] =>
  compileCache === null
    ? [process.execPath, file]
    : ['/usr/bin/env', `NODE_COMPILE_CACHE=${compileCache}`, process.execPath, file];
