/** A session without a machine behind it, for what turns bytes into entries. */
import type { Contract } from '../contract/index.ts';
import { provisionalRecorder } from './recorder.ts';
import { NOTHING_ELSE, type Session } from './session.ts';

const OUT_OF_REACH = new Proxy(
  {},
  {
    get: () => {
      throw new Error('this test has no repository and no store');
    },
  },
);

export const sessionOf = (contract: Contract, change: Partial<Session> = {}): Session => ({
  contract,
  instance: 'main/wave-3/local',
  run: 'l1abc',
  attempt: 2,
  take: 1,
  base: { commit: 'c'.repeat(40), tree: 'b'.repeat(40) },
  law: 'b'.repeat(40),
  scratch: OUT_OF_REACH as Session['scratch'],
  recorder: provisionalRecorder(contract, []),
  blobs: OUT_OF_REACH as Session['blobs'],
  clock: { now: () => new Date('2026-11-01T12:00:00Z') },
  workDir: '/nowhere',
  guarded: NOTHING_ELSE,
  ...change,
});
