import { EXECUTOR_IDS } from './types.ts';

/** What a value of a `### Executor` key must be (contract.md §1.8). */
export type KeyKind =
  | {
      readonly kind:
        | 'text'
        | 'list'
        | 'pairs'
        | 'flag'
        | 'positive'
        | 'tokens'
        | 'cost'
        | 'duration'
        | 'json'
        | 'json-object';
    }
  | { readonly kind: 'one-of'; readonly values: readonly string[] }
  | { readonly kind: 'many-of'; readonly values: readonly string[] };

const text = { kind: 'text' } as const;
const list = { kind: 'list' } as const;
const flag = { kind: 'flag' } as const;
const positive = { kind: 'positive' } as const;

export const EXECUTOR_KEYS: Readonly<Record<string, KeyKind>> = {
  id: { kind: 'one-of', values: EXECUTOR_IDS },
  profile: text,
  model: text,
  fallbacks: { kind: 'many-of', values: EXECUTOR_IDS },
  tags: list,
  'retry-policy': { kind: 'one-of', values: ['sticky', 'fallback-allowed'] },
  'allow-fallback-on-retry': flag,
  'budget.turns': positive,
  'budget.minutes': positive,
  'budget.tokens': { kind: 'tokens' },
  'budget.cost': { kind: 'cost' },
  timeout: { kind: 'duration' },
  'command.program': text,
  'codex.command': text,
  'codex.sandbox': { kind: 'one-of', values: ['read-only', 'workspace-write', 'danger-full-access'] },
  'codex.profile_name': text,
  'codex.config': { kind: 'pairs' },
  'codex.search': flag,
  'codex.json': flag,
  'codex.ephemeral': flag,
  'codex.images': list,
  'codex.add_dirs': list,
  'claude.command': text,
  'claude.agent': text,
  'claude.permission_mode': text,
  'claude.permission_prompt_tool': text,
  'claude.settings': text,
  'claude.effort': { kind: 'one-of', values: ['low', 'medium', 'high', 'max'] },
  'claude.max_turns': positive,
  'claude.mcp_config': list,
  'claude.allowed_http_hook_urls': list,
  'claude.allowed_tools': list,
  'claude.disallowed_tools': list,
  'claude.settings_json': { kind: 'json-object' },
  'claude.hooks_json': { kind: 'json-object' },
  'claude.output_format': { kind: 'one-of', values: ['text', 'json', 'stream-json'] },
  'opencode.command': text,
  'opencode.agent': text,
  'opencode.attach': text,
  'opencode.files': list,
  'opencode.instructions': list,
  'opencode.format': { kind: 'one-of', values: ['default', 'json'] },
  'opencode.steps': positive,
  'opencode.permission': { kind: 'json' },
  'opencode.config_json': { kind: 'json-object' },
};

/** The keys of one runtime start with its name; a key without a runtime is for all. */
export function runtimeOf(key: string): string | null {
  const [runtime = '', name] = key.split('.');
  return name === undefined || runtime === 'budget' ? null : runtime;
}

export const FLAGS: Readonly<Record<string, boolean>> = {
  true: true,
  '1': true,
  yes: true,
  on: true,
  false: false,
  '0': false,
  no: false,
  off: false,
};
