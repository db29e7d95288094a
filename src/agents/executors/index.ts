/** Which executors this version has. All take the same launch specification and give back the same outcome. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { ExecutorId } from '../../contract/index.ts';
import type { HostEnvironment } from '../environment.ts';
import type { Executor } from '../types.ts';
import { claudeCli } from './claude.ts';
import { codexCli } from './codex.ts';
import { commandExecutor } from './command.ts';
import { localExecutor } from './local.ts';
import type { ModelCli } from './model-cli.ts';
import { opencodeCli } from './opencode.ts';
import { modelCliExecutor } from './run-model-cli.ts';

export const MODEL_CLIS: Readonly<Record<ModelCli['id'], ModelCli>> = {
  claude: claudeCli,
  codex: codexCli,
  opencode: opencodeCli,
};

export type FoundExecutor =
  | { readonly ok: true; readonly value: Executor }
  | {
      readonly ok: false;
      readonly code: 'executor-not-available';
      readonly message: string;
      readonly fix: string;
    };

/** As the agent's environment will have it: relative entries do not count. */
function onPath(program: string, path: string): boolean {
  return path
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .some((folder) => {
      try {
        const file = join(folder, program);
        accessSync(file, constants.X_OK);
        return statSync(file).isFile();
      } catch {
        return false;
      }
    });
}

/** The executor of that id, or what to install for it. `host` is our own environment: its PATH, and the keys in it. */
export function executorFor(id: ExecutorId, host: HostEnvironment = process.env): FoundExecutor {
  if (id === 'command') return { ok: true, value: commandExecutor };
  if (id === 'local') return { ok: true, value: localExecutor };
  const cli = MODEL_CLIS[id];
  if (onPath(cli.program, host['PATH'] ?? '')) return { ok: true, value: modelCliExecutor(cli) };
  return {
    ok: false,
    code: 'executor-not-available',
    message: `there is no program ${cli.program} on PATH`,
    fix: `npm install --global ${cli.npmPackage}`,
  };
}

export type ExecutorProblem = { readonly message: string; readonly fix: string };

/** Why an executor cannot be started here, or null: a model's CLI needs its program on PATH and a key in our environment. */
export function executorProblem(
  id: ExecutorId,
  { model, keyVariable }: { readonly model: string | null; readonly keyVariable?: string | undefined },
  host: HostEnvironment = process.env,
): ExecutorProblem | null {
  const found = executorFor(id, host);
  if (!found.ok) return { message: found.message, fix: found.fix };
  if (id === 'command' || id === 'local') return null;
  const names = keyVariable === undefined ? MODEL_CLIS[id].keyVariables(model) : [keyVariable];
  if (names.some((name) => (host[name] ?? '') !== '')) return null;
  return { message: `${id} needs its key in ${names.join(' or ')}`, fix: `export ${names[0] ?? ''}=…` };
}
