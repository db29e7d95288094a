/** Takes the steps `next` names until nothing is left to do. */
import { failing, type Gate, type GiveUp, next, type Step } from '../../closure/index.ts';
import type { DirectoryStore } from '../../host/index.ts';
import { fixImplementationTree } from '../admit.ts';
import { attemptEnded } from '../attempt-ended.ts';
import { EXIT_CONT_QA, EXIT_WAITING } from '../failure/index.ts';
import { keep } from '../keep.ts';
import type { Lane } from '../lane.ts';
import { prove } from '../prove.ts';
import { evidenceOf, fact, type Session } from '../session.ts';
import { judge, stageCommit } from '../stage.ts';
import type { Timekeeper } from '../timekeeper.ts';
import { type Hooks, runAgents } from './agents.ts';
import { publish, recordForeignLines } from './publish.ts';
import type { LocalOutcome, LocalRequest } from './request.ts';

/** @returns who runs in it */
const start = async (
  session: Session,
  step: Extract<Step, { do: 'run-agents' }>,
): Promise<readonly string[]> => {
  const { contract, base } = session;
  const { agents, reused } = await keep(session, step);
  const started = fact(session, 'plan', 'attempt', {
    type: 'attempt.started',
    attempt: session.attempt,
    base: base.commit,
    baseTree: base.tree,
    agents,
    waveDigest: contract.digests.wave,
    policyDigest: contract.digests.policy,
  });
  await session.recorder.record([started]);
  await session.recorder.record(reused);
  return agents;
};

const exitCodeOf = (all: readonly Gate[], kind: 'refused' | 'waiting'): number =>
  kind === 'waiting'
    ? EXIT_WAITING
    : failing(all).length > 0 &&
        failing(all).every((one) => one.code.startsWith('cont-qa-') || one.code === 'missing-cont-qa-verdict')
      ? EXIT_CONT_QA
      : 1;

/** Takes steps until the wave is closed, refused, waiting or interrupted. */
export const drive = async (
  session: Session,
  lane: Lane,
  request: LocalRequest,
  store: DirectoryStore,
  time: Timekeeper,
  hooks: Hooks,
): Promise<LocalOutcome> => {
  const { contract, recorder } = session;
  const base = { session, stateDir: lane.stateDir };
  const ended = async (
    kind: 'refused' | 'waiting',
    all: readonly Gate[],
    tree: string,
    gaveUp: GiveUp | null = null,
  ): Promise<LocalOutcome> => {
    await recorder.record([attemptEnded(session, kind, all)]);
    return {
      ...base,
      kind,
      state: recorder.state(),
      gates: all,
      tree,
      commit: null,
      exitCode: exitCodeOf(all, kind),
      gaveUp,
    };
  };
  for (;;) {
    await recordForeignLines(session, store);
    // What became of questions meanwhile is part of what the next step is decided on.
    await time.settle();
    const evidence = await evidenceOf(session);
    const step = next(contract, recorder.state(), evidence, request.clock.now().toISOString());
    const tree = evidence.candidate?.tree ?? session.base.tree;
    if (request.signal.aborted)
      return {
        ...base,
        kind: 'interrupted',
        state: recorder.state(),
        gates: [],
        tree,
        commit: null,
        exitCode: 130,
        gaveUp: null,
      };
    switch (step.do) {
      case 'run-agents': {
        const running = recorder.state().attempts.has(session.attempt)
          ? step.agents
          : await start(session, step);
        const agents = contract.agents.filter((agent) => running.includes(agent.id));
        await runAgents(session, agents, session.base, request, hooks);
        break;
      }
      case 'admit':
        await fixImplementationTree(session);
        break;
      case 'prove':
        await prove(session, request.signal);
        break;
      case 'run-stage': {
        await runAgents(
          session,
          contract.agents.filter((agent) => step.agents.includes(agent.id)),
          await stageCommit(session, step.stage),
          request,
          hooks,
        );
        if (!request.signal.aborted) await judge(session, step.stage);
        break;
      }
      case 'finish': {
        const published = await publish(session, lane, request, store);
        // What was judged does not fit what it would be merged into: only a run that starts there can say more.
        if (published.commit === null)
          return ended('refused', published.gates, published.tree, { code: 'base-moved' });
        return {
          ...base,
          kind: 'closed',
          state: recorder.state(),
          gates: published.gates,
          tree: published.tree,
          commit: published.commit,
          exitCode: 0,
          gaveUp: null,
        };
      }
      case 'wait':
        return ended('waiting', step.gates, tree);
      case 'stop':
        return ended('refused', step.gates, tree);
    }
  }
};
