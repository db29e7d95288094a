/** The same kind of wave as the story, with other ids, paths, words and counts. */
import { documented, evaluated, integrated, landed, passed, reviewed, tested } from './actions.ts';
import type { DemoAgent, DemoPlan } from './plan.ts';
import { MATRIX, matrixText } from './plan.ts';
import type { Action } from './script.ts';

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

type Dice = {
  /** A whole number below a bound. */
  readonly pick: (below: number) => number;
  /** A word, and an agent's id, that was not given before. */
  readonly word: () => string;
  readonly id: () => string;
};

const dice = (seed: number): Dice => {
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
  return {
    pick,
    word: () => fresh(() => `${WORDS[pick(WORDS.length)] ?? 'word'}${pick(100)}`),
    id: () => fresh(() => `${'BCDFGHJKLM'[pick(10)] ?? 'B'}${1 + pick(90)}`),
  };
};

export const generated = (seed: number): DemoPlan => {
  const { pick, word, id } = dice(seed);
  const wave = 1 + pick(40);
  const skill = word();
  const names = Array.from({ length: 3 + pick(3) }, word);
  const ids = names.map(id);
  const answers = names.map(word);
  const promotion = { component: word(), from: 'contract-frozen', to: 'repo-landed' };
  const promotions = [promotion];
  const evalTargets = [
    {
      id: word(),
      benchmarks: [word(), word()],
      objective: 'every part says who it is',
      threshold: 'all of them',
    },
  ];
  /** The first asks the second what is unclear, the second asks whoever can do what the third can. */
  const ask = (i: number): DemoAgent['actions'] => {
    if (i > 1) return [];
    return [
      {
        do: 'ask',
        kind: i === 0 ? 'clarification-request' : 'request',
        to: i === 0 ? `agent:${ids[1]}` : `capability:${skill}`,
        summary: `What is ${names[i]} called by?`,
        detail: 'Needed for the name.',
        wait: true,
      },
    ];
  };
  const folderOf = (name: string): string => `lib/${name}/`;
  const fileOf = (name: string): string => `${folderOf(name)}${name}.ts`;
  const values = names.map(() => pick(1000));
  const [one = '', , three = ''] = names;
  const [asked = '', , knows = ''] = ids;
  const [, , value = 0] = values;
  /** What the first says of the third, who knows better; integration compares them. */
  const subject = `${three}.value`;
  const testOf = (name: string): string => `${folderOf(name)}${name}.test.ts`;
  const written = (i: number, of: number): Action => ({
    do: 'write',
    path: fileOf(names[i] ?? ''),
    text: `export const ${names[i]} = { value: ${values[i]}, by: '${i > 1 ? names[i] : '{{answer}}'}', of: ${of} } as const;\n`,
  });
  const claimed = (of: number): Action => ({
    do: 'state',
    kind: 'claim',
    subject,
    value: String(of),
    summary: `${one} counts on ${of}`,
  });
  const agree = [
    `import { ${one} } from './${fileOf(one)}';`,
    `import { ${three} } from './${fileOf(three)}';`,
    `if (${one}.of !== ${three}.value) throw new Error('they differ');`,
  ].join('\n');
  const integrator = id();
  const workers = names.map((name, i): DemoAgent => {
    const folder = folderOf(name);
    const by = i > 1 ? name : (answers[i + 1] ?? name);
    return {
      id: ids[i] ?? name,
      title: `Writes ${name}`,
      role: 'implementation',
      prompt: `Write \`${name}\`.`,
      owns: [folder],
      deliverables: [fileOf(name), testOf(name)],
      ...(i === 1 ? { components: [promotion.component] } : {}),
      ...(i === 2 ? { capabilities: [skill] } : {}),
      actions: [
        ...ask(i),
        {
          do: 'write',
          path: testOf(name),
          text: `import assert from 'node:assert/strict';\nimport { test } from 'node:test';\nimport { ${name} } from './${name}.ts';\n\ntest('${name}', () => {\n  assert.equal(${name}.value, ${values[i]});\n  assert.equal(${name}.by, '${by}');\n});\n`,
        },
        ...(i === 0
          ? [
              {
                do: 'if-owed',
                from: integrator,
                repair: [
                  written(i, value),
                  claimed(value),
                  { do: 'answer', from: integrator, text: 'Mended.' },
                ],
                otherwise: [written(i, value + 1), claimed(value + 1)],
              } as const,
            ]
          : [written(i, 0)]),
        ...(i === 1 || i === 2
          ? [{ do: 'answer', from: ids[i - 1] ?? '', text: answers[i] ?? '' } as const]
          : []),
        ...(ids[i] === knows
          ? [
              {
                do: 'state',
                kind: 'evidence',
                subject,
                value: String(value),
                summary: `${three} is ${value}`,
              } as const,
            ]
          : []),
        ...tested(testOf(name)),
        ...(i === 1 ? [landed(promotion)] : []),
      ],
    };
  });
  const reports = `docs/${word()}/`;
  const doc = `docs/${word()}.md`;
  const tests = 'lib/**/*.test.ts';
  const judge = (
    role: 'cont-eval' | 'security' | 'integration' | 'cont-qa',
    actions: (report: string) => DemoAgent['actions'],
    own = id(),
  ): DemoAgent => {
    const report = `${reports}${word()}-${role}.md`;
    return {
      id: own,
      title: `Judges ${role}`,
      role,
      prompt: 'Judge the merged tree.',
      owns: [report],
      ...(role === 'security' ? { capabilities: ['security-review'] } : {}),
      actions: actions(report),
    };
  };
  return {
    lane: 'main',
    wave,
    title: `Generated from ${seed}`,
    retries: 1,
    verify: `node --test --test-isolation=none "${tests}"`,
    promotions,
    evalTargets,
    files: {
      'package.json': `${JSON.stringify({ name: word(), private: true, type: 'module' })}\n`,
      'README.md': `# ${word()}\n`,
      [MATRIX]: matrixText({ wave, promotions }, (one) => one.from),
    },
    agents: [
      ...workers,
      judge('cont-eval', (report) =>
        evaluated(report, evalTargets, { do: 'run', argv: ['node', '--test', tests] }),
      ),
      judge('security', (report) => reviewed(report, ['Constants.'])),
      judge(
        'integration',
        (report) =>
          integrated(
            report,
            ['node', '--input-type=module', '--eval', agree],
            ['The parts agree with each other.'],
            { to: `agent:${asked}`, summary: `Mend ${one}`, detail: `${one} is not as ${three} has it.` },
          ),
        integrator,
      ),
      {
        id: id(),
        title: 'Documents',
        role: 'documentation',
        prompt: 'Say what there is.',
        owns: [doc, MATRIX],
        deliverables: [doc],
        actions: documented({ wave, promotions }, doc, `# ${workers.map((one) => one.title).join(', ')}\n`),
      },
      judge('cont-qa', (report) => passed(report, tests, ['Every part is there.'])),
    ],
  };
};
