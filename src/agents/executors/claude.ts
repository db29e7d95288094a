/**
 * Claude Code, headless: `claude -p --output-format stream-json` (checked with 2.1; code.claude.com/docs, "headless",
 * "settings", "env-vars").
 */
import { z } from 'zod';
import type { Usage } from '../../journal/index.ts';
import { addUsage, NO_USAGE } from '../usage.ts';
import type { CliTry, ModelCli } from './model-cli.ts';
import {
  count,
  dollars,
  eventOf,
  type Failure,
  isRefusedForNow,
  type Reading,
  sessionId,
  type TranscriptReader,
} from './transcript.ts';

/** No web tools, no worktrees, no schedules: what stays is what works in the clone. */
const TOOLS = ['Bash', 'Edit', 'NotebookEdit', 'Read', 'Write'];

const assistant = z.looseObject({
  session_id: sessionId,
  parent_tool_use_id: z.string().nullish(),
  message: z.looseObject({
    id: z.string(),
    model: z.string(),
    usage: z.looseObject({
      input_tokens: count,
      output_tokens: count,
      cache_creation_input_tokens: count.nullish(),
      cache_read_input_tokens: count.nullish(),
    }),
  }),
});
const modelUsage = z.record(
  z.string(),
  z.looseObject({
    inputTokens: count,
    outputTokens: count,
    cacheReadInputTokens: count,
    cacheCreationInputTokens: count,
    costUSD: dollars,
  }),
);
const result = z.looseObject({
  subtype: z.string(),
  is_error: z.boolean(),
  session_id: sessionId,
  num_turns: count,
  result: z.string().nullish(),
  api_error_status: z.number().int().nullish(),
  /** Unlike `total_cost_usd` and `modelUsage`, without the session's earlier runs. */
  model_usage_since_last_result: modelUsage.nullish(),
});

const usageIn = (usage: z.infer<typeof modelUsage>): Usage =>
  Object.values(usage).reduce<Usage>(
    (sum, one) =>
      addUsage(sum, {
        inputTokens: one.inputTokens + one.cacheReadInputTokens + one.cacheCreationInputTokens,
        outputTokens: one.outputTokens,
        costUsd: one.costUSD,
      }),
    NO_USAGE,
  );

function failureOf(end: z.infer<typeof result>): Failure | null {
  if (!end.is_error && end.subtype === 'success') return null;
  const message = end.result ?? end.subtype;
  if (end.subtype === 'error_max_turns') return { kind: 'turns', message };
  if (end.subtype === 'error_max_budget_usd') return { kind: 'cost', message };
  return { kind: isRefusedForNow(end.api_error_status) ? 'refused-for-now' : 'failed', message };
}

/** Reads `stream-json`. A run that was woken again by its own background work has several results; the last one counts. */
export function claudeReader(): TranscriptReader {
  const answers = new Map<string, number>();
  let session: string | null = null;
  let usage: Usage = NO_USAGE;
  let end: z.infer<typeof result> | null = null;
  return {
    event(value) {
      const type = eventOf.safeParse(value).data?.type;
      if (type === 'assistant') {
        const { data } = assistant.safeParse(value);
        // An answer of a subagent is no turn of its own; `<synthetic>` is the CLI speaking.
        if (data === undefined || data.message.model === '<synthetic>') return;
        session = data.session_id;
        const { usage: spent } = data.message;
        // Each block of an answer is an event of its own, under the same id.
        if (data.parent_tool_use_id == null || !answers.has(data.message.id))
          answers.set(
            data.message.id,
            spent.input_tokens +
              spent.output_tokens +
              (spent.cache_creation_input_tokens ?? 0) +
              (spent.cache_read_input_tokens ?? 0),
          );
      } else if (type === 'result') {
        const { data } = result.safeParse(value);
        if (data === undefined) return;
        session = data.session_id;
        end = data;
        const since = data.model_usage_since_last_result;
        usage = addUsage(usage, since == null ? 'unknown' : usageIn(since));
      }
    },
    reading(): Reading {
      const failure = end === null ? null : failureOf(end);
      const told = end !== null && usage !== 'unknown' ? usage : null;
      return {
        session,
        turns: answers.size,
        seen: {
          tokens: told ? told.inputTokens + told.outputTokens : answers.values().reduce((a, b) => a + b, 0),
          costUsd: told?.costUsd ?? 0,
        },
        finalMessage: end !== null && failure === null ? (end.result ?? null) : null,
        failure,
        usage: end === null ? 'unknown' : usage,
      };
    },
  };
}

function settings(): unknown {
  return {
    permissions: { allow: TOOLS, defaultMode: 'dontAsk' },
    attribution: { commit: '', pr: '' },
    disableAllHooks: true,
  };
}

/** Its own settings alone: those of the clone could name hooks, other servers of models, or another key. */
function args({ model, limits, resume }: CliTry): readonly string[] {
  return [
    '-p',
    '--output-format=stream-json',
    '--verbose',
    '--permission-mode=dontAsk',
    '--setting-sources=user',
    '--strict-mcp-config',
    `--tools=${TOOLS.join(',')}`,
    ...(model === null ? [] : [`--model=${model}`]),
    ...(limits.turns === undefined ? [] : [`--max-turns=${limits.turns}`]),
    ...(limits.costUsd === undefined ? [] : [`--max-budget-usd=${limits.costUsd}`]),
    ...(resume === null ? [] : [`--resume=${resume}`]),
  ];
}

export const claudeCli: ModelCli = {
  id: 'claude',
  program: 'claude',
  npmPackage: '@anthropic-ai/claude-code',
  keyVariables: () => ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN'],
  baseUrlVariable: () => 'ANTHROPIC_BASE_URL',
  provider: () => 'https://api.anthropic.com',
  usageOf: 'run',
  home: ({ instructions }) => [
    { path: '.claude/settings.json', content: `${JSON.stringify(settings(), null, 2)}\n` },
    // Settings of the clone are not read, and with them its instructions would be left out too.
    {
      path: '.claude/CLAUDE.md',
      content: instructions.map((file) => `@${file.replaceAll(' ', '\\ ')}\n`).join(''),
    },
  ],
  env: ({ baseUrl, ownRetries }) => ({
    ANTHROPIC_BASE_URL: baseUrl,
    CLAUDE_CODE_MAX_RETRIES: String(ownRetries),
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
    DISABLE_TELEMETRY: '1',
    DISABLE_ERROR_REPORTING: '1',
    CLAUDE_CODE_DISABLE_AUTO_MEMORY: '1',
    // Nothing may wake it again after it has ended.
    CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1',
    CLAUDE_CODE_DISABLE_CRON: '1',
    // An `@name` in a prompt is a person or a text, not a file to read.
    CLAUDE_CODE_DISABLE_FILE_MENTIONS: '1',
  }),
  args,
  reader: claudeReader,
  session: {
    kind: 'file',
    folder: '.claude/projects',
    named: (session) => (name) => name === `${session}.jsonl`,
    // It looks a session up by its id in all of its project folders.
    restored: (session) => `.claude/projects/restored/${session}.jsonl`,
  },
};
