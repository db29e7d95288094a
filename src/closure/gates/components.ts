/**
 * Component gate (closure.md §3.4): what the wave promotes is proved by everybody who owns a part of it. A part that has
 * landed does not stand in for the others; whoever landed it is not asked again.
 */
import type { Agent, AgentId, Contract } from '../../contract/index.ts';
import type { Signal } from '../../journal/index.ts';
import type { Attempt, WaveState } from '../../state/index.ts';
import type { Evidence, Reason } from '../types.ts';
import { currentAttempt, endedWell, signalsOf } from './agent-run.ts';
import { because, blames, reason } from './reason.ts';

const GATE = 'components';
type ComponentSignal = Extract<Signal, { kind: 'component' }>;

/** One agent's part in one component, and the last thing it said about it in this attempt. */
type Part = {
  readonly agent: Agent;
  readonly component: string;
  /** null for a component that the wave works on and does not promote. */
  readonly target: string | null;
  readonly ended: boolean;
  readonly said: ComponentSignal | null;
};

const saidOf = (signals: readonly Signal[]): ReadonlyMap<string, ComponentSignal> =>
  new Map(signals.flatMap((one) => (one.kind === 'component' ? [[one.component, one] as const] : [])));

const partsOf = (
  contract: Contract,
  state: WaveState,
  attempt: Attempt | null,
  agent: Agent,
): readonly Part[] => {
  const finished = attempt?.finished.get(agent.id);
  const ended = finished !== undefined && endedWell(finished.exit);
  const said =
    attempt === null || !ended
      ? new Map<string, ComponentSignal>()
      : saidOf(signalsOf(state, attempt, agent.id).map((one) => one.signal));
  // A gap counts wherever it is reported; anything else only from an owner.
  const strangers = [...said].flatMap(([component, one]) =>
    one.state === 'met' || agent.components.includes(component) ? [] : [component],
  );
  return [...agent.components, ...strangers].map((component) => ({
    agent,
    component,
    target: contract.promotions.find((one) => one.component === component)?.target ?? null,
    ended,
    said: said.get(component) ?? null,
  }));
};

/** Exact, not “at least”: a level nobody planned is no proof of the one that was. */
const proves = ({ said, target }: Part): boolean =>
  said?.state === 'met' && (target === null || said.level === target);

const builders = (contract: Contract): readonly Agent[] =>
  contract.agents.filter((agent) => agent.role === 'implementation');

/** What an agent itself said, or failed to say, about its components; nothing about those who share them. */
export const ownComponentReasons = (
  contract: Contract,
  state: WaveState,
  attempt: Attempt | null,
  agent: Agent,
): readonly Reason[] => partsOf(contract, state, attempt, agent).flatMap((part) => partReasons(part, []));

const partReasons = (part: Part, landed: readonly AgentId[]): readonly Reason[] => {
  const { agent, component, target, ended, said } = part;
  if (said === null) {
    const goal = target === null ? component : `${component} at ${target}`;
    if (landed.length > 0)
      return [
        reason(
          GATE,
          'shared-component-sibling-pending',
          `${goal}: ${landed.join(', ')} landed, ${agent.id} still owes its part`,
          blames(agent),
        ),
      ];
    return ended
      ? [reason(GATE, 'missing-wave-component', `gave no component signal for ${goal}`, blames(agent))]
      : [];
  }
  return [
    ...(target === null || said.level === target
      ? []
      : [
          reason(
            GATE,
            'component-level-mismatch',
            `${component} is promoted to ${target}, agent reported ${said.level}`,
            blames(agent),
          ),
        ]),
    ...(said.state === 'met'
      ? []
      : [
          reason(
            GATE,
            'component-gap',
            `reports a gap in ${component} at ${said.level}${because(said.detail)}`,
            blames(agent),
          ),
        ]),
  ];
};

/** Who owns a component of the wave, who has proved a part of it, and who still owes one (closure.md §6.6). */
export type ComponentStanding = {
  readonly component: string;
  readonly target: string | null;
  readonly proved: readonly AgentId[];
  readonly owing: readonly AgentId[];
};

/** Promoted components first, in the order of the wave file; then those that are only worked on. */
export const componentStandings = (
  contract: Contract,
  state: WaveState,
  attempt: Attempt | null,
): readonly ComponentStanding[] => {
  const parts = builders(contract).flatMap((agent) =>
    partsOf(contract, state, attempt, agent).filter(({ component }) => agent.components.includes(component)),
  );
  const names = new Set([
    ...contract.promotions.map(({ component }) => component),
    ...parts.map(({ component }) => component),
  ]);
  return [...names].map((component) => {
    const own = parts.filter((part) => part.component === component);
    return {
      component,
      target: contract.promotions.find((one) => one.component === component)?.target ?? null,
      proved: own.filter(proves).map(({ agent }) => agent.id),
      owing: own.filter((part) => !proves(part)).map(({ agent }) => agent.id),
    };
  });
};

export const componentsGate = (
  contract: Contract,
  state: WaveState,
  evidence: Evidence,
): readonly Reason[] => {
  const attempt = currentAttempt(state, evidence);
  const standings = new Map(componentStandings(contract, state, attempt).map((one) => [one.component, one]));
  const from = contract.config.validation.componentPromotionsFrom;
  const undeclared =
    contract.promotions.length === 0 &&
    builders(contract).length > 0 &&
    from !== null &&
    contract.wave >= from
      ? [
          reason(
            GATE,
            'missing-component-promotions',
            `the wave promotes nothing, and from wave ${from} on every wave does`,
          ),
        ]
      : [];
  const explained = new Set<string>();
  const parts = builders(contract).flatMap((agent) =>
    partsOf(contract, state, attempt, agent).flatMap((part) => {
      const landed = part.target === null ? [] : (standings.get(part.component)?.proved ?? []);
      const reasons = partReasons(part, landed);
      if (reasons.length > 0) explained.add(part.component);
      return reasons;
    }),
  );
  const unproved = contract.promotions.flatMap(({ component, target, at }) =>
    standings.get(component)?.proved.length === 0 && !explained.has(component)
      ? [
          reason(GATE, 'component-promotion-gap', `nobody proved ${component} at ${target}`, {
            agent: standings.get(component)?.owing[0] ?? null,
            evidence: [`${at.file}:${at.line}`],
          }),
        ]
      : [],
  );
  return [...undeclared, ...parts, ...unproved];
};
