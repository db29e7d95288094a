import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Script } from '../../src/demo/index.ts';
import { bodiesOf, journal, type Prepared, prepare, runJson, startRun, userSide } from './local-wave.ts';
import { preparePair } from './pair-story.ts';
import { strays, wave } from './wave-process.ts';

const made: Prepared[] = [];
afterEach(async () => {
  for (const one of made.splice(0)) await one.place.remove();
});
const prepared = async (...args: readonly string[]): Promise<Prepared> => {
  const one = await prepare(...args);
  made.push(one);
  return one;
};

/** The agents each attempt launched, in the order they were started. */
const launched = (one: Prepared): readonly (readonly string[])[] => {
  const byAttempt = new Map<number, string[]>();
  for (const { attempt, agent } of bodiesOf(one, 'agent.started'))
    byAttempt.set(attempt, [...(byAttempt.get(attempt) ?? []), agent]);
  return [...byAttempt.values()].map((agents) => agents.toSorted());
};

const coord = async (one: Prepared, ...args: readonly string[]): Promise<unknown> => {
  const ended = await wave(one.place, ['coord', '--repo-root', one.repository, '--json', ...args]);
  expect(ended.stderr).toBe('');
  expect(ended.code).toBe(0);
  return JSON.parse(ended.stdout);
};

test('Ctrl-C stops the agents in good order, and the same command goes on', async () => {
  const one = await preparePair();
  made.push(one);
  await mend(one, 'A2', (actions) => [...actions, { do: 'hang' }]);
  const run = startRun(one);
  let said = '';
  await new Promise<void>((resolve) => {
    run.child.stdout?.on('data', (text: string) => {
      said += text;
      if (/A1 finished/.test(said) && /A2 documentation impact/.test(said)) resolve();
    });
    run.child.once('exit', () => resolve());
  });
  // A terminal sends it to the whole group; the agents are in groups of their own.
  run.signalGroup('SIGINT');
  const ended = await run.ended;
  expect(ended.stdout).toMatch(
    /\nwave 3 was interrupted\. What is proven is kept: .*\brun 3 goes on from there\.\n$/,
  );
  expect(ended.stderr).toBe('');
  expect(ended.code).toBe(130);
  expect(strays(one.place.dir)).toEqual([]);
  expect(bodiesOf(one, 'agent.finished').map((finished) => finished.agent)).toEqual(['A1']);
  expect(journal(one).bad).toEqual([]);
  expect((await userSide(one)).status).toBe('');

  await mend(one, 'A2', (actions) => actions.filter((action) => action.do !== 'hang'));
  expect(await runJson(one)).toMatchObject({ ok: true, closed: true, status: 0 });
  // What was cut short is done anew, in an attempt of its own.
  expect(launched(one)[1]).toEqual(['A0', 'A2', 'A9']);
  expect((await userSide(one)).status).toBe('');
});

/** Changes what an agent does: its script lies beside the repository, not in it. */
const mend = async (
  one: Prepared,
  agent: string,
  change: (actions: Script['actions']) => Script['actions'],
): Promise<void> => {
  const file = join(dirname(one.repository), 'scripts', `${agent}.json`);
  const script = JSON.parse(await readFile(file, 'utf8')) as Script;
  await writeFile(file, JSON.stringify({ ...script, actions: change(script.actions) }));
};

test('an open request, once somebody settles it, is all that stood between the wave and its end', async () => {
  const one = await prepared('--break', 'open-request');
  const refused = await wave(one.place, ['run', '3', '--repo-root', one.repository]);
  expect(refused.code).toBe(1);
  const handle = /helper-assignment-open\s+(A2-[a-z2-7]{4})|(A2-[a-z2-7]{4})\s+helper-assignment-open/.exec(
    refused.stdout,
  );
  const named = handle?.[1] ?? handle?.[2] ?? '';
  expect(refused.stdout).toContain(` coord resolve ${named}`);

  const resolved = (await coord(one, 'resolve', named, '--detail', 'CHF 2, EUR 2, JPY 0')) as {
    record: { status: string };
  };
  expect(resolved.record.status).toBe('resolved');
  expect(await runJson(one)).toMatchObject({ ok: true, closed: true, status: 0 });
  // All results are offered again; only the stewards have something new to say.
  expect(launched(one)).toEqual([
    ['A1', 'A2', 'A3'],
    ['A0', 'A7', 'A8', 'A9', 'E0'],
  ]);
  const again = bodiesOf(one, 'agent.finished').filter(
    (finished) => finished.attempt === 2 && finished.reusedFrom !== undefined,
  );
  expect(again.map((finished) => finished.agent).toSorted()).toEqual(['A1', 'A2', 'A3']);
});

test('a missing deliverable costs only the agent that owes it', async () => {
  const one = await prepared('--break', 'missing-deliverable');
  expect(await runJson(one)).toMatchObject({ ok: false, code: 'missing-deliverable', status: 1 });
  await mend(one, 'A3', (actions) => [
    { do: 'write', path: 'src/currency/decimals.test.ts', text: "import './decimals.ts';\n" },
    ...actions,
  ]);
  expect(await runJson(one)).toMatchObject({ ok: true, closed: true, status: 0 });
  expect(launched(one)).toEqual([
    ['A1', 'A2', 'A3'],
    ['A0', 'A3', 'A7', 'A8', 'A9', 'E0'],
  ]);
});

test('a branch that moved is judged anew, and closes', async () => {
  const one = await prepared('--break', 'stale-verdict');
  expect(await runJson(one)).toMatchObject({ ok: false, code: 'stale-verdict', status: 1 });
  await mend(one, 'A0', (actions) => actions.filter((action) => action.do !== 'commit'));
  const moved = await userSide(one);
  expect(await runJson(one)).toMatchObject({ ok: true, closed: true, status: 0 });
  const side = await userSide(one);
  expect(side.status).toBe('');
  expect(bodiesOf(one, 'publish.intent')).toEqual([
    expect.objectContaining({ parent: moved.head, commit: side.head }),
  ]);
});
