/** The wave the demo runs: a small TypeScript library, two to eight agents that write code and tests, two stewards. */
import type { Action } from './script.ts';

export type DemoAgent = {
  readonly id: string;
  readonly title: string;
  readonly folder: string;
  readonly prompt: string;
  readonly deliverables: readonly string[];
  readonly timeout: string;
  readonly actions: readonly Action[];
};

export type DemoPlan = {
  readonly lane: string;
  readonly wave: number;
  readonly title: string;
  readonly workers: readonly DemoAgent[];
  readonly documentation: { readonly id: string; readonly path: string; readonly actions: readonly Action[] };
  readonly contQa: { readonly id: string; readonly report: string; readonly actions: readonly Action[] };
  /** Files of the library before the wave. */
  readonly files: Readonly<Record<string, string>>;
  readonly verify: string;
};

export const VERIFY = 'node --test "src/**/*.test.ts"';
export const PROOF: Action = {
  do: 'signal',
  kind: 'proof',
  fields: {
    completion: 'integrated',
    durability: 'durable',
    proof: 'integration',
    state: 'met',
    detail: 'own tests pass in the clone',
  },
};
export const DOC_DELTA: Action = { do: 'signal', kind: 'doc-delta', fields: { state: 'owned' } };
export const QA_PASS: readonly Action[] = [
  {
    do: 'signal',
    kind: 'gate',
    fields: { architecture: 'pass', integration: 'pass', durability: 'pass', live: 'pass', docs: 'pass' },
  },
  { do: 'signal', kind: 'verdict', fields: { verdict: 'pass' } },
];
export const qaReport = (report: string, lines: readonly string[]): Action => ({
  do: 'write',
  path: report,
  text: ['# cont-QA', '', ...lines, '', 'Verdict: PASS', ''].join('\n'),
});

const PARSE = `import { GROUP } from './group.ts';

/** An amount like "12{{answer}}345.60" in minor units: 1234560. */
export const parseAmount = (text: string): number => {
  const match = /^(-?)(\\d+)(?:\\.(\\d{1,2}))?$/.exec(text.replaceAll(GROUP, ''));
  if (match === null) throw new RangeError(\`not an amount: \${text}\`);
  const [, sign = '', whole = '', cents = ''] = match;
  return Number(\`\${sign}\${whole}\${cents.padEnd(2, '0')}\`);
};
`;
const PARSE_TEST = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GROUP } from './group.ts';
import { parseAmount } from './parse.ts';

test('reads grouped amounts', () => {
  assert.equal(parseAmount(\`12\${GROUP}345.60\`), 1234560);
  assert.equal(parseAmount('-0.05'), -5);
});
test('refuses what is no amount', () => {
  assert.throws(() => parseAmount('twelve'), RangeError);
});
`;
const FORMAT = `/** Minor units as text: 1234560 -> "12_345.60". */
export const formatAmount = (minor: number): string => {
  const [whole = '0', cents = '00'] = (Math.abs(minor) / 100).toFixed(2).split('.');
  return \`\${minor < 0 ? '-' : ''}\${whole.replaceAll(/\\B(?=(\\d{3})+$)/g, '_')}.\${cents}\`;
};
`;
const FORMAT_TEST = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAmount } from './format.ts';

test('groups thousands', () => {
  assert.equal(formatAmount(1234560), '12_345.60');
});
test('keeps the sign and the cents', () => {
  assert.equal(formatAmount(-5), '-0.05');
});
`;

const ownTests = (folder: string): Action => ({
  do: 'run',
  argv: ['node', '--test', `${folder}**/*.test.ts`],
});

/** The story told by default: a parser that has to know what the formatter does. */
export const story = (): DemoPlan => ({
  lane: 'main',
  wave: 3,
  title: 'Read and write amounts',
  verify: VERIFY,
  files: {
    'package.json': `${JSON.stringify({ name: 'amounts', version: '0.1.0', private: true, type: 'module' }, null, 2)}\n`,
    'README.md': '# amounts\n\nReads and writes amounts of money.\n',
    'src/currency.ts': "export const CURRENCIES = ['CHF', 'EUR', 'USD'] as const;\n",
    'src/currency.test.ts':
      "import assert from 'node:assert/strict';\nimport { test } from 'node:test';\nimport { CURRENCIES } from './currency.ts';\n\ntest('currencies are known', () => {\n  assert.ok(CURRENCIES.includes('CHF'));\n});\n",
  },
  workers: [
    {
      id: 'A1',
      title: 'Parser',
      folder: 'src/parse/',
      prompt:
        'Write `parseAmount`: text to minor units. Ask A2 how thousands are grouped before you write it.',
      deliverables: ['src/parse/parse.ts', 'src/parse/parse.test.ts'],
      timeout: '60s',
      actions: [
        {
          do: 'ask',
          to: 'A2',
          summary: 'Which sign groups thousands?',
          detail: 'The parser has to take off what the formatter puts in.',
          wait: true,
        },
        {
          do: 'write',
          path: 'src/parse/group.ts',
          text: "/** What the formatter puts between thousands. */\nexport const GROUP = '{{answer}}';\n",
        },
        { do: 'write', path: 'src/parse/parse.ts', text: PARSE },
        { do: 'write', path: 'src/parse/parse.test.ts', text: PARSE_TEST },
        ownTests('src/parse/'),
        PROOF,
        DOC_DELTA,
        { do: 'say', text: 'parseAmount reads what formatAmount writes.' },
      ],
    },
    {
      id: 'A2',
      title: 'Formatter',
      folder: 'src/format/',
      prompt: 'Write `formatAmount`: minor units to text, thousands grouped. Answer what A1 asks.',
      deliverables: ['src/format/format.ts', 'src/format/format.test.ts'],
      timeout: '60s',
      actions: [
        { do: 'write', path: 'src/format/format.ts', text: FORMAT },
        { do: 'write', path: 'src/format/format.test.ts', text: FORMAT_TEST },
        { do: 'answer', from: 'A1', text: '_' },
        ownTests('src/format/'),
        PROOF,
        DOC_DELTA,
        { do: 'say', text: 'formatAmount groups thousands with an underscore.' },
      ],
    },
  ],
  documentation: {
    id: 'A9',
    path: 'docs/amounts.md',
    actions: [
      {
        do: 'write',
        path: 'docs/amounts.md',
        text: '# Amounts\n\n`parseAmount(text)` reads an amount into minor units, `formatAmount(minor)` writes it.\nThousands are grouped with `_`.\n',
      },
      { do: 'signal', kind: 'doc-closure', fields: { state: 'closed', paths: 'docs/amounts.md' } },
    ],
  },
  contQa: {
    id: 'A0',
    report: 'docs/plans/waves/reviews/wave-3-cont-qa.md',
    actions: [
      { do: 'run', argv: ['node', '--test', 'src/**/*.test.ts'] },
      qaReport('docs/plans/waves/reviews/wave-3-cont-qa.md', [
        'Parser and formatter agree on the group sign; their tests pass on the merged tree.',
      ]),
      ...QA_PASS,
    ],
  },
});

/** A small generator of numbers from a seed (mulberry32), so that a generated wave can be made again. */
const numbers = (seed: number): ((below: number) => number) => {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
};

const WORDS = [
  'amber',
  'birch',
  'cedar',
  'delta',
  'ember',
  'fjord',
  'grove',
  'heron',
  'iris',
  'juniper',
  'kelp',
  'larch',
  'maple',
  'north',
  'opal',
  'pine',
];

/** The same kind of wave with other ids, paths and counts. */
export const generated = (seed: number): DemoPlan => {
  const pick = numbers(seed);
  const taken = new Set<string>();
  const fresh = (make: () => string): string => {
    for (;;) {
      const one = make();
      if (taken.has(one.toLowerCase())) continue;
      taken.add(one.toLowerCase());
      return one;
    }
  };
  const word = (): string => fresh(() => `${WORDS[pick(WORDS.length)] ?? 'word'}${pick(100)}`);
  const id = (): string => fresh(() => `${'BCDFGHJKLM'[pick(10)] ?? 'B'}${1 + pick(90)}`);
  const count = 2 + pick(3);
  const ids = Array.from({ length: count }, id);
  const wave = 1 + pick(40);
  const answer = word();
  const workers = ids.map((own, i): DemoAgent => {
    const name = word();
    const folder = `lib/${name}/`;
    const value = pick(1000);
    const asks = i === 0;
    const answers = i === 1;
    return {
      id: own,
      title: `Writes ${name}`,
      folder,
      prompt: `Write \`${name}\`.`,
      deliverables: [`${folder}${name}.ts`, `${folder}${name}.test.ts`],
      timeout: '60s',
      actions: [
        ...(asks
          ? [
              {
                do: 'ask',
                to: ids[1] ?? own,
                summary: `What is ${name} called by?`,
                detail: 'Needed for the name.',
                wait: true,
              } as const,
            ]
          : []),
        {
          do: 'write',
          path: `${folder}${name}.ts`,
          text: `export const ${name} = { value: ${value}, by: '${asks ? '{{answer}}' : name}' } as const;\n`,
        },
        {
          do: 'write',
          path: `${folder}${name}.test.ts`,
          text: `import assert from 'node:assert/strict';\nimport { test } from 'node:test';\nimport { ${name} } from './${name}.ts';\n\ntest('${name}', () => {\n  assert.equal(${name}.value, ${value});\n  assert.equal(${name}.by, '${asks ? answer : name}');\n});\n`,
        },
        ...(answers ? [{ do: 'answer', from: ids[0] ?? own, text: answer } as const] : []),
        ownTests(folder),
        PROOF,
        DOC_DELTA,
      ],
    };
  });
  const documentation = id();
  const contQa = id();
  const doc = `docs/${word()}.md`;
  const report = `docs/reviews/${word()}-cont-qa.md`;
  return {
    lane: 'main',
    wave,
    title: `Generated from ${seed}`,
    verify: 'node --test "lib/**/*.test.ts"',
    files: {
      'package.json': `${JSON.stringify({ name: word(), private: true, type: 'module' })}\n`,
      'README.md': `# ${word()}\n`,
    },
    workers,
    documentation: {
      id: documentation,
      path: doc,
      actions: [
        { do: 'write', path: doc, text: `# ${workers.map((one) => one.title).join(', ')}\n` },
        { do: 'signal', kind: 'doc-closure', fields: { state: 'closed', paths: doc } },
      ],
    },
    contQa: {
      id: contQa,
      report,
      actions: [
        { do: 'run', argv: ['node', '--test', 'lib/**/*.test.ts'] },
        qaReport(report, ['Every part is there.']),
        ...QA_PASS,
      ],
    },
  };
};
