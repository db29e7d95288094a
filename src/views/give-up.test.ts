import { expect, test } from 'vitest';
import type { GiveUp } from '../closure/index.ts';
import { giveUpSentence } from './give-up.ts';

test('every reason not to try again has its sentence', () => {
  const all: readonly GiveUp[] = [
    { code: 'retries-spent', retries: 0 },
    { code: 'retries-spent', retries: 1 },
    { code: 'retries-spent', retries: 3 },
    { code: 'edit-first', codes: ['isolation-below-policy', 'simulated-not-allowed'] },
    { code: 'no-progress', since: 2 },
    { code: 'nobody-to-relaunch', by: ['A0'] },
    { code: 'nobody-to-relaunch', by: ['A7', 'A8'] },
    { code: 'base-moved' },
  ];
  expect(all.map(giveUpSentence).join('\n')).toMatchInlineSnapshot(`
    "
    tried again 1 time, as often as allowed
    tried again 3 times, as often as allowed
    not tried again: no attempt clears isolation-below-policy and simulated-not-allowed before a file says something else
    not tried again: it failed as in attempt 2, on the same work
    not tried again: A0 says no, and nobody is named who could mend it; a request to its owner names somebody
    not tried again: A7 and A8 say no, and nobody is named who could mend it; a request to its owner names somebody
    not tried again: the branch moved on, and a new run starts from there"
  `);
});
