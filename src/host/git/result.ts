/** An expected failure as a value: `code` is stable and for programs, `message` is one line for people. */
export type Failure<Code extends string = string> = {
  readonly ok: false;
  readonly code: Code;
  readonly message: string;
};
export type Result<T, Code extends string = GitFailureCode> =
  | { readonly ok: true; readonly value: T }
  | Failure<Code>;

/** What any git call can run into besides its own refusals. */
export type GitFailureCode =
  | 'not-found'
  | 'bad-argument'
  | 'output-too-large'
  | 'timed-out'
  | 'git-missing'
  | 'git-failed';

export const success = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });

export const failure = <Code extends string>(code: Code, message: string): Failure<Code> => ({
  ok: false,
  code,
  message,
});

/** The value, where a failure can only be a bug of ours (a tree we have just written is gone). */
export const must = <T>(result: Result<T, string>): T => {
  if (result.ok) return result.value;
  throw new Error(`git: ${result.code}: ${result.message}`);
};
