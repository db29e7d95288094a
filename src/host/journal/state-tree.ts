/** The tree of the state branch (design §4 "Where it lives"): which names it may hold, and what they mean. */
import { INSTANCE_PATTERN, type InstanceId, type Refused } from '../../journal/index.ts';
import { SEGMENT_NAME, segmentName } from './segment.ts';

export const FORMAT_FILE = 'format-1';
/** SHA-1 of the empty blob, which a format file is. */
const EMPTY_BLOB = 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391';

export type StatePath =
  | { readonly kind: 'format' }
  /** `instance` is null for what no instance owns: a lane's shared entries and dependency tickets. */
  | { readonly kind: 'segment'; readonly instance: InstanceId | null; readonly first: number }
  | { readonly kind: 'blob'; readonly sha256: string };

export const segmentPath = (instance: InstanceId, first: number): string =>
  `lanes/${instance}/${String(Math.floor(first / 100)).padStart(5, '0')}/${segmentName(first)}`;
export const blobPath = (sha256: string): string => `blob/${sha256.slice(0, 2)}/${sha256}`;

const SHARED = /^(?:lanes\/[a-z0-9][a-z0-9_-]{0,63}\/shared|deps\/[a-z0-9][a-z0-9_-]{0,63})$/;
const BLOB = /^blob\/([0-9a-f]{2})\/(\1[0-9a-f]{62})$/;

/** What a path names, or null when the format has no such name. All names are lower case: none collide anywhere. */
export const parseStatePath = (path: string): StatePath | null => {
  if (path === FORMAT_FILE) return { kind: 'format' };
  const blob = BLOB.exec(path);
  if (blob !== null) return { kind: 'blob', sha256: blob[2] ?? '' };
  const parts = path.split('/');
  const name = SEGMENT_NAME.exec(parts.at(-1) ?? '');
  if (name === null) return null;
  const first = Number(name[1]);
  if (first < 1 || parts.at(-2) !== String(Math.floor(first / 100)).padStart(5, '0')) return null;
  const owner = parts.slice(0, -2).join('/');
  const instance = owner.startsWith('lanes/') ? owner.slice('lanes/'.length) : '';
  if (INSTANCE_PATTERN.test(instance)) return { kind: 'segment', instance, first };
  return SHARED.test(owner) ? { kind: 'segment', instance: null, first } : null;
};

export type TreeFile = { readonly mode: string; readonly oid: string; readonly path: string };

const refused = (code: Refused['code'], message: string, fix: string): Refused => ({
  kind: 'refused',
  code,
  message,
  fix,
});

/** Names and modes of files a tip holds or a commit adds; the first wrong one refuses the whole. */
export const filesProblem = (files: readonly TreeFile[]): Refused | null => {
  const otherFormat = files.find(({ path }) => /^format-\d+$/.test(path) && path !== FORMAT_FILE);
  if (otherFormat !== undefined) {
    const message = `the state branch says ${otherFormat.path}; this version reads and writes ${FORMAT_FILE}`;
    return refused('format-unknown', message, 'Update wave-orchestration; nothing was read or written.');
  }
  for (const { mode, oid, path } of files) {
    const parsed = parseStatePath(path);
    const shown = JSON.stringify(path.slice(0, 200));
    const fix =
      'Look who pushed it, and take it out with a reviewed commit by a maintainer; gates stay closed until then.';
    if (mode !== '100644') {
      return refused(
        'state-tree-invalid',
        `${shown} on the state branch has mode ${mode}; only regular files may be there`,
        fix,
      );
    }
    if (parsed === null)
      return refused('state-tree-invalid', `${shown} on the state branch is not a name of its format`, fix);
    if (parsed.kind === 'format' && oid !== EMPTY_BLOB) {
      return refused('state-tree-invalid', `${shown} on the state branch is not empty`, fix);
    }
  }
  return null;
};

/** As {@link filesProblem}, for the whole tree of a tip. */
export const treeProblem = (files: readonly TreeFile[]): Refused | null =>
  filesProblem(files) ??
  (files.some(({ path }) => path === FORMAT_FILE)
    ? null
    : refused(
        'state-tree-invalid',
        `the state branch has no ${FORMAT_FILE}`,
        'The branch was not made by wave-orchestration: choose another name for the state branch.',
      ));

/** One commit of the branch and the files it touches. */
export type StateCommit = {
  readonly oid: string;
  readonly parents: readonly string[];
  readonly changes: readonly (TreeFile & { readonly status: string })[];
};

/** `git log --raw --format='commit %H %P'`, newest first. A name that needs quoting keeps its quotes and is refused for them. */
export const parseLog = (text: string): StateCommit[] => {
  const commits: (Omit<StateCommit, 'changes'> & { changes: (TreeFile & { status: string })[] })[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('commit ')) {
      const [, oid = '', ...parents] = line.split(' ').filter((word) => word !== '');
      commits.push({ oid, parents, changes: [] });
    } else if (line.startsWith(':')) {
      const tab = line.indexOf('\t');
      const [, mode = '', , oid = '', status = ''] = line.slice(0, tab).split(' ');
      commits.at(-1)?.changes.push({ mode, oid, status, path: line.slice(tab + 1) });
    }
  }
  return commits;
};

/** What makes a commit on top of a verified one unacceptable: anything but additions of well-named regular files. */
export const commitProblem = (commit: StateCommit): Refused | null => {
  const changed = commit.changes.find(({ status }) => status !== 'A');
  if (changed !== undefined) {
    const message = `commit ${commit.oid} on the state branch changes or removes ${JSON.stringify(changed.path.slice(0, 200))}`;
    return refused(
      'history-rewritten',
      message,
      'Entries are never changed or removed. A maintainer must look at that commit.',
    );
  }
  return filesProblem(commit.changes);
};
