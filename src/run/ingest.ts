/**
 * From what an agent left behind to entries. The only place where an agent's bytes become part of the journal: who said
 * it is stamped here, from where the bytes came from, and every bound is checked here (design §4).
 */
import { type AgentResult, type OutboxMessage, promptHash } from '../agents/index.ts';
import { sha256 } from '../contract/index.ts';
import {
  type Author,
  agentEntryId,
  type CoordinationBody,
  checkOutboxBody,
  type EntryId,
  entryProblem,
  type NewEntry,
  type PatchFact,
} from '../journal/index.ts';
import { plainText } from './bounded.ts';
import { fact, now, type Session } from './session.ts';

const speaks = (session: Session, agent: string): Author => ({
  kind: 'agent',
  agent,
  run: session.run,
  attempt: session.attempt,
});

const claimOf = (body: unknown): string => {
  if (typeof body !== 'object' || body === null) return '';
  const { type, kind, signal } = body as Record<string, unknown>;
  const inner =
    typeof signal === 'object' && signal !== null ? (signal as Record<string, unknown>)['kind'] : kind;
  return plainText([type, inner].filter((one): one is string => typeof one === 'string').join(' '), 200);
};

/** A message that is no entry is kept as the fact that it came. */
const unusable = (session: Session, agent: string, n: number, body: unknown): NewEntry =>
  fact(session, agent, `outbox-${n}`, {
    type: 'line.quarantined',
    file: `outbox/${agent}/${n}.json`,
    line: 1,
    sha256: sha256(JSON.stringify(body) ?? ''),
    code: 'invalid-entry',
    claims: claimOf(body),
  });

/** Outbox messages as entries, in their order. Telling them again gives the same ids. */
export const messageEntries = (
  session: Session,
  agent: string,
  messages: readonly OutboxMessage[],
  at: string = now(session),
): readonly NewEntry[] =>
  messages.map(({ n, body }): NewEntry => {
    const entry: NewEntry = {
      id: agentEntryId(session.run, session.attempt, agent, n),
      at,
      by: speaks(session, agent),
      instance: session.instance,
      family: 'coordination',
      body: body as CoordinationBody,
    };
    return checkOutboxBody(body, '') === null && entryProblem(entry) === null
      ? entry
      : unusable(session, agent, n, body);
  });

/** Of lines that are no signals nobody reads more. */
const MOST_MALFORMED = 20;

/** What it left where we listen and nobody can read: any of it may have been a signal that it owes. */
const unheardWords = ({
  outcome: { finalMessageProblem },
  unheard,
}: AgentResult): readonly Pick<AgentResult['malformed'][number], 'kind' | 'text' | 'problem'>[] => [
  ...(finalMessageProblem === undefined
    ? []
    : [{ kind: null, text: 'final message', problem: finalMessageProblem }]),
  ...unheard.map(({ file, problem }) => ({ kind: null, text: `outbox/${file}`, problem })),
];

/** What it was asked; known from the contract, whatever its job says. */
const askedOf = ({ contract }: Session, id: string): { readonly prompt?: string } => {
  const agent = contract.agents.find((one) => one.id === id);
  return agent === undefined ? {} : { prompt: promptHash(contract, agent) };
};

/** The whole result of an agent's run: what it said, then how it ended. */
export const resultEntries = (
  session: Session,
  result: AgentResult,
  patch: PatchFact | null,
  at: string = now(session),
): readonly NewEntry[] => {
  const spoken = messageEntries(session, result.agent, result.outbox, at);
  const signals = result.signals.map(
    (signal, i): NewEntry => ({
      id: agentEntryId(session.run, session.attempt, result.agent, `m${i + 1}`),
      at,
      by: speaks(session, result.agent),
      instance: session.instance,
      family: 'coordination',
      body: { type: 'signal', signal },
    }),
  );
  const malformed = [...unheardWords(result), ...result.malformed].slice(0, MOST_MALFORMED).map((one, i) =>
    fact(
      session,
      result.agent,
      `malformed-${i + 1}`,
      {
        type: 'signal.malformed',
        attempt: session.attempt,
        agent: result.agent,
        kind: one.kind,
        line: plainText(one.text, 300),
        problem: plainText(one.problem, 300),
      },
      at,
    ),
  );
  const finished = fact(
    session,
    result.agent,
    'finished',
    {
      type: 'agent.finished',
      attempt: session.attempt,
      agent: result.agent,
      executor: result.executor,
      isolation: result.isolation,
      exit: result.outcome.exit,
      durationMs: Math.round(result.outcome.durationMs),
      usage: result.outcome.usage,
      patch,
      baseTree: result.baseTree,
      ...(result.outcome.limit === undefined ? {} : { limit: result.outcome.limit }),
      ...askedOf(session, result.agent),
    },
    at,
  );
  const unreadable =
    result.unreadable === null
      ? []
      : [
          fact(
            session,
            result.agent,
            'admission',
            {
              type: 'patch.refused',
              attempt: session.attempt,
              agent: result.agent,
              patch: sha256(''),
              refusals: [
                { code: 'worktree-unreadable', path: '', detail: plainText(result.unreadable, 400) },
              ],
            },
            at,
          ),
        ];
  return [...spoken, ...signals, ...malformed, finished, ...unreadable];
};

/** A kept agent's result, offered again in this attempt. */
export const reusedEntry = (session: Session, agent: string, from: EntryId): NewEntry | null => {
  for (const attempt of session.recorder.state().attempts.values()) {
    const finished = attempt.finished.get(agent);
    if (finished?.entry !== from) continue;
    const { executor, isolation, exit, durationMs, usage, patch, baseTree, prompt } = finished;
    return fact(session, agent, 'finished', {
      type: 'agent.finished',
      attempt: session.attempt,
      agent,
      executor,
      isolation,
      exit,
      durationMs,
      usage,
      patch,
      baseTree,
      ...(prompt === undefined ? {} : { prompt }),
      reusedFrom: from,
    });
  }
  return null;
};

/** Counts a patch's files and lines, for people. Its digest is what matters. */
export const patchFactOf = (patch: Uint8Array, sha: string): PatchFact => {
  const text = Buffer.from(patch).toString('latin1');
  const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0;
  return {
    sha256: sha,
    files: Math.min(10_000, count(/^diff --git /gm)),
    added: count(/^\+(?!\+\+ )/gm),
    removed: count(/^-(?!-- )/gm),
  };
};
