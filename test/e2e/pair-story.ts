/** The demo's story with a small cast, for tests of everything around it: a parser, a formatter, two stewards. */
import { agreeing, type DemoAgent, type DemoPlan, makeRepository, story } from '../../src/demo/index.ts';
import type { Prepared } from './local-wave.ts';
import { DEMO_AGENT, makePlace } from './wave-process.ts';

const CAST: readonly string[] = ['A1', 'A2', 'A9', 'A0'];

const alone = (agent: DemoAgent): DemoAgent => {
  const { components: _promoted, ...rest } = agent;
  const owns = agent.owns.filter((path) => !path.endsWith('.json'));
  return {
    ...rest,
    owns,
    actions: agent.actions.flatMap((action): DemoAgent['actions'] => {
      if (agent.id === 'A2' && action.do === 'ask') return [];
      if (action.do === 'signal' && action.kind === 'component') return [];
      if (action.do === 'signal' && action.kind === 'doc-closure')
        return [{ ...action, fields: { state: 'closed', paths: owns.join(',') } }];
      return action.do === 'write' && action.path.endsWith('.json') ? [] : [action];
    }),
  };
};

export const pairStory = (): DemoPlan => {
  const whole = agreeing(story());
  return {
    ...whole,
    agents: whole.agents.filter(({ id }) => CAST.includes(id)).map(alone),
    promotions: [],
    evalTargets: [],
    files: Object.fromEntries(Object.entries(whole.files).filter(([path]) => !path.startsWith('docs/'))),
  };
};

/** A repository with it, in a place of its own. */
export const preparePair = async (): Promise<Prepared> => {
  const place = await makePlace();
  const repository = await makeRepository(place.dir, pairStory(), [process.execPath, DEMO_AGENT]);
  return { place, repository, wave: 3, stateDir: `${repository}/.tmp/main-wave-launcher` };
};
