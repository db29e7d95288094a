/** An honest story, told job by job: it closes, and GitHub sees exactly what it should. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tell } from './act-story.ts';
import { codeOf, labelled, playRun } from './jobs-story.ts';
import {
  checksOf,
  commentsOf,
  gatesOn,
  gitIn,
  headOf,
  journalOf,
  openWorld,
  type Told,
  tellSmall,
  type World,
} from './jobs-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

const CHECKS = [
  'wave/cont-eval',
  'wave/cont-qa',
  'wave/documentation',
  'wave/implementation',
  'wave/integration',
  'wave/security',
];
const commandWave = async (): Promise<Told> => {
  const repository = 'acme/command';
  const { base, head, number, plan } = await tell({ ...world, release: '' }, repository, null);
  return { repository, base, head, number, wave: plan.wave };
};

test.each<readonly [string, () => Promise<Told>, string]>([
  ['local', () => tellSmall(world), 'Two files of wave 1'],
  ['command', commandWave, 'Read and write amounts'],
])('a wave of agents on %s closes', async (_executor, make, title) => {
  const told = await make();
  world.twin.model.forgetLog();
  world.twin.model.calls.clear();
  const played = await playRun(world, told, { event: await labelled(world, told) });
  expect(played.errors, played.log.join('\n')).toEqual({});
  expect(codeOf(played, 'close')).toBe(null);
  expect(played.results).toEqual({
    plan: 'success',
    'agent A1': 'success',
    'agent A2': 'success',
    record: 'success',
    prove: 'success',
    'steward-4': 'success',
    'prove-again': 'success',
    'steward-5': 'success',
    close: 'success',
  });

  // Each costs a round trip to GitHub: the commits and the state branch for every job; a look and a push for what is said.
  expect(
    Object.fromEntries([...world.twin.model.calls].filter(([name]) => name.startsWith('git:')).toSorted()),
  ).toEqual({
    'git:git-receive-pack': 6,
    'git:git-receive-pack:refs': 6,
    'git:git-upload-pack': 31,
    'git:git-upload-pack:refs': 23,
  });

  const pushed = headOf(world, told);
  expect(gitIn(world, told, 'log', '-1', '--format=%s', 'topic').trim()).toBe(title);
  expect(
    checksOf(world, told, pushed)
      .map((check) => [check.name, check.conclusion])
      .toSorted(),
  ).toEqual(CHECKS.map((name) => [name, 'success']));
  expect(gatesOn(world, told).map(([status, conclusion]) => [status, conclusion])).toEqual([
    ['completed', 'cancelled'],
  ]);
  expect(commentsOf(world, told).map((comment) => comment.body.includes('**Closed**'))).toEqual([true]);
  world.twin.model.assertSilence([
    { what: 'check.created', where: { name: 'wave/cont-qa', sha: told.head, status: 'in_progress' } },
    ...CHECKS.map((name) => ({
      what: 'check.created' as const,
      where: { name, sha: pushed, conclusion: 'success' },
    })),
    { what: 'check.updated', where: { name: 'wave/cont-qa', sha: told.head, conclusion: 'cancelled' } },
    { what: 'comment.created', where: { issue: told.number } },
    { what: 'comment.updated', where: { issue: told.number } },
    { what: 'push', where: { ref: 'refs/heads/topic' } },
    { what: 'push', times: 'any', where: { ref: 'refs/heads/wave-state' } },
  ]);
  const entries = journalOf(world, told);
  expect(entries.map((entry) => entry.seq)).toEqual(entries.map((_, i) => i + 1));
  expect(entries.at(-1)?.body).toMatchObject({ type: 'attempt.ended', outcome: 'closed' });
  // What jobs hand each other is what they said hello for, once each.
  expect(
    world.twin.model.artifacts.filter(
      (one) => one.run === played.run && one.finalized && /^wave-(?!outbox).*~/.test(one.name),
    ),
  ).toEqual([]);
});
