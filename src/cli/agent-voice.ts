/**
 * An agent's own words, as the commands it calls while it works take them: into its outbox, and its inbox out. These
 * commands start many times in a wave, so this file and what it imports stay small (startup.test.ts looks).
 */
import { postToOutbox, readInbox } from '../agents/mailbox/index.ts';
import { agentEntryId, type CoordinationBody } from '../journal/index.ts';
import { WaveFailure } from '../run/failure/index.ts';
import type { Inbox } from '../views/index.ts';

export type Speaker = {
  readonly agent: string;
  readonly outbox: string;
  readonly inbox: string;
  readonly run: string;
  readonly attempt: number;
};

/** Who is speaking: an agent in its own run, or nobody of the wave. */
export const speakingAgent = (claimed: string | undefined): Speaker | null => {
  const {
    WAVE_AGENT: agent,
    WAVE_OUTBOX: outbox,
    WAVE_INBOX: inbox,
    WAVE_RUN: run,
    WAVE_ATTEMPT: attempt,
  } = process.env;
  if (
    agent === undefined ||
    outbox === undefined ||
    inbox === undefined ||
    run === undefined ||
    attempt === undefined
  )
    return null;
  if (claimed !== undefined && claimed !== agent)
    throw new WaveFailure(
      'not-your-name',
      `you are ${agent} and cannot speak as ${claimed}`,
      `Leave --agent out, or say --agent ${agent}.`,
    );
  return { agent, outbox, inbox, run, attempt: Number(attempt) };
};

/** @returns the message's number */
export const postOwn = async (outbox: string, body: unknown): Promise<number> => {
  try {
    return await postToOutbox(outbox, body);
  } catch (error) {
    // A bound of the outbox, said in a sentence for whoever speaks.
    if (error instanceof RangeError)
      throw new WaveFailure(
        'outbox-refused',
        error.message,
        'Say less, or fewer things: what was posted before stays.',
      );
    throw error;
  }
};

/** What an agent was last given to read. */
export const ownInbox = (speaker: Speaker): ReturnType<typeof readInbox> => readInbox(speaker.inbox);

/** The id an agent means by a handle of its inbox; another name is left to those who know the wave. */
export const ownRecord = async (speaker: Speaker, name: string): Promise<string> => {
  const inbox = (await ownInbox(speaker))?.json as Partial<Inbox> | null | undefined;
  const { owed = [], asks = [], decisions = [], context = [] } = inbox ?? {};
  return [...owed, ...asks, ...decisions, ...context].find((one) => one.handle === name)?.id ?? name;
};

/** What an agent put into its outbox, by the id it will be known by. */
export const sayAsAgent = async (speaker: Speaker, body: CoordinationBody): Promise<string> => {
  const named = 'record' in body ? { ...body, record: await ownRecord(speaker, body.record) } : body;
  return agentEntryId(speaker.run, speaker.attempt, speaker.agent, await postOwn(speaker.outbox, named));
};

/** An agent's clone has no journal: what it may know of the wave is its inbox. */
export const refuseInsideRun = (): void => {
  const agent = speakingAgent(undefined);
  if (agent !== null)
    throw new WaveFailure(
      'inside-a-run',
      `you are ${agent.agent} in its run, which sees the wave through its inbox`,
      'Read wave coord inbox.',
    );
};
