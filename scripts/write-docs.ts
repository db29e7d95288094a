/**
 * `node scripts/write-docs.ts`: writes what the documentation says from tables of the code: the two lists of codes, and
 * the parts between `<!-- table: … -->` and `<!-- end -->` in the reference. With `--pictures` it also runs the demo and
 * draws what a terminal shows. `test/docs` fails when a table and its text differ.
 */
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { helpText } from '../src/cli/commands.ts';
import { CODES_OF, GATE_IDS, REASONS } from '../src/closure/index.ts';
import { BUILT_IN_POLICY, DIAGNOSTIC_CODES } from '../src/contract/index.ts';
import { formatSignal, SIGNAL_FIELDS, SIGNAL_KINDS, type SignalField } from '../src/journal/index.ts';
import {
  MAY_POST,
  MAY_SIGNAL,
  mayChange,
  type Principal,
  type Relation,
  type Transition,
} from '../src/state/authority.ts';
import { PROJECTIONS, reasonCodesMarkdown } from '../src/views/index.ts';
import { build } from './build.ts';
import { terminalPicture } from './terminal-picture.ts';

export const PROJECT = fileURLToPath(new URL('..', import.meta.url));

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), `|${'---|'.repeat(head.length)}`, ...rows.map(row)].join('\n');
const code = (text: string): string => `\`${text}\``;

const diagnosticCodesMarkdown = (): string =>
  [
    '# Diagnostic codes',
    '',
    'What is wrong with a wave file or a configuration, said with file and line before anything runs. The codes are',
    'stable. `wave explain <code>` prints the same.',
    '',
    '<!-- Written from src/contract/explain.ts. -->',
    '',
    table(
      ['Code', 'What it means', 'What to do'],
      Object.entries(DIAGNOSTIC_CODES).map(([name, { meaning, fix }]) => [
        `<a id="${name}"></a>${code(name)}`,
        cell(meaning),
        cell(fix),
      ]),
    ),
    '',
  ].join('\n');

/** Documents that are a table and nothing else, by path. */
export const wholeDocuments = (): Readonly<Record<string, string>> => ({
  'docs/reason-codes.md': reasonCodesMarkdown(),
  'docs/diagnostic-codes.md': diagnosticCodesMarkdown(),
});

const PRINCIPALS: readonly Principal[] = ['implementation', 'steward', 'orchestrator', 'operator', 'person'];
const yes = (holds: boolean): string => (holds ? '✓' : '');

const mayPost = (): string =>
  table(
    ['Record', ...PRINCIPALS],
    Object.entries(MAY_POST).map(([kind, allowed]) => [
      code(kind),
      ...PRINCIPALS.map((one) => yes(allowed.has(one))),
    ]),
  );

const TRANSITIONS: readonly Transition[] = [
  'acknowledge',
  'start',
  'resolve',
  'answer',
  'withdraw',
  'supersede',
  'reopen',
  'edit',
  'retarget',
];
const RELATIONS: readonly Relation[] = ['author', 'assignee', 'bystander'];

const mayChangeTable = (): string =>
  table(
    [
      'Transition',
      ...RELATIONS.map((one) => `agent, ${one}`),
      'steward, any question',
      'steward, any blocker',
      'operator, person, orchestrator',
    ],
    TRANSITIONS.map((transition) => [
      transition,
      ...RELATIONS.map((relation) =>
        yes(mayChange('implementation', new Set([relation]), 'request', transition)),
      ),
      yes(mayChange('steward', new Set<Relation>(['bystander']), 'clarification-request', transition)),
      yes(mayChange('steward', new Set<Relation>(['bystander']), 'blocker', transition)),
      yes(
        (['operator', 'person', 'orchestrator'] as const).every((one) =>
          mayChange(one, new Set(), 'human-escalation', transition),
        ),
      ),
    ]),
  );

const valuesOf = ({ reading }: SignalField): string =>
  reading.is === 'one-of'
    ? reading.values.map(code).join(' ')
    : reading.is === 'count'
      ? 'a number'
      : reading.is === 'list'
        ? `a list of ${reading.of}s`
        : reading.shape === 'place'
          ? 'a name'
          : 'an id';

const signals = (): string =>
  table(
    ['Signal', 'Who', 'Fields'],
    SIGNAL_KINDS.map((kind) => [
      code(kind),
      [...MAY_SIGNAL[kind]].join(', '),
      SIGNAL_FIELDS[kind]
        .map(
          (field) =>
            `${code(field.tag)}${field.place === 'named-may-be-absent' ? ' (may be left out)' : ''}: ${valuesOf(field)}`,
        )
        .join('; '),
    ]),
  );

/** Values of the fields in the marker examples by kind or field, where the first of a list would be an odd example. */
const EXAMPLES: Readonly<Record<string, string | number | readonly string[]>> = {
  completion: 'integrated',
  'proof.durability': 'durable',
  'doc-delta.state': 'owned',
  proof: 'integration',
  component: 'amount-parser',
  level: 'baseline-proved',
  targets: 1,
  benchmarks: 1,
  regressions: 0,
  findings: 0,
  approvals: 0,
  claims: 2,
  conflicts: 0,
  blockers: 0,
  paths: ['docs/amounts.md'],
  targetIds: ['parse-speed'],
  benchmarkIds: ['p99-parse'],
  target: 'db-admin',
  'infra.surface': 'identity',
  'infra.state': 'conformant',
  service: '@acme/api',
  'deploy.state': 'healthy',
};

const exampleOf = (kind: string, key: string, reading: SignalField['reading']): unknown => {
  const given = EXAMPLES[`${kind}.${key}`] ?? EXAMPLES[key];
  return given ?? (reading.is === 'one-of' ? reading.values[0] : '');
};

const markers = (): string =>
  [
    '```text marker',
    ...SIGNAL_KINDS.map((kind) => {
      const fields = SIGNAL_FIELDS[kind].map(({ key, reading }) => [key, exampleOf(kind, key, reading)]);
      return formatSignal({ kind, ...Object.fromEntries(fields) });
    }),
    '```',
  ].join('\n');

const builtInPolicy = (): string =>
  [
    '```json',
    JSON.stringify((({ source: _source, ...rest }) => rest)(BUILT_IN_POLICY), null, 2).replaceAll(
      /\[\n\s+([^\][]*?)\n\s+\]/g,
      (_, items: string) => `[${items.replaceAll(/\n\s+/g, ' ')}]`,
    ),
    '```',
  ].join('\n');

const gateCodes = (): string =>
  table(
    ['Gate', 'Reasons it may give'],
    GATE_IDS.map((gate) => [
      code(gate),
      CODES_OF[gate].map((one) => `[${code(one)}](../reason-codes.md#${one})`).join(' '),
    ]),
  );

const help = (): string => ['```text', helpText().trimEnd(), '```'].join('\n');

const projections = (): string =>
  table(
    ['File', 'Holds', '`schemaVersion`'],
    PROJECTIONS.map(({ path, holds, schemaVersion }) => [
      code(path),
      cell(holds),
      schemaVersion === null ? '' : String(schemaVersion),
    ]),
  );

const TABLES: Readonly<Record<string, () => string>> = {
  projections,
  help,
  'may-post': mayPost,
  'may-change': mayChangeTable,
  signals,
  markers,
  'built-in-policy': builtInPolicy,
  'gate-codes': gateCodes,
};

/** Documents that hold tables among other text. */
export const DOCUMENTS_WITH_TABLES = [
  'docs/reference/cli.md',
  'docs/reference/configuration.md',
  'docs/reference/files.md',
  'docs/reference/gates.md',
  'docs/reference/journal.md',
  'docs/reference/wave-file.md',
] as const;

/** A document with its tables as the code has them now. Throws on a table nobody makes. */
export const withTables = (text: string): string =>
  text.replaceAll(
    /(<!-- table: ([a-z-]+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, start: string, name: string, end: string) => {
      const make = TABLES[name];
      if (make === undefined) throw new Error(`there is no table ${name}`);
      return `${start}\n${make()}\n\n${end}`;
    },
  );

/** `parts`: from the line that has this text on, so many lines; what lies between them is left out, and shows as `…`. */
export const PICTURES: readonly {
  readonly file: string;
  readonly shell: string;
  readonly args: readonly string[];
  readonly parts: readonly { readonly from: string; readonly lines: number }[];
}[] = [
  {
    file: 'docs/images/demo.svg',
    shell: 'wave demo',
    args: [],
    parts: [
      { from: 'a wave in a throwaway repository', lines: 12 },
      { from: 'A8 started on command', lines: 12 },
      { from: 'wave 3 is closed', lines: 100 },
    ],
  },
  {
    file: 'docs/images/demo-refused.svg',
    shell: 'wave demo --break forged-verdict',
    args: ['--break', 'forged-verdict'],
    parts: [{ from: 'wave 3 is not closed', lines: 100 }],
  },
];

const ELLIPSIS = '\x1b[2m…\x1b[22m';
/** The parts of what was printed, in their order. */
const excerpt = (
  lines: readonly string[],
  parts: readonly { readonly from: string; readonly lines: number }[],
): readonly string[] => {
  const shown: string[] = [];
  let next = 0;
  for (const { from, lines: count } of parts) {
    const start = lines.findIndex((line, i) => i >= next && stripVTControlCharacters(line).includes(from));
    if (start === -1) throw new Error(`the demo does not say “${from}”`);
    if (start > next) shown.push(ELLIPSIS);
    next = Math.min(lines.length, start + count);
    shown.push(...lines.slice(start, next));
  }
  return shown;
};

/** What the built program prints in a place of its own, without the name of that place. */
const demoOutput = (dir: string, number: number, args: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const place = join(dir, String(number));
    const env = {
      ...process.env,
      PATH: [dir, dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
      FORCE_COLOR: '1',
      LC_ALL: 'C.UTF-8',
      COLUMNS: '110',
    };
    delete (env as Record<string, string | undefined>)['NO_COLOR'];
    execFile(
      process.execPath,
      [join(dir, 'dist/cli/main.js'), 'demo', '--dir', place, ...args],
      { env, cwd: dir },
      (error, stdout, stderr) => {
        if (error !== null && stdout === '') reject(new Error(stderr));
        else resolve(stdout.replaceAll(`${place}/`, 'demo/').trimEnd());
      },
    );
  });

const drawPictures = async (): Promise<void> => {
  const dir = mkdtempSync(join(tmpdir(), 'wave-pictures-'));
  try {
    await build(join(dir, 'dist'));
    chmodSync(join(dir, 'dist/cli/main.js'), 0o755);
    symlinkSync(join(dir, 'dist/cli/main.js'), join(dir, 'wave'));
    for (const [number, { file, shell, args, parts }] of PICTURES.entries()) {
      const lines = (await demoOutput(dir, number, args)).split('\n');
      writeFileSync(join(PROJECT, file), terminalPicture(shell, excerpt(lines, parts)));
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};

/** True when something on disk is not as the code says; with `write` it is made so. */
export const differences = (write: boolean): readonly string[] => {
  const wanted = [
    ...Object.entries(wholeDocuments()),
    ...DOCUMENTS_WITH_TABLES.map(
      (path) => [path, withTables(readFileSync(join(PROJECT, path), 'utf8'))] as const,
    ),
  ];
  const found = wanted.filter(([path, text]) => {
    try {
      return readFileSync(join(PROJECT, path), 'utf8') !== text;
    } catch {
      return true;
    }
  });
  if (write) for (const [path, text] of found) writeFileSync(join(PROJECT, path), text);
  return found.map(([path]) => path);
};

/** Codes a document may speak of. */
export const KNOWN_CODES: ReadonlySet<string> = new Set([
  ...Object.keys(REASONS),
  ...Object.keys(DIAGNOSTIC_CODES),
]);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const path of differences(true)) console.log(`wrote ${path}`);
  if (process.argv.includes('--pictures')) {
    await drawPictures();
    for (const { file } of PICTURES) console.log(`drew ${file}`);
  }
}
