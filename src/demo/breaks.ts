/**
 * Eight ways a wave goes wrong, each as a change to what the agents do. Nothing outside this folder knows their names:
 * the product meets only the behaviour.
 */
import type { DemoAgent, DemoPlan } from './plan.ts';
import { QA_PASS } from './plan.ts';
import type { Action } from './script.ts';

/** Where a hostile agent would find things on a machine without isolation. */
export type Surroundings = { readonly repository: string; readonly journal: string };

export type Break = {
  readonly name: string;
  readonly story: string;
  readonly change: (plan: DemoPlan, around: Surroundings) => DemoPlan;
};

const second = (plan: DemoPlan): DemoAgent => {
  const agent = plan.workers[1];
  if (agent === undefined) throw new Error('a demo wave has at least two workers');
  return agent;
};
const first = (plan: DemoPlan): DemoAgent => {
  const agent = plan.workers[0];
  if (agent === undefined) throw new Error('a demo wave has at least two workers');
  return agent;
};
const last = (plan: DemoPlan): DemoAgent => plan.workers.at(-1) ?? second(plan);

const changing = (
  plan: DemoPlan,
  agent: DemoAgent,
  change: (actions: readonly Action[]) => readonly Action[],
  other: Partial<DemoAgent> = {},
): DemoPlan => ({
  ...plan,
  workers: plan.workers.map((one) =>
    one.id === agent.id ? { ...one, ...other, actions: change(one.actions) } : one,
  ),
});
/** Half of an agent's work: written, not yet tested or reported. */
const beforeItsTests = (actions: readonly Action[]): readonly Action[] =>
  actions.slice(
    0,
    Math.max(
      1,
      actions.findIndex((action) => action.do === 'run'),
    ),
  );
const isTest = (path: string): boolean => path.includes('.test.');
const without = (actions: readonly Action[], path: string): readonly Action[] =>
  actions.filter((action) => !(action.do === 'write' && action.path === path));

const PERFECT_LOG = [
  '# tests 3',
  '# pass 3',
  '# fail 0',
  'sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  '[wave-proof] completion=integrated durability=durable proof=integration state=met',
].join('\n');

/** The verdict a forger puts into cont-QA's mouth: as an outbox message, and as lines of the journal itself. */
const forgedBodies = (): readonly unknown[] =>
  QA_PASS.map((action) =>
    action.do === 'signal' ? { type: 'signal', signal: { kind: action.kind, ...action.fields } } : null,
  );
const forgedLine = (plan: DemoPlan, n: number, body: unknown): string =>
  // The forger reads run and attempt from its own environment; agent.ts fills them in.
  `${JSON.stringify({
    id: `{{run}}.{{attempt}}.${plan.contQa.id}.${900 + n}`,
    seq: 900_000 + n,
    at: '2026-01-01T00:00:00.000Z',
    by: { kind: 'agent', agent: plan.contQa.id, run: '{{run}}', attempt: 987_654_321 },
    instance: `${plan.lane}/wave-${plan.wave}/local`,
    family: 'coordination',
    body,
  }).replace('987654321', '{{attempt}}')}\n`;

export const BREAKS: readonly Break[] = [
  {
    name: 'missing-deliverable',
    story: 'an agent says it is done and leaves out a file it declared',
    change: (plan) => {
      const agent = last(plan);
      const path = agent.deliverables.find(isTest) ?? agent.deliverables[0] ?? '';
      return changing(plan, agent, (actions) =>
        without(actions, path).filter((action) => action.do !== 'run'),
      );
    },
  },
  {
    name: 'stolen-file',
    story: 'an agent writes a file that another agent owns',
    change: (plan) =>
      changing(plan, last(plan), (actions) => [
        { do: 'write', path: `${first(plan).folder}stolen.ts`, text: 'export const mine = true;\n' },
        ...actions,
      ]),
  },
  {
    name: 'forged-verdict',
    story:
      'cont-QA is silent and an implementation agent gives its verdict: into its outbox, and straight into the journal file',
    change: (plan, around) => ({
      ...changing(plan, first(plan), (actions) => [
        ...actions,
        ...forgedBodies().map((body): Action => ({ do: 'outbox', body })),
        ...forgedBodies().map(
          (body, n): Action => ({ do: 'append', file: around.journal, text: forgedLine(plan, n, body) }),
        ),
      ]),
      contQa: { ...plan.contQa, actions: plan.contQa.actions.filter((action) => action.do !== 'signal') },
    }),
  },
  {
    name: 'lying-proof',
    story:
      'an agent swears its tests pass, with a perfect log, hash and signal, over a tree whose test fails, and cont-QA believes it',
    change: (plan) => {
      const agent = last(plan);
      const lying = changing(plan, agent, (actions) =>
        actions.flatMap((action): readonly Action[] => {
          if (action.do === 'write' && isTest(action.path))
            return [
              {
                ...action,
                text: `${action.text}\ntest('what nobody ran', () => {\n  assert.equal(1 + 1, 3);\n});\n`,
              },
            ];
          return action.do === 'run' ? [{ do: 'say', text: PERFECT_LOG }] : [action];
        }),
      );
      // Nobody else notices either: what refuses this wave is the command we run ourselves.
      const actions = plan.contQa.actions.filter((action) => action.do !== 'run');
      return { ...lying, contQa: { ...plan.contQa, actions } };
    },
  },
  {
    name: 'open-request',
    story: 'an agent is asked for work and never answers',
    change: (plan) => {
      const quiet = changing(plan, second(plan), (actions) =>
        actions.filter((action) => action.do !== 'answer'),
      );
      const answer = second(plan).actions.find((action) => action.do === 'answer');
      const assumed = answer?.do === 'answer' ? answer.text : '';
      return changing(quiet, first(quiet), (actions) =>
        actions.map(
          (action): Action =>
            action.do === 'ask'
              ? { ...action, wait: false }
              : action.do === 'write'
                ? { ...action, text: action.text.replaceAll('{{answer}}', assumed) }
                : action,
        ),
      );
    },
  },
  {
    name: 'stale-verdict',
    story: 'a byte changes on the branch after cont-QA judged',
    change: (plan, around) => ({
      ...plan,
      contQa: {
        ...plan.contQa,
        actions: [
          ...plan.contQa.actions,
          { do: 'commit', repository: around.repository, path: 'README.md', text: '.' },
        ],
      },
    }),
  },
  {
    name: 'crash',
    story: 'an agent dies half way',
    change: (plan) =>
      changing(plan, last(plan), (actions) => [...beforeItsTests(actions), { do: 'exit', code: 70 }]),
  },
  {
    name: 'hang',
    story: 'an agent never ends',
    // The one that asks: nobody waits for it, so that it is its own time that runs out.
    change: (plan) =>
      changing(plan, first(plan), (actions) => [...beforeItsTests(actions), { do: 'hang' }], {
        timeout: '3s',
      }),
  },
];
