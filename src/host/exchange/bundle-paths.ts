/** Which paths and sizes a bundle may have, going out and coming in (platform.md S21, S24). */
import type { Bundle, BundleLimits } from './types.ts';

/** Also what the artifact service refuses in a path (toolkit, `path-and-artifact-name-validation`). */
const FORBIDDEN = /[":<>|*?\\\u0000-\u001f\u007f]/;

/** Why a path cannot be a file of a bundle, or null. */
export const pathProblem = (path: string, depth: number): string | null => {
  if (path === '' || path.length > 1_024) return 'has 1 to 1,024 characters';
  if (!path.isWellFormed() || FORBIDDEN.test(path)) return 'holds a forbidden character';
  const segments = path.split('/');
  if (segments.length > depth) return `is deeper than ${depth}`;
  for (const segment of segments) {
    if (segment === '') return 'is absolute or has an empty segment';
    if (segment === '.' || segment === '..') return 'leaves its folder';
    if (Buffer.byteLength(segment) > 255) return 'has a segment longer than 255 bytes';
    if (/[. ]$/.test(segment)) return 'has a segment that ends with a dot or a blank';
  }
  return null;
};

/** Names that some file system would take for one (letter case, Unicode form). */
const folded = (path: string): string => path.normalize('NFC').toLowerCase();

/** Two paths that cannot both be files below one folder, on any file system; null when there are none. */
export const collision = (paths: Iterable<string>): readonly [string, string] | null => {
  const files = new Map<string, string>();
  const folders = new Map<string, string>();
  for (const path of paths) {
    const name = folded(path);
    const other = files.get(name) ?? folders.get(name);
    if (other !== undefined) return [other, path];
    files.set(name, path);
    for (let at = name.indexOf('/'); at !== -1; at = name.indexOf('/', at + 1)) {
      const file = files.get(name.slice(0, at));
      if (file !== undefined) return [file, path];
      folders.set(name.slice(0, at), path);
    }
  }
  return null;
};

/** Why a bundle cannot be put, or null. */
export const bundleProblem = (files: Bundle, limits: BundleLimits): string | null => {
  if (files.size === 0) return 'a bundle has at least one file';
  if (files.size > limits.entries) return `${files.size} files are more than ${limits.entries}`;
  let total = 0;
  for (const [path, bytes] of files) {
    const wrong = pathProblem(path, limits.depth);
    if (wrong !== null) return `the path ${JSON.stringify(path.slice(0, 200))} ${wrong}`;
    total += bytes.length;
  }
  if (total > limits.totalBytes) return `${total} bytes are more than ${limits.totalBytes}`;
  const pair = collision(files.keys());
  return pair === null ? null : `${JSON.stringify(pair[0])} and ${JSON.stringify(pair[1])} collide`;
};
