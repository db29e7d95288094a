/** What a demo wave is made of, as data: who is in it, what each does, and what lies in the repository before it. */
import type { Role } from '../contract/vocabulary/index.ts';
import type { Action } from './script.ts';

export type DemoAgent = {
  readonly id: string;
  readonly title: string;
  readonly role: Role;
  readonly prompt: string;
  /** Files, and folders ending in `/`. A judge's report is the first. */
  readonly owns: readonly string[];
  readonly deliverables?: readonly string[];
  readonly capabilities?: readonly string[];
  readonly components?: readonly string[];
  readonly timeout?: string;
  readonly actions: readonly Action[];
};

export type Promotion = { readonly component: string; readonly from: string; readonly to: string };

export type EvalTarget = {
  readonly id: string;
  readonly benchmarks: readonly string[];
  readonly objective: string;
  readonly threshold: string;
};

export type DemoPlan = {
  readonly lane: string;
  readonly wave: number;
  readonly title: string;
  /** In the order of the wave file. */
  readonly agents: readonly DemoAgent[];
  readonly promotions: readonly Promotion[];
  readonly evalTargets: readonly EvalTarget[];
  /** Files of the library before the wave. */
  readonly files: Readonly<Record<string, string>>;
  readonly verify: string;
  /** Attempts after a refused one. */
  readonly retries: number;
};

export const workersOf = (plan: DemoPlan): readonly DemoAgent[] =>
  plan.agents.filter((agent) => agent.role === 'implementation');

export const MATRIX = 'docs/plans/component-cutover-matrix.json';

/** The component matrix before the wave, or as documentation leaves it. */
export const matrixText = (
  plan: Pick<DemoPlan, 'wave' | 'promotions'>,
  level: (promotion: Promotion) => string,
): string =>
  `${JSON.stringify(
    {
      components: Object.fromEntries(
        plan.promotions.map((one) => [
          one.component,
          { currentLevel: level(one), promotions: [{ wave: plan.wave, target: one.to }] },
        ]),
      ),
    },
    null,
    2,
  )}\n`;
