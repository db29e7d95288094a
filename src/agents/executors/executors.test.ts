import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXECUTOR_IDS, isSimulated } from '../../contract/index.ts';
import { signalsInFinalMessage } from '../final-message.ts';
import { OWN_ACCOUNT } from '../isolation/index.ts';
import type { LaunchSpec, LocalTask } from '../types.ts';
import { commandExecutor } from './command.ts';
import { executorFor } from './index.ts';
import { localExecutor, stubFor } from './local.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'executor-'));
  await mkdir(join(dir, 'work'));
  await writeFile(join(dir, 'prompt'), 'do it\n');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const never = new AbortController().signal;
const spec = (change: Partial<LaunchSpec>): LaunchSpec => ({
  agent: 'A1',
  attempt: 1,
  run: 'r',
  workdir: join(dir, 'work'),
  promptFile: join(dir, 'prompt'),
  argv: [],
  model: null,
  env: { PATH: process.env['PATH'] ?? '', WAVE_FINAL_MESSAGE: join(dir, 'final') },
  timeoutMs: 20_000,
  maxOutputBytes: 10_000,
  logFile: join(dir, 'log'),
  finalMessageFile: join(dir, 'final'),
  account: OWN_ACCOUNT,
  local: null,
  ...change,
});
const task = (change: Partial<LocalTask>): LocalTask => ({
  role: 'implementation',
  deliverables: [],
  reportPath: null,
  exitContract: null,
  ...change,
});
const read = (path: string) => readFile(join(dir, 'work', path), 'utf8');

describe('command', () => {
  const run = (script: string) => commandExecutor.launch(spec({ argv: ['sh', '-c', script] }), never);
  it('reads the prompt on stdin and leaves its final message in the file', async () => {
    const outcome = await run(
      'cat > got; echo "[wave-verdict] blocked"; printf "[wave-verdict] pass" > "$WAVE_FINAL_MESSAGE"',
    );
    expect(outcome).toMatchObject({
      exit: { kind: 'exited', code: 0 },
      finalMessage: '[wave-verdict] pass',
      usage: 'unknown',
      session: null,
    });
    expect(await read('got')).toBe('do it\n');
  });
  it('what it prints is no final message, and neither is one of an earlier attempt', async () => {
    await writeFile(join(dir, 'final'), '[wave-verdict] pass');
    expect((await run('echo "[wave-verdict] pass"')).finalMessage).toBeNull();
  });
  it.each([
    ['a link', 'ln -s /etc/hostname "$WAVE_FINAL_MESSAGE"', 'the final message is a symbolic link'],
    ['a pipe', 'mkfifo "$WAVE_FINAL_MESSAGE"', 'the final message is not a regular file'],
    [
      'too much',
      'head -c 65537 /dev/zero > "$WAVE_FINAL_MESSAGE"',
      'the final message is larger than 65536 bytes',
    ],
    ['no text', 'printf "\\377" > "$WAVE_FINAL_MESSAGE"', 'the final message is not UTF-8'],
  ])('%s is not taken', async (_, script, problem) => {
    expect(await run(script)).toMatchObject({ finalMessage: null, finalMessageProblem: problem });
  });
  it('without a program', async () => {
    expect((await commandExecutor.launch(spec({}), never)).exit).toMatchObject({ kind: 'failed-to-start' });
  });
});

describe('local', () => {
  it("makes what is missing, leaves what is there, and reports at the contract's levels", async () => {
    await writeFile(join(dir, 'work', 'kept.md'), 'mine');
    const local = task({
      deliverables: ['docs/a-page.md', 'src/x.ts', 'kept.md'],
      exitContract: {
        completion: 'integrated',
        durability: 'durable',
        proof: 'integration',
        docImpact: 'owned',
      },
      components: [{ component: 'x', level: 'repo-landed' }],
    });
    const outcome = await localExecutor.launch(spec({ local }), never);
    expect(outcome.exit).toEqual({ kind: 'exited', code: 0 });
    expect(await read('kept.md')).toBe('mine');
    expect(await read('src/x.ts')).toBe('export const xMade = "x.ts";\n');
    expect(await readFile(join(dir, 'log'), 'utf8')).toBe(
      'made docs/a-page.md\nmade src/x.ts\nexists kept.md\n',
    );
    expect(outcome.finalMessage).toMatchInlineSnapshot(`
      "Done.

      - [wave-proof] completion=integrated durability=durable proof=integration state=met detail=made by the local executor
      - [wave-doc-delta] state=owned paths=docs/a-page.md,kept.md detail=made by the local executor
      - [wave-component] component=x level=repo-landed state=met detail=made by the local executor
      "
    `);
  });
  it.each([
    ['cont-qa', ['gate', 'verdict'], 'Verdict: PASS'],
    ['cont-eval', ['eval'], 'Nothing'],
    ['security', ['security'], 'Final Disposition'],
    ['integration', ['integration'], 'Nothing'],
    ['documentation', ['doc-closure'], 'Nothing'],
  ])("%s signs its own kind and writes this attempt's report", async (role, kinds, text) => {
    await writeFile(join(dir, 'work', 'report.md'), 'Verdict: BLOCKED');
    const outcome = await localExecutor.launch(
      spec({ local: task({ role, reportPath: 'report.md', deliverables: ['report.md'] }) }),
      never,
    );
    const { signals, malformed } = signalsInFinalMessage(outcome.finalMessage ?? '');
    expect([signals.map(({ kind }) => kind), malformed]).toEqual([kinds, []]);
    expect(await read('report.md')).toContain(text);
    expect(await read('report.md')).not.toContain('BLOCKED');
  });
  it.each([['../out.md'], ['link/out.md'], ['link/new/out.md']])(
    '%s never leaves the clone',
    async (path) => {
      await mkdir(join(dir, 'elsewhere'));
      await symlink(join(dir, 'elsewhere'), join(dir, 'work', 'link'));
      const outcome = await localExecutor.launch(spec({ local: task({ deliverables: [path] }) }), never);
      expect(outcome).toMatchObject({ exit: { kind: 'exited', code: 1 }, finalMessage: null });
      expect(await readFile(join(dir, 'log'), 'utf8')).toContain('the clone');
    },
  );
  it('stubs are valid files of their kind', () => {
    expect(JSON.parse(stubFor('a/b.json'))).toEqual({});
    for (const path of ['a.ts', '1-2.js', 'über-x.mjs', 'a.b.ts', '.ts'])
      expect(stubFor(path)).toMatch(/^(export const [A-Za-z]\w* = ".*";|.+: written.*)\n$/);
  });
});

describe('executorFor', () => {
  it.each(EXECUTOR_IDS.filter((id) => !isSimulated(id)))(
    '%s is there when its program is on PATH',
    async (id) => {
      expect(executorFor(id, { PATH: join(dir, 'work') })).toMatchObject({
        ok: false,
        code: 'executor-not-available',
      });
      await writeFile(join(dir, 'work', id), '#!/bin/sh\n', { mode: 0o755 });
      expect(executorFor(id, { PATH: join(dir, 'work') })).toMatchObject({ ok: true, value: { id } });
      // What the agent could have put into its own folder is not found.
      expect(executorFor(id, { PATH: relative(process.cwd(), join(dir, 'work')) }).ok).toBe(false);
    },
  );
  it('says what to install', () => {
    expect(executorFor('claude', {})).toMatchInlineSnapshot(`
      {
        "code": "executor-not-available",
        "fix": "npm install --global @anthropic-ai/claude-code",
        "message": "there is no program claude on PATH",
        "ok": false,
      }
    `);
    expect(['local', 'command'].map((id) => executorFor(id as 'local', {}).ok)).toEqual([true, true]);
  });
});
