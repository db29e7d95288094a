/** The same table for every CLI: what an executor promises, shown on the real program and a scripted model. */
import { afterEach, describe, expect, it } from 'vitest';
import { signalsInFinalMessage, userIsolationProblem } from '../../src/agents/index.ts';
import { KEY, launcher, testedClis } from './launch.ts';
import { writeRecording } from './recordings.ts';
import { TOKENS_PER_STEP } from './scripted-model.ts';

const { launch, cleanUp } = launcher();
afterEach(cleanUp);
const record = process.env['WAVE_RECORD_EXECUTORS'] === '1' ? writeRecording : async () => {};
const MARKER =
  '[wave-gate] architecture=pass integration=pass durability=pass live=pass docs=pass detail=it is';

const isolationProblem = await userIsolationProblem();
const clis = testedClis();
it('there is something to test', () => expect(clis.length).toBeGreaterThan(0));

describe.each(clis)('$id $version', (cli) => {
  const costs = cli.id !== 'codex';
  const usageOf = (steps: number) => ({
    inputTokens: steps * TOKENS_PER_STEP.input,
    outputTokens: steps * TOKENS_PER_STEP.output,
    costUsd: costs
      ? expect.closeTo((steps * (TOKENS_PER_STEP.input * 3 + TOKENS_PER_STEP.output * 15)) / 1e6, 6)
      : null,
  });
  const scripted = (launched: { asked: readonly { scripted: boolean }[] }) =>
    launched.asked.filter((one) => one.scripted).length;

  it('takes a prompt of 200 KB on standard input, and neither it nor the key is on the command line', async () => {
    const prompt = `BEGIN\n${'A line of work, "quoted".\n'.repeat(8000)}THE END\n`;
    const done = await launch(cli, [{ say: 'Read it all.' }], { prompt });
    expect(done.outcome).toMatchObject({
      exit: { kind: 'exited', code: 0 },
      finalMessage: 'Read it all.',
      tries: 1,
      turns: 1,
    });
    const sent = done.asked.find((one) => one.scripted)?.body ?? '';
    expect(sent.includes(JSON.stringify(prompt.trim()).slice(1, -1))).toBe(true);
    const { argv } = done.recording;
    expect(argv.join(' ').length).toBeLessThan(400);
    expect(argv.join(' ')).not.toContain(KEY);
  });

  it('counts a marker in the final message and none in what a tool printed; reports usage', async () => {
    const done = await launch(cli, [
      { run: `echo '${MARKER.replaceAll('pass', 'blocked')}'` },
      { say: `All done.\n\n${MARKER}` },
    ]);
    expect(done.outcome).toMatchObject({ exit: { kind: 'exited', code: 0 }, usage: usageOf(2), turns: 2 });
    expect(done.log).toContain('blocked');
    const { signals, malformed } = signalsInFinalMessage(done.outcome.finalMessage ?? '');
    expect([signals.map(({ kind }) => kind), malformed]).toEqual([['gate'], []]);
    expect(done.outcome.finalMessage).not.toContain('blocked');
    expect(done.strays).toBe(0);
    await record('tool-and-marker', done.recording);
  });

  it('asks again after a 429, and a try that was refused costs nothing', async () => {
    // opencode itself asks six times before it gives up.
    const refusals = Array.from({ length: cli.id === 'opencode' ? 6 : 1 }, () => ({ refuse: 429 }) as const);
    const done = await launch(cli, [...refusals, { say: 'Second time lucky.' }]);
    expect(done.outcome).toMatchObject({
      exit: { kind: 'exited', code: 0 },
      finalMessage: 'Second time lucky.',
      tries: 2,
      usage: usageOf(1),
    });
    expect(done.waits).toEqual([10_000]);
    await record('refused-then-done', done.recording);
  });

  it('does not ask again for an error that is none of the rate, whatever a tool printed', async () => {
    const words = 'exceeded retry limit, last status: 429 Too Many Requests; rate limit';
    const done = await launch(cli, [{ run: `echo '${words}'` }, { refuse: 401 }, { say: 'never' }]);
    expect(done.outcome).toMatchObject({
      exit: { kind: 'exited', code: 1 },
      finalMessage: null,
      tries: 1,
      problem: expect.stringMatching(/authentication/i),
    });
    expect(done.waits).toEqual([]);
    await record('refused-key', done.recording);
  });

  it('goes on with the session when the refusal came in the middle', async () => {
    const refusals = Array.from({ length: cli.id === 'opencode' ? 6 : 1 }, () => ({ refuse: 429 }) as const);
    const done = await launch(cli, [{ run: 'echo the-first-half' }, ...refusals, { say: 'Both halves.' }]);
    expect(done.outcome).toMatchObject({
      exit: { kind: 'exited', code: 0 },
      finalMessage: 'Both halves.',
      tries: 2,
      usage: usageOf(2),
    });
    expect(done.asked.at(-1)?.body).toContain('the-first-half');
  });

  it('ends a hang at the time given', async () => {
    const done = await launch(cli, [{ hang: true }], { timeoutMs: cli.id === 'opencode' ? 25_000 : 7000 });
    expect(scripted(done)).toBe(1);
    expect(done.outcome).toMatchObject({
      exit: { kind: 'timed-out' },
      finalMessage: null,
      usage: 'unknown',
      tries: 1,
    });
    expect(done.strays).toBe(0);
  });

  it('is killed with all it started', async () => {
    const done = await launch(cli, [{ run: 'sleep 300 >/dev/null 2>&1 & echo started' }, { hang: true }], {
      killWhenHanging: true,
    });
    expect(done.outcome).toMatchObject({ exit: { kind: 'cancelled' }, finalMessage: null, usage: 'unknown' });
    expect(scripted(done)).toBe(2);
  });

  it('resumes in another place after parking, and reports what the second part cost', async () => {
    const first = await launch(cli, [{ run: 'echo remember-me-7' }, { say: 'I need an answer.' }], {
      park: true,
    });
    const { session, usage } = first.outcome;
    expect(session).toMatch(/^\w[\w-]+$/);
    const second = await launch(cli, [{ run: 'pwd' }, { say: 'Now it is done.' }], {
      prompt: 'The answer is 42.\n',
      cli: { resume: { session: session ?? '', file: first.keptSession, usageBefore: usage } },
    });
    expect(second.outcome).toMatchObject({
      exit: { kind: 'exited', code: 0 },
      finalMessage: 'Now it is done.',
      session,
      usage: usageOf(2),
      turns: 2,
    });
    const sent = second.asked.find((one) => one.scripted)?.body ?? '';
    for (const words of ['remember-me-7', 'I need an answer.', 'The answer is 42.'])
      expect(sent).toContain(words);
    expect(second.recording.argv.join(' ')).toContain(session);
    await record('resumed', second.recording);
  });

  it('stops at its ceiling of turns', async () => {
    const done = await launch(
      cli,
      [{ run: 'echo 1' }, { run: 'echo 2' }, { run: 'sleep 20; echo 3' }, { say: 'too late' }],
      { cli: { limits: { turns: 2 } } },
    );
    expect(done.outcome).toMatchObject({ finalMessage: null, limit: { limit: 'turns', allowed: 2 } });
    expect(done.outcome.exit).not.toEqual({ kind: 'exited', code: 0 });
  });

  it('stops at its ceiling of tokens while it runs', async () => {
    const done = await launch(
      cli,
      [{ run: 'echo 1' }, { run: 'echo 2' }, { run: 'sleep 20; echo 3' }, { say: 'too late' }],
      { cli: { limits: { tokens: 2 * (TOKENS_PER_STEP.input + TOKENS_PER_STEP.output) + 1 } } },
    );
    expect(done.outcome).toMatchObject({ finalMessage: null, limit: { limit: 'tokens' } });
    expect(done.outcome.exit).not.toEqual({ kind: 'exited', code: 0 });
    expect(scripted(done)).toBeLessThanOrEqual(3);
  });

  it.skipIf(isolationProblem !== null)(
    `works as a user of its own, and goes on as another${isolationProblem === null ? '' : ` (skipped: ${isolationProblem})`}`,
    async () => {
      const first = await launch(
        cli,
        [{ run: 'id -un; wave; echo made >made.txt' }, { say: 'First half.' }],
        {
          isolated: true,
          park: true,
        },
      );
      expect(first.outcome).toMatchObject({
        exit: { kind: 'exited', code: 0 },
        finalMessage: 'First half.',
        usage: usageOf(2),
      });
      expect(first.log).toMatch(/wave-[0-9a-f]{12}/);
      expect(first.log).toContain('this is our wave');
      expect(first.environment).not.toContain(KEY);
      const { session, usage } = first.outcome;
      const second = await launch(cli, [{ run: 'id -un' }, { say: 'Second half.' }], {
        isolated: true,
        cli: { resume: { session: session ?? '', file: first.keptSession, usageBefore: usage } },
      });
      expect(second.outcome).toMatchObject({ finalMessage: 'Second half.', session, usage: usageOf(2) });
      expect(second.asked.find((one) => one.scripted)?.body).toContain('First half.');
    },
  );

  it('has a token for a key, of ours nothing else, no log shows either, and `wave` is found by its tools', async () => {
    const done = await launch(cli, [
      {
        run: `env; echo the key is $${cli.keyVariable}; cat ~/.codex/*.toml ~/.claude/*.json ~/.config/opencode/*.json 2>/dev/null; wave`,
      },
      { say: `It was ${KEY}.` },
    ]);
    expect(done.asked.map((one) => one.key)).toEqual(done.asked.map(() => KEY));
    expect(done.recording.environment).toContain(cli.keyVariable);
    expect(
      done.recording.environment.filter((name) => /KEY|TOKEN|SECRET|PASSWORD|NOT_FOR/.test(name)),
    ).toEqual([cli.keyVariable]);
    const token = /\bwave-[\w-]{32}\b/.exec(done.environment)?.[0];
    expect(token).toBeDefined();
    expect(done.environment).not.toContain(KEY);
    expect(done.log).not.toContain(token);
    expect(done.log).not.toContain(KEY);
    expect(done.outcome.finalMessage).toBe('It was [redacted:secret].');
    expect(done.log).toContain('this is our wave');
  });

  it('reads the instructions of the clone and none of its settings', async () => {
    const elsewhere = 'http://127.0.0.1:9';
    const files = {
      'AGENTS.md': 'Always say please-and-thanks.\n',
      '.claude/settings.json': JSON.stringify({
        env: { ANTHROPIC_BASE_URL: elsewhere },
        hooks: { SessionStart: [{ hooks: [{ type: 'command', command: 'touch hooked' }] }] },
      }),
      '.codex/config.toml': `openai_base_url = "${elsewhere}"\n[model_providers.wave]\nname = "other"\nbase_url = "${elsewhere}"\n`,
      'opencode.json': JSON.stringify({ provider: { anthropic: { options: { baseURL: elsewhere } } } }),
    };
    const done = await launch(cli, [{ run: 'ls -a' }, { say: 'Please and thanks.' }], { files });
    expect(done.outcome).toMatchObject({ finalMessage: 'Please and thanks.' });
    expect(done.asked.find((one) => one.scripted)?.body).toContain('please-and-thanks');
    expect(done.log).not.toContain('hooked');
  });
});
