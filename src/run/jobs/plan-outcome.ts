/** What `plan` comes to: a ticket for the jobs after it, nothing to do, or a refusal on the commit. */
import type { Diagnostic } from '../../contract/index.ts';
import { diagnosticAnnotations } from '../../views/index.ts';
import type { JobContext, Ticket } from './context.ts';
import { asCheckAnnotation, GATE_CHECK, ourChecks, postCheck, previewId } from './posting.ts';

export type PlanOutcome =
  | { readonly kind: 'run'; readonly ticket: Ticket }
  /** Nothing to do, or refused; `red` when the job has to fail. */
  | { readonly kind: 'nothing'; readonly why: string; readonly red: boolean };

export const nothing = (why: string, red = false): PlanOutcome => ({ kind: 'nothing', why, red });

/** Refusals that are about the asking, not about the commit: they say nothing over a verdict that is there or under way. */
const ABOUT_THE_ASKING: ReadonlySet<string> = new Set(['not-authorised', 'attempt-live']);

export const refuse = async (
  context: JobContext,
  sha: string,
  code: string,
  title: string,
  summary: string,
  diagnostics: readonly Diagnostic[] = [],
): Promise<PlanOutcome> => {
  context.log(`${code}: ${title}`);
  const judged = async (): Promise<boolean> =>
    (await ourChecks(context, sha, GATE_CHECK)).some((one) => one.externalId !== previewId(sha));
  if (ABOUT_THE_ASKING.has(code) && (await judged())) return nothing(`${code}: ${title}`, true);
  await postCheck(
    context,
    GATE_CHECK,
    sha,
    `plan-${code}-${context.runId}`,
    { status: 'completed', conclusion: 'failure' },
    {
      title: title.slice(0, 60),
      summary,
      annotations: diagnosticAnnotations(diagnostics).map(asCheckAnnotation),
    },
  );
  return nothing(`${code}: ${title}`, true);
};
