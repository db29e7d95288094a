/** What every gate asks of an agent's run before it listens to the agent: how it ended, and what was admitted. */
import { type Agent, type Contract, ISOLATION_LEVELS, isSimulated } from '../../contract/index.ts';
import type { ExitReason } from '../../journal/index.ts';
import type { Attempt, SpokenSignal, WaveState } from '../../state/index.ts';
import { isReasonCode, type ReasonCode } from '../reasons.ts';
import type { Evidence, GateId, Reason } from '../types.ts';
import { blames, reason } from './reason.ts';

/** The attempt this evidence belongs to, or null: no other run's facts count. */
export const currentAttempt = (state: WaveState, evidence: Evidence): Attempt | null => {
  const attempt = state.attempts.get(evidence.attempt);
  return attempt?.run === evidence.run ? attempt : null;
};

/**
 * What an agent said with authority in this attempt. A kept agent's words are those of the result whose patch is
 * offered again.
 */
export const signalsOf = (state: WaveState, attempt: Attempt, agent: string): readonly SpokenSignal[] => {
  const own = attempt.signals.get(agent) ?? [];
  const from = attempt.finished.get(agent)?.reusedFrom ?? null;
  if (from === null) return own;
  for (const earlier of state.attempts.values())
    if (earlier.attempt < attempt.attempt && earlier.finished.get(agent)?.entry === from)
      return [...signalsOf(state, earlier, agent), ...own];
  return own;
};

const EXIT_CODES: Readonly<Record<Exclude<ExitReason['kind'], 'cancelled'>, ReasonCode>> = {
  exited: 'agent-crashed',
  signalled: 'agent-crashed',
  'timed-out': 'agent-timed-out',
  'output-capped': 'agent-output-capped',
  'failed-to-start': 'agent-start-failed',
  'over-budget': 'budget-exhausted',
  lost: 'agent-lost',
};

export const endedWell = (exit: ExitReason): boolean => exit.kind === 'exited' && exit.code === 0;

const exitDetail = (exit: ExitReason): string => {
  switch (exit.kind) {
    case 'exited':
      return `ended with exit code ${exit.code}`;
    case 'signalled':
      return `was ended by ${exit.signal}`;
    case 'timed-out':
      return `did not end within ${exit.afterMs / 1000} s and was stopped`;
    case 'output-capped':
      return `printed more than ${exit.bytes} bytes and was stopped`;
    case 'failed-to-start':
      return `could not be started: ${exit.message}`;
    case 'over-budget':
      return `was not started: it ${exit.message}`;
    case 'lost':
      return 'ended without leaving a result';
    case 'cancelled':
      return 'was cancelled';
  }
};

/** All reasons an agent's run gives by itself; `absent` is the code for no result at all. */
export const runReasons = (
  contract: Contract,
  attempt: Attempt | null,
  agent: Agent,
  gate: GateId,
  absent: ReasonCode,
): readonly Reason[] => {
  const finished = attempt?.finished.get(agent.id);
  if (attempt === null || finished === undefined || finished.exit.kind === 'cancelled')
    return [reason(gate, absent, `${agent.id} has no result in this attempt`, blames(agent))];
  const reasons: Reason[] = [];
  const { limit } = finished;
  if (limit !== null)
    reasons.push(
      reason(
        gate,
        'agent-budget-reached',
        `reached its ceiling of ${limit.limit === 'cost' ? `$${limit.allowed}` : `${limit.allowed} ${limit.limit}`} and was stopped`,
        blames(agent, finished.entry),
      ),
    );
  else if (!endedWell(finished.exit))
    reasons.push(
      reason(gate, EXIT_CODES[finished.exit.kind], exitDetail(finished.exit), blames(agent, finished.entry)),
    );
  if (isSimulated(finished.executor) && !contract.policy.allowSimulated)
    reasons.push(
      reason(
        gate,
        'simulated-not-allowed',
        `ran on the ${finished.executor} executor`,
        blames(agent, finished.entry),
      ),
    );
  // `local` starts no process: there is nothing to isolate.
  if (
    finished.executor !== 'local' &&
    ISOLATION_LEVELS.indexOf(finished.isolation) < ISOLATION_LEVELS.indexOf(contract.policy.isolation)
  )
    reasons.push(
      reason(
        gate,
        'isolation-below-policy',
        `ran with isolation ${finished.isolation}, policy asks ${contract.policy.isolation}`,
        blames(agent, finished.entry),
      ),
    );
  return [...reasons, ...admissionReasons(attempt, agent, gate)];
};

/** A patch counts when we admitted that very patch; one nobody looked at is not admitted. */
const admissionReasons = (attempt: Attempt, agent: Agent, gate: GateId): readonly Reason[] => {
  const finished = attempt.finished.get(agent.id);
  const admission = attempt.admissions.get(agent.id);
  if (admission?.kind === 'refused') {
    const why = admission.refusals.map(({ code, path, detail }) => {
      const where = path === '' ? '' : `${path}: `;
      return isReasonCode(code)
        ? reason(gate, code, `${where}${detail}`, blames(agent, admission.entry))
        : reason(gate, 'patch-refused', `${where}${detail} (${code})`, blames(agent, admission.entry));
    });
    return why.length > 0
      ? why
      : [reason(gate, 'patch-refused', 'was refused', blames(agent, admission.entry))];
  }
  if (finished === undefined || !endedWell(finished.exit)) return [];
  const offered = finished.patch?.sha256;
  return admission === undefined || (offered !== undefined && admission.patch !== offered)
    ? [
        reason(
          gate,
          'patch-not-admitted',
          `left a patch that no record admits`,
          blames(agent, finished.entry, admission?.entry),
        ),
      ]
    : [];
};
