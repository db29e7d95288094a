/**
 * A test build: `node --import ./hook.mjs src/cli/main.ts …` with WAVE_FAULT=<name> runs the product with one module of
 * it replaced by `<name>.fault.ts` beside this file. The fault exports all of the module it stands for and has one
 * function of its own; nothing in the product knows of it.
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const name = process.env['WAVE_FAULT'] ?? '';
if (!/^[a-z-]+$/.test(name)) throw new Error('WAVE_FAULT names a fault of test/faults');
const fault = new URL(`./${name}.fault.ts`, import.meta.url);
const real = /^export \* from '(\.[^']+)';$/m.exec(readFileSync(fault, 'utf8'))?.[1];
if (real === undefined) throw new Error(`${name}.fault.ts does not say which module it stands for`);

/** Of each module that is replaced, the one that stands for it and may itself load it. */
const REPLACED = new Map([
  [new URL(real, fault).href, fault.href],
  [
    new URL('../../src/cli/from-source.ts', import.meta.url).href,
    new URL('./programs.ts', import.meta.url).href,
  ],
]);

registerHooks({
  resolve(specifier, context, nextResolve) {
    const found = nextResolve(specifier, context);
    const other = REPLACED.get(found.url);
    return other === undefined || context.parentURL === other ? found : { ...found, url: other };
  },
});
