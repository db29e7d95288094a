/** What an agent that is launched again has to know first: why, and what it asked before that is still open. */
import type { LastRefusal } from '../closure/index.ts';
import { type EndReason, OPEN_STATUSES } from '../journal/index.ts';
import type { Inbox } from './inbox.ts';
import { visible } from './text.ts';
import { KIND_WORDS } from './wording.ts';

const said = ({ code, detail }: EndReason): string => `${visible(code)}: ${visible(detail)}`;

/** One line a reason, those about the agent first; what they quote was said by agents and programs. */
export const refusalLines = ({ own, others }: LastRefusal): readonly string[] => [
  ...own.map((one) => `yours: ${said(one)}`),
  ...others.map((one) => `${visible(one.agent ?? one.gate)}: ${said(one)}`),
];

/** One line an open record of the agent's own: its handle, what it is, whom it waits for, and what it says. */
export const openAskLines = ({ asks }: Pick<Inbox, 'asks'>): readonly string[] =>
  asks
    .filter(({ status }) => OPEN_STATUSES.has(status))
    .map(
      (one) =>
        `${visible(one.handle)} ${KIND_WORDS[one.kind]}${one.to.length === 0 ? '' : ` to ${visible(one.to.join(' '))}`}: ${visible(one.summary)}`,
    );
