import { expect, test } from 'vitest';
import { WaveFailure } from '../run/failure/index.ts';
import { type ActOptions, bodyOf, VERBS } from './task-act.ts';

const ALL: ActOptions = { repoRoot: '.', id: 'r', to: 'A9', response: 'Half to even.' };

/** What an act with a detail is refused with; null when it has a place for it. */
const refusal = (verb: (typeof VERBS)[number]): string | null => {
  try {
    bodyOf(verb, 'r', { ...ALL, detail: 'Because.' });
    return null;
  } catch (error) {
    return error instanceof WaveFailure ? `${error.code}: ${error.message}` : String(error);
  }
};

test('a detail is kept or refused, never dropped', () => {
  expect(
    VERBS.map((verb) => [verb, refusal(verb)]).filter(([, said]) => said !== null),
  ).toMatchInlineSnapshot(`
    [
      [
        "reassign",
        "bad-argument: reassign takes no --detail",
      ],
      [
        "escalate",
        "not-yours: an agent does not put a question before a person itself",
      ],
      [
        "mark-advisory",
        "bad-argument: mark-advisory takes no --detail",
      ],
      [
        "mark-stale",
        "bad-argument: mark-stale takes no --detail",
      ],
    ]
  `);
});
