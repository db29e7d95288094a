import { ABSENT, type PatchChange, type Refusal, type RefusalCode } from './change.ts';

/** Bytes; Linux's PATH_MAX and NAME_MAX. A longer one cannot be checked out. */
const MAX_PATH = 4096;
const MAX_SEGMENT = 255;

/**
 * What no patch may do whoever made it: paths that leave the repository, reach git's own files under any disguise
 * a file system folds away, or mean different files on different systems; links and odd modes; two spellings of
 * one path (platform.md S21).
 */
export const shapeRefusals = (changes: readonly PatchChange[]): Refusal[] => [
  ...changes.flatMap((change) => [...pathRefusals(change.path), ...modeRefusals(change)]),
  ...caseCollisions(
    changes.filter(({ kind }) => kind !== 'deleted').map(({ path }) => path),
    [],
  ),
];

/** Everything wrong with one path, as git spells it. */
export const pathRefusals = (path: string): Refusal[] => {
  const found = new Map<RefusalCode, string>();
  const refuse = (code: RefusalCode, detail: string): void => {
    if (!found.has(code)) found.set(code, detail);
  };
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) refuse('path-traversal', 'the path is absolute');
  if (path.includes('\\'))
    refuse('path-traversal', 'the path has a backslash, which separates folders on Windows');
  if (Buffer.byteLength(path) > MAX_PATH)
    refuse('path-not-portable', `the path is longer than ${MAX_PATH} bytes`);
  // Backslash counts as a separator here, so that `.git\config` is named for what it is too.
  for (const segment of path.replace(/^\//, '').split(/[/\\]/)) {
    if (segment === '' || segment === '.') refuse('path-traversal', 'the path has an empty or `.` segment');
    else if (segment === '..') refuse('path-traversal', 'the path has a `..` segment');
    else if (isGitName(segment)) refuse('git-path', "the path names git's own folder");
    else if (Buffer.byteLength(segment) > MAX_SEGMENT)
      refuse('path-not-portable', `a name is longer than ${MAX_SEGMENT} bytes`);
    else if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\uFFFD]/u.test(segment))
      refuse('path-not-portable', 'the path has a control, invisible or undecodable character');
    else if (/[. ]$|^ /.test(segment))
      refuse('path-not-portable', 'a name starts with a space or ends in a dot or space');
    else if (segment.includes(':')) refuse('path-not-portable', 'a name has a colon, a stream on Windows');
  }
  return [...found].map(([code, detail]) => ({ code, path, detail }));
};

/**
 * `.git` as HFS+ (invisible characters ignored), NTFS (short names, trailing dots, spaces and streams) and
 * case-insensitive file systems read it (git's `is_hfs_dotgit`, `is_ntfs_dotgit`).
 */
const isGitName = (segment: string): boolean => {
  const folded = segment
    .replace(/\p{Cf}/gu, '')
    .toLowerCase()
    .replace(/:.*$/s, '')
    .replace(/[. ]+$/, '');
  return folded === '.git' || /^git~\d+$/.test(folded);
};

const REGULAR = new Set(['100644', '100755']);

const modeRefusals = ({ path, oldMode, newMode }: PatchChange): Refusal[] => {
  const modes = [oldMode, newMode];
  if (modes.includes('120000'))
    return [{ code: 'symlink', path, detail: 'symlinks are neither made, changed nor removed' }];
  if (modes.includes('160000'))
    return [
      {
        code: 'gitlink',
        path,
        detail: 'an embedded repository or submodule is neither made, changed nor removed',
      },
    ];
  const odd = modes.find((mode) => mode !== ABSENT && !REGULAR.has(mode));
  if (odd !== undefined)
    return [{ code: 'mode-not-allowed', path, detail: `mode ${odd}; files are 100644 or 100755` }];
  if (oldMode === '100644' && newMode === '100755')
    return [{ code: 'mode-change', path, detail: 'an existing file is made executable' }];
  return [];
};

const folded = (path: string): string => path.normalize('NFC').toLowerCase();

/**
 * Paths, or folders of paths, that a case-insensitive or normalising file system takes for one another: among
 * `added`, and between `added` and what is `present` already.
 */
export const caseCollisions = (added: readonly string[], present: Iterable<string>): Refusal[] => {
  const spelling = new Map<string, string>();
  for (const path of present) for (const name of withFolders(path)) spelling.set(folded(name), name);
  const refusals: Refusal[] = [];
  for (const path of added) {
    for (const name of withFolders(path)) {
      const other = spelling.get(folded(name));
      if (other === undefined) spelling.set(folded(name), name);
      else if (other !== name) {
        refusals.push({
          code: 'case-collision',
          path,
          detail: `${name} and ${other} are one path on some file systems`,
        });
        break;
      }
    }
  }
  return refusals;
};

const withFolders = (path: string): string[] => {
  const names: string[] = [];
  for (let cut = path.indexOf('/'); cut > 0; cut = path.indexOf('/', cut + 1)) names.push(path.slice(0, cut));
  return [...names, path];
};
