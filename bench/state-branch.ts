/** Eight writers of one state branch at once, against the same number of bare git clients that push commits in a loop. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { stateBranchStore } from '../src/host/index.ts';
import { agentEntryId, type NewEntry } from '../src/journal/index.ts';
import { agentBy, INSTANCE, instant } from '../test/histories/entries.ts';
import { type Benchmark, medianRatio } from './measure.ts';

const WRITERS = 8;
const APPENDS = 4;
const DEADLINE_MS = 120_000;

const ENV = {
  PATH: process.env['PATH'],
  HOME: '/dev/null',
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'bench',
  GIT_AUTHOR_EMAIL: 'bench@example.invalid',
  GIT_COMMITTER_NAME: 'bench',
  GIT_COMMITTER_EMAIL: 'bench@example.invalid',
};
const execute = promisify(execFile);
const git = async (...args: readonly string[]): Promise<string> =>
  (await execute('git', [...args], { env: ENV })).stdout.trim();

const inFolder = async (work: (root: string, remote: string) => Promise<void>): Promise<void> => {
  const root = mkdtempSync(join(tmpdir(), 'wave-writers-'));
  try {
    const remote = join(root, 'remote.git');
    execFileSync('git', ['init', '-q', '--bare', '-b', 'main', remote], { env: ENV });
    await work(root, remote);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
};

const writers = (work: (writer: number) => Promise<void>): Promise<unknown> =>
  Promise.all(Array.from({ length: WRITERS }, (_, writer) => work(writer)));

const said = (writer: number, n: number): NewEntry => {
  const agent = `B${writer + 1}`;
  return {
    id: agentEntryId('r1', 1, agent, n),
    at: instant(n),
    by: agentBy(agent, 1, 'r1'),
    instance: INSTANCE,
    family: 'coordination',
    body: { type: 'post', kind: 'evidence', summary: `what ${agent} says for the ${n}th time` },
  };
};

const throughTheStore = (): Promise<void> =>
  inFolder(async (root, remote) => {
    const open = (name: string) =>
      stateBranchStore({
        remote,
        lane: 'main',
        workDir: join(root, name),
        tip: null,
        deadlineMs: DEADLINE_MS,
        clock: { now: () => performance.now(), sleep: (ms) => sleep(ms) },
        random: Math.random,
        author: { name: 'bench', email: 'bench@example.invalid' },
      });
    await writers(async (writer) => {
      const store = open(`writer-${writer}`);
      for (let n = 1; n <= APPENDS; n++) {
        const appended = await store.append([said(writer, n)]);
        if (appended.kind !== 'appended')
          throw new Error(`writer ${writer} could not append: ${JSON.stringify(appended)}`);
      }
    });
    const read = await open('reader').read(INSTANCE);
    const found = 'kind' in read ? -1 : new Set(read.entries.map(({ id }) => id)).size;
    if (found !== WRITERS * APPENDS)
      throw new Error(`${WRITERS * APPENDS} entries were appended, ${found} stand`);
  });

/** The same with nothing around it: fetch, commit on the tip, push, and again when somebody was faster. */
const bareLoop = (): Promise<void> =>
  inFolder(async (root, remote) => {
    await writers(async (writer) => {
      const dir = join(root, `bare-${writer}`);
      await git('init', '-q', '--bare', dir);
      const inDir = (...args: readonly string[]): Promise<string> => git('-C', dir, ...args);
      const tree = await inDir('hash-object', '-w', '-t', 'tree', '/dev/null');
      for (let n = 1; n <= APPENDS; n++)
        for (let pushed = false; !pushed; ) {
          const tip = await inDir('fetch', '-q', '--depth=1', remote, 'refs/heads/state').then(
            () => inDir('rev-parse', 'FETCH_HEAD'),
            () => null,
          );
          const parent = tip === null ? [] : ['-p', tip];
          const commit = await inDir('commit-tree', tree, ...parent, '-m', `writer ${writer} ${n}`);
          pushed = await inDir('push', '-q', remote, `${commit}:refs/heads/state`).then(
            () => true,
            () => false,
          );
          if (!pushed) await sleep(Math.random() * 50);
        }
    });
    const commits = Number(await git('-C', remote, 'rev-list', '--count', 'refs/heads/state'));
    if (commits !== WRITERS * APPENDS)
      throw new Error(`${WRITERS * APPENDS} commits were pushed, ${commits} stand`);
  });

export const stateBranch: Benchmark = {
  id: 'state-branch',
  run: async () => {
    const measured = await medianRatio(3, throughTheStore, bareLoop, 0);
    return [
      {
        name: `${WRITERS} writers of one state branch, none lost, over bare git push`,
        measured,
        budget: 2,
        unit: 'x',
      },
    ];
  },
};
