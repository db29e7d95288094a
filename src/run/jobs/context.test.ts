import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { isJobName, STAGES } from '../../contract/index.ts';
import { stewardName } from './context.ts';

test('no agent can be called as a job is, and so speak in its place', () => {
  const workflow = parse(
    readFileSync(new URL('../../../.github/workflows/wave.yml', import.meta.url), 'utf8'),
  ) as { readonly jobs: Readonly<Record<string, unknown>> };
  const jobs = Object.keys(workflow.jobs).map((name) => name.replaceAll('-', ''));
  expect(jobs).toEqual(
    expect.arrayContaining(['plan', 'prove', 'proveagain', 'close', ...STAGES.map(stewardName)]),
  );
  expect(jobs.filter((name) => !isJobName(name))).toEqual([]);
});
