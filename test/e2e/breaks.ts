import { join } from 'node:path';
import { expect } from 'vitest';
import { bodiesOf, journal, type Prepared, userSide } from './local-wave.ts';
import { git, makePlace, type Place, wave } from './wave-process.ts';

/** What each named break of the demo is refused with, and which gate alone is there to refuse it. */
export const BREAK_CODES = {
  'missing-deliverable': 'missing-deliverable',
  'stolen-file': 'path-not-owned',
  'forged-verdict': 'verdict-without-authority',
  'lying-proof': 'verify-failed',
  'quoted-marker': 'missing-wave-proof',
  'open-request': 'helper-assignment-open',
  'open-clarification': 'clarification-open',
  'eval-regression': 'cont-eval-regressions',
  'blocked-security': 'security-blocked',
  contradiction: 'contradiction-open',
  'ghost-component': 'missing-wave-component',
  'stale-verdict': 'stale-verdict',
  crash: 'agent-crashed',
  hang: 'agent-timed-out',
} as const;
export type BreakName = keyof typeof BREAK_CODES;
export const BREAK_NAMES = Object.keys(BREAK_CODES) as readonly BreakName[];

/** `wave demo --break …` in a place of its own. */
export const brokenDemo = async (
  places: Place[],
  ...args: readonly string[]
): Promise<{
  readonly place: Place;
  readonly repository: string;
  readonly shown: Awaited<ReturnType<typeof wave>>;
}> => {
  const place = await makePlace();
  places.push(place);
  const shown = await wave(place, ['demo', '--dir', join(place.dir, 'demo'), ...args]);
  return { place, repository: join(place.dir, 'demo', 'repository'), shown };
};

export const preparedAt = (place: Place, repository: string, number: number): Prepared => ({
  place,
  repository,
  wave: number,
  stateDir: join(repository, '.tmp', 'main-wave-launcher'),
});

/** The user's branch holds what it held, and what the break itself committed to it. */
export const expectBranchUntouched = async (one: Prepared, name: BreakName): Promise<void> => {
  const own = name === 'stale-verdict' ? ['A byte more'] : [];
  expect((await git(one.place, one.repository, 'log', '--format=%s')).split('\n')).toEqual([
    ...own,
    'A small library and a wave',
  ]);
  expect(await userSide(one)).toMatchObject({ branch: 'main', status: '' });
};

export const expectJournalRefused = (one: Prepared, code: string): void => {
  expect(journal(one).bad).toEqual([]);
  expect(bodiesOf(one, 'publish.done')).toEqual([]);
  expect(bodiesOf(one, 'attempt.ended')).toEqual([expect.objectContaining({ outcome: 'refused', code })]);
};
