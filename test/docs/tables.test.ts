/** What the documentation says from the code is what the code says; links lead somewhere; nothing names a machine. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { findingsOfListing } from '../../scripts/platform-check.ts';
import { differences, PICTURES, PROJECT, withTables } from '../../scripts/write-docs.ts';
import { REASONS } from '../../src/closure/index.ts';
import { BUILT_IN_POLICY, DIAGNOSTIC_CODES } from '../../src/contract/index.ts';
import { BREAKS } from '../../src/demo/index.ts';
import { BREAK_CODES } from '../e2e/breaks.ts';
import { DOCUMENTS } from './documents.ts';

const textOf = (path: string): string => DOCUMENTS.find((one) => one.path === path)?.text ?? '';

test('generated documents and tables are as the code has them: node scripts/write-docs.ts', () => {
  expect(differences(false)).toEqual([]);
});

test('a table nobody makes is an error', () => {
  expect(() => withTables('<!-- table: nothing -->\n<!-- end -->')).toThrow('nothing');
});

test('every code has its line', () => {
  const [reasons, diagnostics] = [textOf('docs/reason-codes.md'), textOf('docs/diagnostic-codes.md')];
  expect(Object.keys(REASONS).filter((code) => !reasons.includes(`<a id="${code}">`))).toEqual([]);
  expect(Object.keys(DIAGNOSTIC_CODES).filter((code) => !diagnostics.includes(`<a id="${code}">`))).toEqual(
    [],
  );
});

test('the breaks of the README are the demo’s, with their codes', () => {
  const rows = [...textOf('README.md').matchAll(/^\| `([a-z-]+)` \| [^|]+ \| \[`([a-z-]+)`\]/gm)].map(
    ([, name, code]) => [name, code],
  );
  expect(rows).toEqual(BREAKS.map(({ name }) => [name, BREAK_CODES[name as keyof typeof BREAK_CODES]]));
});

test('every entry type is in the journal’s reference, and none that there is not', () => {
  const types = new Set(
    [
      ...readFileSync(join(PROJECT, 'src/journal/types.ts'), 'utf8').matchAll(/readonly type: '([a-z.]+)'/g),
    ].map(([, type]) => type ?? ''),
  );
  const section = /## Entry types\n([\s\S]*?)\n## /.exec(textOf('docs/reference/journal.md'))?.[1] ?? '';
  const named = [...section.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([a-z.]+)`/g)].map(([, type]) => type ?? ''),
  );
  expect(named.toSorted()).toEqual([...types].toSorted());
});

test('every policy field is in the configuration’s reference', () => {
  const text = textOf('docs/reference/configuration.md');
  const fields = Object.keys(BUILT_IN_POLICY).filter((field) => field !== 'source');
  const section = /## Policy\n([\s\S]*)$/.exec(text)?.[1] ?? '';
  const named = [...section.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, field]) => field ?? ''),
  );
  expect(named.toSorted()).toEqual(fields.toSorted());
});

type Job = { readonly permissions?: Readonly<Record<string, string>> };
test('the jobs of the workflow are in its reference, with their tokens', () => {
  const { jobs } = parse(readFileSync(join(PROJECT, '.github/workflows/wave.yml'), 'utf8')) as {
    jobs: Readonly<Record<string, Job>>;
  };
  const text = textOf('docs/reference/workflow.md');
  const rows = new Map(
    [...text.matchAll(/^\| (`[^|]+) \| ([^|]+) \|/gm)].map(([, name = '', token = '']) => [name, token]),
  );
  const tokenOf = (permissions: Readonly<Record<string, string>>): string => {
    const by = (level: string): string[] =>
      Object.keys(permissions)
        .filter((scope) => permissions[scope] === level)
        .toSorted();
    return ['write', 'read']
      .flatMap((level) => (by(level).length === 0 ? [] : [`${by(level).join(', ')}: ${level}`]))
      .join(', ');
  };
  for (const [name, { permissions = {} }] of Object.entries(jobs)) {
    const row = [...rows].find(([cell]) =>
      /^steward-\d$/.test(name)
        ? cell.startsWith('`steward-1`')
        : cell === `\`${name}\`` || cell.startsWith(`\`${name} `),
    );
    const said = row?.[1] === 'as `plan`' ? rows.get('`plan`') : row?.[1];
    expect(said, name).toBe(tokenOf(permissions));
  }
});

test('links lead to files and headings that are there', () => {
  const broken = DOCUMENTS.flatMap(({ path, links }) =>
    links
      .filter((link) => !/^https?:/.test(link))
      .filter((link) => {
        const [file = '', anchor] = link.split('#');
        const target = file === '' ? path : normalize(join(dirname(path), file));
        if (!existsSync(join(PROJECT, target))) return true;
        return (
          anchor !== undefined && DOCUMENTS.find((one) => one.path === target)?.anchors.has(anchor) !== true
        );
      })
      .map((link) => `${path}: ${link}`),
  );
  expect(broken).toEqual([]);
});

test('nothing in the documents or pictures names a place of the machine it was made on', () => {
  const texts = [
    ...DOCUMENTS.map(({ path, text }) => [path, text] as const),
    ...PICTURES.map(({ file }) => [file, readFileSync(join(PROJECT, file), 'utf8')] as const),
  ];
  expect(
    texts
      .filter(([, text]) => /(?:^|[^.\w~])\/(?:tmp|root|home|work|var)\//m.test(text))
      .map(([path]) => path),
  ).toEqual([]);
});

const RECEIPT = { sizeBytes: 1, digest: null, createdAt: '2026-01-01T00:00:00.000Z' } as const;
const LISTED = [
  {
    ...RECEIPT,
    name: 'platform-check-third',
    id: '12',
    uploadedBy: 'second-job',
    createdAt: '2026-01-01T00:01:00.000Z',
  },
  { ...RECEIPT, name: 'platform-check-second', id: '11', uploadedBy: 'first-job' },
  { ...RECEIPT, name: 'platform-check-first', id: '10', uploadedBy: 'first-job' },
] as const;
const OWN = LISTED[0];
const failing = (listed: Parameters<typeof findingsOfListing>[0]): readonly string[] =>
  findingsOfListing(listed, OWN)
    .filter((one) => !one.holds)
    .map((one) => one.id);

test.each([
  ['as believed', LISTED, []],
  ['nobody vouches for an upload', LISTED.map((one) => ({ ...one, uploadedBy: null })), ['P3', 'P4']],
  ['one job looks like the other', LISTED.map((one) => ({ ...one, uploadedBy: 'second-job' })), ['P4']],
  ['an artifact is left out', LISTED.slice(0, 2), ['P4', 'P5', 'P6']],
  ['numbers do not rise', LISTED.map((one) => (one.id === '12' ? { ...one, id: '9' } : one)), ['P6']],
] as const)('platform-check tells a listing %s', (_name, listed, expected) => {
  expect(failing(listed)).toEqual(expected);
});

test('what platform-check asks by itself is said to be automatic', () => {
  const text = textOf('docs/platform-assumptions.md');
  const automatic = [...text.matchAll(/^\| (P\d+) \|.*\| auto[^|]*\|$/gm)].map(([, id]) => id);
  const source = readFileSync(join(PROJECT, 'scripts/platform-check.ts'), 'utf8');
  expect([...new Set([...source.matchAll(/id: '(P\d+)'/g)].map(([, id]) => id))].toSorted()).toEqual(
    automatic.toSorted(),
  );
});
