/** Why a refused wave was not tried again by itself. */
import type { GiveUp } from '../closure/index.ts';
import { listed, plural, visible } from './text.ts';

/** One sentence; empty where no retry was to be expected. */
export const giveUpSentence = (why: GiveUp): string => {
  switch (why.code) {
    case 'retries-spent':
      return why.retries === 0 ? '' : `tried again ${plural(why.retries, 'time')}, as often as allowed`;
    case 'edit-first':
      return `not tried again: no attempt clears ${listed(why.codes.map(visible))} before a file says something else`;
    case 'no-progress':
      return `not tried again: it failed as in attempt ${why.since}, on the same work`;
    case 'nobody-to-relaunch':
      return `not tried again: ${why.by.length === 0 ? 'the stewards say' : `${listed(why.by.map(visible))} ${why.by.length === 1 ? 'says' : 'say'}`} no, and nobody is named who could mend it; a request to its owner names somebody`;
    case 'base-moved':
      return 'not tried again: the branch moved on, and a new run starts from there';
  }
};
