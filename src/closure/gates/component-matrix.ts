/**
 * Component matrix gate (closure.md §3.5): the matrix that ships says what the wave proved, and nothing that nobody
 * proved. Documentation keeps it.
 */
import type { ComponentMatrix, Contract } from '../../contract/index.ts';
import type { Evidence, Reason } from '../types.ts';
import { reason } from './reason.ts';

const GATE = 'component-matrix';

/** Does the wave have anything to do with a matrix? One that does not never looks at it. */
export const hasMatrix = (contract: Contract): boolean =>
  contract.promotions.length > 0 || contract.componentMatrix !== null;

export const componentMatrixGate = (contract: Contract, evidence: Evidence): readonly Reason[] => {
  if (!hasMatrix(contract)) return [];
  const path = contract.config.paths.componentMatrix;
  const blame = {
    agent: contract.agents.find((agent) => agent.role === 'documentation')?.id ?? null,
    evidence: [path, ...(evidence.candidate === null ? [] : [evidence.candidate.tree])],
  };
  if (evidence.matrix.kind !== 'read')
    return [
      reason(
        GATE,
        'component-matrix-invalid',
        evidence.matrix.kind === 'missing'
          ? `${path} is not in the tree`
          : `${path}: ${evidence.matrix.problem}`,
        blame,
      ),
    ];
  const { matrix } = evidence.matrix;
  const promoted = contract.promotions.flatMap(({ component, target }): readonly Reason[] => {
    const level = matrix.components.get(component)?.currentLevel;
    if (level === undefined)
      return [reason(GATE, 'unknown-component', `${component} is promoted and not in ${path}`, blame)];
    return level === target
      ? []
      : [
          reason(
            GATE,
            'component-current-level-stale',
            `${component} is promoted to ${target}, ${path} says ${level}`,
            blame,
          ),
        ];
  });
  const others = unproved(contract, contract.componentMatrix, matrix).map((detail) =>
    reason(GATE, 'component-level-unproved', detail, blame),
  );
  return [...promoted, ...others];
};

/** Levels that moved without a promotion. A component nobody knew before enters at the first level. */
const unproved = (
  contract: Contract,
  before: ComponentMatrix | null,
  now: ComponentMatrix,
): readonly string[] => {
  const promoted = new Set(contract.promotions.map(({ component }) => component));
  const [first = ''] = now.levels;
  const names = new Set([...(before?.components.keys() ?? []), ...now.components.keys()]);
  return [...names].flatMap((component) => {
    if (promoted.has(component)) return [];
    const was = before?.components.get(component)?.currentLevel ?? null;
    const is = now.components.get(component)?.currentLevel ?? null;
    if (is === was || (was === null && is === first)) return [];
    return [
      `${component} went from ${was ?? 'nothing'} to ${is ?? 'nothing'} and the wave does not promote it`,
    ];
  });
};
