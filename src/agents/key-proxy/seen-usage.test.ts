import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { usageReader } from './seen-usage.ts';

const events = (...data: readonly unknown[]): string =>
  data.map((one) => `event: x\ndata: ${typeof one === 'string' ? one : JSON.stringify(one)}\n\n`).join('');
const read = (text: string, size: number, type = 'text/event-stream; charset=utf-8') => {
  const reader = usageReader(type);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
  return reader.end();
};

const ANSWERS: Readonly<Record<string, readonly [string, string, unknown]>> = {
  'Messages, streamed': [
    'text/event-stream',
    events(
      {
        type: 'message_start',
        message: {
          usage: {
            input_tokens: 10,
            cache_read_input_tokens: 5,
            cache_creation_input_tokens: 2,
            output_tokens: 1,
          },
        },
      },
      { type: 'content_block_delta', delta: { text: 'data: {"usage":{"input_tokens":999}} é' } },
      { type: 'message_delta', usage: { output_tokens: 20 } },
      { type: 'message_delta', usage: { output_tokens: 42 } },
      { type: 'message_stop' },
    ),
    { inputTokens: 17, outputTokens: 42 },
  ],
  'Messages, whole': [
    'application/json',
    '{"usage":{"input_tokens":3,"output_tokens":4}}',
    { inputTokens: 3, outputTokens: 4 },
  ],
  'Responses, streamed': [
    'text/event-stream',
    events(
      { type: 'response.created', response: { usage: null } },
      {
        type: 'response.completed',
        response: { usage: { input_tokens: 7, output_tokens: 8, total_tokens: 15 } },
      },
    ),
    { inputTokens: 7, outputTokens: 8 },
  ],
  'Chat Completions, streamed': [
    'text/event-stream',
    events(
      { choices: [], usage: null },
      { choices: [], usage: { prompt_tokens: 5, completion_tokens: 6 } },
      '[DONE]',
    ),
    { inputTokens: 5, outputTokens: 6 },
  ],
  'cut off before the end': ['text/event-stream', events({ type: 'response.created', response: {} }), null],
  'without usage': ['application/json', '{"id":"x"}', null],
  'not what it says': ['application/json', '<html>', null],
  'numbers no count can be': ['application/json', '{"usage":{"input_tokens":-3,"output_tokens":1e99}}', null],
};

describe('usageReader', () => {
  it.each(Object.entries(ANSWERS))('%s', (_, [type, text, expected]) => {
    for (const size of [1, 7, 100_000]) expect(read(text, size, type)).toEqual(expected);
  });
  it('never throws, and counts nothing negative', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 300 }),
        fc.jsonValue(),
        fc.integer({ min: 1, max: 50 }),
        (text, value, size) => {
          const seen = read(events(text, { usage: value }, { message: value, response: value }), size);
          if (seen !== null) expect(Math.min(seen.inputTokens, seen.outputTokens)).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
  it('gives a line without an end up instead of keeping it', () => {
    expect(read(`data: ${'x'.repeat(5 * 1024 * 1024)}`, 64 * 1024)).toBeNull();
  });
});
