/**
 * A use case that cannot go on: the store refused, git failed, somebody else holds the lane. Thrown inside `run/` and
 * caught once, by the command or the action that called; a refused wave is a result, never one of these.
 */
export class WaveFailure extends Error {
  readonly code: string;
  /** What to do about it. */
  readonly fix: string;
  /** contract.md §3.1. */
  readonly exitCode: number;

  constructor(code: string, message: string, fix: string, exitCode = 1) {
    super(message);
    this.code = code;
    this.fix = fix;
    this.exitCode = exitCode;
  }
}

/** Another launcher holds the lane (contract.md §3.1). */
export const EXIT_LANE_HELD = 32;
/** Every failure is a verdict of cont-QA's. */
export const EXIT_CONT_QA = 42;
/** Only people can clear what is left. */
export const EXIT_WAITING = 43;

type Tagged = { readonly ok: true } | { readonly ok: false; readonly code: string; readonly message: string };

/** The value of a result that has to be good here, else a failure naming what was being done. */
export const orFail = <T>(
  result:
    | { readonly ok: true; readonly value: T }
    | { readonly ok: false; readonly code: string; readonly message: string },
  doing: string,
  fix = 'Mend the cause and run the command again; nothing was lost.',
): T => {
  if (result.ok) return result.value;
  throw new WaveFailure(result.code, `${doing}: ${result.message}`, fix);
};
export const okOrFail = (
  result: Tagged,
  doing: string,
  fix = 'Mend the cause and run the command again; nothing was lost.',
): void => {
  if (!result.ok) throw new WaveFailure(result.code, `${doing}: ${result.message}`, fix);
};
