/** Which executors this version has. All take the same launch specification and give back the same outcome. */
import type { ExecutorId } from '../../contract/index.ts';
import type { Executor } from '../types.ts';
import { commandExecutor } from './command.ts';
import { localExecutor } from './local.ts';

const EXECUTORS: Readonly<Partial<Record<ExecutorId, Executor>>> = { command: commandExecutor, local: localExecutor };

export type FoundExecutor =
  | { readonly ok: true; readonly value: Executor }
  | { readonly ok: false; readonly code: 'executor-not-available'; readonly message: string; readonly fix: string };

/** The executor of that id, or what to do without it. */
export function executorFor(id: ExecutorId): FoundExecutor {
  const value = EXECUTORS[id];
  if (value !== undefined) return { ok: true, value };
  return {
    ok: false,
    code: 'executor-not-available',
    message: `this version cannot start ${id} itself`,
    fix: `name ${id}'s command line under executors.programs in wave.config.json and give the agent the executor "command"`,
  };
}

/** Work nobody's judgement stands behind: base policy decides whether it may close a wave (design §6). */
export function isSimulated(id: ExecutorId): boolean {
  return id === 'local' || id === 'command';
}
