import { type Agent, type ComponentPromotion, MATURITY_LEVELS, type ProofArtifact } from './types.ts';

/** From here on a claim is about something that runs, and needs proof that outlives the repository (closure.md §11). */
const FIRST_LIVE = MATURITY_LEVELS.indexOf('pilot-live');

/** Place among the nine known levels; -1 for a name of a matrix's own. */
export function maturityOf(level: string): number {
  return (MATURITY_LEVELS as readonly string[]).indexOf(level);
}

export function isLiveLevel(level: string): boolean {
  return maturityOf(level) >= FIRST_LIVE;
}

/** What the wave promotes among the components of an agent. */
export function targetsOf(
  agent: Pick<Agent, 'components'>,
  promotions: readonly ComponentPromotion[],
): readonly string[] {
  return promotions
    .filter(({ component }) => agent.components.includes(component))
    .map(({ target }) => target);
}

/**
 * The proof artifacts an agent has to leave: all of them while it promotes nothing; else those without a level, and
 * those with a level at or below its highest target (closure.md §3.3).
 */
export function requiredArtifacts(
  agent: Pick<Agent, 'components' | 'proofArtifacts'>,
  promotions: readonly ComponentPromotion[],
): readonly ProofArtifact[] {
  const targets = targetsOf(agent, promotions);
  const highest = Math.max(-1, ...targets.map(maturityOf));
  return agent.proofArtifacts.filter(
    ({ requiredFor }) =>
      requiredFor.length === 0 ||
      targets.length === 0 ||
      requiredFor.some((level) => maturityOf(level) <= highest),
  );
}
