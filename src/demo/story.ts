/**
 * The story told by default: three agents write the parts of a small library about amounts of money, each knows something
 * another one needs, and five judge what comes out.
 */
import { documented, evaluated, integrated, landed, passed, reviewed, tested } from './actions.ts';
import type { DemoPlan } from './plan.ts';
import { MATRIX, matrixText } from './plan.ts';

/** Wrong for a currency without decimals, which nobody but A3 knows of. */
const PARSE_CENTS = `import { GROUP } from './group.ts';

/** An amount like "12{{answer}}345.60" in hundredths: 1234560. */
export const parseAmount = (text: string, _decimals: number): number => {
  const match = /^(-?)(\\d+)(?:\\.(\\d{1,2}))?$/.exec(text.replaceAll(GROUP, ''));
  if (match === null) throw new RangeError(\`not an amount: \${text}\`);
  const [, sign = '', whole = '', cents = ''] = match;
  return Number(\`\${sign}\${whole}\${cents.padEnd(2, '0')}\`);
};
`;
const PARSE = `import { GROUP } from './group.ts';

/** An amount like "12{{answer}}345.60" in the smallest unit of its currency: 1234560 with two decimals. */
export const parseAmount = (text: string, decimals: number): number => {
  const match = /^(-?)(\\d+)(?:\\.(\\d+))?$/.exec(text.replaceAll(GROUP, ''));
  const [, sign = '', whole = '', rest = ''] = match ?? [];
  if (match === null || rest.length > decimals) throw new RangeError(\`not an amount: \${text}\`);
  return Number(\`\${sign}\${whole}\${rest.padEnd(decimals, '0')}\`);
};
`;
const PARSE_TEST = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GROUP } from './group.ts';
import { parseAmount } from './parse.ts';

test('reads grouped amounts', () => {
  assert.equal(parseAmount(\`12\${GROUP}345.60\`, 2), 1234560);
  assert.equal(parseAmount('-0.05', 2), -5);
});
test('refuses what is no amount', () => {
  assert.throws(() => parseAmount('twelve', 2), RangeError);
});
`;
const FORMAT = `/** The smallest units as text: 1234560 -> "12_345.60" with two decimals. Decimals are {{answer}}. */
export const formatAmount = (units: number, decimals: number): string => {
  const [whole = '0', rest] = (Math.abs(units) / 10 ** decimals).toFixed(decimals).split('.');
  const grouped = whole.replaceAll(/\\B(?=(\\d{3})+$)/g, '_');
  return \`\${units < 0 ? '-' : ''}\${grouped}\${rest === undefined ? '' : \`.\${rest}\`}\`;
};
`;
const FORMAT_TEST = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAmount } from './format.ts';

test('groups thousands', () => {
  assert.equal(formatAmount(1234560, 2), '12_345.60');
});
test('keeps the sign, and writes no point without decimals', () => {
  assert.equal(formatAmount(-5, 2), '-0.05');
  assert.equal(formatAmount(1500, 0), '1_500');
});
`;
const DECIMALS = `/** How many decimals amounts of a currency have (ISO 4217). */
export const DECIMALS: Readonly<Record<string, number>> = { CHF: 2, EUR: 2, JPY: 0 };
`;
const DECIMALS_TEST = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DECIMALS } from './decimals.ts';

test('the yen has no smaller unit', () => {
  assert.equal(DECIMALS['JPY'], 0);
  assert.equal(DECIMALS['CHF'], 2);
});
`;
const DOCS = `# Amounts

\`parseAmount(text, decimals)\` reads an amount into the smallest unit of its currency, \`formatAmount(units, decimals)\` writes it.
Thousands are grouped with \`_\`. \`DECIMALS\` says how many decimals a currency has.
`;

/** Reads what it writes: exits 0 when amounts of these currencies come back as they were. */
const roundTrip = (currencies: string): readonly string[] => [
  'node',
  '--input-type=module',
  '--eval',
  [
    "import { DECIMALS } from './src/currency/decimals.ts';",
    "import { formatAmount } from './src/format/format.ts';",
    "import { parseAmount } from './src/parse/parse.ts';",
    `const lost = Object.entries(DECIMALS).filter(([name, n]) => ${currencies}.test(name) &&`,
    '  [0, 5, -1234567].some((units) => parseAmount(formatAmount(units, n), n) !== units));',
    "if (lost.length > 0) throw new Error(`not read as written: ${lost.map(([name]) => name).join(', ')}`);",
  ].join('\n'),
];
const WITH_CENTS = '/CHF|EUR/';
const ALL = '/./';

const report = (role: string): string => `docs/plans/waves/reviews/wave-3-${role}.md`;

export const story = (): DemoPlan => {
  const wave = 3;
  const promotion = { component: 'amount-format', from: 'contract-frozen', to: 'repo-landed' };
  const promotions = [promotion];
  const evalTargets = [
    {
      id: 'round-trip',
      benchmarks: ['write-then-read'],
      objective: 'what is written is read back',
      threshold: 'every amount with cents',
    },
  ];
  return {
    lane: 'main',
    wave,
    title: 'Read and write amounts',
    retries: 1,
    verify: 'node --test --test-isolation=none "src/**/*.test.ts"',
    promotions,
    evalTargets,
    files: {
      'package.json': `${JSON.stringify({ name: 'amounts', version: '0.1.0', private: true, type: 'module' }, null, 2)}\n`,
      'README.md': '# amounts\n\nReads and writes amounts of money.\n',
      [MATRIX]: matrixText({ wave, promotions }, (one) => one.from),
    },
    agents: [
      {
        id: 'A1',
        title: 'Parser',
        role: 'implementation',
        prompt:
          'Write `parseAmount`: text to the smallest unit of a currency. Settle how thousands are grouped before you write it.',
        owns: ['src/parse/'],
        deliverables: ['src/parse/parse.ts', 'src/parse/parse.test.ts'],
        actions: [
          {
            do: 'ask',
            kind: 'clarification-request',
            to: 'agent:A2',
            summary: 'Which sign groups thousands?',
            detail: 'The parser has to take off what the formatter puts in.',
            wait: true,
          },
          {
            do: 'write',
            path: 'src/parse/group.ts',
            text: "/** What the formatter puts between thousands. */\nexport const GROUP = '{{answer}}';\n",
          },
          { do: 'write', path: 'src/parse/parse.test.ts', text: PARSE_TEST },
          {
            do: 'if-owed',
            from: 'A8',
            repair: [
              { do: 'write', path: 'src/parse/parse.ts', text: PARSE },
              {
                do: 'state',
                kind: 'claim',
                subject: 'decimals/JPY',
                value: '0',
                summary: 'parseAmount reads as many decimals as a currency has',
              },
              { do: 'answer', from: 'A8', text: 'parseAmount takes the decimals now.' },
            ],
            otherwise: [
              { do: 'write', path: 'src/parse/parse.ts', text: PARSE_CENTS },
              {
                do: 'state',
                kind: 'claim',
                subject: 'decimals/JPY',
                value: '2',
                summary: 'parseAmount reads every amount in hundredths',
              },
            ],
          },
          ...tested('src/parse/parse.test.ts'),
          { do: 'say', text: 'parseAmount reads what formatAmount writes.' },
        ],
      },
      {
        id: 'A2',
        title: 'Formatter',
        role: 'implementation',
        prompt:
          'Write `formatAmount`: the smallest unit to text, thousands grouped. Find out which currencies have no decimals.',
        owns: ['src/format/'],
        deliverables: ['src/format/format.ts', 'src/format/format.test.ts'],
        components: [promotion.component],
        actions: [
          {
            do: 'ask',
            kind: 'request',
            to: 'capability:currencies',
            summary: 'List the decimals of each currency',
            detail: 'The formatter writes as many as there are.',
            wait: true,
          },
          { do: 'write', path: 'src/format/format.ts', text: FORMAT },
          { do: 'write', path: 'src/format/format.test.ts', text: FORMAT_TEST },
          { do: 'answer', from: 'A1', text: '_' },
          ...tested('src/format/format.test.ts'),
          landed(promotion),
          { do: 'say', text: 'formatAmount groups thousands with an underscore.' },
        ],
      },
      {
        id: 'A3',
        title: 'Currencies',
        role: 'implementation',
        prompt: 'Write down how many decimals each currency has. You are asked for it by capability.',
        owns: ['src/currency/'],
        deliverables: ['src/currency/decimals.ts', 'src/currency/decimals.test.ts'],
        capabilities: ['currencies'],
        actions: [
          { do: 'write', path: 'src/currency/decimals.ts', text: DECIMALS },
          { do: 'write', path: 'src/currency/decimals.test.ts', text: DECIMALS_TEST },
          { do: 'answer', from: 'A2', text: 'CHF 2, EUR 2, JPY 0' },
          {
            do: 'state',
            kind: 'evidence',
            subject: 'decimals/JPY',
            value: '0',
            summary: 'ISO 4217 has no decimals for the yen',
          },
          ...tested('src/currency/decimals.test.ts'),
          { do: 'say', text: 'DECIMALS knows three currencies.' },
        ],
      },
      {
        id: 'E0',
        title: 'cont-EVAL',
        role: 'cont-eval',
        prompt: 'Judge the eval targets on the merged tree.',
        owns: [report('cont-eval')],
        actions: evaluated(report('cont-eval'), evalTargets, { do: 'run', argv: roundTrip(WITH_CENTS) }),
      },
      {
        id: 'A7',
        title: 'Security',
        role: 'security',
        prompt: 'Look for what a hostile amount could do.',
        owns: [report('security')],
        capabilities: ['security-review'],
        actions: reviewed(report('security'), [
          'Text becomes numbers by one anchored pattern; nothing is evaluated, nothing is read or sent.',
        ]),
      },
      {
        id: 'A8',
        title: 'Integration',
        role: 'integration',
        prompt: 'Say whether the parts agree with each other.',
        owns: [report('integration')],
        actions: integrated(
          report('integration'),
          roundTrip(ALL),
          ['Parser and formatter agree on the group sign and on the decimals of each currency.'],
          {
            to: 'agent:A1',
            summary: 'Read amounts without decimals',
            detail: 'yen amounts are not read as they were written',
          },
        ),
      },
      {
        id: 'A9',
        title: 'Documentation',
        role: 'documentation',
        prompt: 'Say what the library does now, and raise what was promoted in the component matrix.',
        owns: ['docs/amounts.md', MATRIX],
        deliverables: ['docs/amounts.md'],
        actions: documented({ wave, promotions }, 'docs/amounts.md', DOCS),
      },
      {
        id: 'A0',
        title: 'cont-QA',
        role: 'cont-qa',
        prompt: 'Judge the merged tree against the wave.',
        owns: [report('cont-qa')],
        actions: passed(report('cont-qa'), 'src/**/*.test.ts', [
          'The parts agree; their tests pass on the merged tree.',
        ]),
      },
    ],
  };
};
