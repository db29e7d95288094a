import { describe, expect, test } from 'vitest';
import {
  adding,
  BASE,
  type Change,
  changing,
  commandOf,
  contractOf,
  digest,
  honest,
  oid,
  removing,
  resignalling,
  signalled,
  spoken,
} from '../../test/histories/index.ts';
import type { Contract } from '../contract/index.ts';
import { fold } from '../state/index.ts';
import { selectAgents } from './selection.ts';

const _NOW = '2026-11-22T12:00:00Z';
const CONTRACT = contractOf(['A1', 'A2', 'E0', 'A7', 'A8', 'A9', 'A0']);
describe('who runs in the next attempt', () => {
  const base = { tree: BASE, waveDigest: CONTRACT.digests.wave, policyDigest: CONTRACT.digests.policy };
  const selected = (change: Change, where = base, contract: Contract = CONTRACT) => {
    const { entries } = change(honest({ contract }));
    const { agents, kept, why } = selectAgents(contract, fold(contract, entries), where);
    return { agents, kept: kept.map((one) => one.agent), why };
  };
  const nothing: Change = (history) => history;

  test('all are kept when nothing stands against them: the stewards judge again', () => {
    expect(selected(resignalling('local-1.1.A0.2', { verdict: 'hold' }))).toMatchObject({
      agents: [],
      kept: ['A1', 'A2'],
    });
  });

  test.each<[string, Change, string]>([
    ['it crashed', changing('local-1.1.A1.finished', { exit: { kind: 'exited', code: 1 } }), 'agent-crashed'],
    ['§14.24: exit 0 without a proof signal', removing('local-1.1.A1.1'), 'missing-wave-proof'],
    ['it said gap', resignalling('local-1.1.A1.1', { state: 'gap' }), 'wave-proof-gap'],
    [
      'it is below its contract',
      resignalling('local-1.1.A1.1', { completion: 'contract' }),
      'completion-gap',
    ],
    [
      'it left a gap',
      adding([signalled('A1', 3, { kind: 'gap', gap: 'ops' })], 'local-1.1.A1.2'),
      'unresolved-gap',
    ],
    [
      'its patch was refused',
      changing('local-1.1.A1.admission', {
        type: 'patch.refused',
        refusals: [{ code: 'patch-conflict', path: 'src/a1.ts', detail: 'does not apply' }],
      }),
      'patch-conflict',
    ],
    [
      'it did not write what it declares',
      changing('local-1.1.A1.admission', { paths: ['src/x.ts'] }),
      'did not write src/a1.ts',
    ],
    ['it has no result', removing('local-1.1.A1.finished'), 'has no result yet'],
    [
      'it owes an open request',
      adding([spoken('A8', 9, { type: 'post', kind: 'request', summary: 's', targets: ['A1'] })]),
      'owes an open request',
    ],
  ])('%s: it runs, and it alone', (_, change, why) => {
    const selection = selected(change);
    expect(selection).toMatchObject({ agents: ['A1'], kept: ['A2'], why: { A1: why } });
  });

  test('§14.77: all failing owners together', () => {
    const both: Change = (history) =>
      removing('local-1.1.A2.1')(resignalling('local-1.1.A1.1', { state: 'gap' })(history));
    expect(selected(both)).toMatchObject({ agents: ['A1', 'A2'], kept: [] });
  });

  test('a command of one agent that failed is that agent’s; a command of the wave is everybody’s', () => {
    const contract = contractOf(['A1', 'A2', 'A0'], {
      verify: [commandOf('npm test'), commandOf('npm run a2', { kind: 'agent', agent: 'A2' })],
    });
    const fails = (id: string): Change => changing(id, { exit: { kind: 'exited', code: 1 } });
    expect(selected(fails('local-1.1.prove.3333-1'), base, contract)).toMatchObject({
      agents: ['A2'],
      kept: ['A1'],
      why: { A2: 'npm run a2 failed on the tree' },
    });
    expect(selected(fails('local-1.1.prove.3333-0'), base, contract)).toMatchObject({ agents: ['A1', 'A2'] });
  });

  test.each([
    ['base', { tree: oid('9') }],
    ['wave file', { waveDigest: digest('9') }],
    ['policy', { policyDigest: digest('9') }],
  ])('nothing is kept over another %s', (what, part) => {
    const selection = selected(nothing, { ...base, ...part });
    expect(selection).toMatchObject({
      agents: ['A1', 'A2'],
      kept: [],
      why: { A1: `the ${what} has changed` },
    });
  });

  test('a simulated result is not kept once policy asks for more', () => {
    const strict = { ...CONTRACT, policy: { ...CONTRACT.policy, allowSimulated: false } };
    const { entries } = honest({ contract: CONTRACT });
    expect(selectAgents(strict, fold(strict, entries), base).why.A1).toBe('simulated-not-allowed');
  });
});
