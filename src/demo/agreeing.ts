/** The same wave without its contradiction: whoever would be told to repair something has it right from the start. */
import type { DemoPlan } from './plan.ts';
import type { Action } from './script.ts';

const settled = (action: Action): readonly Action[] => {
  if (action.do === 'if-owed') return action.repair.filter((one) => one.do !== 'answer');
  return action.do === 'check' ? [{ do: 'run', argv: action.argv }, ...action.holds] : [action];
};

export const agreeing = (plan: DemoPlan): DemoPlan => ({
  ...plan,
  retries: 0,
  agents: plan.agents.map((agent) => ({ ...agent, actions: agent.actions.flatMap(settled) })),
});
