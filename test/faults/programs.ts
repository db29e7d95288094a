/**
 * What a test build starts beside itself: an agent's `wave` and the demo's agents have no part in a fault, so they are the
 * programs as they ship where these were built, which start in a fraction of the time.
 */
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { programCommand as fromSource } from '../../src/cli/from-source.ts';

export * from '../../src/cli/from-source.ts';

const SOURCES = fileURLToPath(new URL('../../src/', import.meta.url));
const built = process.env['WAVE_TEST_BUILT'];

export const programCommand = (file: string): readonly string[] => {
  const path = relative(SOURCES, file);
  return built === undefined || path.startsWith(`..${sep}`)
    ? fromSource(file)
    : [process.execPath, join(built, 'dist', path.replace(/\.ts$/, '.js'))];
};
