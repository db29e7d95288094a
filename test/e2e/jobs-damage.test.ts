/**
 * The state branch damaged under a run, and the pull request moving: gates fail closed, and the gate that plan opened is
 * concluded and says why, whatever happens.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { asJob, forge, pushEntries } from './jobs-hostile.ts';
import { codeOf, goOn, type Moment, type Played, playRun } from './jobs-story.ts';
import {
  checksOf,
  commentsOf,
  gatesOn,
  gitIn,
  gitWith,
  headOf,
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

const git = (...args: readonly string[]): string => gitIn(world, told, ...args).trim();
const noise = { what: 'push', times: 'any', where: { ref: 'refs/heads/wave-state' } } as const;

/** A commit on the state branch with one thing more in its tree. */
const addToState = (mode: string, object: string, path: string): void => {
  const line = `${mode} ${mode === '160000' ? 'commit' : 'blob'} ${git('rev-parse', object)}\t${path}\n`;
  const tree = gitWith(world, told, gitIn(world, told, 'ls-tree', 'wave-state') + line, 'mktree').trim();
  git('update-ref', 'refs/heads/wave-state', git('commit-tree', tree, '-p', 'wave-state', '-m', 'more'));
};

const DAMAGE: readonly (readonly [string, string, () => void])[] = [
  [
    'wound back by force',
    'history-rewritten',
    () => void git('update-ref', 'refs/heads/wave-state', 'wave-state~1'),
  ],
  [
    'replaced by another history',
    'history-rewritten',
    () =>
      void git('update-ref', 'refs/heads/wave-state', git('commit-tree', 'wave-state^{tree}', '-m', 'anew')),
  ],
  ['deleted', 'state-missing', () => void git('update-ref', '-d', 'refs/heads/wave-state')],
  ['given a symlink', 'state-tree-invalid', () => addToState('120000', 'wave-state:format-1', 'lanes-link')],
  [
    'given an executable',
    'state-tree-invalid',
    () => addToState('100755', 'wave-state:format-1', 'format-1x'),
  ],
  ['given a submodule', 'state-tree-invalid', () => addToState('160000', 'wave-state', 'sub')],
  ['given another format', 'format-unknown', () => addToState('100644', 'wave-state:format-1', 'format-2')],
];

describe('the state branch is', () => {
  test.each(DAMAGE)('%s between cont-QA and close: %s', async (_how, code, damage) => {
    damage();
    const played = await goOn(world, told, ready, 'close');
    expect(codeOf(played, 'close')).toBe(code);
    expect(headOf(world, told)).toBe(told.head);
    expect(gatesOn(world, told)).toEqual([['completed', 'failure', `Not decided: ${code}`]]);
    expect(commentsOf(world, told)).toHaveLength(1);
    expect(commentsOf(world, told)[0]?.body).toContain(`**Not decided**: **${code}**`);
    world.twin.model.assertSilence([
      { what: 'check.updated', where: { name: 'wave/cont-qa', sha: told.head, conclusion: 'failure' } },
      { what: 'comment.updated', where: { issue: told.number } },
    ]);
  });

  test('mended after that: the job run again closes the wave', async () => {
    const tip = git('rev-parse', 'wave-state');
    git('update-ref', '-d', 'refs/heads/wave-state');
    await goOn(world, told, ready, 'close');
    git('update-ref', 'refs/heads/wave-state', tip);
    const again = await goOn(world, told, ready, 'close');
    expect(codeOf(again, 'close')).toBe(null);
    expect(gatesOn(world, told, headOf(world, told)).map(([, conclusion]) => conclusion)).toEqual([
      'success',
    ]);
    expect(commentsOf(world, told)[0]?.body).toContain('**Closed**');
  });

  test('written to with an id we are about to use: refused, and said', async () => {
    const squat = ({ ticket }: Moment): Promise<void> =>
      pushEntries(world, told, [
        {
          ...forge(ticket, asJob(ticket, 'prove'), {
            type: 'attempt.ended',
            attempt: 1,
            outcome: 'closed',
            code: 'closed',
          }),
          id: `${ticket.run}.1.prove.0`,
        },
      ]);
    const played = await goOn(world, told, ready, 'close', { before: { close: squat } });
    expect(codeOf(played, 'close')).toBe('id-conflict');
    expect(gatesOn(world, told)).toEqual([['completed', 'failure', 'Not decided: id-conflict']]);
  });
});

describe('the pull request moves between cont-QA and close', () => {
  const pushed = (files: Readonly<Record<string, string>>) => async (): Promise<void> => {
    await world.twin.model.commit(told.repository, { branch: 'topic', files });
  };
  test.each([
    ['another file', { 'other.txt': 'other\n' }],
    ['a file of an agent', { 'lib/first-1/first.ts': 'export const other = 1;\n' }],
    ['the wave file', { 'docs/plans/waves/wave-1.md': '# Wave 1 - Nothing\n' }],
  ])(
    'by a push of %s: stale-verdict, nothing is pushed on it, nothing is green anywhere',
    async (_what, files) => {
      const played = await goOn(world, told, ready, 'close', { before: { close: pushed(files) } });
      expect(codeOf(played, 'close')).toBe('stale-verdict');
      const head = headOf(world, told);
      expect(head).not.toBe(told.head);
      expect(git('rev-parse', `${head}^`)).toBe(told.head);
      // The commit that was not evaluated has no word about it; its own run will give one.
      expect(checksOf(world, told, head)).toEqual([]);
      expect(gatesOn(world, told).map(([status, conclusion]) => [status, conclusion])).toEqual([
        ['completed', 'failure'],
      ]);
      expect(
        checksOf(world, told).filter(
          (check) => check.name === 'wave/cont-qa' && check.conclusion === 'success',
        ),
      ).toEqual([]);
    },
  );

  test('the pull request asks into a branch with another policy meanwhile: the verdict is stale', async () => {
    const { model } = world.twin;
    await model.commit(told.repository, {
      branch: 'strict',
      from: 'main',
      files: { 'wave.config.json': '{ "version": 1, "projectName": "small" }' },
    });
    const pull = model.pulls.find((one) => one.repository === told.repository);
    const played = await goOn(world, told, ready, 'close', {
      before: { close: () => void Object.assign(pull ?? {}, { baseRef: 'strict' }) },
    });
    expect(codeOf(played, 'close')).toBe('stale-verdict');
    expect(headOf(world, told)).toBe(told.head);
  });
  test('the same branch is asked into another one meanwhile: nothing is pushed, no check is green', async () => {
    const { model } = world.twin;
    await model.commit(told.repository, { branch: 'other', from: 'main', files: { 'x.txt': 'x' } });
    const played = await goOn(world, told, ready, 'close', {
      before: {
        close: async () =>
          void (await model.openPullRequest(told.repository, { head: 'topic', base: 'other', user: 'ada' })),
      },
    });
    expect(codeOf(played, 'close')).toBe('head-shared');
    expect(headOf(world, told)).toBe(told.head);
    expect(gatesOn(world, told).map(([, conclusion]) => conclusion)).toEqual(['failure']);
  });
  test('the pull request was closed meanwhile: nothing is pushed', async () => {
    const pull = world.twin.model.pulls.find((one) => one.repository === told.repository);
    const played = await goOn(world, told, ready, 'close', {
      before: { close: () => void Object.assign(pull ?? {}, { state: 'closed' }) },
    });
    expect(codeOf(played, 'close')).toBe('pull-request-closed');
    expect(headOf(world, told)).toBe(told.head);
    expect(gatesOn(world, told).map(([status, conclusion]) => [status, conclusion])).toEqual([
      ['completed', 'failure'],
    ]);
    world.twin.model.assertSilence([
      noise,
      { what: 'check.updated' },
      { what: 'comment.updated' },
      { what: 'check.created', times: 'any' },
    ]);
  });
});
