/**
 * What a model's answers say they cost, read as they pass: server-sent events or JSON, in the three wire formats the CLIs
 * speak. The bytes are the provider's, and still only counted, never acted on.
 */
import { z } from 'zod';

const count = z.number().int().nonnegative().max(1e12);
const messages = z.looseObject({
  input_tokens: count.nullish(),
  output_tokens: count.nullish(),
  cache_creation_input_tokens: count.nullish(),
  cache_read_input_tokens: count.nullish(),
});
const chat = z.looseObject({ prompt_tokens: count, completion_tokens: count });
/** Where the usage stands: at the top, in `message` (message_start), in `response` (response.completed). */
const carrier = z.looseObject({
  usage: z.unknown().optional(),
  message: z.looseObject({ usage: z.unknown().optional() }).optional().catch(undefined),
  response: z.looseObject({ usage: z.unknown().optional() }).optional().catch(undefined),
});

/** Tokens; input counts cached input too. */
export type SeenUsage = { readonly inputTokens: number; readonly outputTokens: number };

const MAX_LINE = 4 * 1024 * 1024;

/** Reads one answer. */
export const usageReader = (
  contentType: string,
): { readonly push: (chunk: Buffer) => void; readonly end: () => SeenUsage | null } => {
  const events = /^text\/event-stream\b/i.test(contentType);
  const decoder = new TextDecoder();
  let held = '';
  let lost = false;
  let input: number | null = null;
  let output: number | null = null;

  const take = (text: string): void => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return;
    }
    const { data } = carrier.safeParse(value);
    const usage = data?.usage ?? data?.message?.usage ?? data?.response?.usage;
    const byChat = chat.safeParse(usage).data;
    const byMessages = messages.safeParse(usage).data;
    if (byChat !== undefined) [input, output] = [byChat.prompt_tokens, byChat.completion_tokens];
    else if (byMessages !== undefined) {
      // The counts of an answer grow; the last word on each stands.
      if (byMessages.input_tokens != null)
        input =
          byMessages.input_tokens +
          (byMessages.cache_creation_input_tokens ?? 0) +
          (byMessages.cache_read_input_tokens ?? 0);
      if (byMessages.output_tokens != null) output = byMessages.output_tokens;
    }
  };
  const lines = (): void => {
    const all = held.split(/\r?\n/);
    held = all.pop() ?? '';
    for (const line of all) if (line.startsWith('data:')) take(line.slice(5));
  };
  return {
    push(chunk) {
      if (lost) return;
      held += decoder.decode(chunk, { stream: true });
      if (events) lines();
      if (held.length > MAX_LINE) {
        lost = true;
        held = '';
      }
    },
    end() {
      if (events) {
        held += '\n';
        lines();
      } else take(held);
      return lost || input === null || output === null ? null : { inputTokens: input, outputTokens: output };
    },
  };
};
