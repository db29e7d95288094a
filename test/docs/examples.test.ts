/** Every example of the documentation is read by the code that would read it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { PROJECT } from '../../scripts/write-docs.ts';
import { COMMANDS, type CommandEntry } from '../../src/cli/commands.ts';
import {
  type Config,
  type Policy,
  readConfig,
  readContract,
  resolvePolicy,
  splitCommandLine,
  waveNumberOf,
} from '../../src/contract/index.ts';
import { BREAKS } from '../../src/demo/index.ts';
import { decodeLine, parseSignalLine, SIGNAL_FIELDS, type SignalKind } from '../../src/journal/index.ts';
import { renderStatus } from '../../src/views/index.ts';
import { at, CONTRACT, folded, OPEN_QUESTION } from '../../src/views/sample-wave.fixture.ts';
import { type Block, blocksOf, DOCUMENTS } from './documents.ts';

const STARTER = { path: 'wave.config.json', text: readFileSync(join(PROJECT, 'wave.config.json'), 'utf8') };

const settings = (text: string): { config: Config; policy: Policy } => {
  const { config, policyInput, diagnostics } = readConfig({ path: 'wave.config.json', text });
  expect(diagnostics).toEqual([]);
  return { config, policy: resolvePolicy(policyInput) };
};

test('the starter configuration is read without a word', () => {
  const { policy } = settings(STARTER.text);
  expect(policy.source).toBe('base');
});

describe('configurations', () => {
  const examples = blocksOf('json').filter(
    ({ meta }) => meta === 'config' || meta === 'file=wave.config.json',
  );
  test('there are some', () => expect(examples.length).toBeGreaterThan(1));
  test.each(examples.map((one) => [one.at, one] as const))('%s', (_at, { text }) => {
    settings(text);
  });
  test('every other JSON block is JSON', () => {
    for (const { text } of blocksOf('json')) expect(() => JSON.parse(text)).not.toThrow();
  });
});

describe('wave files', () => {
  test.each(blocksOf('markdown').map((one) => [one.at, one] as const))('%s', (at, { meta, text }) => {
    // The quickstart's wave stands beside its own configuration; the others are read with the starter.
    const beside = meta.startsWith('file=')
      ? blocksOf('json').find((one) => one.meta === 'file=wave.config.json')?.text
      : undefined;
    const { config, policy } = settings(beside ?? STARTER.text);
    const number = /^# Wave (\d+)/.exec(text)?.[1] ?? '';
    const waveFile = `docs/plans/waves/wave-${number}.md`;
    expect(waveNumberOf(waveFile), at).not.toBeNull();
    const required = at.startsWith('README') ? { ...policy, requiredRoles: ['cont-qa'] as const } : policy;
    // Files a page shows beside its wave: the component matrix, the benchmark catalog.
    const others = blocksOf('json').flatMap((one) => {
      const path = /^file=(docs\/.+)$/.exec(one.meta)?.[1];
      return path !== undefined && one.at.split(':')[0] === at.split(':')[0]
        ? [{ path, text: one.text }]
        : [];
    });
    const { contract, diagnostics } = readContract([{ path: waveFile, text }, ...others], {
      waveFile,
      config,
      policy: required,
      lane: 'main',
    });
    expect(diagnostics, at).toEqual([]);
    expect(contract?.wave).toBe(Number(number));
  });
});

test('the README’s wave file has about twenty lines', () => {
  const [example] = blocksOf('markdown').filter(({ at }) => at.startsWith('README'));
  expect(example?.text.split('\n').length).toBeLessThanOrEqual(24);
});

test('marker lines are signals, without a remark', () => {
  const lines = blocksOf('text')
    .filter(({ meta }) => meta === 'marker')
    .flatMap(({ text }) => text.split('\n'));
  expect(lines.length).toBeGreaterThan(5);
  for (const line of lines) expect(parseSignalLine(line)).toMatchObject({ ok: true, notes: [] });
});

test('the example status is what the command prints', () => {
  const [example] = blocksOf('text').filter(({ meta }) => meta === 'status');
  const status = {
    contract: CONTRACT,
    state: folded(OPEN_QUESTION),
    gates: [],
    now: at(161),
    command: 'wave',
  };
  expect(`${example?.text}\n`).toBe(`${renderStatus(status, { unicode: true, color: false })}\n`);
});

test('the example entry is an entry', () => {
  const [example] = blocksOf('json').filter(({ meta }) => meta === 'entry');
  expect(decodeLine(JSON.stringify(JSON.parse(example?.text ?? '')))).toMatchObject({ ok: true });
});

type Workflow = {
  readonly on?: unknown;
  readonly jobs?: Readonly<
    Record<
      string,
      {
        readonly uses?: string;
        readonly with?: Readonly<Record<string, unknown>>;
        readonly permissions?: Readonly<Record<string, string>>;
        readonly steps?: readonly {
          readonly uses?: string;
          readonly with?: Readonly<Record<string, unknown>>;
        }[];
      }
    >
  >;
};
const fileAt = (path: string): Record<string, never> =>
  parse(readFileSync(join(PROJECT, path), 'utf8')) as Record<string, never>;

describe('workflows', () => {
  const wave = fileAt('.github/workflows/wave.yml') as unknown as {
    on: { workflow_call: { inputs: Readonly<Record<string, unknown>> } };
    jobs: Readonly<Record<string, { permissions?: Readonly<Record<string, string>> }>>;
  };
  const action = fileAt('action.yml') as unknown as { inputs: Readonly<Record<string, unknown>> };
  const wanted = Object.assign(
    {},
    ...Object.values(wave.jobs).map((job) => job.permissions ?? {}),
    wave.jobs['plan']?.permissions,
  ) as Readonly<Record<string, string>>;

  test.each(blocksOf('yaml').map((one) => [one.at, one] as const))('%s', (_at, { text }) => {
    const example = parse(text) as Workflow;
    expect(example.on).toBeDefined();
    for (const job of Object.values(example.jobs ?? {})) {
      if (job.uses !== undefined) {
        expect(job.uses).toBe('OWNER/wave-orchestration/.github/workflows/wave.yml@v1');
        expect(
          Object.keys(job.with ?? {}).filter((name) => !Object.hasOwn(wave.on.workflow_call.inputs, name)),
        ).toEqual([]);
        // A called workflow cannot have more than its caller grants.
        expect(job.permissions).toEqual(wanted);
      }
      for (const step of job.steps ?? [])
        if (step.uses?.startsWith('OWNER/') === true)
          expect(Object.keys(step.with ?? {}).filter((name) => !Object.hasOwn(action.inputs, name))).toEqual(
            [],
          );
    }
  });
  test('there are some', () => expect(blocksOf('yaml').length).toBeGreaterThan(1));
});

/** Lines of shell examples and their words; what a test of its own runs is among them. */
const commandLines = (blocks: readonly Block[]): readonly (readonly [string, readonly string[]])[] =>
  blocks.flatMap(({ at, text }) =>
    text.split(/\n|&&/).flatMap((line) => {
      const read = splitCommandLine(
        line
          .replace(/\s#.*$/, '')
          .replace(/\s*>+\s*\S+\s*$/, '')
          .trim(),
      );
      return read.kind === 'argv' ? [[`${at} ${line.trim()}`, read.argv] as const] : [];
    }),
  );
const SCRIPTS = (
  JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as {
    scripts: Readonly<Record<string, string>>;
  }
).scripts;
/** Programs everybody knows. */
const OTHERS = new Set(['cd', 'git', 'echo']);

/** What a command writes to standard output; asking for help ends it with an exception. */
const printedBy = async (run: () => Promise<unknown>): Promise<string> => {
  let text = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  try {
    await run();
  } catch (error) {
    if (!(error instanceof CommanderError && error.exitCode === 0)) throw error;
  } finally {
    write.mockRestore();
  }
  return text;
};

/** Which arguments a `wave` command of an example has, after `wave`, `npx wave-orchestration` or `npm run`. */
const waveArguments = (argv: readonly string[]): readonly string[] | null => {
  const [first, second, third] = argv;
  if (first === 'wave') return argv.slice(1);
  if (first === 'npx' && second === 'wave-orchestration') return argv.slice(2);
  if (first === 'npm' && second === 'run' && third === 'demo')
    return ['demo', ...argv.slice(argv.includes('--') ? argv.indexOf('--') + 1 : argv.length)];
  return null;
};

/** Commands that have commands of their own. */
const NESTED = new Set(['control', 'coord', 'feedback']);

describe('commands', () => {
  const all = commandLines(blocksOf('sh'));
  test('there are some', () => expect(all.length).toBeGreaterThan(30));

  test('each is a program, a script or a command there is', () => {
    const unknown = all.filter(([, argv]) => {
      const [program = '', verb = '', script = ''] = argv;
      if (waveArguments(argv) !== null) return false;
      if (program === 'npm')
        return !(['ci', 'test', 'link'].includes(verb) || (verb === 'run' && Object.hasOwn(SCRIPTS, script)));
      return !OTHERS.has(program);
    });
    expect(unknown.map(([line]) => line)).toEqual([]);
  });

  test('each wave command is known, with these flags', async () => {
    const helps = new Map<string, string>();
    const help = async (entry: CommandEntry, ...words: readonly string[]): Promise<string> => {
      const key = [entry.name, ...words].join(' ');
      const text =
        helps.get(key) ?? (await printedBy(async () => (await entry.load()).run([...words, '--help'])));
      helps.set(key, text);
      return text;
    };
    const isWrong = async (args: readonly string[]): Promise<boolean> => {
      const [name = '', verb = ''] = args;
      if (name === 'help') return false;
      const entry = COMMANDS.find((one) => one.name === name || one.alias === name);
      if (entry === undefined) return true;
      const flags = args.filter((one) => one.startsWith('--'));
      if (name === 'signal') {
        const fields = SIGNAL_FIELDS[verb as SignalKind]?.map(({ tag }) => `--${tag.replaceAll('_', '-')}`);
        return fields === undefined || flags.some((flag) => flag !== '--detail' && !fields.includes(flag));
      }
      // Commands of commands: each word must stand in the help of the one before it, and brings its flags.
      let text = await help(entry);
      const words = NESTED.has(name)
        ? args.slice(1, args.findIndex((one) => one.startsWith('--')) >>> 0)
        : [];
      for (const [i, word] of words.entries()) {
        if (i > 0 && !/^Commands:$/m.test(await help(entry, ...words.slice(0, i)))) break;
        if (!new RegExp(`^  ${word}(?: |$)`, 'm').test(await help(entry, ...words.slice(0, i)))) return true;
        text += await help(entry, ...words.slice(0, i + 1));
      }
      if (flags.some((flag) => !new RegExp(`${flag}(?![\\w-])`).test(text))) return true;
      const at = args.indexOf('--break');
      return at >= 0 && !BREAKS.some((one) => one.name === args[at + 1]);
    };
    const wrong: string[] = [];
    for (const [line, argv] of all) {
      const args = waveArguments(argv);
      if (args !== null && (await isWrong(args))) wrong.push(line);
    }
    expect(wrong).toEqual([]);
    expect(await isWrong(['run', '3', '--executr', 'local'])).toBe(true);
    expect(await isWrong(['coord', 'anser', 'A1-k7mq'])).toBe(true);
    expect(await isWrong(['control', 'task', 'gett', '--id', 'A1-k7mq'])).toBe(true);
    expect(await isWrong(['control', 'task', 'get', '--idd', 'A1-k7mq'])).toBe(true);
    expect(await isWrong(['signal', 'proof', '--compleet', 'live'])).toBe(true);
    expect(await isWrong(['demo', '--break', 'nothing'])).toBe(true);
  });

  test('commands in running text are known', () => {
    const inline = DOCUMENTS.flatMap(({ path, text }) =>
      [...text.matchAll(/`wave ([a-z]+)/g)].map(([, name]) => `${path}: ${name}`),
    );
    const known = new Set(
      COMMANDS.flatMap((one) => [one.name, ...(one.alias === undefined ? [] : [one.alias])]).concat('help'),
    );
    expect(inline.filter((one) => !known.has(one.split(': ')[1] ?? ''))).toEqual([]);
  });
});
