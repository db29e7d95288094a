/** The first job: who may start what, and what is said when nothing starts. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { pullRequestEvent, type Role, workflowDispatchEvent } from '../twin/index.ts';
import { codeOf, labelled, type Play, type Played, playRun, pullOf } from './jobs-story.ts';
import {
  checksOf,
  commentsOf,
  gatesOn,
  gitIn,
  keep,
  openWorld,
  type Setting,
  type Told,
  tellSmall,
  type World,
} from './jobs-world.ts';
import { SMALL_WAVE_FILES, smallWaveMarkdown } from './small-wave.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());
beforeEach(() => {
  world.twin.model.faults.rest = () => 'pass';
});

const plan = (told: Told, play: Play = {}): Promise<Played> => {
  world.twin.model.forgetLog();
  return playRun(world, told, play, 'agent');
};
const event = async (
  told: Told,
  more: Parameters<typeof pullRequestEvent>[2],
): Promise<NonNullable<Play['event']>> => ({
  name: 'pull_request_target',
  payload: await pullRequestEvent(world.twin, pullOf(world, told), more),
});
const refusal = (told: Told) =>
  [
    {
      what: 'check.created',
      where: { name: 'wave/cont-qa', sha: told.head, status: 'completed', conclusion: 'failure' },
    },
  ] as const;
const nothingIsWritten = (told: Told): void =>
  expect(gitIn(world, told, 'for-each-ref', 'refs/heads/wave-state')).toBe('');

describe('who asks', () => {
  let told: Told;
  let restore: () => Promise<void>;
  beforeAll(async () => {
    const roles: Record<string, Role> = {
      ann: 'admin',
      mia: 'maintain',
      wes: 'write',
      tom: 'triage',
      rob: 'read',
      nan: 'none',
    };
    told = await tellSmall(world, { roles });
    restore = keep(world, told);
  });
  test.each([
    ['ann', true],
    ['mia', true],
    ['wes', true],
    ['tom', false],
    ['rob', false],
    ['nan', false],
    ['stranger', false],
    ['evil[bot]', false],
    ['dependabot[bot]', false],
    ['github-actions[bot]', false],
    ['Copilot', false],
  ])('%s: %s', async (who, may) => {
    await restore();
    const played = await plan(told, { event: await labelled(world, told, who) });
    expect(played.plan?.kind).toBe(may ? 'run' : 'nothing');
    expect(codeOf(played, 'plan')).toBe(may ? null : 'not-authorised');
    if (!may) world.twin.model.assertSilence(refusal(told));
  });
  test('somebody who may not, while an attempt runs: the open gate stays as it is', async () => {
    await restore();
    await plan(told);
    world.twin.model.forgetLog();
    const played = await plan(told, { event: await labelled(world, told, 'tom') });
    expect(codeOf(played, 'plan')).toBe('not-authorised');
    world.twin.model.assertSilence([]);
  });
  test.each([404, 500, 403])('GitHub answers %i when asked who they are: refused', async (status) => {
    await restore();
    world.twin.model.faults.rest = ({ path }) => (path.endsWith('/permission') ? { status } : 'pass');
    const played = await plan(told);
    expect(codeOf(played, 'plan')).toBe('not-authorised');
    world.twin.model.assertSilence(refusal(told));
  });
});

test('a branch that is asked into two others: the check would count for both', async () => {
  const told = await tellSmall(world);
  await world.twin.model.commit(told.repository, { branch: 'lax', from: 'main', files: { 'x.txt': 'x' } });
  await world.twin.model.openPullRequest(told.repository, { head: 'topic', base: 'lax', user: 'ada' });
  expect(codeOf(await plan(told), 'plan')).toBe('head-shared');
  world.twin.model.assertSilence(refusal(told));
  nothingIsWritten(told);
});

describe('what is asked for', () => {
  const wave = 'docs/plans/waves/wave-1.md';
  const WEAKER: Setting = {
    head: {
      'wave.config.json': (SMALL_WAVE_FILES['wave.config.json'] ?? '').replace(
        /"requiredRoles": \[[^\]]*\]/,
        '"requiredRoles": []',
      ),
    },
  };
  const asked: readonly (readonly [string, string, Setting, string | undefined])[] = [
    ['a wave that is not in the commit', 'wave-not-found', {}, 'wave:7'],
    ['a wave that cannot be read', 'wave-invalid', { head: { [wave]: '# Wave 1 - Nothing\n' } }, undefined],
    [
      'a wave without a configuration on base, by somebody who may only write',
      'not-authorised',
      { base: { 'wave.config.json': null } },
      undefined,
    ],
    ['a head with a weaker policy than base', 'wave-invalid', WEAKER, undefined],
    [
      'an executor base does not allow',
      'wave-invalid',
      {
        head: {
          [wave]: smallWaveMarkdown(1).replace(
            '## Agent A1: First\n',
            '## Agent A1: First\n\n### Executor\n\n- id: claude\n',
          ),
        },
      },
      undefined,
    ],
  ];
  test.each(asked)('%s: %s, before any agent', async (_what, code, setting, label) => {
    const told = await tellSmall(world, setting);
    const played = await plan(told, { event: await labelled(world, told, 'ada', label) });
    expect(codeOf(played, 'plan')).toBe(code);
    world.twin.model.assertSilence(refusal(told));
    nothingIsWritten(told);
  });

  test('a weaker policy is named, with its place', async () => {
    const told = await tellSmall(world, WEAKER);
    await plan(told);
    const [check] = checksOf(world, told);
    expect(check?.output.summary).toContain('policy-weaker-than-base');
    expect(check?.annotations).toEqual([
      expect.objectContaining({ path: 'wave.config.json', start_line: expect.any(Number) }),
    ]);
  });

  test('an unreadable wave is annotated with file and line', async () => {
    const told = await tellSmall(world, {
      head: { [wave]: smallWaveMarkdown(1).replace('lib/first-1/first.ts', '../outside.ts') },
    });
    await plan(told);
    expect(checksOf(world, told)[0]?.annotations).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ path: wave, start_line: expect.any(Number), annotation_level: 'failure' }),
      ]),
    );
  });

  test('a label that is none of ours starts and posts nothing', async () => {
    const told = await tellSmall(world, { labels: ['bug'] });
    const played = await plan(told, { event: await labelled(world, told, 'ada', 'bug') });
    expect(played.plan?.kind).toBe('nothing');
    expect(played.results['plan']).toBe('success');
    world.twin.model.assertSilence([]);
  });

  test('a closed pull request starts nothing', async () => {
    const told = await tellSmall(world);
    Object.assign(pullOf(world, told), { state: 'closed' });
    const played = await plan(told);
    expect(played.plan).toMatchObject({ kind: 'nothing', red: false });
    world.twin.model.assertSilence([]);
  });

  test('a fork is told that a maintainer has to start it', async () => {
    const told = await tellSmall(world);
    await world.twin.model.addRepository({
      fullName: `eve/${told.repository.replace('/', '-')}`,
      forkOf: told.repository,
    });
    const head = await world.twin.model.commit(`eve/${told.repository.replace('/', '-')}`, {
      branch: 'theirs',
      from: 'topic',
      files: { 'x.txt': 'x' },
    });
    const pull = await world.twin.model.openPullRequest(told.repository, {
      head: 'theirs',
      headRepository: `eve/${told.repository.replace('/', '-')}`,
      user: 'eve',
      labels: ['wave:1'],
    });
    const played = await plan({ ...told, number: pull.number, head });
    expect(codeOf(played, 'plan')).toBe('fork');
    world.twin.model.assertSilence([{ what: 'check.created', where: { sha: head, conclusion: 'failure' } }]);
  });

  test.each([
    {},
    { wave: '1; rm -rf /', pr: '1' },
    { wave: '1', pr: '../../1' },
    { wave: '-1', pr: '1' },
    { wave: '9'.repeat(40), pr: '1' },
    { wave: '1', pr: '1', lane: '../../x' },
    { wave: '1', pr: '1', lane: 'a\nb' },
    { wave: '1', pr: '404' },
  ])('a dispatch with %j is refused', async (inputs) => {
    const told = await tellSmall(world);
    const payload = workflowDispatchEvent(world.twin, {
      repository: told.repository,
      workflow: '.github/workflows/wave.yml',
      inputs,
      sender: 'ada',
    });
    const played = await plan(told, { event: { name: 'workflow_dispatch', payload } });
    expect(played.results['plan']).toBe('failure');
    expect(played.ticket).toBe(null);
    world.twin.model.assertSilence([
      { what: 'check.created', times: 'any', where: { conclusion: 'failure' } },
    ]);
  });
});

describe('what runs already', () => {
  test('a second instance of the wave: instance-live, naming the first', async () => {
    const first = await tellSmall(world);
    await world.twin.model.commit(first.repository, {
      branch: 'other',
      from: 'topic',
      files: { 'other.txt': 'x' },
    });
    const pull = await world.twin.model.openPullRequest(first.repository, {
      head: 'other',
      user: 'ada',
      labels: ['wave:1'],
    });
    const running = await plan(first);
    world.twin.model.addJob({ run: running.run, key: 'agent', name: 'agent A1' });
    const second = { ...first, number: pull.number, head: pull.headSha };
    const played = await plan(second);
    expect(codeOf(played, 'plan')).toBe('instance-live');
    expect(checksOf(world, second, second.head)[0]?.output.summary).toContain(`pr-${first.number}`);
    world.twin.model.assertSilence(refusal(second));
  });

  test('the label put on twice: attempt-live, and the open gate stays open', async () => {
    const told = await tellSmall(world);
    const running = await plan(told);
    world.twin.model.addJob({ run: running.run, key: 'agent', name: 'agent A1' });
    const played = await plan(told);
    expect(codeOf(played, 'plan')).toBe('attempt-live');
    expect(played.ticket).toBe(null);
    expect(gatesOn(world, told).map(([status]) => status)).toEqual(['in_progress']);
  });
});

describe('opening and pushing', () => {
  test('without a label: success, and says there is no wave', async () => {
    const told = await tellSmall(world, { labels: [] });
    await plan(told, { event: await event(told, { action: 'opened' }) });
    expect(gatesOn(world, told)).toEqual([['completed', 'success', 'No wave in this pull request']]);
    world.twin.model.assertSilence([{ what: 'check.created', where: { sha: told.head } }]);
  });

  test('with a label: pending, and the run takes the check over', async () => {
    const told = await tellSmall(world);
    await plan(told, { event: await event(told, { action: 'opened' }) });
    expect(gatesOn(world, told)).toEqual([['queued', null, 'The wave has not run on this commit']]);
    await plan(told);
    expect(gatesOn(world, told).map(([status]) => status)).toEqual(['in_progress']);
  });

  test('our own push starts nothing and posts nothing', async () => {
    const told = await tellSmall(world);
    const played = await playRun(world, told);
    expect(codeOf(played, 'close')).toBe(null);
    const before = pullOf(world, told).headSha;
    world.twin.model.forgetLog();
    const after = await plan(told, {
      event: await event(told, { action: 'synchronize', before: told.head, sender: 'github-actions[bot]' }),
    });
    expect(after.plan).toMatchObject({ kind: 'nothing', red: false });
    world.twin.model.assertSilence([]);
    expect(pullOf(world, told).headSha).toBe(before);
    // The label once more, after it is complete: nothing starts, and what is green stays green.
    const once = await plan(told);
    expect(once.plan).toMatchObject({ kind: 'nothing', red: false });
    world.twin.model.assertSilence([]);
    expect(commentsOf(world, told)).toHaveLength(1);
  });

  test('what is pushed after a wave has closed is in no wave: red, not pending for ever', async () => {
    const told = await tellSmall(world);
    await playRun(world, told);
    const closed = pullOf(world, told).headSha;
    const head = await world.twin.model.commit(told.repository, {
      branch: 'topic',
      files: { 'more.txt': 'x\n' },
    });
    const pushed = await plan(told, { event: await event(told, { action: 'synchronize', before: closed }) });
    expect(pushed.plan).toMatchObject({ kind: 'nothing', red: false });
    await plan(told);
    expect(gatesOn(world, told, String(head))).toEqual([
      ['completed', 'failure', `Wave ${told.wave} closed on ${closed.slice(0, 7)}`],
    ]);
    expect(gatesOn(world, told, closed).map(([, conclusion]) => conclusion)).toEqual(['success']);
  });
});

test('the state branch is damaged when plan looks: red, and the commit says why', async () => {
  const told = await tellSmall(world);
  await world.twin.model.commit(told.repository, { branch: 'wave-state', files: { 'format-2': '' } });
  const played = await plan(told);
  expect(codeOf(played, 'plan')).toBe('format-unknown');
  expect(gatesOn(world, told)).toEqual([
    ['completed', 'failure', 'The wave could not be started: format-unknown'],
  ]);
});

test('the comment cannot be written: the gate that was opened is concluded', async () => {
  const told = await tellSmall(world);
  world.twin.model.faults.rest = ({ path, method }) =>
    path.endsWith('/comments') && method === 'POST' ? { status: 422, body: { message: 'no' } } : 'pass';
  const played = await plan(told);
  world.twin.model.faults.rest = () => 'pass';
  expect(played.results['plan']).toBe('failure');
  expect(gatesOn(world, told).filter(([status]) => status !== 'completed')).toEqual([]);
});
