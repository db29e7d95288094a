/** What no workflow of ours may do, however it is edited (platform.md S02, S15, S36, S40; design §5). */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CHECK_NAMES } from '../src/views/index.ts';

type Step = {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
};
type Job = {
  readonly name?: string;
  readonly uses?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly secrets?: unknown;
  readonly steps?: readonly Step[];
};
type Workflow = { readonly permissions?: unknown; readonly jobs: Readonly<Record<string, Job>> };

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const files = globSync('.github/workflows/*.yml', { cwd: ROOT }).toSorted();
const read = (file: string): Workflow => parse(readFileSync(`${ROOT}/${file}`, 'utf8')) as Workflow;
const stepsOf = (workflow: Workflow): readonly Step[] =>
  Object.values(workflow.jobs).flatMap(({ steps = [] }) => steps);

describe.each(files)('%s', (file) => {
  const workflow = read(file);
  test('puts no text of others into a script', () => {
    for (const { run, with: inputs } of stepsOf(workflow))
      for (const script of [run, inputs?.['script']]) expect(String(script ?? '')).not.toContain('${{');
  });
  test('uses actions of others by commit alone', () => {
    const used = [...Object.values(workflow.jobs), ...stepsOf(workflow)].flatMap(({ uses }) => uses ?? []);
    for (const uses of used) expect(uses).toMatch(/^(?:\$\/|\.\/.*|[\w./-]+@[0-9a-f]{40})$/);
  });
  test('gives each job the scopes it names, and none by default', () => {
    const byDefault = JSON.stringify(workflow.permissions ?? 'whatever the repository says, which may write');
    expect(byDefault).not.toContain('write');
    if (byDefault === '{}')
      for (const { permissions } of Object.values(workflow.jobs)) expect(permissions).toBeDefined();
  });
});

describe('wave.yml', () => {
  const { jobs } = read('.github/workflows/wave.yml');
  const phaseOf = ({ steps = [] }: Job): unknown => steps[0]?.with?.['phase'];
  const trusted = ['plan', 'record', 'close'];

  test('runs nothing but this action, and nothing restored from a cache', () => {
    for (const [name, { steps = [] }] of Object.entries(jobs))
      expect([name, steps.map(({ uses, run }) => uses ?? run)]).toEqual([name, ['$/']]);
  });
  test('lets jobs in which foreign code runs read and nothing else', () => {
    for (const job of Object.values(jobs))
      if (!trusted.includes(String(phaseOf(job)))) expect(job.permissions).toEqual({ contents: 'read' });
  });
  test('hands on no secrets', () => {
    for (const { secrets } of Object.values(jobs)) expect(secrets).toBeUndefined();
  });
  test('has no job that somebody could require in place of a gate', () => {
    const gates = CHECK_NAMES.map((name) => name.replace('wave/', ''));
    for (const [id, { name = id }] of Object.entries(jobs))
      expect(gates.filter((gate) => name.includes(gate) || id.includes(gate))).toEqual([]);
  });
});
