/** Agents of a local run: side by side, hearing each other through the journal. */
import { join } from 'node:path';
import type { Agent } from '../../contract/index.ts';
import { runAgent } from '../agent.ts';
import { isolationOf } from '../agent-place.ts';
import { messageEntries, patchFactOf, resultEntries } from '../ingest.ts';
import type { Recorder } from '../recorder.ts';
import { fact, type Session } from '../session.ts';
import type { LocalRequest } from './request.ts';

export type Hooks = { readonly logDir: string; readonly onInbox: (write: () => Promise<void>) => () => void };

/** Runs agents side by side, at most `maxParallel` at once, and records each as it ends. */
export const runAgents = async (
  session: Session,
  agents: readonly Agent[],
  from: { commit: string; tree: string },
  request: LocalRequest,
  hooks: Hooks,
): Promise<void> => {
  const waiting = [...agents];
  const limit = Math.max(
    1,
    Math.min(request.maxParallel ?? session.contract.config.maxParallel, agents.length),
  );
  const stopAll = new AbortController();
  const signal = AbortSignal.any([request.signal, stopAll.signal]);
  const worker = async (): Promise<void> => {
    for (let agent = waiting.shift(); agent !== undefined && !signal.aborted; agent = waiting.shift()) {
      const one = agent;
      await session.recorder.record([
        fact(session, one.id, 'started', {
          type: 'agent.started',
          attempt: session.attempt,
          agent: one.id,
          executor: one.executor.id,
          isolation: isolationOf(session.contract, one),
        }),
      ]);
      const result = await runAgent(session, {
        agent: one,
        from,
        waveCommand: request.waveCommand,
        logFile: join(hooks.logDir, `wave-${one.slug}.log`),
        signal,
        onMessages: (messages) => session.recorder.record(messageEntries(session, one.id, messages)),
        onInbox: hooks.onInbox,
      });
      // Stopped by the person at the keyboard: this agent has no result, a second run launches it again.
      if (request.signal.aborted) return;
      await session.recorder.record(
        resultEntries(
          session,
          result,
          result.patch.length === 0
            ? null
            : patchFactOf(result.patch, await session.blobs.putBlob(result.patch)),
        ),
      );
    }
  };
  try {
    await Promise.all(Array.from({ length: limit }, worker));
  } catch (error) {
    stopAll.abort();
    throw error;
  }
};

/** Writes every running agent's inbox again when the journal has grown. */
export const inboxHooks = (
  recorder: () => Recorder | null,
): { readonly hooks: Hooks['onInbox']; readonly changed: () => void } => {
  const writers = new Map<() => Promise<void>, { last: number; busy: boolean }>();
  const changed = (): void => {
    const length = recorder()?.entries().length ?? 0;
    for (const [write, seen] of writers) {
      if (seen.busy || seen.last === length) continue;
      seen.busy = true;
      seen.last = length;
      void write()
        .catch(() => undefined)
        .finally(() => {
          seen.busy = false;
          if (seen.last !== (recorder()?.entries().length ?? 0)) changed();
        });
    }
  };
  return {
    changed,
    hooks: (write) => {
      writers.set(write, { last: -1, busy: false });
      return () => writers.delete(write);
    },
  };
};
