/** Failures of the catalogue (closure.md §14) that no other test is named after. */
import { describe, expect, test } from 'vitest';
import { allHold, componentStandings, failing, gates, next, selectAgents } from '../../src/closure/index.ts';
import type { Contract } from '../../src/contract/index.ts';
import { fold } from '../../src/state/index.ts';
import {
  adding,
  agentOf,
  all,
  almost,
  BASE,
  type Change,
  changing,
  contractOf,
  EVERY_STEWARD,
  fact,
  type History,
  honest,
  id,
  inWorld,
  matrixOf,
  orchestrator,
  posting,
  promotionOf,
  removing,
  resignalling,
  said,
  signalled,
  spoken,
  underContract,
  withFile,
} from '../histories/index.ts';

const NOW = '2026-11-22T12:00:00Z';
const evaluated = ({ contract, entries, evidence }: History) =>
  gates(contract, fold(contract, entries), evidence, 'close');
const refusals = (change: Change, contract: Contract = EVERY_STEWARD): readonly string[] =>
  failing(evaluated(change(honest({ contract })))).map(({ gate, agent, code }) => `${gate} ${agent} ${code}`);

test('§14.15: a verdict of another attempt neither closes the wave nor holds it open', () => {
  const other = (verdict: 'pass' | 'blocked'): Change =>
    adding([
      fact(
        'plan',
        'attempt',
        {
          type: 'attempt.started',
          attempt: 2,
          base: 'a'.repeat(40),
          baseTree: BASE,
          agents: [],
          waveDigest: EVERY_STEWARD.digests.wave,
          policyDigest: EVERY_STEWARD.digests.policy,
        },
        { attempt: 2 },
      ),
      signalled('A0', 1, { kind: 'verdict', verdict }, { attempt: 2 }),
    ]);
  expect(refusals(other('blocked'))).toEqual([]);
  expect(refusals(all(removing(id('A0.2')), other('pass')))).toEqual(['cont-qa A0 missing-cont-qa-verdict']);
});

test('§14.31: whoever holds the same entries gets the same gates, however they came', () => {
  for (const change of [(one: History) => one, removing(id('A2.10')), posting('A1', 'blocker')]) {
    const history = change(honest({ contract: EVERY_STEWARD }));
    const again = structuredClone(history.entries).toReversed();
    expect(gates(history.contract, fold(history.contract, again), history.evidence, 'close')).toEqual(
      evaluated(history),
    );
  }
});

describe('§14.39: nothing argues away', () => {
  test.each<[string, Change, string]>([
    ['a missing signal', removing(id('A1.1')), 'implementation A1 missing-wave-proof'],
    [
      'a signal that cannot be read',
      all(removing(id('A1.1')), adding([almost('A1', 'proof')], id('A1.2'))),
      'implementation A1 malformed-signal',
    ],
    ['a gap', resignalling(id('A1.1'), { state: 'gap' }), 'implementation A1 wave-proof-gap'],
    ['a missing deliverable', withFile('src/a1.ts', null), 'implementation A1 missing-deliverable'],
  ])('%s', (_, change, refusal) => {
    expect(refusals(change)).toContain(refusal);
  });
  test('and a line that is no signal holds nothing up once the signal is there', () => {
    expect(refusals(adding([almost('A1', 'proof')], id('A1.2')))).toEqual([]);
  });
});

test('§14.56: documentation that ended well and said nothing is not “no change”', () => {
  expect(refusals(removing(id('A9.1')))).toEqual(['documentation A9 missing-doc-closure']);
});

test('§14.61: what policy says of one request does not close another', () => {
  const requests = ['A1', 'A2'].map((agent, i) =>
    spoken('A8', 90 + i, { type: 'post', kind: 'request', summary: 'mend', targets: [agent] }),
  );
  const answered = said('policy', orchestrator(), {
    type: 'post',
    kind: 'resolved-by-policy',
    summary: 'the guide says so',
    dependsOn: [id('A8.90')],
  });
  expect(refusals(adding([...requests, answered]))).toEqual(['helper-assignments A2 helper-assignment-open']);
});

test('§14.65: of a shared component only the owners that still owe run again', () => {
  const contract = contractOf(
    [...['A1', 'A2', 'A7x'].map((one) => agentOf(one, { components: ['api'] })), 'A9', 'A0'],
    {
      promotions: [promotionOf('api', 'repo-landed')],
      componentMatrix: matrixOf({ api: 'contract-frozen' }),
    },
  );
  const history = all(
    removing(id('A2.10')),
    changing(id('A7x.finished'), { exit: { kind: 'timed-out', afterMs: 1000 } }),
  )(honest({ contract }));
  const state = fold(contract, history.entries);
  expect(
    failing(evaluated(history))
      .filter(({ code }) => code === 'shared-component-sibling-pending')
      .map(({ agent }) => agent),
  ).toEqual(['A2', 'A7x']);
  expect(componentStandings(contract, state, state.attempts.get(1) ?? null)).toEqual([
    { component: 'api', target: 'repo-landed', proved: ['A1'], owing: ['A2', 'A7x'] },
  ]);
  const base = { tree: BASE, waveDigest: contract.digests.wave, policyDigest: contract.digests.policy };
  expect(selectAgents(contract, state, base)).toMatchObject({
    agents: ['A2', 'A7x'],
    kept: [{ agent: 'A1' }],
    why: { A2: 'missing-wave-component', A7x: 'agent-timed-out' },
  });
});

test('§14.70: no record exists that nobody wrote, so none selects an agent', () => {
  const { contract, entries } = honest({ contract: EVERY_STEWARD });
  const state = fold(contract, entries);
  expect([...state.records.keys()]).toEqual([]);
  expect([...state.assignments.keys()]).toEqual([]);
});

test('§14.89: an assignee that ended well has not resolved what it owes; the wave stops and names it', () => {
  const history = posting('A8', 'request', { targets: ['A1'] })(honest({ contract: EVERY_STEWARD }));
  expect(failing(evaluated(history))).toMatchObject([
    { gate: 'helper-assignments', agent: 'A1', code: 'helper-assignment-open' },
  ]);
  expect(next(history.contract, fold(history.contract, history.entries), history.evidence, NOW).do).toBe(
    'stop',
  );
});

test('§14.97: a wave that has nothing to do with components never looks at a matrix', () => {
  const plain = all(
    underContract((one) => ({
      ...one,
      promotions: [],
      componentMatrix: null,
      agents: one.agents.map((agent) => ({ ...agent, components: [] })),
    })),
    inWorld({ matrix: { kind: 'invalid', problem: 'line 1: not JSON' } }),
  )(honest({ contract: EVERY_STEWARD }));
  expect(allHold(evaluated(plain))).toBe(true);
});
