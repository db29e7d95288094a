/** opencode, headless: `opencode run --format json` (checked with 1.18; opencode.ai/docs, "cli", "config", "permissions"). */
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

const text = z.looseObject({ part: z.looseObject({ messageID: z.string(), text: z.string() }) });
const stepFinish = z.looseObject({
  part: z.looseObject({
    messageID: z.string(),
    reason: z.string(),
    cost: dollars,
    tokens: z.looseObject({
      input: count,
      output: count,
      reasoning: count,
      cache: z.looseObject({ read: count, write: count }),
    }),
  }),
});
const error = z.looseObject({
  error: z.looseObject({
    name: z.string(),
    data: z
      .looseObject({ message: z.string().optional(), statusCode: z.number().int().optional() })
      .optional(),
  }),
});
const ofSession = z.looseObject({ sessionID: sessionId });

/** Reads `--format json`. The final message is the text of the one answer that ended with `stop`. */
export function opencodeReader(): TranscriptReader {
  let session: string | null = null;
  let turns = 0;
  let usage: Usage = NO_USAGE;
  let said: { message: string; parts: string[] } = { message: '', parts: [] };
  let finalMessage: string | null = null;
  let failure: Failure | null = null;
  const step = (data: z.infer<typeof stepFinish> | undefined) => {
    if (data === undefined) {
      usage = 'unknown';
      return;
    }
    const { cost, reason, messageID, tokens } = data.part;
    usage = addUsage(usage, {
      inputTokens: tokens.input + tokens.cache.read + tokens.cache.write,
      outputTokens: tokens.output + tokens.reasoning,
      costUsd: cost,
    });
    if (reason === 'stop') finalMessage = said.message === messageID ? said.parts.join('\n') : '';
    else if (reason !== 'tool-calls') failure = { kind: 'failed', message: `the model stopped: ${reason}` };
  };
  return {
    event(value) {
      session ??= ofSession.safeParse(value).data?.sessionID ?? null;
      switch (eventOf.safeParse(value).data?.type) {
        case 'step_start':
          turns++;
          finalMessage = null;
          break;
        case 'text': {
          const part = text.safeParse(value).data?.part;
          if (part === undefined) break;
          if (part.messageID !== said.message) said = { message: part.messageID, parts: [] };
          said.parts.push(part.text);
          break;
        }
        case 'step_finish':
          step(stepFinish.safeParse(value).data);
          break;
        case 'error': {
          const data = error.safeParse(value).data?.error;
          failure = {
            kind: isRefusedForNow(data?.data?.statusCode) ? 'refused-for-now' : 'failed',
            message: data?.data?.message ?? data?.name ?? 'an error without a name',
          };
          break;
        }
      }
    },
    reading(): Reading {
      return {
        session,
        turns,
        seen:
          usage === 'unknown'
            ? { tokens: 0, costUsd: 0 }
            : { tokens: usage.inputTokens + usage.outputTokens, costUsd: usage.costUsd ?? 0 },
        finalMessage: failure === null ? finalMessage : null,
        failure,
        // Whatever step was under way when it ended otherwise is in no event.
        usage: finalMessage !== null || failure !== null ? usage : 'unknown',
      };
    },
  };
}

/** `anthropic/claude-…` names its provider; without a model the key does. */
const providerOf = (model: string | null, keyVariable: string): string =>
  model?.includes('/')
    ? model.slice(0, model.indexOf('/'))
    : keyVariable.replace(/_API_KEY$/, '').toLowerCase();

const keyOf = (provider: string): string =>
  `${provider.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_')}_API_KEY`;

function config({ model, keyVariable, baseUrl, instructions }: CliTry): unknown {
  const provider = providerOf(model, keyVariable);
  // Anthropic's own variable is without the version, which this program's provider wants.
  const url = keyVariable.startsWith('ANTHROPIC_') ? `${baseUrl.replace(/\/$/, '')}/v1` : baseUrl;
  return {
    $schema: 'https://opencode.ai/config.json',
    autoupdate: false,
    share: 'disabled',
    permission: { '*': 'allow', question: 'deny', webfetch: 'deny', websearch: 'deny' },
    instructions,
    provider: {
      [provider]: {
        options: { apiKey: `{env:${keyVariable}}`, baseURL: url },
      },
    },
  };
}

/** As each provider's own variable has it. Others are named by `executors.opencode.baseUrl`. */
const PROVIDERS: Readonly<Record<string, string>> = {
  ANTHROPIC_API_KEY: 'https://api.anthropic.com',
  OPENAI_API_KEY: 'https://api.openai.com/v1',
  OPENROUTER_API_KEY: 'https://openrouter.ai/api/v1',
};

export const opencodeCli: ModelCli = {
  id: 'opencode',
  program: 'opencode',
  npmPackage: 'opencode-ai',
  keyVariables: (model) =>
    model?.includes('/') ? [keyOf(providerOf(model, ''))] : ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY'],
  baseUrlVariable: (keyVariable) => keyVariable.replace(/_API_KEY$/, '_BASE_URL'),
  provider: (keyVariable) => PROVIDERS[keyVariable] ?? null,
  usageOf: 'run',
  home: (at) => [
    { path: '.config/opencode/opencode.json', content: `${JSON.stringify(config(at), null, 2)}\n` },
  ],
  // The clone's own opencode.json and plugins would be code and servers somebody else chose.
  env: () => ({
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_PROJECT_CONFIG: '1',
    OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
    OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
    OPENCODE_DISABLE_SHARE: '1',
  }),
  args: ({ model, resume }) => [
    'run',
    '--format=json',
    '--pure',
    // Without one it would ask a model for a title.
    '--title=wave',
    ...(model === null ? [] : [`--model=${model}`]),
    ...(resume === null ? [] : [`--session=${resume}`]),
  ],
  reader: opencodeReader,
  session: {
    kind: 'command',
    print: (session) => ['export', session],
    read: (file) => ['import', file],
  },
};
