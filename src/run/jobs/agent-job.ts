/** One agent of the matrix (design §5 `agent`): untrusted, read-only; what comes out is a bundle for the trusted jobs. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OutboxMessage } from '../../agents/index.ts';
import type { Agent } from '../../contract/index.ts';
import { artifactName, newestAttempt, putNextSerial, speakers } from '../../host/index.ts';
import { runAgent } from '../agent.ts';
import { WaveFailure } from '../failure/index.ts';
import { resultBundle } from '../handover.ts';
import { messageEntries } from '../ingest.ts';
import type { JobContext, Ticket } from './context.ts';
import { type JobSession, openSession } from './session.ts';

/** Says which agent this job speaks for, before any foreign code has run in it. */
export const sayHello = async (context: JobContext, speaker: string): Promise<void> => {
  await putNextSerial(
    context.exchange,
    { what: 'hello', attempt: context.runAttempt, agent: speaker },
    new Map([
      [
        'hello.json',
        new TextEncoder().encode(
          JSON.stringify({ agent: speaker, run: context.runId, attempt: context.runAttempt }),
        ),
      ],
    ]),
  );
};

/** Cumulative outbox artifacts an agent's job may upload; what comes after is in its result. */
const MAX_DELTAS = 9;
const encoder = new TextEncoder();

type Live = {
  readonly said: (messages: readonly OutboxMessage[]) => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly onInbox: (write: () => Promise<void>) => () => void;
};

/**
 * Lets agents of one matrix hear each other while they run, without anybody's write token: each job uploads what its
 * agent said so far, and reads what the others' jobs uploaded. The view is provisional and decides nothing.
 */
const conversation = (
  context: JobContext,
  session: JobSession,
  agent: Agent,
  siblings: readonly string[],
): Live => {
  const own: OutboxMessage[] = [];
  const writers = new Set<() => Promise<void>>();
  const heard = new Map<string, number>();
  let deltas = 0;
  let uploaded = 0;
  let last: Promise<void> = Promise.resolve();
  const serially = (task: () => Promise<void>): Promise<void> => {
    last = last
      .then(task)
      .catch((error: unknown) =>
        context.log(
          `what siblings said could not be exchanged this time: ${error instanceof Error ? error.message : String(error)}`,
        ),
      );
    return last;
  };
  const upload = async (): Promise<void> => {
    if (uploaded === own.length || deltas >= MAX_DELTAS || siblings.length === 0) return;
    uploaded = own.length;
    deltas++;
    await putNextSerial(
      context.exchange,
      { what: 'outbox', attempt: context.runAttempt, agent: agent.id, serial: deltas },
      new Map([['outbox.json', encoder.encode(JSON.stringify(own))]]),
    );
  };
  const listen = async (): Promise<void> => {
    if (siblings.length === 0) return;
    const { accepted } = speakers(await context.exchange.list());
    let news = false;
    for (const { name, receipt } of newestAttempt(accepted)) {
      if (
        name.what !== 'outbox' ||
        !siblings.includes(name.agent) ||
        (heard.get(name.agent) ?? 0) >= name.serial
      )
        continue;
      heard.set(name.agent, name.serial);
      const bytes = (await context.exchange.get(receipt)).get('outbox.json');
      const messages = readMessages(bytes);
      await session.recorder.record(messageEntries(session, name.agent, messages));
      news = true;
    }
    if (news) for (const write of writers) await write();
  };
  const timer = setInterval(
    () =>
      void serially(async () => {
        await upload();
        await listen();
      }),
    context.pollMs,
  );
  return {
    said: async (messages) => {
      own.push(...messages);
      await session.recorder.record(messageEntries(session, agent.id, messages));
      // The first words go out at once; later ones wait for the next look, so that few artifacts say much.
      if (deltas === 0) await serially(upload);
    },
    onInbox: (write) => {
      writers.add(write);
      return () => writers.delete(write);
    },
    stop: async () => {
      clearInterval(timer);
      // The last words too: a sibling may be waiting for them, and this job's result is read by the trusted jobs only.
      await serially(upload);
    },
  };
};

/** A sibling's outbox as its job tells it: hostile bytes, checked again when they become entries. */
const readMessages = (bytes: Uint8Array | undefined): readonly OutboxMessage[] => {
  if (bytes === undefined || bytes.length > 4 * 1024 * 1024) return [];
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf8', { fatal: true }).decode(bytes));
    return Array.isArray(value)
      ? value
          .slice(0, 500)
          .filter(
            (one): one is OutboxMessage =>
              typeof one === 'object' &&
              one !== null &&
              Number.isSafeInteger((one as OutboxMessage).n) &&
              (one as OutboxMessage).n > 0,
          )
      : [];
  } catch {
    return [];
  }
};

/** Runs one agent and bundles what it left. */
export const agentBundle = async (
  context: JobContext,
  session: JobSession,
  agent: Agent,
  from: { readonly commit: string; readonly tree: string },
  live: Live | null,
): Promise<ReturnType<typeof resultBundle>> => {
  const logFile = join(context.workDir, `${agent.slug}.log`);
  const result = await runAgent(session, {
    agent,
    from,
    waveCommand: context.waveCommand,
    logFile,
    signal: context.signal,
    onMessages:
      live?.said ?? ((messages) => session.recorder.record(messageEntries(session, agent.id, messages))),
    onInbox: live?.onInbox ?? null,
  });
  await live?.stop();
  return resultBundle(result, await readFile(logFile).catch(() => Buffer.alloc(0)));
};

export const agentJob = async (context: JobContext, ticket: Ticket, id: string): Promise<void> => {
  await sayHello(context, id);
  const session = await openSession(context, ticket);
  const agent = session.contract.agents.find((one) => one.id === id);
  if (agent === undefined || !ticket.agents.includes(id))
    throw new WaveFailure(
      'unknown-agent',
      `agent ${id.slice(0, 40)} is not in this attempt`,
      'Use wave.yml as it is published.',
    );
  const live = conversation(
    context,
    session,
    agent,
    ticket.agents.filter((one) => one !== id),
  );
  const bundle = await agentBundle(context, session, agent, session.base, live);
  await putNextSerial(context.exchange, { what: 'result', attempt: context.runAttempt, agent: id }, bundle);
  context.log(`${artifactName({ what: 'result', attempt: context.runAttempt, agent: id })} uploaded`);
};
