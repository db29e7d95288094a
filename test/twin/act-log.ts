/** act's `--json` output, grouped by job. */
import type { KnownJob } from './act-identities.ts';

export type JobResult = {
  /** The key in the workflow file, and act's name, unique for each matrix entry. */
  readonly job: string;
  readonly name: string;
  readonly matrix: Readonly<Record<string, unknown>>;
  readonly result: 'success' | 'failure' | 'cancelled' | 'skipped' | 'unknown';
  /** What its steps printed. */
  readonly log: string;
  /** The identity it had, when it ran the product or a checkout. */
  readonly identity: KnownJob | null;
};

/** One line of act's output: a message with the job and step it belongs to. */
export type Line = Readonly<Record<string, unknown>> & { readonly msg?: string };

function readLine(line: string): Line | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Line) : null;
  } catch {
    return null;
  }
}

/** The lines of act's output that are JSON. */
export function readLines(output: string): Line[] {
  return output.split('\n').flatMap((text) => {
    const line = readLine(text);
    return line === null ? [] : [line];
  });
}

/** What each job printed and how it ended. */
export function readJobs(lines: readonly Line[], known: readonly KnownJob[]): JobResult[] {
  const byName = Map.groupBy(
    lines.filter((line) => typeof line.job === 'string' && typeof line.jobID === 'string'),
    (line) => String(line.job).trim(),
  );
  return [...byName].map(([name, own]) => {
    const log = own.filter((line) => line.raw_output === true).map((line) => line.msg ?? '');
    const id = Number(/^\[twin\] job (\d+) /m.exec(log.join('\n'))?.[1] ?? Number.NaN);
    const result = own.findLast((line) => typeof line.jobResult === 'string')?.jobResult;
    const results = ['success', 'failure', 'cancelled', 'skipped'] as const;
    return {
      job: String(own[0]?.jobID),
      name,
      matrix: (own[0]?.matrix ?? {}) as Record<string, unknown>,
      result: results.find((one) => one === result) ?? 'unknown',
      log: log.map((line) => line.replace(/\n$/, '')).join('\n'),
      identity: known.find((job) => job.id === id) ?? null,
    };
  });
}
