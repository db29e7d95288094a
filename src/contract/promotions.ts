import { error, type Report, warning } from './diagnostic.ts';
import { readItems, shorten, unquote } from './items.ts';
import { isLiveLevel, targetsOf } from './maturity.ts';
import { nearest } from './nearest.ts';
import type { Section } from './outline.ts';
import { ownerOf } from './ownership.ts';
import type { SourceText } from './text-span.ts';
import type { Agent, ComponentMatrix, ComponentPromotion, Config, SourceSpan } from './types.ts';

/** `- <component>: <level>` items of `## Component promotions`, each component once. */
export function readPromotions(
  source: SourceText,
  section: Section,
  report: Report,
): readonly ComponentPromotion[] {
  const found = new Map<string, ComponentPromotion>();
  for (const { text, at } of readItems(source, section, report)) {
    const match = /^(?<component>[^:]*):(?<target>.*)$/.exec(text);
    const component = unquote((match?.groups?.component ?? '').trim());
    const target = unquote((match?.groups?.target ?? '').trim());
    if (match === null || target === '') {
      const message = `"${shorten(text)}" does not promote a component`;
      report(error('item-malformed', at, message, { expected: '- <component>: <level>' }));
    } else if (!/^[a-z0-9][a-z0-9._-]*$/.test(component)) {
      const message = `"${shorten(component)}" is not an id`;
      report(error('id-malformed', at, message, { expected: 'lower-case letters, digits, ".", "_", "-"' }));
    } else if (found.has(component)) {
      report(error('duplicate-item', at, `${component} is promoted twice`, { fix: 'remove this line' }));
    } else found.set(component, { component, target, at });
  }
  return [...found.values()];
}

/** An agent with where it says which components are its own. */
export type ComponentOwner = { readonly agent: Agent; readonly componentsAt: SourceSpan };

export type PromotionFacts = {
  readonly wave: number;
  readonly config: Config;
  readonly promotions: readonly ComponentPromotion[];
  readonly owners: readonly ComponentOwner[];
  /** `missing` where there is no such file; `invalid` where it said so itself. */
  readonly matrix: ComponentMatrix | 'missing' | 'invalid';
  /** For what the wave does not say at all. */
  readonly start: SourceSpan;
};

const holdsFrom = (from: number | null, wave: number): boolean => from !== null && wave >= from;

/** What a wave may promise about components (closure.md §11; contract.md §1.7 V1, V5–V11, V17–V19, V35). */
export function checkPromotions(facts: PromotionFacts, report: Report): void {
  const { wave, config, promotions, owners, start } = facts;
  const builders = owners.filter(({ agent }) => agent.role === 'implementation');
  const { componentPromotionsFrom, agentComponentsFrom } = config.validation;
  if (promotions.length === 0 && builders.length > 0 && holdsFrom(componentPromotionsFrom, wave)) {
    const message = `from wave ${componentPromotionsFrom} on every wave says what it promotes`;
    report(
      error('missing-component-promotions', start, message, {
        expected: '## Component promotions with a "- <component>: <level>" bullet',
      }),
    );
  }
  if (holdsFrom(agentComponentsFrom, wave))
    for (const { agent } of builders)
      if (agent.components.length === 0) {
        const message = `${shorten(agent.id)} says no component that it works on`;
        report(
          error('missing-agent-components', agent.at, message, {
            expected: '### Components with a "- <component>" bullet',
          }),
        );
      }
  checkMatrix(facts, report);
  if (promotions.length === 0) return;
  for (const { component, at } of promotions)
    if (!builders.some(({ agent }) => agent.components.includes(component)))
      report(
        error('promotion-without-owner', at, `no implementation agent owns ${component}`, {
          fix: `list ${component} under the ### Components of the agent that brings it there`,
        }),
      );
  for (const { agent, componentsAt } of builders)
    for (const component of agent.components)
      if (!promotions.some((one) => one.component === component))
        report(
          error('component-not-promoted', componentsAt, `${component} is not promoted in this wave`, {
            fix: `add "- ${component}: <level>" to ## Component promotions, or remove it here`,
          }),
        );
  checkKeeper(facts, report);
  checkLiveProof(facts, report);
}

function checkMatrix(
  { wave, config, promotions, owners, matrix, start }: PromotionFacts,
  report: Report,
): void {
  const [first] = promotions;
  if (matrix === 'invalid') return;
  if (matrix === 'missing') {
    if (first === undefined) return;
    const message = `the wave promotes components, and there is no ${config.paths.componentMatrix}`;
    report(error('component-matrix-missing', first.at, message, { fix: 'write it and commit it' }));
    return;
  }
  const ids = [...matrix.components.keys()];
  const unknown = (component: string, at: SourceSpan): void => {
    const near = nearest(component, ids);
    report(
      error('unknown-component', at, `${component} is not in ${config.paths.componentMatrix}`, {
        fix: near === null ? `add it there at its present level first` : `write ${near}`,
      }),
    );
  };
  for (const { agent, componentsAt } of owners)
    for (const component of agent.components)
      if (!matrix.components.has(component) && !promotions.some((one) => one.component === component))
        unknown(component, componentsAt);
  for (const { component, target, at } of promotions) {
    const known = matrix.components.get(component);
    if (known === undefined) {
      unknown(component, at);
      continue;
    }
    const place = matrix.levels.indexOf(target);
    if (place < 0) {
      const near = nearest(target, matrix.levels);
      report(
        error('unknown-maturity-level', at, `"${shorten(target)}" is not a level of the component matrix`, {
          expected: matrix.levels.join(', '),
          ...(near === null ? {} : { fix: `write ${near}` }),
        }),
      );
      continue;
    }
    const planned = known.promotions.find((one) => one.wave === wave)?.target;
    if (planned !== target) {
      const plans = planned === undefined ? 'no promotion' : planned;
      const message = `${component}: ${target} here, ${plans} for wave ${wave} in ${config.paths.componentMatrix}`;
      report(error('promotion-differs-from-matrix', at, message, { fix: 'make the two agree' }));
    }
    // A warning: a wave that closed stays readable when a later one has brought the component further.
    const current = matrix.levels.indexOf(known.currentLevel);
    if (place < current) {
      const message = `${component} is at ${known.currentLevel} already, beyond ${target}`;
      report(warning('promotion-behind-matrix', at, message, { fix: 'promote it further, or leave it out' }));
    } else if (place > current + 1) {
      const message = `${component} goes from ${known.currentLevel} to ${target}, ${place - current} levels in one wave`;
      report(
        warning('promotion-skips-levels', at, message, {
          fix: `promote it to ${matrix.levels[current + 1]} first`,
        }),
      );
    }
  }
  for (const [component, { promotions: planned }] of matrix.components)
    for (const { wave: due, target } of planned)
      if (due === wave && !promotions.some((one) => one.component === component)) {
        const message = `${config.paths.componentMatrix} plans ${component}: ${target} for wave ${wave}`;
        report(
          error('promotion-differs-from-matrix', start, message, {
            fix: `add "- ${component}: ${target}" to ## Component promotions, or take it out of the matrix`,
          }),
        );
      }
}

/** Only documentation brings the matrix up to date, after the owners have proved what it says (V30–V32). */
function checkKeeper({ config, owners, promotions }: PromotionFacts, report: Report): void {
  const [first] = promotions;
  if (first === undefined) return;
  const { componentMatrix } = config.paths;
  const agents = owners.map(({ agent }) => agent);
  const expected = `## Agent ${config.roles.documentationAgentId}: documentation`;
  if (!agents.some((agent) => agent.role === 'documentation')) {
    const message = `nobody in the wave can bring ${componentMatrix} up to date`;
    report(error('matrix-without-keeper', first.at, message, { expected }));
    return;
  }
  const owner = ownerOf({ agents }, componentMatrix);
  const keeper = agents.find((agent) => agent.id === owner);
  if (keeper === undefined || keeper.role === 'documentation') return;
  const message = `${shorten(keeper.id)} owns ${componentMatrix}, and only documentation may change it`;
  report(error('matrix-without-keeper', keeper.at, message, { fix: 'take it out of its "File ownership"' }));
}

/** A claim about something that runs: who proves it, with what, and how one goes back (closure.md §14, row 110). */
function checkLiveProof({ owners, promotions }: PromotionFacts, report: Report): void {
  const live = promotions.filter(({ target }) => isLiveLevel(target));
  const [first] = live;
  if (first === undefined) return;
  const provers = owners.filter(({ agent }) => targetsOf(agent, live).length > 0);
  for (const { agent, componentsAt } of provers) {
    if (agent.proofArtifacts.length === 0)
      report(
        error(
          'missing-proof-artifacts',
          componentsAt,
          `${shorten(agent.id)} promotes to a live level and names no proof of it`,
          { expected: '### Proof artifacts with a "- <path>" bullet' },
        ),
      );
    if (agent.executor.id === 'local')
      report(
        error(
          'live-proof-simulated',
          agent.at,
          `${shorten(agent.id)} proves a live level and runs as local, which does no work`,
          { fix: 'choose another executor, or promote to a level before pilot-live' },
        ),
      );
  }
  const back = /roll-?back|restart|restore/i;
  const undone = owners.some(({ agent }) =>
    agent.proofArtifacts.some(({ path, kind }) => back.test(path) || back.test(kind ?? '')),
  );
  if (!undone && provers.some(({ agent }) => agent.proofArtifacts.length > 0))
    report(
      error(
        'missing-rollback-evidence',
        first.at,
        `${first.component} goes to ${first.target}, and no proof artifact shows how to go back`,
        { expected: 'a proof artifact whose path or kind names a rollback or restart' },
      ),
    );
}
