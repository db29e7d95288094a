/** Annotations of a check run: findings on the lines they are about, so that a reviewer meets them in the diff. */
import { failing, type Gate } from '../closure/index.ts';
import type { Contract, Diagnostic } from '../contract/index.ts';
import { clip, visible } from './text.ts';

/** As the checks API takes it (`POST /repos/{owner}/{repo}/check-runs`, `output.annotations`). */
export type Annotation = {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  /** Only allowed when the annotation is on one line. */
  readonly start_column?: number;
  readonly end_column?: number;
  readonly annotation_level: 'failure' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
};

const TITLE = 255;
const MESSAGE = 2_000;

export const diagnosticAnnotations = (diagnostics: readonly Diagnostic[]): readonly Annotation[] =>
  diagnostics.map(({ at, code, message, fix, severity }) => ({
    path: at.file,
    start_line: at.line,
    end_line: Math.max(at.line, at.endLine),
    ...(at.endLine === at.line
      ? { start_column: at.column, end_column: Math.max(at.column, at.endColumn) }
      : {}),
    annotation_level: severity === 'error' ? 'failure' : 'warning',
    title: clip(visible(code), TITLE),
    message: clip(visible(fix === undefined ? message : `${message}. Fix: ${fix}`), MESSAGE),
  }));

const DELIVERABLES: ReadonlySet<string> = new Set(['missing-deliverable', 'empty-deliverable']);

/** Failing deliverables, on the line of the wave file that declared them. */
export const deliverableAnnotations = (contract: Contract, gates: readonly Gate[]): readonly Annotation[] => {
  const declared = contract.agents.flatMap((agent) =>
    agent.deliverables.map((one) => ({ agent: agent.id, ...one })),
  );
  return failing(gates)
    .filter((reason) => DELIVERABLES.has(reason.code))
    .flatMap((reason) => {
      const one = declared.find(
        ({ agent, at, path }) =>
          agent === reason.agent &&
          (reason.evidence.includes(`${at.file}:${at.line}`) || reason.detail.startsWith(`${path} `)),
      );
      if (one === undefined) return [];
      return [
        {
          path: one.at.file,
          start_line: one.at.line,
          end_line: one.at.line,
          annotation_level: 'failure' as const,
          title: `${visible(one.agent)} ${reason.code}`,
          message: clip(visible(reason.detail), MESSAGE),
        },
      ];
    });
};
