/**
 * Names of what jobs exchange: `wave-<what>-r<k>-<agent>`, where k is the producer's run attempt (design §5), and
 * `~<n>` after it for the second and later of a kind. The name is the uploader's claim; who may make it is decided
 * in {@link ./speakers.ts}.
 */

export type ArtifactName = {
  /** `hello`, `result`, `outbox`, `proof`, …: a lower-case word. */
  readonly what: string;
  /** The producer's run attempt, from 1. */
  readonly attempt: number;
  /** An agent id, or the name a trusted job goes by. */
  readonly agent: string;
  /** From 1. Cumulative outboxes count up; so does a job that found its name taken. */
  readonly serial: number;
};

const WHAT = /^[a-z][a-z0-9]{0,23}$/;
const AGENT = /^[A-Za-z][A-Za-z0-9._-]{0,31}$/;
const NAME =
  /^wave-([a-z][a-z0-9]{0,23})-r([1-9][0-9]{0,4})-([A-Za-z][A-Za-z0-9._-]{0,31})(?:~([1-9][0-9]{0,2}))?$/;

/** The prefix of every name that is ours to read. */
export const NAME_PREFIX = 'wave-';

/** The name as uploaded. Throws a RangeError on parts that are no name: they come from our own contract. */
export const artifactName = (parts: Omit<ArtifactName, 'serial'> & { readonly serial?: number }): string => {
  const { what, attempt, agent, serial = 1 } = parts;
  const counts = Number.isInteger(attempt) && attempt >= 1 && attempt <= 99_999;
  if (
    !WHAT.test(what) ||
    !AGENT.test(agent) ||
    !counts ||
    !Number.isInteger(serial) ||
    serial < 1 ||
    serial > 999
  ) {
    throw new RangeError(`no artifact name: ${JSON.stringify(parts)}`);
  }
  return `${NAME_PREFIX}${what}-r${attempt}-${agent}${serial === 1 ? '' : `~${serial}`}`;
};

/** The parts of a listed name; null when it is none of ours. `artifactName` of the result is `text` again. */
export const parseArtifactName = (text: string): ArtifactName | null => {
  const found = NAME.exec(text);
  if (found === null || found[4] === '1') return null;
  const [, what = '', attempt = '', agent = '', serial = '1'] = found;
  return { what, attempt: Number(attempt), agent, serial: Number(serial) };
};

/** What neither a file system nor the artifact service takes in a name (toolkit, `path-and-artifact-name-validation`). */
const FORBIDDEN = /["':<>|*?\\/\u0000-\u001f\u007f]/;

/** Why a name cannot be stored, or null. Any name we can store is safe as the name of a folder. */
export const nameProblem = (name: string): string | null => {
  if (name === '' || name.length > 200) return 'a name has 1 to 200 characters';
  if (name.startsWith('.') || name.endsWith('.') || name !== name.trim()) {
    return 'a name neither starts nor ends with a dot or a blank';
  }
  return FORBIDDEN.test(name) ? 'a name has no control characters and none of " \' : < > | * ? \\ /' : null;
};
