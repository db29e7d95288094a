/** What a user without any group but its own could do to a path, as its modes say. Access lists are not looked at: the proof tries. */
import { realpathSync, statSync } from 'node:fs';
import { delimiter, dirname, isAbsolute } from 'node:path';

const OTHERS = { read: 0o4, write: 0o2, enter: 0o1 };
const STICKY = 0o1000;

/** The path and every folder above it, links resolved; null when it is not there. */
const line = (path: string): readonly { readonly mode: number }[] | null => {
  try {
    const modes: { readonly mode: number }[] = [];
    for (let at = realpathSync(path); ; at = dirname(at)) {
      modes.push(statSync(at));
      if (at === dirname(at)) return modes;
    }
  } catch {
    return null;
  }
};

/** Whether everybody may read it where it is; a program also has to be executable, which is not asked here. */
export const everybodyReads = (path: string): boolean => {
  const [itself, ...above] = line(path) ?? [];
  return (
    itself !== undefined &&
    (itself.mode & OTHERS.read) !== 0 &&
    above.every(({ mode }) => (mode & OTHERS.enter) !== 0)
  );
};

/** Whether everybody may go through it to what lies below, if they know its name. */
export const everybodyEnters = (path: string): boolean =>
  line(path)?.every(({ mode }) => (mode & OTHERS.enter) !== 0) ?? false;

/** Whether everybody may change it, or put something else in its place. A path that is not there counts as such. */
export const everybodyChanges = (path: string): boolean => {
  const [itself, ...above] = line(path) ?? [];
  return (
    itself === undefined ||
    (itself.mode & OTHERS.write) !== 0 ||
    above.some(({ mode }) => (mode & OTHERS.write) !== 0 && (mode & STICKY) === 0)
  );
};

/** The folders of a PATH that agents cannot plant programs in: the only ones we and other agents may find programs in. */
export const shutPath = (path: string): string =>
  path
    .split(delimiter)
    .filter((folder) => isAbsolute(folder) && !everybodyChanges(folder))
    .join(delimiter);
