import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatSignal,
  parseSignalLine,
  SIGNAL_FIELDS,
  SIGNAL_KINDS,
  type SignalField,
  validateSignal,
} from './signal-format.ts';
import type { Signal } from './signals.ts';

/** Every example the grammar's documentation gives, with its documented meaning (failure catalogue, row 12). */
const DOCUMENTED: readonly (readonly [string, Signal])[] = [
  [
    '[wave-proof] completion=authoritative durability=durable proof=live state=met detail=ran the whole suite',
    {
      kind: 'proof',
      completion: 'authoritative',
      durability: 'durable',
      proof: 'live',
      state: 'met',
      detail: 'ran the whole suite',
    },
  ],
  [
    '[wave-proof] completion=contract durability=none proof=unit state=gap',
    { kind: 'proof', completion: 'contract', durability: 'none', proof: 'unit', state: 'gap' },
  ],
  [
    '[wave-doc-delta] state=owned paths=docs/a.md,docs/b.md detail=two pages',
    { kind: 'doc-delta', state: 'owned', paths: ['docs/a.md', 'docs/b.md'], detail: 'two pages' },
  ],
  ['[wave-doc-delta] state=shared-plan', { kind: 'doc-delta', state: 'shared-plan', paths: [] }],
  [
    '[wave-component] component=auth.Session level=repo-landed state=met',
    { kind: 'component', component: 'auth.Session', level: 'repo-landed', state: 'met' },
  ],
  ['[wave-gap] kind=ops detail=no dashboard yet', { kind: 'gap', gap: 'ops', detail: 'no dashboard yet' }],
  [
    '[wave-eval] state=satisfied targets=1 benchmarks=2 regressions=0 target_ids=latency benchmark_ids=p50,p99',
    {
      kind: 'eval',
      state: 'satisfied',
      targets: 1,
      benchmarks: 2,
      regressions: 0,
      targetIds: ['latency'],
      benchmarkIds: ['p50', 'p99'],
    },
  ],
  [
    '[wave-security] state=clear findings=0 approvals=0',
    { kind: 'security', state: 'clear', findings: 0, approvals: 0 },
  ],
  [
    '[wave-integration] state=ready-for-doc-closure claims=3 conflicts=0 blockers=0',
    { kind: 'integration', state: 'ready-for-doc-closure', claims: 3, conflicts: 0, blockers: 0 },
  ],
  ['[wave-doc-closure] state=no-change', { kind: 'doc-closure', state: 'no-change', paths: [] }],
  [
    '[wave-doc-closure] state=closed paths=docs/plan.md',
    { kind: 'doc-closure', state: 'closed', paths: ['docs/plan.md'] },
  ],
  [
    '[wave-gate] architecture=pass integration=pass durability=concerns live=gap docs=blocked detail=see the report',
    {
      kind: 'gate',
      architecture: 'pass',
      integration: 'pass',
      durability: 'concerns',
      live: 'gap',
      docs: 'blocked',
      detail: 'see the report',
    },
  ],
  [
    '[wave-verdict] pass detail=all gates hold',
    { kind: 'verdict', verdict: 'pass', detail: 'all gates hold' },
  ],
  ['[wave-verdict] hold', { kind: 'verdict', verdict: 'hold' }],
  [
    '[infra-status] kind=role-drift target=db/admin@eu:5432 state=action-required detail=ask ops',
    {
      kind: 'infra',
      surface: 'role-drift',
      target: 'db/admin@eu:5432',
      state: 'action-required',
      detail: 'ask ops',
    },
  ],
  [
    '[deploy-status] service=@acme/api state=healthy',
    { kind: 'deploy', service: '@acme/api', state: 'healthy' },
  ],
];

describe('the canonical line', () => {
  it.each(DOCUMENTED)('%s', (line, signal) => {
    expect(parseSignalLine(line)).toEqual({ ok: true, signal, notes: [] });
    expect(formatSignal(signal)).toBe(line);
    expect(validateSignal(signal)).toEqual({ ok: true, signal });
  });
  it('has an example of every kind', () => {
    expect(new Set(DOCUMENTED.map(([, signal]) => signal.kind))).toEqual(new Set(SIGNAL_KINDS));
  });
});

describe('forgiving where the meaning is certain', () => {
  const met = {
    kind: 'proof',
    completion: 'live',
    durability: 'durable',
    proof: 'unit',
    state: 'met',
  } as const;
  it.each<readonly [string, Signal, readonly string[]]>([
    [
      '[wave-proof] state=MET proof=Unit completion=LIVE durability=durable',
      met,
      ['completion=LIVE read as live', 'proof=Unit read as unit', 'state=MET read as met'],
    ],
    ['[WAVE-PROOF] Completion=live durability=durable proof=unit state=met', met, []],
    [
      '[wave-proof] completion=live durability=durable proof=unit state=complete',
      met,
      ['state=complete read as met'],
    ],
    [
      '[wave-component] component=a level=b state=complete',
      { kind: 'component', component: 'a', level: 'b', state: 'met' },
      ['state=complete read as met'],
    ],
    [
      '[wave-proof]completion=live  durability=durable\tproof=unit state=met confidence=high',
      met,
      ['unknown key confidence ignored'],
    ],
    ['[wave-verdict] FAIL', { kind: 'verdict', verdict: 'blocked' }, ['verdict=FAIL read as blocked']],
    ['[wave-verdict] verdict=pass', { kind: 'verdict', verdict: 'pass' }, []],
    [
      '[wave-doc-delta] state=owned paths=a.md, b.md detail=x',
      { kind: 'doc-delta', state: 'owned', paths: ['a.md', 'b.md'], detail: 'x' },
      [],
    ],
    [
      '[deploy-status] state=rolled-back service=@acme/api',
      { kind: 'deploy', service: '@acme/api', state: 'rolledover' },
      ['state=rolled-back read as rolledover'],
    ],
    ['[wave-doc-delta] state=none paths=', { kind: 'doc-delta', state: 'none', paths: [] }, []],
    ['[wave-gap] kind=docs detail=', { kind: 'gap', gap: 'docs' }, []],
  ])('%s', (line, signal, notes) => {
    expect(parseSignalLine(line)).toEqual({ ok: true, signal, notes });
  });
  it('text after detail= never sets a field', () => {
    const parsed = parseSignalLine(
      '[wave-proof] completion=live durability=durable proof=unit state=gap detail=expected state=met detail=two',
    );
    expect(parsed).toMatchObject({
      ok: true,
      signal: { state: 'gap', detail: 'expected state=met detail=two' },
    });
  });
});

describe('refusing where it is not', () => {
  it.each([
    [
      '[wave-proof] completion=live durability=durable proof=unit state=gap state=met',
      'state is given twice',
    ],
    [
      '[wave-proof] completion=live durability=durable proof=unit state=gap STATE=met',
      'state is given twice',
    ],
    [
      '[wave-proof] completion=live durability=durable proof=unit state=met all good',
      '"all" is not key=value',
    ],
    ['[wave-proof] completion=live durability=durable proof=unit', 'state is missing'],
    [
      '[wave-proof] completion=done durability=durable proof=unit state=met',
      'completion: expected one of contract',
    ],
    ['[wave-proof] completion=`live` durability=durable proof=unit state=met', 'completion: expected one of'],
    ['[wave-security] state=clear findings=-1 approvals=0', 'findings: expected a whole number'],
    ['[wave-security] state=clear findings=1e3 approvals=0', 'findings: expected a whole number'],
    [
      '[wave-gate] architecture=pass integration=pass durability=pass live=maybe docs=pass',
      'live: expected one of',
    ],
    ['[wave-verdict]', 'verdict is missing'],
    ['[wave-verdict] pass blocked', '"blocked" is not key=value'],
    ['[wave-verdict] pass verdict=blocked', 'verdict is given twice'],
    ['[wave-verdict] pass [wave-gap] kind=ops', '"[wave-gap]" is not key=value'],
    ['[wave-doc-delta] state=owned paths=a.md,', 'paths: item 2'],
    [`[wave-gap] kind=ops detail=${'x'.repeat(1001)}`, 'detail: 1001 characters'],
    ['[wave-gap] kind=ops detail=a\u0007b', 'detail: expected one line'],
    ['[wave-prof] state=met', 'no signal is called "prof"'],
    ['[wave-constructor] state=met', 'no signal is called "constructor"'],
  ])('%s', (line, problem) => {
    expect(parseSignalLine(line)).toMatchObject({
      ok: false,
      line,
      problem: expect.stringContaining(problem),
    });
  });
  it('names the kind whose format is wrong', () => {
    expect(parseSignalLine('[wave-doc-delta] state=maybe')).toMatchObject({
      code: 'invalid-wave-doc-delta-format',
      kind: 'doc-delta',
    });
  });
  it.each([
    '',
    'done',
    'the [wave-proof] line',
    '\\[wave-proof] state=met',
    '[wave-]',
    '[x] [wave-verdict] pass',
  ])('%j is not a marker', (line) => {
    expect(parseSignalLine(line)).toBeNull();
  });
});

describe('an object from outside', () => {
  it.each<readonly [unknown, string]>([
    [null, 'expected an object'],
    [[], 'expected an object'],
    [{ kind: 'toString' }, 'kind: expected one of'],
    [{ kind: 'verdict', verdict: 'pass', extra: 1 }, 'unknown key "extra"'],
    [{ kind: 'verdict', verdict: 'PASS' }, 'verdict: expected one of'],
    [{ kind: 'verdict', verdict: 'pass', detail: ' x' }, 'detail: expected text without space'],
    [{ kind: 'verdict', verdict: 'pass', detail: 'a\nb' }, 'detail: expected one line'],
    [{ kind: 'security', state: 'clear', findings: 0.5, approvals: 0 }, 'findings: expected a whole number'],
    [{ kind: 'doc-delta', state: 'none' }, 'paths: missing'],
    [{ kind: 'doc-delta', state: 'none', paths: ['a b'] }, 'paths: item 1'],
    [{ kind: 'doc-delta', state: 'none', paths: Array(65).fill('a') }, 'paths: 65 items'],
    [{ kind: 'component', component: '-a', level: 'x', state: 'met' }, 'component: expected letters'],
    [JSON.parse('{"kind":"verdict","verdict":"pass","__proto__":{}}'), 'unknown key "__proto__"'],
  ])('%j is refused', (value, problem) => {
    expect(validateSignal(value)).toMatchObject({ ok: false, problem: expect.stringContaining(problem) });
  });
});

const arbitraryOf = ({ reading }: SignalField): fc.Arbitrary<unknown> => {
  if (reading.is === 'one-of') return fc.constantFrom(...reading.values);
  if (reading.is === 'count') return fc.nat();
  if (reading.is === 'list')
    return fc.array(
      fc.stringMatching(reading.of === 'id' ? /^[a-z0-9][a-z0-9._-]{0,8}$/ : /^[^\s,]{1,12}$/u),
      { maxLength: 5 },
    );
  const words = {
    name: /^[A-Za-z0-9][A-Za-z0-9._-]{0,8}$/,
    level: /^[a-z0-9][a-z0-9._-]{0,8}$/,
    place: /^[A-Za-z0-9@][A-Za-z0-9@/_.:-]{0,8}$/,
  };
  return fc.stringMatching(words[reading.shape]);
};
const anySignal = fc.constantFrom(...SIGNAL_KINDS).chain((kind) =>
  fc
    .record({
      fields: fc.record(
        Object.fromEntries(SIGNAL_FIELDS[kind].map((field) => [field.key, arbitraryOf(field)])),
      ),
      detail: fc.option(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 40 }),
          fc.constant('state=met detail=x [wave-verdict] pass'),
        ),
        { nil: undefined },
      ),
    })
    .map(({ fields, detail }): unknown =>
      detail === undefined ? { kind, ...fields } : { kind, ...fields, detail },
    ),
);

describe('properties', () => {
  it('what is valid survives being written and read', () => {
    let valid = 0;
    fc.assert(
      fc.property(anySignal, (value) => {
        const checked = validateSignal(value);
        if (!checked.ok) return;
        valid++;
        expect(parseSignalLine(formatSignal(checked.signal))).toEqual({
          ok: true,
          signal: checked.signal,
          notes: [],
        });
      }),
      { numRuns: 500 },
    );
    expect(valid).toBeGreaterThan(200);
  });
  it('reading is total, and what it accepts is valid', () => {
    const line = fc
      .tuple(
        fc.constantFrom(...SIGNAL_KINDS, 'x'),
        fc.string({ unit: 'binary' }),
        fc.constantFrom('', ' detail=', ' state=met', ' pass'),
      )
      .map(([kind, text, tail]) => `[wave-${kind}] ${text}${tail}`);
    fc.assert(
      fc.property(line, (text) => {
        const parsed = parseSignalLine(text);
        if (parsed?.ok) expect(validateSignal(parsed.signal)).toEqual({ ok: true, signal: parsed.signal });
      }),
    );
  });
});
