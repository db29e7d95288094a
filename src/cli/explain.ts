/** `wave explain <code>`: what a code means and what clears it. */

import { isReasonCode, REASONS } from '../closure/index.ts';
import { DIAGNOSTIC_CODES, explain, nearest } from '../contract/index.ts';
import { WaveFailure } from '../run/index.ts';
import { type Common, command, print, printJson } from './terminal.ts';

export const run = async (argv: readonly string[]): Promise<number> => {
  const program = command('explain', 'Says what a code means and what to do about it.').argument(
    '[code]',
    'all codes when left out',
  );
  program.parse([...argv], { from: 'user' });
  const { json } = program.opts<Common>();
  const [code] = program.args;
  const known = [...Object.keys(REASONS), ...Object.keys(DIAGNOSTIC_CODES)];
  if (code === undefined) {
    if (json === true) printJson({ reasons: REASONS, diagnostics: DIAGNOSTIC_CODES });
    else print(known.toSorted().join('\n'));
    return 0;
  }
  const diagnostic = explain(code);
  const found = isReasonCode(code)
    ? { meaning: REASONS[code].meaning, fix: REASONS[code].clears }
    : diagnostic;
  if (found === null) {
    const near = nearest(code, known);
    throw new WaveFailure(
      'unknown-code',
      `there is no code “${code.slice(0, 60)}”`,
      near === null ? 'wave explain lists all codes.' : `Did you mean ${near}?`,
    );
  }
  if (json === true) printJson({ code, ...found });
  else print(`${code}\n  ${found.meaning}\n  clears: ${found.fix}`);
  return 0;
};
