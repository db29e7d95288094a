import { expect, test } from 'vitest';
import { contractOf } from '../../test/histories/contract.ts';
import { sha256 } from '../contract/index.ts';
import type { ControlBody, NewEntry } from '../journal/index.ts';
import { keep } from './keep.ts';
import { provisionalRecorder } from './recorder.ts';
import { sessionOf } from './session.fixture.ts';
import { fact } from './session.ts';

const contract = contractOf(['A1', 'A2', 'A3', 'A9', 'A0']);
const first = sessionOf(contract, { run: 'l0old', attempt: 1 });
const PATCH = new TextEncoder().encode('diff --git a/x b/x\n');
const finished = (agent: string): ControlBody => ({
  type: 'agent.finished',
  attempt: 1,
  agent,
  executor: 'local',
  isolation: 'none',
  exit: { kind: 'exited', code: 0 },
  durationMs: 1,
  usage: 'unknown',
  patch: agent === 'A3' ? null : { sha256: sha256(`patch of ${agent}`), files: 1, added: 1, removed: 0 },
  baseTree: first.base.tree,
});
const entries: readonly NewEntry[] = [
  fact(first, 'plan', 'attempt', {
    type: 'attempt.started',
    attempt: 1,
    base: first.base.commit,
    baseTree: first.base.tree,
    agents: ['A1', 'A2', 'A3'],
    waveDigest: contract.digests.wave,
    policyDigest: contract.digests.policy,
  }),
  ...['A1', 'A2', 'A3'].map((agent) => fact(first, agent, 'finished', finished(agent))),
];

test('an agent whose patch is gone runs again, in the order of the wave file; the others are kept', async () => {
  const recorder = provisionalRecorder(
    contract,
    entries.map((entry, i) => ({ ...entry, seq: i + 1 })),
  );
  const session = sessionOf(contract, {
    recorder,
    blobs: {
      putBlob: async () => '',
      getBlob: async (digest) => (digest === sha256('patch of A2') ? PATCH : null),
    },
  });
  const kept = ['A1', 'A2', 'A3'].map((agent) => ({ agent, from: `l0old.1.${agent}.finished` }));
  const { agents, reused } = await keep(session, { do: 'run-agents', agents: [], kept, why: {} });
  expect(agents).toEqual(['A1']);
  expect(reused.map(({ id }) => id)).toEqual(['l1abc.2.A2.finished', 'l1abc.2.A3.finished']);
});
