/**
 * What docs/platform-assumptions.md can ask GitHub by itself. Run by `.github/workflows/platform-check.yml`: `uploads` in a job
 * that may only read, `answers` in the one after it. Prints one line an assumption; exit 1 when one does not hold.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ACTIONS_BOT, artifactExchange, ExchangeError, githubApi, type Receipt } from '../src/host/index.ts';

const variable = (name: string): string => {
  const value = process.env[name];
  if (value === undefined || value === '')
    throw new Error(`${name} is not set: this is started by the workflow platform-check`);
  return value;
};

export type Finding = { readonly id: string; readonly holds: boolean; readonly seen: string };

const UPLOADS = ['platform-check-first', 'platform-check-second'] as const;
const ANSWER = 'platform-check-third';
const BUNDLE = new Map([['what.txt', new TextEncoder().encode('Made by the workflow platform-check.\n')]]);

/** What a listing shows of three artifacts, two of one job and one of the job after it, which did the listing. */
export const findingsOfListing = (listed: readonly Receipt[], own: Receipt): readonly Finding[] => {
  const named = (name: string): Receipt | undefined => listed.find((one) => one.name === name);
  const all = [...UPLOADS, ANSWER].map(named);
  const [first, second, third] = all;
  const found = all.filter((one) => one !== undefined);
  const rising = (values: readonly (string | number)[]): boolean =>
    values.every((value, i) => i === 0 || (values[i - 1] ?? value) < value);
  const times = found.map((one) => Date.parse(one.createdAt));
  return [
    {
      id: 'P3',
      holds: found.length > 0 && found.every((one) => one.uploadedBy !== null),
      seen: found.map((one) => `${one.name} by ${one.uploadedBy ?? 'nobody'}`).join(', '),
    },
    {
      id: 'P4',
      holds:
        first?.uploadedBy !== undefined &&
        first.uploadedBy === second?.uploadedBy &&
        third?.uploadedBy === own.uploadedBy &&
        first.uploadedBy !== third?.uploadedBy,
      seen: `the job before ${first?.uploadedBy ?? 'unknown'}, this job ${third?.uploadedBy ?? 'unknown'}`,
    },
    { id: 'P5', holds: found.length === 3, seen: `${found.length} of 3 in one answer` },
    {
      id: 'P6',
      holds:
        found.length === 3 &&
        rising(found.map((one) => Number(one.id))) &&
        times.every((at, i) => i === 0 || (times[i - 1] ?? at) <= at),
      seen: found.map((one) => `${one.id} at ${one.createdAt}`).join(', '),
    },
  ];
};

const exchange = () =>
  artifactExchange({
    resultsUrl: variable('ACTIONS_RESULTS_URL'),
    runtimeToken: variable('ACTIONS_RUNTIME_TOKEN'),
    temporaryRoot: mkdtempSync(join(tmpdir(), 'platform-check-')),
  });

const github = () => {
  const [owner = '', repo = ''] = variable('GITHUB_REPOSITORY').split('/');
  return githubApi({ apiUrl: variable('GITHUB_API_URL'), token: variable('GITHUB_TOKEN'), owner, repo });
};

const scopesAre = async (expected: string): Promise<Finding> => {
  const scopes = await github().writableScopes();
  const seen = scopes.ok ? scopes.value.join(', ') : scopes.error.message;
  return {
    id: 'P8',
    holds: scopes.ok && seen === expected,
    seen: `may write: ${seen === '' ? 'nothing' : seen}; declared: ${expected === '' ? 'nothing' : expected}`,
  };
};

const uploads = async (): Promise<readonly Finding[]> => {
  const { put } = exchange();
  for (const name of UPLOADS) await put(name, BUNDLE);
  const again = await put(UPLOADS[0], BUNDLE).then(
    () => 'taken twice',
    (error: unknown) => (error instanceof ExchangeError ? error.code : String(error)),
  );
  return [
    { id: 'P11', holds: true, seen: 'two uploads with contents: read' },
    { id: 'P7', holds: again === 'name-taken', seen: again },
    await scopesAre(''),
  ];
};

const answers = async (): Promise<readonly Finding[]> => {
  const { put, list } = exchange();
  const own = await put(ANSWER, BUNDLE);
  const listed = await list();
  const user = (await (
    await fetch(`${variable('GITHUB_API_URL')}/users/${encodeURIComponent(ACTIONS_BOT.login)}`, {
      headers: { authorization: `Bearer ${variable('GITHUB_TOKEN')}` },
    })
  ).json()) as { id?: unknown };
  const externalId = `platform-check ${variable('GITHUB_RUN_ID')}`;
  const made = await github().createCheck({
    name: 'platform-check',
    headSha: variable('GITHUB_SHA'),
    externalId,
    state: { status: 'completed', conclusion: 'success' },
    output: { title: 'Made by platform-check', summary: 'Says nothing about this commit.' },
  });
  return [
    ...findingsOfListing(listed, listed.find((one) => one.id === own.id) ?? own),
    await scopesAre('checks'),
    {
      id: 'P10',
      holds: user.id === ACTIONS_BOT.id,
      seen: `${ACTIONS_BOT.login} is account ${String(user.id)}`,
    },
    {
      id: 'P20',
      holds: made.ok && made.value.externalId === externalId,
      seen: made.ok ? made.value.externalId : made.error.message,
    },
  ];
};

const JOBS: Readonly<Record<string, () => Promise<readonly Finding[]>>> = { uploads, answers };

const job = process.argv[1]?.endsWith('platform-check.ts') === true ? JOBS[process.argv[2] ?? ''] : undefined;
if (job !== undefined)
  for (const { id, holds, seen } of await job()) {
    console.log(`${holds ? 'pass' : 'fail'} ${id} ${seen}`);
    if (!holds) process.exitCode = 1;
  }
