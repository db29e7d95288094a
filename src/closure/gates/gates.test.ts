/** Every reason a gate can give: an honest history plus one named change is refused with that code; without it, it closes. */
import { describe, expect, test } from 'vitest';
import {
  adding,
  agentBy,
  agentOf,
  all,
  contractOf,
  EVERY_STEWARD,
  ended,
  honest,
  id,
  person,
  posting,
  RUN_REFUSALS,
  removing,
  resignalling,
  STEWARD_REFUSALS,
  said,
  WORK_REFUSALS,
  withFile,
} from '../../../test/histories/index.ts';
import { STAGES } from '../../contract/index.ts';
import { fold } from '../../state/index.ts';
import { CODES_OF, type GateId, next, REASONS, type ReasonCode } from '../index.ts';
import { allHold, failing, gates, leading } from './evaluate.ts';

const NOW = '2026-11-22T12:00:00Z';

/** What one change may break beside its gate: who did not end well also owes its part; a routed question is a request. */
const ALSO: ReadonlyMap<GateId, ReasonCode> = new Map<GateId, ReasonCode>([
  ['implementation', 'shared-component-sibling-pending'],
  ['clarifications', 'helper-assignment-open'],
]);

const REFUSALS = [...WORK_REFUSALS, ...STEWARD_REFUSALS, ...RUN_REFUSALS];

describe('an honest history', () => {
  const history = honest({ contract: EVERY_STEWARD });
  const state = fold(history.contract, history.entries);

  test('closes', () => {
    const result = gates(history.contract, state, history.evidence, 'close');
    expect(failing(result)).toEqual([]);
    expect(allHold(result)).toBe(true);
    expect(next(history.contract, state, history.evidence, NOW)).toEqual({ do: 'finish' });
    expect(state.rejections).toEqual([]);
  });

  test.each(REFUSALS)(
    'with one change, %s: %s refuses with %s, naming %s',
    (_, gate, code, agent, change) => {
      const changed = change(history);
      const after = fold(changed.contract, changed.entries);
      const reasons = failing(gates(changed.contract, after, changed.evidence, 'close'));
      const given = reasons.filter((one) => one.gate === gate && one.code === code);
      expect(
        given.length,
        reasons.map((one) => `${one.gate} ${one.code} ${one.detail}`).join('\n'),
      ).toBeGreaterThan(0);
      if (agent !== null) expect(given.map((one) => one.agent)).toContain(agent);
      // The named change is why, and not something before it.
      expect(
        reasons.some((one) => STAGES.includes(gate as never) && !STAGES.includes(one.gate as never)),
      ).toBe(false);
      expect(next(changed.contract, after, changed.evidence, NOW).do).not.toBe('finish');
      // Nobody else would have caught it: with that gate broken the wave would close.
      expect(reasons.filter((one) => one.gate !== gate && one.code !== ALSO.get(gate))).toEqual([]);
    },
  );

  test('every published pair of gate and code stands in this table, and no other', () => {
    const pairs = (all: Iterable<readonly [string, string]>): readonly string[] =>
      [...new Set([...all].map(([gate, code]) => `${gate} ${code}`))].toSorted();
    const published = Object.entries(CODES_OF).flatMap(([gate, codes]) =>
      codes.map((code) => [gate, code] as const),
    );
    expect(pairs(REFUSALS.map(([, gate, code]) => [gate, code]))).toEqual(pairs(published));
    expect([...new Set(published.map(([, code]) => code))].toSorted()).toEqual(
      Object.keys(REASONS).toSorted(),
    );
  });

  test('concerns of security, and advisory or stale records, do not hold it open (§14.63)', () => {
    const noted = [
      resignalling(id('A7.1'), { state: 'concerns', findings: 2 }),
      ...(['advisory', 'stale'] as const).map((severity) => posting('A1', 'blocker', { severity })),
      posting('A1', 'claim'),
      posting('A1', 'handoff', { targets: ['A2'] }),
    ];
    for (const change of noted) {
      const changed = change(history);
      const result = gates(
        changed.contract,
        fold(changed.contract, changed.entries),
        changed.evidence,
        'close',
      );
      expect(failing(result)).toEqual([]);
    }
  });
});

describe('all that is wrong, the earliest first', () => {
  test('§14.77: every failing owner is reported at once', () => {
    const change = all(
      removing(id('A1.1')),
      resignalling(id('A2.1'), { proof: 'unit' }),
      withFile('src/a2.ts', null),
    );
    const changed = change(honest({ contract: EVERY_STEWARD }));
    const result = gates(EVERY_STEWARD, fold(EVERY_STEWARD, changed.entries), changed.evidence, 'close');
    expect(failing(result).map(({ agent, code }) => `${agent} ${code}`)).toEqual([
      'A1 missing-wave-proof',
      'A2 proof-level-gap',
      'A2 missing-deliverable',
    ]);
  });

  test('§14.57: a later stage is not asked when an earlier one failed, so it cannot mask it', () => {
    const change = all(resignalling(id('A8.1'), { state: 'needs-more-work' }), removing(id('A0.finished')));
    const changed = change(honest({ contract: EVERY_STEWARD }));
    const result = gates(EVERY_STEWARD, fold(EVERY_STEWARD, changed.entries), changed.evidence, 'close');
    expect(leading(result)?.code).toBe('integration-needs-more-work');
    expect(result.map(({ id: gate, status }) => `${gate} ${status}`)).toEqual([
      'implementation held',
      'components held',
      'verify held',
      'helper-assignments held',
      'dependencies held',
      'clarifications held',
      'blockers held',
      'cont-eval held',
      'security held',
      'integration failed',
      'documentation not-asked',
      'component-matrix not-asked',
      'cont-qa not-asked',
      'infra held',
    ]);
  });

  test('coordination is asked even when the implementation failed', () => {
    const change = all(removing(id('A1.1')), posting('A1', 'blocker'));
    const changed = change(honest({ contract: EVERY_STEWARD }));
    const reasons = failing(
      gates(EVERY_STEWARD, fold(EVERY_STEWARD, changed.entries), changed.evidence, 'close'),
    );
    expect(reasons.map(({ code }) => code)).toEqual(['missing-wave-proof', 'blocker-open']);
  });

  test('what a crashed agent said about itself does not bury that it crashed', () => {
    const changed = all(
      ended({ kind: 'exited', code: 1 }),
      removing(id('A1.1')),
    )(honest({ contract: EVERY_STEWARD }));
    const reasons = failing(
      gates(EVERY_STEWARD, fold(EVERY_STEWARD, changed.entries), changed.evidence, 'close'),
    );
    // A2 landed its part of `api`; that A1 owes its own is what a retry needs to know.
    expect(reasons.map(({ code }) => code)).toEqual(['agent-crashed', 'shared-component-sibling-pending']);
  });
});

describe('whose stages there are', () => {
  test('§14.44: a stage the wave has not and nobody asks for holds', () => {
    const history = honest();
    const result = gates(
      history.contract,
      fold(history.contract, history.entries),
      history.evidence,
      'close',
    );
    expect(result.find((one) => one.id === 'security')).toMatchObject({
      status: 'held',
      note: 'the wave has no such stage',
    });
    expect(allHold(result)).toBe(true);
  });

  test.each(['cont-eval', 'security', 'integration'] as const)(
    '§14.43: %s asked by the base policy and absent is refused',
    (role) => {
      const contract = contractOf(['A1', 'A9', 'A0']);
      const history = honest({
        contract: { ...contract, policy: { ...contract.policy, requiredRoles: ['cont-qa', role] } },
      });
      const result = gates(
        history.contract,
        fold(history.contract, history.entries),
        history.evidence,
        'close',
      );
      expect(failing(result)).toMatchObject([{ gate: role, code: 'missing-closure-run' }]);
    },
  );

  test('a wave without cont-QA never closes, whatever the policy says', () => {
    const contract = contractOf(['A1', 'A9']);
    const history = honest({ contract: { ...contract, policy: { ...contract.policy, requiredRoles: [] } } });
    const result = gates(
      history.contract,
      fold(history.contract, history.entries),
      history.evidence,
      'close',
    );
    expect(failing(result)).toMatchObject([{ gate: 'cont-qa', code: 'missing-closure-run' }]);
  });

  test('§14.46, §14.48: roles are roles under any id', () => {
    const contract = contractOf([
      'A1',
      agentOf('Sec', {
        role: 'security',
        reportPath: 'docs/reports/sec.md',
        deliverables: [],
        exitContract: null,
      }),
      agentOf('Judge', {
        role: 'cont-qa',
        reportPath: 'docs/reports/judge.md',
        deliverables: [],
        exitContract: null,
      }),
    ]);
    const history = honest({ contract });
    expect(next(contract, fold(contract, history.entries), history.evidence, NOW)).toEqual({ do: 'finish' });
    const silent = removing(id('Sec.1'))(history);
    const reasons = failing(gates(contract, fold(contract, silent.entries), silent.evidence, 'close'));
    expect(reasons).toMatchObject([{ agent: 'Sec', code: 'missing-wave-security' }]);
  });

  test('two reviewers are both heard', () => {
    const contract = contractOf([
      'A1',
      'A7',
      agentOf('B7', { ...agentOf('A7'), id: 'B7', reportPath: null }),
      'A0',
    ]);
    const history = resignalling(id('B7.1'), { state: 'blocked' })(honest({ contract }));
    const reasons = failing(gates(contract, fold(contract, history.entries), history.evidence, 'close'));
    expect(reasons).toMatchObject([{ agent: 'B7', code: 'security-blocked' }]);
  });
});

describe('this run and this attempt', () => {
  const history = honest({ contract: EVERY_STEWARD });
  const state = fold(EVERY_STEWARD, history.entries);

  test.each([
    ['another run', { run: 'local-2' }],
    ['§14.35: another attempt', { attempt: 2 }],
  ])('what %s proved and judged counts for nothing', (_, part) => {
    const result = gates(EVERY_STEWARD, state, { ...history.evidence, ...part }, 'close');
    expect(
      failing(result)
        .filter((one) => one.code === 'agent-not-run')
        .map((one) => one.agent),
    ).toEqual(['A1', 'A2']);
    expect(next(EVERY_STEWARD, state, { ...history.evidence, ...part }, NOW).do).toBe('run-agents');
  });

  test('a verdict that names this attempt and comes from another run is rejected', () => {
    const foreign = all(
      removing(id('A0.2')),
      adding([
        said('x', agentBy('A0', 1, 'r9'), { type: 'signal', signal: { kind: 'verdict', verdict: 'pass' } }),
      ]),
    )(history);
    const reasons = failing(
      gates(EVERY_STEWARD, fold(EVERY_STEWARD, foreign.entries), foreign.evidence, 'close'),
    );
    expect(reasons.map(({ code }) => code)).toContain('missing-cont-qa-verdict');
  });

  test('an operator cannot speak the verdict, nor a person', () => {
    for (const by of [person, { kind: 'operator', as: 'A0' } as const]) {
      const forged = all(
        removing(id('A0.2')),
        adding([said('x', by, { type: 'signal', signal: { kind: 'verdict', verdict: 'pass' } })]),
      )(history);
      const reasons = failing(
        gates(EVERY_STEWARD, fold(EVERY_STEWARD, forged.entries), forged.evidence, 'close'),
      );
      expect(reasons.map(({ code }) => code)).toEqual([
        'verdict-without-authority',
        'missing-cont-qa-verdict',
      ]);
    }
  });
});
