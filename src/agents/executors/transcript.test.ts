import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addUsage, NO_USAGE, usageSince } from '../usage.ts';
import { backoffMs } from './backoff.ts';
import { claudeReader } from './claude.ts';
import { codexReader } from './codex.ts';
import { opencodeReader } from './opencode.ts';
import { jsonLines } from './transcript.ts';

const valuesOf = (chunks: readonly Uint8Array[]): unknown[] => {
  const values: unknown[] = [];
  const lines = jsonLines((value) => values.push(value));
  for (const chunk of chunks) lines.push(chunk);
  lines.end();
  return values;
};

describe('jsonLines', () => {
  it('gives every value once, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.array(fc.nat(40)), (values, cuts) => {
        const bytes = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
        const chunks: Buffer[] = [];
        let at = 0;
        for (const cut of cuts) {
          chunks.push(bytes.subarray(at, at + cut));
          at += cut;
        }
        chunks.push(bytes.subarray(at));
        expect(valuesOf(chunks)).toEqual(values.map((value) => JSON.parse(JSON.stringify(value))));
      }),
    );
  });
  it('passes over what is no JSON, reads a last line without an end', () => {
    expect(valuesOf([Buffer.from('Hello\n{"a":1}\n{"b":\n\n[2]')])).toEqual([{ a: 1 }, [2]]);
  });
  it('skips the whole of a line nobody would write, and goes on after it', () => {
    const long = Buffer.alloc(8 * 1024 * 1024 + 1, 'x');
    expect(valuesOf([long, Buffer.from('{"forged":1}\n{"a":1}\n')])).toEqual([{ a: 1 }]);
  });
});

describe('readers', () => {
  const words = fc.constantFrom(
    'assistant',
    'result',
    'system',
    'thread.started',
    'item.completed',
    'turn.completed',
    'turn.failed',
    'error',
    'text',
    'step_start',
    'step_finish',
  );
  it.each([
    ['claude', claudeReader],
    ['codex', codexReader],
    ['opencode', opencodeReader],
  ])('%s takes anything and believes nothing of the wrong shape', (_, reader) => {
    const hostile = fc.oneof(
      fc.jsonValue(),
      fc.record({
        type: words,
        part: fc.jsonValue(),
        error: fc.jsonValue(),
        usage: fc.jsonValue(),
        session_id: fc.string(),
        thread_id: fc.string(),
        sessionID: fc.string(),
      }),
    );
    fc.assert(
      fc.property(fc.array(hostile), (values) => {
        const one = reader();
        for (const value of values) one.event(value);
        const { session, finalMessage, turns, seen } = one.reading();
        if (session !== null) expect(session).toMatch(/^[A-Za-z0-9][\w-]+$/);
        if (finalMessage !== null) expect(typeof finalMessage).toBe('string');
        expect(
          Number.isSafeInteger(turns) && Number.isFinite(seen.tokens) && Number.isFinite(seen.costUsd),
        ).toBe(true);
      }),
    );
  });

  it.each([
    ['exceeded retry limit, last status: 429 Too Many Requests', 'refused-for-now'],
    ['unexpected status 503 Service Unavailable: busy', 'refused-for-now'],
    ['We’re currently experiencing high demand, which may cause temporary errors.', 'refused-for-now'],
    ['unexpected status 401 Unauthorized: last status: 429', 'failed'],
    ['a tool said: exceeded retry limit, last status: 429', 'failed'],
  ])('codex: %s', (message, kind) => {
    const reader = codexReader();
    reader.event({ type: 'turn.failed', error: { message } });
    expect(reader.reading().failure?.kind).toBe(kind);
  });

  it('opencode: what it says between tools is not its final message', () => {
    const reader = opencodeReader();
    const tokens = { input: 1, output: 1, reasoning: 1, cache: { read: 1, write: 1 } };
    const part = (messageID: string, more: object) => ({
      sessionID: 'ses_01234567',
      part: { messageID, ...more },
    });
    reader.event({ type: 'step_start', ...part('m1', {}) });
    reader.event({ type: 'text', ...part('m1', { text: '[wave-gate] pass' }) });
    reader.event({ type: 'step_finish', ...part('m1', { reason: 'tool-calls', cost: 0.5, tokens }) });
    expect(reader.reading()).toMatchObject({ finalMessage: null, usage: 'unknown', turns: 1 });
    reader.event({ type: 'step_start', ...part('m2', {}) });
    reader.event({ type: 'text', ...part('m2', { text: 'One.' }) });
    reader.event({ type: 'text', ...part('m2', { text: 'Two.' }) });
    reader.event({ type: 'step_finish', ...part('m2', { reason: 'stop', cost: 0.25, tokens }) });
    expect(reader.reading()).toMatchObject({
      finalMessage: 'One.\nTwo.',
      usage: { inputTokens: 6, outputTokens: 4, costUsd: 0.75 },
    });
  });
  it('opencode: an error leaves no final message, whichever came first', () => {
    const tokens = { input: 1, output: 1, reasoning: 0, cache: { read: 0, write: 0 } };
    const stop = { type: 'step_finish', part: { messageID: 'm', reason: 'stop', cost: 0, tokens } };
    const error = { type: 'error', error: { name: 'APIError', data: { message: 'no', statusCode: 529 } } };
    for (const events of [
      [stop, error],
      [error, stop],
    ]) {
      const reader = opencodeReader();
      for (const event of events) reader.event(event);
      expect(reader.reading()).toMatchObject({ finalMessage: null, failure: { kind: 'refused-for-now' } });
    }
  });
  it('opencode: an answer that was cut is a failure', () => {
    const reader = opencodeReader();
    const tokens = { input: 1, output: 1, reasoning: 0, cache: { read: 0, write: 0 } };
    reader.event({ type: 'step_finish', part: { messageID: 'm', reason: 'length', cost: 0, tokens } });
    expect(reader.reading()).toMatchObject({
      finalMessage: null,
      failure: { kind: 'failed', message: 'the model stopped: length' },
    });
  });
});

describe('usage', () => {
  const usage = fc.record({
    inputTokens: fc.nat(),
    outputTokens: fc.nat(),
    costUsd: fc.nat(1e6).map((n) => n / 1e6),
  });
  it('what was before and what came since make the total', () => {
    fc.assert(
      fc.property(usage, usage, (a, b) => {
        expect(usageSince(addUsage(a, b), a)).toEqual(addUsage(NO_USAGE, b));
      }),
    );
  });
  it('an unknown part makes the total unknown, a part without a cost the cost', () => {
    const priced = { inputTokens: 1, outputTokens: 1, costUsd: 1 };
    expect([
      addUsage(priced, 'unknown'),
      usageSince('unknown', priced),
      addUsage(priced, { ...priced, costUsd: null }),
    ]).toEqual(['unknown', 'unknown', { inputTokens: 2, outputTokens: 2, costUsd: null }]);
  });
});

it('waits between nothing and the cap, the same for the same chance', () => {
  expect([1, 2, 3, 4, 5, 9].map((n) => backoffMs(n, 0.999_999))).toEqual([
    19_999, 39_999, 79_999, 159_999, 179_999, 179_999,
  ]);
  expect(backoffMs(3, 0)).toBe(0);
});
