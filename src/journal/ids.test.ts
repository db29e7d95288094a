import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  agentEntryId,
  commentEntryId,
  factId,
  handleOf,
  instanceId,
  parseInstanceId,
  timerId,
} from './ids.ts';
import { INSTANCE_PATTERN } from './schema.ts';

describe('ids', () => {
  it('come from the cause', () => {
    expect([
      agentEntryId('r1', 2, 'A1', 7),
      factId('r1', 2, 'close', 'published'),
      commentEntryId(991, 0),
      timerId('r1.2.A1.7', 'ack', 3),
    ]).toEqual(['r1.2.A1.7', 'r1.2.close.published', 'gh.991.0', 'timer.r1.2.A1.7.ack.3']);
  });
});

describe('an instance', () => {
  it.each([
    [{ kind: 'local' }, 'main/wave-3/local'],
    [{ kind: 'pr', number: 12 }, 'main/wave-3/pr-12'],
    [{ kind: 'branch', name: 'main' }, 'main/wave-3/branch-main'],
    [{ kind: 'branch', name: 'Release/1.x' }, 'main/wave-3/branch-release-1.x'],
  ] as const)('from %j is %s', (origin, expected) => {
    const instance = instanceId('main', 3, origin);
    expect(instance).toBe(expected);
    expect(instance).toMatch(INSTANCE_PATTERN);
    expect(parseInstanceId(instance)).toEqual({
      lane: 'main',
      wave: 3,
      origin: expected.slice('main/wave-3/'.length),
    });
  });

  it.each([
    '',
    'main',
    'main/wave-3',
    'main/wave-x/local',
    '../wave-3/local',
    'main/wave-3/..',
    'main/wave-3/pr-',
    'Main/wave-3/local',
    'main/wave-3/local\n',
  ])('is not %j', (text) => expect(text).not.toMatch(INSTANCE_PATTERN));
});

describe('a handle', () => {
  it('is short, stable and says who spoke', () => {
    expect(handleOf('A2', 'r1.1.A2.1')).toMatchInlineSnapshot(`"A2-pebb"`);
    expect(handleOf('operator', 'gh.12.0')).toMatchInlineSnapshot(`"operator-nwqe"`);
  });

  it('is four base32 digits, the first twenty bits of the digest', () => {
    fc.assert(
      fc.property(fc.string(), (id) => {
        expect(handleOf('A1', id)).toMatch(/^A1-[a-z2-7]{4}$/);
        expect(handleOf('A1', id)).toBe(handleOf('A1', id));
      }),
    );
    const handles = new Set(Array.from({ length: 2000 }, (_, n) => handleOf('A1', `r1.1.A1.${n}`)));
    expect(handles.size).toBeGreaterThan(1990);
  });
});
