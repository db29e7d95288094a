/**
 * The last, trusted job (design §5 `close`): folds all there is, decides, and publishes in an order that can be taken up
 * again at any point: commit, intent, push, checks, published, comment, trace. Twice changes nothing.
 */

import { failing, type Gate, gates, leading, next } from '../../closure/index.ts';
import { sha256 } from '../../contract/index.ts';
import { putNextSerial } from '../../host/index.ts';
import { attemptEnded } from '../attempt-ended.ts';
import { buildCommits, type Chain, ontoHead } from '../commit.ts';
import { EXIT_WAITING, orFail, WaveFailure } from '../failure/index.ts';
import { readWave } from '../lane.ts';
import { evidenceOf, fact, now, subjectOf, treeFact } from '../session.ts';
import { patchTexts, traceFiles } from '../trace.ts';
import { sayBroken } from './broken.ts';
import { catchUp } from './catch-up.ts';
import type { JobContext, Position, Ticket } from './context.ts';
import {
  answered,
  GATE_CHECK,
  postCheck,
  postChecks,
  postSticky,
  stickyOf,
  type Verdict,
} from './posting.ts';
import { fetchCommits, type JobSession, openSession } from './session.ts';
import { intoAnother, sharedHeadWords } from './shared-head.ts';

export type CloseOutcome = {
  readonly closed: boolean;
  readonly exitCode: number;
  readonly gates: readonly Gate[];
  readonly code: string | null;
  readonly commit: string | null;
  readonly session: JobSession;
};

type Decision = {
  readonly gates: readonly Gate[];
  readonly tree: string | null;
  readonly chain: Chain | null;
  readonly waiting: boolean;
};

/** Commits between what was evaluated and where the branch stands now, fetched to merge with it. */
const MERGE_DEPTH = 512;

/** What publishing onto a branch that moved would ship; what is there now, where the two cannot be put together. */
const ontoMoved = async (
  context: JobContext,
  session: JobSession,
  chain: Chain,
  head: string,
): Promise<{ readonly tree: string; readonly subject: string }> => {
  await fetchCommits(context, [head], MERGE_DEPTH);
  try {
    return await ontoHead(session, chain, head);
  } catch (error) {
    if (!(error instanceof WaveFailure)) throw error;
    context.log(
      `the branch moved to ${head.slice(0, 7)}, which does not go together with what was judged: ${error.message}`,
    );
    const tree = orFail(await session.scratch.treeOf(head), 'the target branch');
    return { tree, subject: await subjectOf(session, tree) };
  }
};

/** Wave and policy as they are in force now: the branch may have moved, the pull request may ask into another one. */
const digestsAt = async (
  context: JobContext,
  { wave, lane, base: planned }: Ticket,
  session: JobSession,
  commit: string,
  base: string,
): Promise<{ readonly wave: string; readonly policy: string }> => {
  if (base !== planned) await fetchCommits(context, [base]);
  const current = await readWave(session.scratch, { wave, lane, commit, base }).catch(() => null);
  return current?.contract?.digests ?? { wave: sha256(''), policy: sha256('') };
};

/** What ships if the branch stands at `head`, judged with what is in force there and at `base` now. */
const decide = async (
  context: JobContext,
  ticket: Ticket,
  session: JobSession,
  head: string,
  base: string,
): Promise<Decision> => {
  const state = session.recorder.state();
  const evidence = await evidenceOf(session);
  const step = next(session.contract, state, evidence, now(session));
  const tree = evidence.candidate?.tree ?? null;
  if (step.do === 'stop' || step.do === 'wait')
    return { gates: step.gates, tree, chain: null, waiting: step.do === 'wait' };
  const chain = await buildCommits(session);
  const own = head === ticket.head || head === chain.commit;
  const ships = own ? chain : await ontoMoved(context, session, chain, head);
  const digests =
    own && base === ticket.base
      ? session.contract.digests
      : await digestsAt(context, ticket, session, own ? ticket.head : head, base);
  const all = gates(
    session.contract,
    state,
    await evidenceOf(session, {
      ships: await treeFact(session, ships.tree, ships.subject),
      waveDigest: digests.wave,
      policyDigest: digests.policy,
    }),
    'close',
  );
  return {
    gates: all,
    tree: ships.tree,
    chain: failing(all).length === 0 && own && step.do === 'finish' ? chain : null,
    waiting: false,
  };
};

/** Pushes what was judged. A head that is there already was pushed by an earlier `close`. */
const push = async (
  context: JobContext,
  ticket: Ticket,
  session: JobSession,
  chain: Chain,
  head: string,
): Promise<void> => {
  if (head === chain.commit) return;
  const pushed = await session.scratch.push(context.remote.url, chain.commit, `refs/heads/${ticket.target}`, {
    auth: context.remote.auth,
  });
  if (!pushed.ok)
    throw new WaveFailure(
      pushed.code,
      `pushing to ${ticket.target}: ${pushed.message}`,
      'Run the job again: the intent stands and is finished.',
    );
  const { value } = pushed;
  if (value.kind === 'ok') return;
  // The reply may have been lost after the server took it.
  if (
    value.kind === 'ambiguous' &&
    ticket.pullRequest !== null &&
    answered(await context.github.pullRequest(ticket.pullRequest)).headSha === chain.commit
  )
    return;
  const fixes: Readonly<Record<typeof value.kind, string>> = {
    'lost-race': 'Somebody pushed meanwhile: start the wave again on the new head.',
    'rejected-by-rule': `Settings → Rules: let this workflow push to ${ticket.target}.`,
    forbidden:
      'The close job needs `permissions: contents: write`; workflow files need a token that may push them.',
    ambiguous: 'Run the job again: the intent stands and is finished.',
  };
  throw new WaveFailure(
    `push-${value.kind}`,
    `pushing to ${ticket.target}: ${value.detail}`,
    fixes[value.kind],
  );
};

/** Where the work has got to, should it break off there. */
type Progress = { pushed: string | null };

export const closeJob = async (
  context: JobContext,
  ticket: Ticket,
  journal: Position,
): Promise<CloseOutcome> => {
  const progress: Progress = { pushed: null };
  try {
    return await closing(context, ticket, journal, progress);
  } catch (error) {
    const place = {
      instance: ticket.instance,
      externalId: externalIdOf(ticket),
      pullRequest: ticket.pullRequest,
    };
    await sayBroken(
      context,
      place,
      [ticket.head, ...(progress.pushed === null ? [] : [progress.pushed])],
      error,
    );
    throw error;
  }
};

const externalIdOf = ({ instance, attempt }: Ticket): string => `${instance}#${attempt}`;

const closing = async (
  context: JobContext,
  ticket: Ticket,
  journal: Position,
  progress: Progress,
): Promise<CloseOutcome> => {
  const gathering = await openSession(context, ticket, journal);
  await catchUp(context, gathering, null);
  const session = await gathering.reopen();
  const { contract, recorder } = session;
  const say = async (...entries: Parameters<typeof recorder.record>[0]): Promise<void> =>
    recorder.record(entries);
  const pullRequest =
    ticket.pullRequest === null ? null : answered(await context.github.pullRequest(ticket.pullRequest));
  const head = pullRequest?.headSha ?? ticket.head;
  const decision = await decide(context, ticket, session, head, pullRequest?.baseSha ?? ticket.base);
  const { chain } = decision;
  // A push would bring a branch back that a merge has deleted.
  if (chain !== null && pullRequest?.state === 'closed' && head !== chain.commit)
    throw new WaveFailure(
      'pull-request-closed',
      'every gate holds, but the pull request was closed meanwhile: nothing is pushed',
      'Open it again and put the label on again: proven work is kept.',
    );
  const other = chain === null || pullRequest === null ? null : await intoAnother(context, pullRequest);
  if (other !== null && pullRequest !== null) {
    const { message, fix } = sharedHeadWords(pullRequest, other);
    throw new WaveFailure('head-shared', message, fix);
  }
  const externalId = externalIdOf(ticket);
  const code = leading(decision.gates)?.code ?? (chain === null ? 'not-finished' : null);
  if (chain !== null) {
    await say(
      fact(session, 'close', `intent-${chain.commit.slice(0, 12)}`, {
        type: 'publish.intent',
        attempt: ticket.attempt,
        commit: chain.commit,
        tree: chain.tree,
        parent: ticket.head,
        target: ticket.target,
      }),
    );
    await push(context, ticket, session, chain, head);
    progress.pushed = chain.commit;
  }
  const closed = chain !== null;
  const commit = chain?.commit ?? null;
  const verdict = (): Verdict => ({
    contract,
    state: recorder.state(),
    gates: decision.gates,
    instance: ticket.instance,
    tree: decision.tree,
    closed,
    commit,
    stateTip: journal.tip,
  });
  const ended = attemptEnded(
    session,
    closed ? 'closed' : decision.waiting ? 'waiting' : 'refused',
    decision.gates,
    'not-finished',
  );
  if (chain !== null) {
    await postChecks(context, verdict(), chain.commit, externalId);
    // The commit the wave started from was not judged: its gate ends without a verdict, which no rule counts as passing.
    await postCheck(
      context,
      GATE_CHECK,
      ticket.head,
      externalId,
      { status: 'completed', conclusion: 'cancelled' },
      {
        title: `Continued on ${chain.commit.slice(0, 7)}`,
        summary: `The wave pushed \`${chain.commit}\` and is judged there.`,
      },
    );
    await say(
      fact(session, 'close', `published-${chain.commit.slice(0, 12)}`, {
        type: 'publish.done',
        attempt: ticket.attempt,
        commit: chain.commit,
        target: ticket.target,
      }),
      ended,
    );
  } else {
    await say(ended);
    await postChecks(context, verdict(), ticket.head, externalId);
  }
  if (pullRequest !== null)
    await postSticky(context, pullRequest.number, ticket.instance, stickyOf(context, verdict()));
  await putTrace(context, session, verdict());
  return {
    closed,
    exitCode: closed ? 0 : decision.waiting ? EXIT_WAITING : 1,
    gates: decision.gates,
    code,
    commit,
    session,
  };
};

const putTrace = async (context: JobContext, session: JobSession, verdict: Verdict): Promise<void> => {
  const files = traceFiles({
    session,
    gates: verdict.gates,
    tree: verdict.tree,
    closed: verdict.closed,
    commit: verdict.commit,
    patches: await patchTexts(session),
    command: 'npx wave-orchestration',
    at: now(session),
  });
  // Under the next name when somebody took this one.
  await putNextSerial(
    context.exchange,
    { what: 'trace', attempt: context.runAttempt, agent: 'close' },
    files,
  );
};
