/** The jobs between the agents and the end: record (trusted), prove and the stewards (untrusted). */

import { next } from '../../closure/index.ts';
import { STAGES } from '../../contract/index.ts';
import { putNextSerial } from '../../host/index.ts';
import { fixImplementationTree } from '../admit.ts';
import { proofBundle } from '../handover.ts';
import { prove } from '../prove.ts';
import { evidenceOf, now, thisAttempt } from '../session.ts';
import { stageCommit } from '../stage.ts';
import { agentBundle, sayHello } from './agent-job.ts';
import { catchUp, takeResults } from './catch-up.ts';
import { type JobContext, type Position, stageOf, stewardName, type Ticket } from './context.ts';
import { bundleOf, handedOver } from './handed-over.ts';
import { openSession } from './session.ts';

/** After the agents: what they said and how they ended, in fixed order; their patches admitted; T0. @returns where the journal stands for all later jobs */
export const recordJob = async (context: JobContext, ticket: Ticket): Promise<Position> => {
  const session = await openSession(context, ticket);
  const from = await handedOver(context);
  await takeResults(session, ticket.agents, (agent) => bundleOf(context, from, 'result', agent));
  await fixImplementationTree(session);
  const journal = await session.flush();
  for (const [agent, admission] of thisAttempt(session)?.admissions ?? [])
    context.log(
      `${agent}: patch ${admission.kind}${admission.kind === 'refused' ? `: ${admission.refusals.map((one) => `${one.code} ${one.path}`).join(', ')}` : ''}`,
    );
  return journal;
};

/** Runs the declared commands when it is their turn. `again` is the job after documentation. */
export const proveJob = async (
  context: JobContext,
  ticket: Ticket,
  journal: Position,
  again: boolean,
): Promise<void> => {
  const speaker = again ? 'proveagain' : 'prove';
  await sayHello(context, speaker);
  const session = await openSession(context, ticket, journal);
  if (again) await catchUp(context, session, 'proveagain');
  const before = new Set(session.recorder.entries().map((entry) => entry.id));
  const step = next(session.contract, session.recorder.state(), await evidenceOf(session), now(session));
  if (step.do !== 'prove') {
    context.log(`nothing to prove now: ${step.do}`);
    return;
  }
  await prove(session, context.signal);
  const records = session.recorder
    .entries()
    .filter((entry) => entry.body.type === 'proof.recorded' && !before.has(entry.id));
  await putNextSerial(
    context.exchange,
    { what: 'proofs', attempt: context.runAttempt, agent: speaker },
    proofBundle(records),
  );
  for (const { body } of records)
    if (body.type === 'proof.recorded')
      context.log(
        `${body.run}: ${body.exit.kind === 'exited' ? `exit ${body.exit.code}` : body.exit.kind} on ${body.subject.slice(0, 7)}`,
      );
};

/** A steward's job: starts its agents only if every gate before it holds. */
export const stewardJob = async (
  context: JobContext,
  ticket: Ticket,
  journal: Position,
  number: number,
): Promise<void> => {
  const stage = stageOf(number);
  await sayHello(context, stewardName(stage));
  const session = await openSession(context, ticket, journal);
  await catchUp(context, session, stage);
  const step = next(session.contract, session.recorder.state(), await evidenceOf(session), now(session));
  if (step.do !== 'run-stage' || step.stage !== stage) {
    context.log(`steward ${number} of ${STAGES.length}: not its turn (${step.do})`);
    return;
  }
  const from = await stageCommit(session, stage);
  const files = new Map<string, Uint8Array>();
  for (const id of step.agents) {
    const agent = session.contract.agents.find((one) => one.id === id);
    if (agent === undefined) continue;
    for (const [path, bytes] of await agentBundle(context, session, agent, from, null))
      files.set(`${id}/${path}`, bytes);
  }
  await putNextSerial(
    context.exchange,
    { what: 'stage', attempt: context.runAttempt, agent: stewardName(stage) },
    files,
  );
};
