import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startScriptedModel, TOKENS_PER_STEP } from '../../../test/executors/scripted-model.ts';
import { OWN_ACCOUNT } from '../isolation/index.ts';
import type { LaunchSpec } from '../types.ts';
import { claudeCli } from './claude.ts';
import { codexCli } from './codex.ts';
import type { ModelCli } from './model-cli.ts';
import { opencodeCli } from './opencode.ts';
import { type LaunchSurroundings, modelCliExecutor } from './run-model-cli.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'model-cli-'));
  for (const name of ['work', 'home', 'bin', 'tries']) await mkdir(join(dir, name));
  await writeFile(join(dir, 'prompt'), 'do it\n');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const KEY = 'the-very-key-1';
const session = '0f0f0f0f-aaaa-4bbb-8ccc-0123456789ab';
const result = (change: object = {}) => ({
  type: 'result',
  subtype: 'success',
  is_error: false,
  session_id: session,
  num_turns: 1,
  result: 'Done.',
  api_error_status: null,
  model_usage_since_last_result: {
    m: {
      inputTokens: 10,
      outputTokens: 5,
      cacheReadInputTokens: 3,
      cacheCreationInputTokens: 2,
      costUSD: 0.25,
    },
  },
  ...change,
});
const refused = (status: number) =>
  result({
    is_error: true,
    api_error_status: status,
    result: `API Error: ${status}`,
    model_usage_since_last_result: {},
  });
const answer = (id: string, tokens = 10) => ({
  type: 'assistant',
  session_id: session,
  parent_tool_use_id: null,
  message: { id, model: 'm', content: [], usage: { input_tokens: tokens, output_tokens: 1 } },
});

type Try = {
  /** Shell lines before it prints. */
  readonly does?: string;
  readonly prints: readonly (object | string)[];
  readonly code?: number;
  readonly stays?: boolean;
};

/** A program that prints what each of its starts should print, and keeps what it was given. */
async function programOf(cli: ModelCli, tries: readonly Try[]): Promise<void> {
  for (const [index, { does = '', prints, code = 0, stays }] of tries.entries()) {
    const lines = prints.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
    await writeFile(join(dir, 'tries', `${index + 1}.out`), `${lines.join('\n')}\n`);
    await writeFile(join(dir, 'tries', `${index + 1}.begin`), `${does}\n`);
    await writeFile(join(dir, 'tries', `${index + 1}.end`), stays ? 'sleep 60' : `exit ${code}`);
  }
  await writeFile(
    join(dir, 'bin', cli.program),
    `#!/bin/sh
cd '${dir}/tries'
n=$(($(cat n 2>/dev/null || echo 0) + 1)); echo $n >n
printf '%s\n' "$@" >$n.args; env | sort >$n.env; cat >$n.stdin
. ./$n.begin; cat $n.out; . ./$n.end
`,
    { mode: 0o755 },
  );
}

const waits: number[] = [];
async function launch(
  tries: readonly Try[],
  change: Partial<LaunchSpec> = {},
  around: Partial<LaunchSurroundings> = {},
  cli: ModelCli = claudeCli,
) {
  waits.length = 0;
  await programOf(cli, tries);
  const executor = modelCliExecutor(cli, {
    host: { ANTHROPIC_API_KEY: KEY, OPENAI_API_KEY: KEY, GITHUB_TOKEN: 'not for agents' },
    now: () => 0,
    random: () => 0.5,
    sleep: async (ms) => void waits.push(ms),
    ...around,
  });
  const spec: LaunchSpec = {
    agent: 'A1',
    attempt: 1,
    run: 'r',
    workdir: join(dir, 'work'),
    promptFile: join(dir, 'prompt'),
    argv: [],
    model: null,
    env: { PATH: `${join(dir, 'bin')}:${process.env['PATH'] ?? ''}`, HOME: join(dir, 'home') },
    timeoutMs: 600_000,
    maxOutputBytes: 100_000,
    logFile: join(dir, 'log'),
    finalMessageFile: join(dir, 'final'),
    account: OWN_ACCOUNT,
    local: null,
    ...change,
  };
  return executor.launch(spec, new AbortController().signal);
}
const seen = (name: string) => readFile(join(dir, 'tries', name), 'utf8');

describe('a launch', () => {
  it('hands over the prompt and one key, and takes the structured result', async () => {
    const outcome = await launch([
      { prints: ['not JSON', answer('m1'), result({ result: `Done with ${KEY}.` })] },
    ]);
    expect(outcome).toEqual({
      exit: { kind: 'exited', code: 0 },
      finalMessage: 'Done with [redacted:secret].',
      usage: { inputTokens: 15, outputTokens: 5, costUsd: 0.25 },
      session,
      tries: 1,
      turns: 1,
      durationMs: 0,
      log: { bytes: expect.any(Number), truncated: false },
    });
    expect(await seen('1.stdin')).toBe('do it\n');
    const env = await seen('1.env');
    expect(env).toMatch(/^ANTHROPIC_API_KEY=wave-[\w-]{32}$/m);
    expect(env).toMatch(/^ANTHROPIC_BASE_URL=http:\/\/127\.0\.0\.1:\d+$/m);
    expect(env).not.toMatch(/OPENAI|GITHUB|NODE_|the-very-key/);
    expect(await seen('1.args')).toMatchInlineSnapshot(`
      "-p
      --output-format=stream-json
      --verbose
      --permission-mode=dontAsk
      --setting-sources=user
      --strict-mcp-config
      --tools=Bash,Edit,NotebookEdit,Read,Write
      "
    `);
    expect(await readFile(join(dir, 'log'), 'utf8')).not.toContain(KEY);
  });

  it('names the key that is missing', async () => {
    const without = (cli: ModelCli, change: Partial<LaunchSpec> = {}) =>
      launch([], change, { host: {} }, cli).then((outcome) => outcome.problem);
    expect(
      await Promise.all([
        without(claudeCli, { cli: { keyVariable: 'TEAM_KEY' } }),
        without(claudeCli),
        without(codexCli),
        without(opencodeCli),
        without(opencodeCli, { model: 'z-ai/glm' }),
      ]),
    ).toMatchInlineSnapshot(`
      [
        "claude needs its key in TEAM_KEY",
        "claude needs its key in ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN or CLAUDE_CODE_OAUTH_TOKEN",
        "codex needs its key in OPENAI_API_KEY or CODEX_API_KEY",
        "opencode needs its key in ANTHROPIC_API_KEY or OPENAI_API_KEY",
        "opencode needs its key in Z_AI_API_KEY",
      ]
    `);
  });

  it('points to the instructions of the clone, and follows no link there', async () => {
    await writeFile(join(dir, 'work', 'AGENTS.md'), 'be kind');
    await symlink('/etc/hostname', join(dir, 'work', 'CLAUDE.md'));
    await launch([{ prints: [result()] }]);
    expect(await readFile(join(dir, 'home', '.claude/CLAUDE.md'), 'utf8')).toBe(
      `@${join(dir, 'work', 'AGENTS.md')}\n`,
    );
  });

  it.each([
    ['--model', { model: '--resume=x' }, '--model=--resume=x\n'],
    ['ceilings', { cli: { limits: { turns: 7, costUsd: 1.5 } } }, '--max-turns=7\n--max-budget-usd=1.5\n'],
  ])('%s is one argument', async (_, change, expected) => {
    await launch([{ prints: [result()] }], change);
    expect(await seen('1.args')).toContain(expected);
  });
});

describe('what is no result', () => {
  it.each([
    ['nothing at all', { prints: [] }, 'it ended without a result'],
    [
      'an error that exits with 0',
      { prints: [result({ is_error: true, result: 'no\ncredit' })] },
      'no credit',
    ],
    [
      'a result of another shape',
      { prints: [{ type: 'result', result: 'Done.' }] },
      'it ended without a result',
    ],
    ['a success without words', { prints: [result({ result: null })] }, 'it ended without a result'],
  ])('%s', async (_, attempt, problem) => {
    expect(await launch([attempt])).toMatchObject({
      exit: { kind: 'exited', code: 1 },
      finalMessage: null,
      problem,
    });
  });
  it('a result before a bad end', async () => {
    expect(await launch([{ prints: [result()], code: 3 }])).toMatchObject({
      exit: { kind: 'exited', code: 3 },
      finalMessage: null,
    });
  });
  it('more than 64 KiB of it', async () => {
    const outcome = await launch([{ prints: [result({ result: 'x'.repeat(65_537) })] }]);
    expect(outcome).toMatchObject({
      finalMessage: null,
      finalMessageProblem: 'the final message is larger than 65536 bytes',
    });
  });
});

describe('a provider that refuses', () => {
  it('is asked five times at most, ever later', async () => {
    const outcome = await launch(Array.from({ length: 9 }, () => ({ prints: [refused(429)], code: 1 })));
    expect(outcome).toMatchObject({ exit: { kind: 'exited', code: 1 }, tries: 5, problem: 'API Error: 429' });
    expect(waits).toEqual([10_000, 20_000, 40_000, 80_000]);
  });
  it.each([
    [529, 2],
    [503, 2],
    [500, 1],
    [401, 1],
  ])('HTTP %i: %i tries', async (status, tries) => {
    const outcome = await launch([{ prints: [refused(status)], code: 1 }, { prints: [result()] }]);
    expect(outcome.tries).toBe(tries);
  });
  it('is asked from the beginning when nothing was done yet, and to go on otherwise; the log has all tries', async () => {
    const outcome = await launch([
      { prints: [refused(429)], code: 1 },
      { prints: [answer('m1'), refused(429)], code: 1 },
      { prints: [answer('m2'), result()] },
    ]);
    expect(outcome).toMatchObject({
      exit: { kind: 'exited', code: 0 },
      tries: 3,
      turns: 2,
      finalMessage: 'Done.',
    });
    expect([await seen('2.stdin'), await seen('3.stdin')]).toMatchInlineSnapshot(`
      [
        "do it
      ",
        "The provider refused the last request for a while. Go on where you stopped.
      ",
      ]
    `);
    expect(await seen('2.args')).not.toContain('--resume');
    expect(await seen('3.args')).toContain(`--resume=${session}\n`);
    expect((await readFile(join(dir, 'log'), 'utf8')).match(/"type":"result"/g)).toHaveLength(3);
  });
  it('is judged by its structured error, not by words or an earlier try', async () => {
    const words = result({
      is_error: true,
      api_error_status: 400,
      result: 'API Error: 429 rate limit overloaded',
    });
    expect(
      await launch([
        { prints: [refused(429)], code: 1 },
        { prints: ['HTTP 429 rate limit', words], code: 1 },
      ]),
    ).toMatchObject({ tries: 2 });
  });
  it('is not waited for past the time of the launch', async () => {
    const outcome = await launch([{ prints: [refused(429)], code: 1 }], { timeoutMs: 9000 });
    expect([outcome.tries, waits]).toEqual([1, []]);
  });
  it('leaves off when the launch is given up during a wait', async () => {
    const stop = new AbortController();
    await programOf(claudeCli, [{ prints: [refused(429)], code: 1 }]);
    const executor = modelCliExecutor(claudeCli, {
      host: { ANTHROPIC_API_KEY: KEY },
      now: () => 0,
      random: () => 0.5,
      sleep: async () => stop.abort(),
    });
    const outcome = await executor.launch(
      {
        agent: 'A1',
        attempt: 1,
        run: 'r',
        workdir: join(dir, 'work'),
        promptFile: join(dir, 'prompt'),
        argv: [],
        model: null,
        env: { PATH: `${join(dir, 'bin')}:${process.env['PATH'] ?? ''}`, HOME: join(dir, 'home') },
        timeoutMs: 600_000,
        maxOutputBytes: 100_000,
        logFile: join(dir, 'log'),
        finalMessageFile: join(dir, 'final'),
        account: OWN_ACCOUNT,
        local: null,
      },
      stop.signal,
    );
    expect(outcome).toMatchObject({ exit: { kind: 'cancelled' }, tries: 1 });
  });
});

describe('ceilings', () => {
  it.each([
    [
      'turns',
      { turns: 1 },
      [answer('m1'), answer('m1'), answer('m2')],
      { limit: 'turns', allowed: 1, used: 2 },
    ],
    ['tokens', { tokens: 15 }, [answer('m1'), answer('m2')], { limit: 'tokens', allowed: 15, used: 22 }],
  ])('of %s end it while it runs', async (_, limits, prints, limit) => {
    const outcome = await launch([{ prints, stays: true }], { cli: { limits } });
    expect(outcome).toMatchObject({
      exit: { kind: 'cancelled' },
      limit,
      finalMessage: null,
      usage: 'unknown',
    });
  });
  it('of cost are found passed at the end', async () => {
    const outcome = await launch([{ prints: [result()] }], { cli: { limits: { costUsd: 0.2 } } });
    expect(outcome.limit).toEqual({ limit: 'cost', allowed: 0.2, used: 0.25 });
    expect(outcome.exit).not.toEqual({ kind: 'exited', code: 0 });
  });
  it('that the CLI keeps itself are told as such', async () => {
    const prints = [answer('m1'), result({ subtype: 'error_max_turns', is_error: true, result: null })];
    const outcome = await launch([{ prints, code: 1 }], { cli: { limits: { turns: 1 } } });
    expect(outcome).toMatchObject({
      exit: { kind: 'exited', code: 1 },
      limit: { limit: 'turns', allowed: 1, used: 1 },
    });
  });
});

describe('a session', () => {
  const told = (n: number) => [
    { type: 'thread.started', thread_id: session },
    { type: 'item.completed', item: { id: 'item_0', type: 'agent_message', text: 'Done.' } },
    { type: 'turn.completed', usage: { input_tokens: 100 * n, output_tokens: 10 * n } },
  ];
  it('is kept from the home, put into the next one, and only what is new is counted', async () => {
    const folder = join(dir, 'home', '.codex/sessions/2026/01/02');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `rollout-2026-01-02T03-04-05-${session}.jsonl`), 'the session\n');
    const kept = join(dir, 'kept');
    const first = await launch([{ prints: told(1) }], { cli: { keepSessionIn: kept } }, {}, codexCli);
    expect(await readFile(kept, 'utf8')).toBe('the session\n');
    await rm(join(dir, 'home'), { recursive: true });
    await mkdir(join(dir, 'home'));
    await rm(join(dir, 'tries', 'n'));
    const second = await launch(
      [{ prints: told(3) }],
      { cli: { resume: { session, file: kept, usageBefore: first.usage }, limits: { tokens: 220 } } },
      {},
      codexCli,
    );
    expect(second).toMatchObject({
      exit: { kind: 'exited', code: 0 },
      usage: { inputTokens: 200, outputTokens: 20, costUsd: null },
    });
    expect(await seen('1.args')).toBe(`exec\nresume\n--json\n--skip-git-repo-check\n${session}\n-\n`);
    const restored = join(
      dir,
      'home',
      `.codex/sessions/2000/01/01/rollout-2000-01-01T00-00-00-${session}.jsonl`,
    );
    expect(await readFile(restored, 'utf8')).toBe('the session\n');
  });
  it('that was cut off before it noted its last answer costs no less than what passed', async () => {
    const model = await startScriptedModel([{ say: 'one' }, { say: 'two' }]);
    try {
      await writeFile(join(dir, 'kept'), 'the session\n');
      const ask = `const [, url] = /base_url = "(.*)"/.exec(require('fs').readFileSync(process.env.HOME + '/.codex/config.toml', 'utf8'));
fetch(url + '/responses', { method: 'POST', headers: { authorization: 'Bearer ' + process.env.OPENAI_API_KEY, 'content-type': 'application/json' }, body: '{"model":"m"}' }).then((answer) => answer.text())`;
      await writeFile(join(dir, 'ask.cjs'), ask);
      const call = `'${process.execPath}' '${join(dir, 'ask.cjs')}'`;
      const usageBefore = { inputTokens: 100, outputTokens: 10, costUsd: null };
      const done = await launch(
        [{ does: `${call} && ${call}`, prints: told(1) }],
        { cli: { resume: { session, file: join(dir, 'kept'), usageBefore } } },
        { host: { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: `${model.url}/v1` } },
        codexCli,
      );
      expect(done.usage).toEqual({
        inputTokens: 2 * TOKENS_PER_STEP.input,
        outputTokens: 2 * TOKENS_PER_STEP.output,
        costUsd: null,
      });
    } finally {
      await model.stop();
    }
  });
  it.each([
    ['--last', 'kept', 'the session to resume has no id this CLI gives'],
    ['../../etc', 'kept', 'the session to resume has no id this CLI gives'],
    [session, 'nowhere', 'the kept session is not there'],
  ])('%s from %s is refused', async (id, file, problem) => {
    await writeFile(join(dir, 'kept'), 'x');
    const resume = { session: id, file: join(dir, file), usageBefore: 'unknown' } as const;
    expect(await launch([], { cli: { resume } }, {}, codexCli)).toMatchObject({
      exit: { kind: 'failed-to-start', message: problem },
      tries: 0,
    });
  });
});
