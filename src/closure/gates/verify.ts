/** Verify gate (design §7 Proof): the declared commands, run by us, on the very tree. */
import { type Contract, PROOF_LEVELS } from '../../contract/index.ts';
import type { Proof, WaveState } from '../../state/index.ts';
import type { Evidence, Reason } from '../types.ts';
import { currentAttempt, endedWell } from './agent-run.ts';
import { reason } from './reason.ts';

const GATE = 'verify';

/** The last record of each command on the subject, in this run and attempt. */
export const proofsOn = (state: WaveState, evidence: Evidence, subject: string): ReadonlyMap<string, Proof> =>
  new Map(
    (currentAttempt(state, evidence)?.proofs ?? [])
      .filter((proof) => proof.subject === subject)
      .map((proof) => [proof.run, proof]),
  );

const COMPLAINT = /\b(?:fail(?:ed|ing|ure)?|error|not ok|expected|assert\w*)\b|✖/i;
/** The line that says most: the first complaint in the tail, else the last line with a word in it. */
const tellingLine = (tail: string): string => {
  const lines = tail
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /\w/.test(line));
  return (lines.find((line) => COMPLAINT.test(line)) ?? lines.at(-1) ?? '').slice(0, 160);
};

export const verifyGate = (contract: Contract, state: WaveState, evidence: Evidence): readonly Reason[] => {
  const subject = evidence.candidate?.subject;
  if (subject === undefined)
    return contract.verify.map((command) =>
      reason(GATE, 'verify-not-run', `${command.run}: there is no tree to run it on`),
    );
  const proofs = proofsOn(state, evidence, subject);
  const reasons = contract.verify.flatMap((command): readonly Reason[] => {
    const agent = command.source.kind === 'agent' ? command.source.agent : null;
    const proof = proofs.get(command.run);
    if (proof === undefined)
      return [
        reason(GATE, 'verify-not-run', `${command.run} was not run on tree ${subject.slice(0, 7)}`, {
          agent,
          evidence: [subject],
        }),
      ];
    if (endedWell(proof.exit)) return [];
    const evidenceRead = [proof.entry, subject, `sha256:${proof.output}`];
    if (proof.exit.kind === 'timed-out')
      return [
        reason(GATE, 'verify-timed-out', `${command.run} did not end within ${proof.exit.afterMs / 1000} s`, {
          agent,
          evidence: evidenceRead,
        }),
      ];
    const how = proof.exit.kind === 'exited' ? `exit code ${proof.exit.code}` : proof.exit.kind;
    const tests =
      proof.testsChanged.length === 0
        ? ''
        : ` (tests changed by the same patches: ${proof.testsChanged.slice(0, 3).join(', ')})`;
    const last = tellingLine(proof.tail);
    return [
      reason(
        GATE,
        'verify-failed',
        `${command.run}: ${how} on tree ${subject.slice(0, 7)}${last === '' ? '' : `, “${last}”`}${tests}`,
        { agent, evidence: evidenceRead },
      ),
    ];
  });
  const passed = contract.verify.some((command) => {
    const proof = proofs.get(command.run);
    return proof !== undefined && endedWell(proof.exit);
  });
  const unproven =
    passed || reasons.length > 0
      ? []
      : contract.agents.filter(
          (agent) =>
            agent.exitContract?.proof !== undefined && PROOF_LEVELS.indexOf(agent.exitContract.proof) > 0,
        );
  return [
    ...reasons,
    ...unproven.map((agent) =>
      reason(
        GATE,
        'proof-level-unproven',
        `contract asks ${agent.exitContract?.proof} proof and no command passed on the tree`,
        { agent: agent.id, evidence: [subject] },
      ),
    ),
  ];
};
