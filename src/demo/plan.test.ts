import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ownerOf, readConfig, readContract, resolvePolicy, STAGES } from '../contract/index.ts';
import { agreeing, BREAKS, type DemoPlan, generated, repositoryFiles, story } from './index.ts';
import type { Action } from './script.ts';

/** The wave as `wave run` would read it. */
const read = (plan: DemoPlan) => {
  const files = Object.entries(repositoryFiles(plan, (agent) => ['node', agent])).map(([path, text]) => ({
    path,
    text,
  }));
  const { config, policyInput, diagnostics } = readConfig(
    files.find(({ path }) => path === 'wave.config.json') ?? null,
    plan.lane,
  );
  const waveFile = `docs/plans/waves/wave-${plan.wave}.md`;
  const reading = readContract(files, {
    waveFile,
    config,
    policy: resolvePolicy(policyInput),
    lane: plan.lane,
  });
  return {
    contract: reading.contract,
    findings: [...diagnostics, ...reading.diagnostics].map((one) => one.code),
  };
};

const everyAction = (actions: readonly Action[]): readonly Action[] =>
  actions.flatMap((action) => {
    if (action.do === 'if-owed') return [action, ...everyAction([...action.repair, ...action.otherwise])];
    return action.do === 'check' ? [action, ...everyAction([...action.holds, ...action.fails])] : [action];
  });

/** The story, or a seed; a failing test names the seed. */
const seed = fc.option(fc.nat({ max: 999_999_999 }), { nil: 'story' as const });
const planOf = (from: number | 'story'): DemoPlan => (from === 'story' ? story() : generated(from));

test('every demo wave is read without a finding, and has the full cast', () => {
  fc.assert(
    fc.property(seed, (from) => {
      const one = planOf(from);
      const { contract, findings } = read(one);
      expect(findings).toEqual([]);
      const roles = contract?.agents.map((agent) => agent.role) ?? [];
      expect(roles.filter((role) => role === 'implementation').length).toBeGreaterThan(2);
      expect(roles.filter((role) => role !== 'implementation')).toEqual(STAGES);
    }),
    { numRuns: 50 },
  );
});

test('an honest agent writes what it owns and nothing else, and asks somebody who is there', () => {
  fc.assert(
    fc.property(seed, (from) => {
      const one = planOf(from);
      const { contract } = read(one);
      const able = one.agents.flatMap((agent) => [
        `agent:${agent.id}`,
        ...(agent.capabilities ?? []).map((capability) => `capability:${capability}`),
      ]);
      for (const agent of one.agents)
        for (const action of everyAction(agent.actions)) {
          if (action.do === 'write')
            expect(contract === null ? null : ownerOf(contract, action.path)).toBe(agent.id);
          if (action.do === 'ask') expect(able).toContain(action.to);
        }
    }),
    { numRuns: 50 },
  );
});

test('a wave that agrees has nothing to repair, and agrees already', () => {
  fc.assert(
    fc.property(seed, (from) => {
      const one = planOf(from);
      const settled = agreeing(one);
      const stated = settled.agents.flatMap((agent) =>
        agent.actions.flatMap((action) =>
          action.do === 'state' ? [`${action.subject}=${action.value}`] : [],
        ),
      );
      expect(stated.length).toBe(2);
      expect(new Set(stated).size).toBe(1);
      expect(agreeing(settled)).toEqual(settled);
    }),
    { numRuns: 50 },
  );
});

test.each(BREAKS)('$name changes what agents do, and nothing that an author wrote but time', ({ change }) => {
  fc.assert(
    fc.property(seed, (from) => {
      const one = planOf(from);
      const broken = change(one, { repository: '/repository', journal: '/journal' });
      expect(broken.agents.map(({ actions }) => actions)).not.toEqual(
        agreeing(one).agents.map(({ actions }) => actions),
      );
      const written = ({ agents, ...rest }: DemoPlan): unknown => ({
        ...rest,
        agents: agents.map(({ actions: _actions, timeout: _timeout, ...agent }) => agent),
      });
      expect(written(broken)).toEqual(written(agreeing(one)));
      expect(read(broken).findings).toEqual([]);
    }),
    { numRuns: 10 },
  );
});
