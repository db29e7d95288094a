/**
 * Parking an agent and letting it go on (design §6): what is kept when its process is ended because it waits, and what
 * the next launch starts from. What was kept is the agent's own: it comes back to that agent only, and is admitted as
 * any patch is.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentResult } from '../agents/index.ts';
import { type EntryId, factId, type NewEntry, type Usage } from '../journal/index.ts';
import type { Parked } from '../state/index.ts';
import { patchFactOf } from './ingest.ts';
import { fact, type Session } from './session.ts';
import { candidateCommit } from './stage.ts';

export type Resume = {
  readonly patch: Uint8Array | null;
  readonly session: { readonly session: string; readonly file: string; readonly usageBefore: Usage } | null;
  /** Milliseconds its launches of this attempt took so far. */
  readonly usedMs: number;
};

/** Which launch of the attempt the next one is, from 1. */
export const nextLaunch = (session: Session, agent: string): number => {
  const parked = session.recorder.state().parked.get(agent);
  return parked?.attempt === session.attempt ? parked.launch + 1 : 1;
};

/** What was kept of a parked agent; its work only when it was cut from what this launch starts from too. */
export const resumeOf = async (
  session: Session,
  agent: string,
  from: { readonly tree: string },
  sessionFile: string,
): Promise<Resume | undefined> => {
  const parked = session.recorder.state().parked.get(agent);
  if (parked === undefined || parked.baseTree !== from.tree) return undefined;
  const kept = parked.session === null ? null : await session.blobs.getBlob(parked.session.sha256);
  const file = `${sessionFile}.before`;
  if (kept !== null) await writeFile(file, kept, { mode: 0o600 });
  return {
    patch: parked.patch === null ? null : await session.blobs.getBlob(parked.patch.sha256),
    session:
      kept === null || parked.session === null
        ? null
        : { session: parked.session.id, file, usageBefore: parked.usage },
    usedMs: parked.attempt === session.attempt ? parked.durationMs : 0,
  };
};

/** A commit with the agent's work so far in it; the one it starts from when there is none, or it fits no more. */
export const worktreeCommit = async (
  session: Session,
  from: { readonly commit: string; readonly tree: string },
  patch: Uint8Array | null,
): Promise<string> => {
  if (patch === null || patch.length === 0) return from.commit;
  const tree = await session.scratch.applyPatch(from.tree, patch);
  return tree.ok ? candidateCommit(session, tree.value, 'work so far') : from.commit;
};

const numberAfter = (id: EntryId, prefix: string): number => {
  const digits = id.startsWith(prefix) ? id.slice(prefix.length) : '';
  return /^[1-9]\d{0,8}$/.test(digits) ? Number(digits) : 0;
};

/**
 * Puts what the agent said in this attempt back into its new outbox, so that numbers go on where they stopped: they are
 * part of the ids. What was no message leaves an empty one behind.
 *
 * @returns the last number taken
 */
export const seedOutbox = async (session: Session, agent: string, outbox: string): Promise<number> => {
  const spoken = `${session.run}.${session.attempt}.${agent}.`;
  const unusable = factId(session.run, session.attempt, agent, 'outbox-');
  const bodies = new Map<number, unknown>();
  for (const { id, body, by } of session.recorder.entries()) {
    const n = numberAfter(id, spoken) || numberAfter(id, unusable);
    if (n > 0) bodies.set(n, by.kind === 'agent' ? body : {});
  }
  for (const [n, body] of bodies) await writeFile(join(outbox, `${n}.json`), JSON.stringify(body));
  return Math.max(0, ...bodies.keys());
};

/** The entry that parks an agent, and the bytes it names put away. */
export const parkedEntry = async (
  session: Session,
  result: AgentResult,
  launch: number,
  before: Parked | undefined,
  sessionFile: string,
): Promise<NewEntry> => {
  const { outcome, agent, patch } = result;
  const kept = outcome.session === null ? null : await readFile(sessionFile).catch(() => null);
  await rm(sessionFile, { force: true });
  const sha = kept === null ? null : await session.blobs.putBlob(kept);
  return fact(session, agent, `parked-${launch}`, {
    type: 'agent.parked',
    attempt: session.attempt,
    agent,
    launch,
    executor: result.executor,
    durationMs:
      Math.round(outcome.durationMs) + (before?.attempt === session.attempt ? before.durationMs : 0),
    usage: outcome.usage,
    patch: patch.length === 0 ? null : patchFactOf(patch, await session.blobs.putBlob(patch)),
    baseTree: result.baseTree,
    session: outcome.session === null || sha === null ? null : { id: outcome.session, sha256: sha },
  });
};
