/** Codex, headless: `codex exec --json` (checked with 0.169; github.com/openai/codex, docs/exec.md and docs/config.md). */
import { z } from 'zod';
import type { Usage } from '../../journal/index.ts';
import type { CliTry, ModelCli } from './model-cli.ts';
import {
  count,
  eventOf,
  type Failure,
  isRefusedForNow,
  type Reading,
  sessionId,
  type TranscriptReader,
} from './transcript.ts';

const started = z.looseObject({ thread_id: sessionId });
const itemEvent = z.looseObject({
  item: z.looseObject({ id: z.string(), type: z.string(), text: z.string().optional() }),
});
const turnCompleted = z.looseObject({ usage: z.looseObject({ input_tokens: count, output_tokens: count }) });
const turnFailed = z.looseObject({ error: z.looseObject({ message: z.string() }) });

/** What the model did, in contrast to what the CLI noted down about itself. */
const ACTS = new Set(['agent_message', 'command_execution', 'file_change', 'mcp_tool_call', 'web_search']);

/**
 * The event has no field for the HTTP status, but the CLI's own sentences begin with it (codex-rs/protocol/src/error.rs).
 * They are anchored: what a server or an agent says stands further on.
 */
function failureOf(message: string): Failure {
  const status = /^(?:exceeded retry limit, last|unexpected) status:? (\d{3})\b/.exec(message)?.[1];
  const busy = /^We.re currently experiencing high demand/.test(message);
  return { kind: busy || isRefusedForNow(Number(status)) ? 'refused-for-now' : 'failed', message };
}

/** Reads `--json`. The final message is the last one before the turn was completed, as `--output-last-message` has it. */
export function codexReader(): TranscriptReader {
  let session: string | null = null;
  const acts = new Set<string>();
  let lastMessage: string | null = null;
  let ended: 'completed' | Failure | null = null;
  let usage: Usage = 'unknown';
  return {
    event(value) {
      switch (eventOf.safeParse(value).data?.type) {
        case 'thread.started':
          session = started.safeParse(value).data?.thread_id ?? session;
          break;
        // A command is told when it begins and when it ends, a message only when it is there.
        case 'item.started':
        case 'item.completed': {
          const item = itemEvent.safeParse(value).data?.item;
          if (item === undefined || !ACTS.has(item.type)) break;
          acts.add(item.id);
          if (item.type === 'agent_message') lastMessage = item.text ?? null;
          break;
        }
        case 'turn.completed': {
          const spent = turnCompleted.safeParse(value).data?.usage;
          ended = 'completed';
          usage =
            spent === undefined
              ? 'unknown'
              : { inputTokens: spent.input_tokens, outputTokens: spent.output_tokens, costUsd: null };
          break;
        }
        case 'turn.failed':
          ended = failureOf(turnFailed.safeParse(value).data?.error.message ?? 'the turn failed');
          // It reports nothing here. Without any act of the model there was nothing to report.
          usage = acts.size === 0 ? { inputTokens: 0, outputTokens: 0, costUsd: null } : 'unknown';
          break;
      }
    },
    reading(): Reading {
      return {
        session,
        turns: acts.size,
        seen: { tokens: usage === 'unknown' ? 0 : usage.inputTokens + usage.outputTokens, costUsd: 0 },
        finalMessage: ended === 'completed' ? lastMessage : null,
        failure: ended === 'completed' ? null : ended,
        usage,
      };
    },
  };
}

/** JSON strings are TOML strings. */
const toml = (text: string): string => JSON.stringify(text);

/**
 * The isolation around the process is the boundary, not the CLI's sandbox: that one needs user namespaces not every
 * machine allows, and would keep the agent from its outbox.
 */
function config({ keyVariable, baseUrl, ownRetries }: CliTry): string {
  return `model_provider = "wave"
approval_policy = "never"
sandbox_mode = "danger-full-access"
web_search = "disabled"
check_for_update_on_startup = false
# A login shell would set PATH anew, without the \`wave\` command.
allow_login_shell = false

[analytics]
enabled = false

[feedback]
enabled = false

[shell_environment_policy]
inherit = "all"
exclude = [${toml(keyVariable)}]

[model_providers.wave]
name = "wave"
base_url = ${toml(baseUrl)}
env_key = ${toml(keyVariable)}
wire_api = "responses"
request_max_retries = ${ownRetries}
stream_max_retries = ${ownRetries}
`;
}

export const codexCli: ModelCli = {
  id: 'codex',
  program: 'codex',
  npmPackage: '@openai/codex',
  keyVariables: () => ['OPENAI_API_KEY', 'CODEX_API_KEY'],
  baseUrlVariable: () => 'OPENAI_BASE_URL',
  provider: () => 'https://api.openai.com/v1',
  usageOf: 'session',
  home: (at) => [{ path: '.codex/config.toml', content: config(at) }],
  env: () => ({}),
  args: ({ model, resume }) => [
    'exec',
    ...(resume === null ? [] : ['resume']),
    '--json',
    '--skip-git-repo-check',
    ...(model === null ? [] : [`--model=${model}`]),
    ...(resume === null ? [] : [resume]),
    '-',
  ],
  reader: codexReader,
  session: {
    kind: 'file',
    folder: '.codex/sessions',
    named: (session) => (name) => name.startsWith('rollout-') && name.endsWith(`-${session}.jsonl`),
    // It looks a session up by the id at the end of the name; the date only sorts.
    restored: (session) => `.codex/sessions/2000/01/01/rollout-2000-01-01T00-00-00-${session}.jsonl`,
  },
};
