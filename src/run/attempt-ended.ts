/** The last fact of an attempt: what it came to, and everything that failed, as far as an entry holds it. */
import { failing, type Gate, leading } from '../closure/index.ts';
import type { EndReason, NewEntry } from '../journal/index.ts';
import { plainText, within } from './bounded.ts';
import { fact, type Session } from './session.ts';

/** An entry holds as many; the report has all of them. */
const MOST_REASONS = 64;

/** Reasons that name an agent come first: whoever is launched because of one has to be told it. */
const endReasons = (gates: readonly Gate[]): readonly EndReason[] => {
  const all = failing(gates).map(
    ({ gate, code, agent, record, detail }): EndReason => ({
      gate,
      code,
      agent,
      record,
      detail: plainText(detail, 240),
    }),
  );
  const named = all.filter(({ agent }) => agent !== null);
  return within([...named, ...all.filter(({ agent }) => agent === null)].slice(0, MOST_REASONS));
};

export const attemptEnded = (
  session: Session,
  outcome: 'closed' | 'refused' | 'waiting',
  gates: readonly Gate[],
  /** The code where nothing failed that was asked. */
  otherwise: string = outcome,
): NewEntry => {
  const reasons = outcome === 'closed' ? [] : endReasons(gates);
  return fact(session, 'close', 'ended', {
    type: 'attempt.ended',
    attempt: session.attempt,
    outcome,
    code: outcome === 'closed' ? 'closed' : (leading(gates)?.code ?? otherwise),
    ...(reasons.length === 0 ? {} : { reasons }),
  });
};
