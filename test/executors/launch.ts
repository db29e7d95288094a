/**
 * One launch of a real CLI against a scripted model, in folders of its own, watched by a program that stands in front of
 * the CLI on PATH and notes what it was started with.
 */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MODEL_CLIS } from '../../src/agents/executors/index.ts';
import type { ModelCli } from '../../src/agents/executors/model-cli.ts';
import { modelCliExecutor } from '../../src/agents/executors/run-model-cli.ts';
import {
  type AgentOutcome,
  agentEnvironment,
  type LaunchSpec,
  OWN_ACCOUNT,
  openUserAccount,
  placeIn,
  stopStrayProcesses,
} from '../../src/agents/index.ts';
import { shellWord } from '../../src/agents/shell-word.ts';
import type { Recording } from './recordings.ts';
import { type ScriptedModel, type Step, startScriptedModel } from './scripted-model.ts';

/** No shape `redact` knows, so that only the rule for named keys can take it out. */
export const KEY = 'loopback-key-0f1e2d3c';

export type Tested = {
  readonly id: ModelCli['id'];
  /** The installed program. */
  readonly program: string;
  readonly version: string;
  readonly model: string;
  readonly keyVariable: string;
  readonly baseUrlVariable: string;
  readonly basePath: string;
};

/** Where `scripts/test-executors.ts` says the programs are. */
export function testedClis(): readonly Tested[] {
  const given = JSON.parse(process.env['WAVE_TEST_EXECUTORS'] ?? '[]') as {
    id: ModelCli['id'];
    program: string;
    version: string;
  }[];
  const anthropic = { keyVariable: 'ANTHROPIC_API_KEY', baseUrlVariable: 'ANTHROPIC_BASE_URL', basePath: '' };
  const openai = { keyVariable: 'OPENAI_API_KEY', baseUrlVariable: 'OPENAI_BASE_URL', basePath: '/v1' };
  const known = {
    claude: { ...anthropic, model: 'claude-sonnet-4-5' },
    codex: { ...openai, model: 'gpt-5' },
    opencode: { ...anthropic, model: 'anthropic/claude-sonnet-4-5' },
  };
  return given.map((one) => ({ ...one, ...known[one.id] }));
}

export type Launched = {
  readonly outcome: AgentOutcome;
  readonly asked: ScriptedModel['asked'];
  readonly log: string;
  readonly waits: readonly number[];
  readonly recording: Recording;
  /** Processes that outlived the launch. */
  readonly strays: number;
  readonly keptSession: string;
  /** What the CLI was started with, values too. */
  readonly environment: string;
};

export type Setting = {
  readonly prompt?: string;
  readonly cli?: LaunchSpec['cli'];
  readonly timeoutMs?: number;
  /** Files of the clone. */
  readonly files?: Readonly<Record<string, string>>;
  /** Keeps the session for a later launch. */
  readonly park?: boolean;
  /** Runs the CLI as a user of its own. */
  readonly isolated?: boolean;
  /** Ends the launch once the script hangs. */
  readonly killWhenHanging?: boolean;
};

/** Folders that are removed by the caller's `cleanUp`. */
export function launcher(): {
  launch: (cli: Tested, steps: readonly Step[], setting?: Setting) => Promise<Launched>;
  cleanUp(): Promise<void>;
} {
  const made: string[] = [];
  return {
    async cleanUp() {
      for (const dir of made.splice(0)) await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
    async launch(cli, steps, setting = {}) {
      const dir = await mkdtemp(join(tmpdir(), `wave-${cli.id}-`));
      made.push(dir);
      const opened = setting.isolated ? await openUserAccount() : null;
      if (opened?.ok === false) throw new Error(opened.why);
      const account = opened?.account ?? OWN_ACCOUNT;
      const place = opened?.account.place ?? placeIn(dir);
      const at = (name: string) => join(place.dir, name);
      if (opened === null)
        for (const name of ['work', 'home', 'tmp', 'bin', 'out', 'outbox']) await mkdir(at(name));
      await writeFile(
        join(at('bin'), cli.id),
        `#!/bin/sh
case $1 in export | import) ;; *)
  printf '%s\\n' "$@" >${shellWord(at('out/argv'))}
  env >${shellWord(at('out/env'))} ;;
esac
exec ${shellWord(cli.program)} "$@"
`,
        { mode: 0o755 },
      );
      await writeFile(join(at('bin'), 'wave'), '#!/bin/sh\necho this is our wave\n', { mode: 0o755 });
      for (const [path, content] of Object.entries(setting.files ?? {})) {
        await mkdir(join(at('work'), path, '..'), { recursive: true });
        await writeFile(join(at('work'), path), content);
      }
      const prompt = setting.prompt ?? 'Do what the script says.\n';
      await writeFile(at('prompt.md'), prompt);
      const model = await startScriptedModel(steps);
      const waits: number[] = [];
      const executor = modelCliExecutor(MODEL_CLIS[cli.id], {
        host: {
          [cli.keyVariable]: KEY,
          [cli.baseUrlVariable]: `${model.url}${cli.basePath}`,
          NOT_FOR_AGENTS: 'x',
        },
        now: () => performance.now(),
        random: () => 0.5,
        sleep: async (ms) => void waits.push(ms),
      });
      await opened?.account.handOver();
      const kill = new AbortController();
      if (setting.killWhenHanging) model.hanging.then(() => kill.abort());
      try {
        const outcome = await executor.launch(
          {
            agent: 'A1',
            attempt: 1,
            run: 'r1',
            workdir: at('work'),
            promptFile: at('prompt.md'),
            argv: [],
            model: cli.model,
            env: agentEnvironment({
              base: { PATH: process.env['PATH'] },
              binDir: at('bin'),
              home: at('home'),
              tmp: at('tmp'),
              lane: 'main',
              wave: 0,
              agent: 'A1',
              role: 'implementation',
              run: 'r1',
              attempt: 1,
              outbox: at('outbox'),
              inbox: at('inbox'),
              promptFile: at('prompt.md'),
              finalMessageFile: at('final'),
            }),
            timeoutMs: setting.timeoutMs ?? 60_000,
            maxOutputBytes: 4 * 1024 * 1024,
            logFile: join(dir, 'log'),
            finalMessageFile: at('final'),
            account,
            local: null,
            cli: {
              ownRetries: 0,
              ...(setting.park ? { keepSessionIn: join(dir, 'session') } : {}),
              ...setting.cli,
            },
          },
          kill.signal,
        );
        const read = (file: string) => readFile(file, 'utf8').catch(() => '');
        const plain = (text: string) =>
          text
            .replaceAll(place.dir, '/agent')
            .replaceAll(dir, '/agent')
            .replaceAll(dir.replaceAll(/[^A-Za-z0-9]/g, '-'), '-agent')
            .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, 'http://127.0.0.1:1')
            .replaceAll(/\bwave-[\w-]{32}\b/g, 'wave-token');
        const log = await read(join(dir, 'log'));
        const environment = await read(at('out/env'));
        return {
          outcome,
          log,
          waits,
          asked: model.asked,
          strays: stopStrayProcesses(dir),
          keptSession: join(dir, 'session'),
          environment,
          recording: {
            cli: cli.id,
            version: cli.version,
            argv: plain(await read(at('out/argv')))
              .trimEnd()
              .split('\n'),
            environment: [...environment.matchAll(/^([A-Za-z_]\w*)=/gm)].map(([, name = '']) => name).sort(),
            stdinSha256: createHash('sha256').update(prompt).digest('hex'),
            // Standard error is for people.
            transcript: plain(log)
              .split('\n')
              .filter((line) => line.startsWith('{')),
          },
        };
      } finally {
        await opened?.account.close();
        await model.stop();
      }
    },
  };
}
