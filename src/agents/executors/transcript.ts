/**
 * What a model CLI prints while it works: one JSON value a line. Only the events each reader knows count; whatever else
 * stands on standard output is log.
 */
import { StringDecoder } from 'node:string_decoder';
import { z } from 'zod';
import type { Usage } from '../../journal/index.ts';

/** Characters. A longer line is skipped: no event we read is that long. */
const MAX_LINE = 8 * 1024 * 1024;

export type JsonLines = { push(chunk: Uint8Array): void; end(): void };

/** Cuts a byte stream into lines and gives on those that are JSON. Never throws, whatever comes. */
export function jsonLines(onValue: (value: unknown) => void): JsonLines {
  const decoder = new StringDecoder('utf8');
  let held = '';
  let skipping = false;
  const line = (text: string) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return;
    }
    onValue(value);
  };
  const take = (text: string) => {
    const parts = text.split('\n');
    for (const [index, part] of parts.entries()) {
      if (!skipping) held += part;
      if (held.length > MAX_LINE) {
        held = '';
        skipping = true;
      }
      if (index === parts.length - 1) break;
      if (!skipping && held !== '') line(held);
      held = '';
      skipping = false;
    }
  };
  return {
    push: (chunk) => take(decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))),
    end: () => take(`${decoder.end()}\n`),
  };
}

/** Why a try failed, from a structured error of this very try. */
export type Failure = {
  /** `refused-for-now`: the provider limits the rate or is overloaded, and asking again later may help. */
  readonly kind: 'refused-for-now' | 'turns' | 'cost' | 'failed';
  readonly message: string;
};

/** What a transcript says so far; with `finalMessage` or `failure` set, the CLI has said how it ended. */
export type Reading = {
  readonly session: string | null;
  readonly turns: number;
  /** Lower bounds while it runs. */
  readonly seen: { readonly tokens: number; readonly costUsd: number };
  /** Its structured result; null unless it ended well. */
  readonly finalMessage: string | null;
  readonly failure: Failure | null;
  /** What the CLI itself summed up, of this run or of the session so far (`ModelCli.usageOf`). */
  readonly usage: Usage;
};
export type TranscriptReader = { event(value: unknown): void; reading(): Reading };

/** HTTP 429, and the codes providers answer with when they are overloaded (Anthropic 529, OpenAI 503). */
export const isRefusedForNow = (status: number | null | undefined): boolean =>
  status === 429 || status === 529 || status === 503;

/** A count as the CLIs report them; what is no such number is not believed. */
export const count = z.number().int().nonnegative().max(1e12);
export const dollars = z.number().nonnegative().max(1e9);

/** A session id goes onto a command line again: nothing that could be an option or a path. */
export const sessionId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{7,99}$/);

export const eventOf = z.looseObject({ type: z.string() });
