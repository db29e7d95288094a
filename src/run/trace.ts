/** The trace of an attempt: everything needed to see what happened and to judge it again (closure.md §10). */

import type { Gate } from '../closure/index.ts';
import { canonicalJson, sha256 } from '../contract/index.ts';
import { type Entry, encodeEntry } from '../journal/index.ts';
import { plainState } from '../state/index.ts';
import { board, htmlReport, outcomeJson, sharedSummary } from '../views/index.ts';
import type { Session } from './session.ts';

export type TraceInput = {
  readonly session: Session;
  readonly gates: readonly Gate[];
  readonly tree: string | null;
  readonly closed: boolean;
  readonly commit: string | null;
  readonly patches: ReadonlyMap<string, string>;
  readonly command: string;
  readonly at: string;
};

const encoder = new TextEncoder();
const jsonl = (entries: readonly Entry[]): string =>
  entries.map((entry) => `${encodeEntry(entry)}\n`).join('');

/** Files by path; `run-metadata.json` lists every other one with its digest. */
export const traceFiles = ({
  session,
  gates,
  tree,
  closed,
  commit,
  patches,
  command,
  at,
}: TraceInput): ReadonlyMap<string, Uint8Array> => {
  const { contract, instance, recorder } = session;
  const state = recorder.state();
  const entries = recorder.entries();
  const texts: Record<string, string> = {
    'coordination.raw.jsonl': jsonl(entries.filter((entry) => entry.family === 'coordination')),
    'control-plane.raw.jsonl': jsonl(entries.filter((entry) => entry.family === 'control')),
    'journal.jsonl': jsonl(entries),
    'coordination.materialized.json': `${JSON.stringify(plainState(state), null, 2)}\n`,
    'outcome.json': `${JSON.stringify(outcomeJson({ contract, state, gates, tree, closed, commit, reportPath: 'report.html', command }), null, 2)}\n`,
    'shared-summary.md': sharedSummary(contract, state, at),
    'board.md': board(contract, state, at),
    'report.html': htmlReport({
      contract,
      state,
      gates,
      entries,
      instance,
      generatedAt: at,
      closed,
      tree,
      commit,
      patches,
      command,
    }),
    'contract.json': `${canonicalJson(contract)}\n`,
  };
  for (const [agent, patch] of patches) texts[`patches/${agent}.patch`] = patch;
  const files = new Map(Object.entries(texts).map(([path, text]) => [path, encoder.encode(text)]));
  const metadata = {
    traceVersion: 2,
    instance,
    wave: contract.wave,
    lane: contract.lane,
    waveFile: contract.file,
    waveFileHash: contract.digests.wave,
    policyDigest: contract.digests.policy,
    run: session.run,
    attempt: session.attempt,
    base: session.base,
    tree,
    closed,
    commit,
    artifacts: Object.fromEntries(
      [...files].map(([path, bytes]) => [path, { sha256: sha256(bytes), bytes: bytes.length }]),
    ),
  };
  return files.set('run-metadata.json', encoder.encode(`${JSON.stringify(metadata, null, 2)}\n`));
};

/** Each agent's patch as text, for people. */
export const patchTexts = async (session: Session): Promise<ReadonlyMap<string, string>> => {
  const patches = new Map<string, string>();
  for (const [agent, finished] of session.recorder.state().attempts.get(session.attempt)?.finished ?? []) {
    const bytes = finished.patch === null ? null : await session.blobs.getBlob(finished.patch.sha256);
    if (bytes !== null) patches.set(agent, Buffer.from(bytes).toString('utf8'));
  }
  return patches;
};
