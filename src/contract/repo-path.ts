/** Why a text is not a path inside the repository; `reason` completes "the path …". */
export type PathProblem = { readonly problem: string };
export type RepoPath = { readonly path: string };

const LONGEST_PATH = 1024;

/**
 * An authored or reported path as the repository knows it: `/`-separated, relative, without `.` segments or
 * doubled slashes, a trailing `/` kept (it means the directory). Refused: empty, absolute, home-relative, drive
 * letters, `..` segments, backslashes, `.git` in any disguise a file system folds to it (git's
 * `verify_path`, CVE-2014-9390), control and bidirectional characters, wildcards. `[` and `]` stay: routers
 * name files `[id].tsx`, and nothing here expands them.
 */
export function normaliseRepoPath(text: string): RepoPath | PathProblem {
  const trimmed = text.trim();
  if (trimmed === '') return { problem: 'is empty' };
  if (trimmed.length > LONGEST_PATH) return { problem: `is longer than ${LONGEST_PATH} characters` };
  if (/[\u0000-\u001F\u007F-\u009F\u2028-\u202E\u2066-\u2069\uFEFF]/.test(trimmed)) {
    return { problem: 'has a control character' };
  }
  if (/[\uD800-\uDFFF]/u.test(trimmed)) return { problem: 'is not valid Unicode' };
  if (trimmed.includes('\\')) return { problem: 'has a backslash; write / between folders' };
  if (trimmed.startsWith('/')) return { problem: 'is absolute' };
  if (/[*?{}]/.test(trimmed)) return { problem: 'has a wildcard; name files, or a folder ending in /' };
  const segments = trimmed.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..')) return { problem: 'has a .. segment' };
  if (segments.some(isGitDirectory)) return { problem: 'reaches into .git' };
  if (segments.length === 0) return { problem: 'is the whole repository' };
  const [first = ''] = segments;
  if (/^[A-Za-z]:/.test(first)) return { problem: 'starts with a drive letter' };
  if (first === '~') return { problem: 'starts in a home directory' };
  if (segments.some((segment) => segment !== segment.trim())) {
    return { problem: 'has a name that starts or ends with a space' };
  }
  const directory = trimmed.endsWith('/') || trimmed.endsWith('/.');
  return { path: segments.join('/') + (directory ? '/' : '') };
}

function isGitDirectory(segment: string): boolean {
  const folded = segment
    .replace(/[\u200C-\u200F\u202A-\u202E\u206A-\u206F\uFEFF]/g, '')
    .toLowerCase()
    .replace(/:.*$/, '')
    .replace(/[. ]+$/, '');
  return folded === '.git' || /^git~\d+$/.test(folded);
}

/**
 * Where a relative path with `..` segments leads; null when it leaves the repository. Only for saying what a
 * refused path would have meant.
 */
export function resolveParents(text: string): string | null {
  const resolved: string[] = [];
  for (const segment of text.trim().split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') resolved.push(segment);
    else if (resolved.pop() === undefined) return null;
  }
  return resolved.join('/');
}

/** Does `pattern` (a file, or a directory ending in `/`) cover `path`? Both normalised. */
export function coversPath(pattern: string, path: string): boolean {
  return pattern.endsWith('/') ? path.startsWith(pattern) : path === pattern;
}
