/** What cont-EVAL has to say (closure.md §3.9): satisfied, about exactly the targets declared, by the benchmarks allowed. */
import type { Agent, Contract, EvalTarget } from '../../contract/index.ts';
import type { Signal } from '../../journal/index.ts';
import type { ReasonCode } from '../reasons.ts';
import type { Reason } from '../types.ts';
import { because, blames, counted, reason } from './reason.ts';

type EvalSignal = Extract<Signal, { kind: 'eval' }>;
type Finding = readonly [code: ReasonCode, detail: string];

export const contEvalSaid = (
  contract: Contract,
  agent: Agent,
  last: EvalSignal | undefined,
): readonly Reason[] =>
  findings(contract, last).map(([code, detail]) => reason('cont-eval', code, detail, blames(agent)));

const findings = (contract: Contract, last: EvalSignal | undefined): readonly Finding[] => {
  if (last === undefined) return [['missing-wave-eval', 'gave no eval signal']];
  const regressions: readonly Finding[] =
    last.regressions > 0
      ? [['cont-eval-regressions', `reports ${counted(last.regressions, 'regression')}`]]
      : [];
  // One that is not satisfied has said enough: what it names is not asked for on top.
  if (last.state !== 'satisfied')
    return [[`cont-eval-${last.state}`, `reports ${last.state}${because(last.detail)}`], ...regressions];
  if (contract.evalTargets.length === 0)
    return [['missing-cont-eval-contract', 'the wave declares no eval target'], ...regressions];
  return [...targetFindings(contract, last), ...benchmarkFindings(contract, last), ...regressions];
};

const without = (some: Iterable<string>, others: ReadonlySet<string>): readonly string[] =>
  [...some].filter((one) => !others.has(one));

const targetFindings = (contract: Contract, { targets, targetIds }: EvalSignal): readonly Finding[] => {
  const named = new Set(targetIds);
  if (named.size === 0) return [['missing-cont-eval-target-ids', 'names no target']];
  const declared = new Set(contract.evalTargets.map(({ id }) => id));
  const left = without(declared, named);
  const strange = without(named, declared);
  return [
    ...(targets === named.size
      ? []
      : [['cont-eval-target-count-mismatch', `counts ${targets} targets and names ${named.size}`] as const]),
    ...(left.length === 0
      ? []
      : [['cont-eval-target-mismatch', `leaves out the target ${left.join(', ')}`] as const]),
    ...(strange.length === 0
      ? []
      : [
          [
            'cont-eval-target-mismatch',
            `names ${strange.join(', ')}, which the wave does not declare`,
          ] as const,
        ]),
  ];
};

const benchmarkFindings = (
  contract: Contract,
  { benchmarks, benchmarkIds }: EvalSignal,
): readonly Finding[] => {
  const used = new Set(benchmarkIds);
  if (used.size === 0) return [['missing-cont-eval-benchmarks', 'names no benchmark']];
  const allowed = new Set(contract.evalTargets.flatMap((target) => target.benchmarks));
  const strange = without(used, allowed);
  return [
    ...(benchmarks === used.size
      ? []
      : [
          [
            'cont-eval-benchmark-count-mismatch',
            `counts ${benchmarks} benchmarks and names ${used.size}`,
          ] as const,
        ]),
    ...(strange.length === 0
      ? []
      : [['cont-eval-benchmark-mismatch', `used ${strange.join(', ')}, which no target allows`] as const]),
    ...contract.evalTargets.flatMap((target) => unused(target, used)),
  ];
};

/** A pinned target asks for each of its benchmarks, a delegated one for any of its family. */
const unused = (
  { id, selection, family, benchmarks }: EvalTarget,
  used: ReadonlySet<string>,
): readonly Finding[] => {
  const left = without(benchmarks, used);
  if (selection === 'pinned')
    return left.length === 0
      ? []
      : [['cont-eval-benchmark-mismatch', `${id} is pinned to ${left.join(', ')}, which was not run`]];
  return left.length < benchmarks.length
    ? []
    : [['cont-eval-benchmark-mismatch', `ran nothing of ${family} for ${id}`]];
};
