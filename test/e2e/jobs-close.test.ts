/** The last job killed, cut off and refused at every point where the world could tell: run again, it ends the same. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { JobContext } from '../../src/run/index.ts';
import type { Fault, IncomingRequest } from '../twin/index.ts';
import { codeOf, goOn, type Played, playRun, rerun } from './jobs-story.ts';
import {
  checksOf,
  commentsOf,
  gatesOn,
  headOf,
  journalOf,
  keep,
  openWorld,
  type Told,
  tellSmall,
  type World,
} from './jobs-world.ts';

let world: World;
let told: Told;
let ready: Played;
let restore: () => Promise<void>;
beforeAll(async () => {
  world = await openWorld();
  told = await tellSmall(world);
  ready = await playRun(world, told, {}, 'close');
  restore = keep(world, told);
});
afterAll(() => world?.close());
beforeEach(() => restore());

/** Requests after which the world is another one. Between two of them it does not matter where a job dies. */
const changes = ({ method, path, query }: IncomingRequest): boolean => {
  if (path.includes('/api/v3/')) return method !== 'GET';
  if (path.includes('/twirp/')) return !/ListArtifacts|GetSigned/.test(path);
  if (path.startsWith('/_blob/')) return method !== 'GET';
  return path.endsWith('/git-receive-pack') && method === 'POST' && query.size === 0;
};

const onEveryChannel = (fault: (request: IncomingRequest) => Fault | Promise<Fault>): void => {
  Object.assign(world.twin.model.faults, { rest: fault, git: fault, artifact: fault, blob: fault });
};

/** What anybody can see at the end. */
const seen = () => ({
  head: headOf(world, told),
  checks: checksOf(world, told)
    .map((check) => `${check.name} ${check.headSha.slice(0, 7)} ${check.status} ${check.conclusion}`)
    .toSorted(),
  comments: commentsOf(world, told).map((comment) => comment.body.replaceAll(/state `[^`]*`/g, 'state')),
  journal: journalOf(world, told)
    .map((entry) => entry.body.type)
    .toSorted(),
  traces: world.twin.model.artifacts.filter(
    (one) => one.run === ready.run && one.finalized && one.name.includes('-trace-'),
  ).length,
});

describe('close', () => {
  let honest: ReturnType<typeof seen>;
  let written = 0;
  beforeAll(async () => {
    await restore();
    let changing = 0;
    onEveryChannel((request) => {
      if (changes(request)) changing++;
      return 'pass';
    });
    expect(codeOf(await goOn(world, told, ready, 'close'), 'close')).toBe(null);
    honest = seen();
    written = changing;
  });

  test('changes the world a known number of times, so that the tests below miss none', () => {
    // Entries, intent, branch; six checks and the one of the old head; published; comment; the trace in three requests.
    expect(written).toBe(3 + 7 + 1 + 1 + 3);
    expect(honest.journal.filter((type) => type === 'publish.done')).toHaveLength(1);
  });

  // One of each kind: entries, intent, branch, the first check, published, comment, trace.
  test.each([0, 1, 2, 3, 10, 11, 12])(
    'killed before its change number %i and run again: the same end',
    async (n) => {
      let changing = 0;
      onEveryChannel((request) => {
        if (changes(request)) changing++;
        return changing > n ? 'drop-request' : 'pass';
      });
      // Who is killed waits for nothing.
      const dead = async (): Promise<never> => {
        throw new Error('killed');
      };
      const dress = (_phase: string, context: JobContext): JobContext => ({
        ...context,
        sleep: (ms) => (changing > n ? dead() : context.sleep(ms)),
      });
      expect(codeOf(await goOn(world, told, ready, 'close', { dress }), 'close')).not.toBe(null);
      onEveryChannel(() => 'pass');
      const again = await rerun(world, told, ready, ['close']);
      expect(codeOf(again, 'close'), String(again.errors['close'])).toBe(null);
      const { traces, ...end } = seen();
      const { traces: _one, ...expected } = honest;
      expect(end).toEqual(expected);
      expect(traces).toBeGreaterThan(0);
    },
  );

  test.each([0, 1, 2, 3])(
    'the answer to its change number %i is lost: the same end, at the latest when run again',
    async (n) => {
      let changing = 0;
      onEveryChannel((request) => (changes(request) && changing++ === n ? 'drop-reply' : 'pass'));
      const first = await goOn(world, told, ready, 'close');
      onEveryChannel(() => 'pass');
      if (codeOf(first, 'close') !== null)
        expect(codeOf(await rerun(world, told, ready, ['close']), 'close')).toBe(null);
      const { traces: _many, ...end } = seen();
      const { traces: _one, ...expected } = honest;
      expect(end).toEqual(expected);
    },
  );

  test('run again when all is done: nothing changes but a trace of its own', async () => {
    await goOn(world, told, ready, 'close');
    const journal = journalOf(world, told);
    world.twin.model.forgetLog();
    const again = await rerun(world, told, ready, ['close']);
    expect(codeOf(again, 'close')).toBe(null);
    world.twin.model.assertSilence([]);
    expect(journalOf(world, told)).toEqual(journal);
  });

  test('run again after a refusal: nothing changes', async () => {
    await world.twin.model.commit(told.repository, { branch: 'topic', files: { 'other.txt': 'x\n' } });
    expect(codeOf(await goOn(world, told, ready, 'close'), 'close')).toBe('stale-verdict');
    const before = seen();
    world.twin.model.forgetLog();
    expect(codeOf(await rerun(world, told, ready, ['close']), 'close')).toBe('stale-verdict');
    world.twin.model.assertSilence([]);
    expect({ ...seen(), traces: 0 }).toEqual({ ...before, traces: 0 });
  });

  const isTopic = ({ path, method, body }: IncomingRequest): boolean =>
    path.endsWith('/git-receive-pack') &&
    method === 'POST' &&
    Buffer.from(body).toString('latin1').includes('refs/heads/topic');
  test.each([
    [
      'a rule',
      'push-rejected-by-rule',
      () =>
        world.twin.model.protect(
          told.repository,
          'refs/heads/topic',
          'GH013: Repository rule violations found for refs/heads/topic.',
        ),
    ],
    [
      'branch protection',
      'push-rejected-by-rule',
      () =>
        world.twin.model.protect(
          told.repository,
          'refs/heads/topic',
          'GH006: Protected branch update failed for refs/heads/topic.',
        ),
    ],
    [
      '403',
      'push-forbidden',
      () => onEveryChannel((request) => (isTopic(request) ? { status: 403 } : 'pass')),
    ],
    [
      'somebody who was faster',
      'push-lost-race',
      () =>
        onEveryChannel(async (request): Promise<Fault> => {
          if (isTopic(request))
            await world.twin.model.commit(told.repository, {
              branch: 'topic',
              files: { 'faster.txt': 'x\n' },
            });
          return 'pass';
        }),
    ],
  ] as const)(
    'its push is refused by %s: %s, said on the commit that was evaluated',
    async (_who, code, arrange) => {
      await arrange();
      const played = await goOn(world, told, ready, 'close');
      expect(codeOf(played, 'close')).toBe(code);
      expect(gatesOn(world, told)).toEqual([['completed', 'failure', `Not decided: ${code}`]]);
      expect(checksOf(world, told).filter((check) => check.headSha !== told.head)).toEqual([]);
      expect(journalOf(world, told).filter((entry) => entry.body.type === 'publish.done')).toEqual([]);
      expect(commentsOf(world, told)[0]?.body).toContain(code);
    },
  );
});

test('everything after plan was cancelled: close is red and the gate is concluded', async () => {
  const other = await tellSmall(world);
  const planned = await playRun(world, other, {}, 'agent');
  const played = await goOn(world, other, planned, 'close');
  expect(codeOf(played, 'close')).toBe('agent-not-run');
  expect(gatesOn(world, other).map(([status, conclusion]) => [status, conclusion])).toEqual([
    ['completed', 'failure'],
  ]);
  expect(
    journalOf(world, other).findLast((entry) => entry.body.type === 'attempt.ended')?.body,
  ).toMatchObject({ outcome: 'refused', code: 'agent-not-run' });
});
