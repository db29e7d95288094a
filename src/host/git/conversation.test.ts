import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, conversation } from './conversation.ts';
import { type GitSandbox, gitSandbox } from './git-sandbox.fixture.ts';
import type { Repository } from './repository.ts';

let box: GitSandbox;
let repository: Repository;
let head: string;
beforeAll(() => {
  box = gitSandbox();
  head = box.repository('user', { file: 'text\n' }).head;
  repository = { dir: box.path('user', '.git'), networkEnv: {} };
});
afterAll(() => box.remove());

const BATCH = ['cat-file', '--batch'];
const header = async (from: Answer) => {
  const line = await from.line();
  await from.bytes(Number(line.split(' ')[2]) + 1);
  return line.split(' ')[1];
};

describe('a conversation with git', () => {
  it('answers questions in the order they were asked, of one process', async () => {
    const talk = conversation(repository, BATCH);
    const asked = ['HEAD', 'HEAD^{tree}', 'HEAD:file', head].map((name) => talk.ask(`${name}\n`, header));
    expect(await Promise.all(asked)).toEqual(
      ['commit', 'tree', 'blob', 'commit'].map((value) => ({ ok: true, value })),
    );
  });

  it('says what git said when it ends instead of answering, and starts anew', async () => {
    const wrong = conversation(repository, ['cat-file', '--no-such-option']);
    for (let i = 0; i < 2; i++)
      expect(await wrong.ask('HEAD\n', header)).toMatchObject({
        code: 'git-failed',
        message: "unknown option `no-such-option'",
      });
    const talk = conversation(repository, BATCH);
    expect(
      await talk.ask('HEAD\n', async () => Promise.reject(new Error('not what was expected'))),
    ).toMatchObject({
      code: 'git-failed',
    });
    expect(await talk.ask('HEAD\n', header)).toEqual({ ok: true, value: 'commit' });
    const nowhere = conversation({ ...repository, dir: box.path('nowhere') }, BATCH);
    expect(await nowhere.ask('HEAD\n', header)).toMatchObject({ code: 'git-failed' });
  });

  it('is bounded in time and in bytes', async () => {
    const silent = conversation(repository, BATCH, { timeoutMs: 50 });
    // A line that does not end is no question yet.
    expect(await silent.ask('HEAD', header)).toMatchObject({ code: 'timed-out' });
    const small = conversation(repository, BATCH, { maxBytes: 100 });
    expect(await small.ask('HEAD\n', header)).toMatchObject({ code: 'output-too-large' });
    expect(await small.ask('HEAD:file\n', header)).toEqual({ ok: true, value: 'blob' });
  });

  it('lets its process go when nothing was asked for a while', async () => {
    const pids = (): string[] =>
      readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean);
    if (!existsSync('/proc/self/task')) return;
    const talk = conversation(repository, BATCH, { idleMs: 1 });
    const before = new Set(pids());
    await talk.ask('HEAD\n', header);
    const mine = pids().filter((pid) => !before.has(pid));
    expect(mine.length).toBeLessThanOrEqual(1);
    await expect.poll(() => mine.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
    expect(await talk.ask('HEAD\n', header)).toEqual({ ok: true, value: 'commit' });
  });
});
