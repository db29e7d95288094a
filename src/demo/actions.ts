/** What demo agents of every wave do alike. */
import type { DemoPlan, EvalTarget, Promotion } from './plan.ts';
import { MATRIX, matrixText } from './plan.ts';
import type { Action } from './script.ts';

const signal = (kind: string, fields: Readonly<Record<string, string>>): Action => ({
  do: 'signal',
  kind,
  fields,
});

/** An implementation agent's tests, then its word on them. */
export const tested = (file: string): readonly Action[] => [
  { do: 'run', argv: ['node', file] },
  signal('proof', {
    completion: 'integrated',
    durability: 'durable',
    proof: 'integration',
    state: 'met',
    detail: 'own tests pass in the clone',
  }),
  signal('doc-delta', { state: 'owned' }),
];

export const landed = ({ component, to }: Promotion): Action =>
  signal('component', { component, level: to, state: 'met' });

const report = (path: string, title: string, lines: readonly string[]): Action => ({
  do: 'write',
  path,
  text: [`# ${title}`, '', ...lines, ''].join('\n'),
});

export const evaluated = (
  path: string,
  targets: readonly EvalTarget[],
  benchmark: Action,
): readonly Action[] => {
  const benchmarks = targets.flatMap((one) => one.benchmarks);
  return [
    benchmark,
    report(
      path,
      'cont-EVAL',
      targets.map((one) => `- ${one.id}: ${one.objective}, ${one.threshold}. Met.`),
    ),
    signal('eval', {
      state: 'satisfied',
      targets: String(targets.length),
      benchmarks: String(benchmarks.length),
      regressions: '0',
      'target-ids': targets.map((one) => one.id).join(','),
      'benchmark-ids': benchmarks.join(','),
    }),
  ];
};

export const reviewed = (path: string, lines: readonly string[]): readonly Action[] => [
  report(path, 'Security review', lines),
  signal('security', { state: 'clear', findings: '0', approvals: '0' }),
];

/** Integration looks for itself; where the parts disagree it says so and asks for the repair. */
export const integrated = (
  path: string,
  argv: readonly string[],
  lines: readonly string[],
  repair: { readonly to: string; readonly summary: string; readonly detail: string },
): readonly Action[] => [
  {
    do: 'check',
    argv,
    holds: [
      report(path, 'Integration', lines),
      signal('integration', { state: 'ready-for-doc-closure', claims: '2', conflicts: '0', blockers: '0' }),
    ],
    fails: [
      report(path, 'Integration', [`Conflict: ${repair.detail}.`]),
      { do: 'ask', kind: 'request', wait: false, ...repair },
      signal('integration', {
        state: 'needs-more-work',
        claims: '2',
        conflicts: '1',
        blockers: '0',
        detail: repair.detail,
      }),
    ],
  },
];

/** Documentation says what is new, and raises what was promoted in the component matrix. */
export const documented = (
  plan: Pick<DemoPlan, 'wave' | 'promotions'>,
  path: string,
  text: string,
): readonly Action[] => [
  { do: 'write', path, text },
  { do: 'write', path: MATRIX, text: matrixText(plan, (promotion) => promotion.to) },
  signal('doc-closure', { state: 'closed', paths: `${path},${MATRIX}` }),
];

export const passed = (path: string, tests: string, lines: readonly string[]): readonly Action[] => [
  { do: 'run', argv: ['node', '--test', '--test-isolation=none', tests] },
  report(path, 'cont-QA', [...lines, '', 'Verdict: PASS']),
  signal('gate', {
    architecture: 'pass',
    integration: 'pass',
    durability: 'pass',
    live: 'pass',
    docs: 'pass',
  }),
  signal('verdict', { verdict: 'pass' }),
];
