/** `wave coord ask`, `wave coord wait`: what they print, and how they end. */

import { parseDuration } from '../contract/vocabulary/index.ts';
import { WaveFailure } from '../run/failure/index.ts';
import type { Speaker } from './agent-voice.ts';
import type { WaitEnd } from './agent-wait.ts';
import { print, printJson } from './terminal.ts';

/** Exit codes of `ask` and `wait` (docs/reference/cli.md). */
const EXIT = { settled: 0, asked: 3, later: 4, 'timed-out': 4 } as const;

export const timeoutOf = (text: string | undefined): number | null => {
  if (text === undefined) return null;
  const ms = parseDuration(text);
  if (ms !== null) return ms;
  throw new WaveFailure(
    'bad-argument',
    `“${text.slice(0, 40)}” is no duration`,
    'Say it like 90s, 5m or 1h30m; leave it out to wait as long as it takes.',
  );
};

export const ownRunOnly = (speaker: Speaker | null): Speaker => {
  if (speaker !== null) return speaker;
  throw new WaveFailure(
    'not-an-agent',
    'only an agent waits, in its own run',
    'At a shell, look instead: wave status, or wave feedback list for what people are asked.',
  );
};

/** The text for a terminal: answers for standard output, what to do for standard error. */
export const waitText = (end: WaitEnd): { readonly out: string; readonly err: string } => {
  switch (end.kind) {
    case 'settled':
      return {
        out: end.records.map(({ status, answer }) => answer?.text ?? status).join('\n'),
        err: end.records.length === 0 ? 'You have asked nothing that is open.' : '',
      };
    case 'asked':
      return {
        out: '',
        err: [
          'Others wait for you; look at this first, then wait again:',
          ...end.owed.map(({ handle, from, summary }) => `  ${handle} from ${from}: ${summary}`),
          '  wave coord answer <handle> "…"   or   wave coord ack <handle>, when it takes longer',
        ].join('\n'),
      };
    case 'later':
      return {
        out: '',
        err: [
          'No answer comes while you run:',
          ...end.records.map(
            ({ handle, summary, prospect, holders }) =>
              `  ${handle} ${summary}${prospect === 'later' ? `: ${holders.join(', ')} come${holders.length === 1 ? 's' : ''} after you` : ''}`,
          ),
          '  Go on with your best assumption and say it; or wave coord withdraw <handle>.',
        ].join('\n'),
      };
    case 'timed-out':
      return {
        out: '',
        err: [
          'No answer yet:',
          ...end.records.map(({ handle, summary }) => `  ${handle} ${summary}`),
          '  Wait again, go on without, or wave coord withdraw <handle>.',
        ].join('\n'),
      };
  }
};

/** Prints how a wait ended. @returns the exit code */
export const showWait = (end: WaitEnd, json: boolean): number => {
  if (json) printJson({ ok: end.kind === 'settled', ...end });
  else {
    const { out, err } = waitText(end);
    if (out !== '') print(out);
    if (err !== '') process.stderr.write(`${err}\n`);
  }
  return EXIT[end.kind];
};
