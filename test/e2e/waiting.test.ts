import { afterEach, describe, expect, test } from 'vitest';
import { type AskingWave, askingWave } from './asking-wave.ts';
import { bodiesOf, journal, type Prepared, runJson } from './local-wave.ts';
import { git, strays, wave } from './wave-process.ts';

const made: Prepared[] = [];
afterEach(async () => {
  for (const one of made.splice(0)) await one.place.remove();
});
const prepared = async (given: AskingWave): Promise<Prepared> => {
  const one = await askingWave(given);
  made.push(one);
  return one;
};

const run = async (one: Prepared, ...args: readonly string[]) =>
  wave(one.place, ['run', '1', '--repo-root', one.repository, ...args]);

/** How often each agent was launched, by attempt. */
const launches = (one: Prepared, attempt = 1): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const body of bodiesOf(one, 'agent.started'))
    if (body.attempt === attempt) counts[body.agent] = (counts[body.agent] ?? 0) + 1;
  return counts;
};
const escalations = (one: Prepared) =>
  journal(one).entries.filter(({ body }) => body.type === 'post' && body.kind === 'human-escalation');

const RING = Array.from({ length: 10 }, (_, i) => `B${i + 1}`);
const next = (id: string): string => RING[(RING.indexOf(id) + 1) % RING.length] ?? '';

describe('ten agents in a ring, each asking the next, in two slots', () => {
  test('close when each answers before it has its own answer, with few launches', async () => {
    const scripts = Object.fromEntries(
      RING.map((id) => [
        id,
        `until answer=$(wave coord ask --target agent:${next(id)} --summary "who is next to ${id}?"); do
  [ $? = 3 ] || exit 1
  answer_all
done
finish
answer_all`,
      ]),
    );
    const one = await prepared({ scripts, config: { maxParallel: 2 } });
    const ended = await run(one);
    expect(ended.code, ended.stdout).toBe(0);
    // Whoever had its answer before it was asked itself has ended by then: it is launched again, in a second attempt.
    for (const id of RING) expect(launches(one)[id], id).toBeLessThanOrEqual(3);
    for (const [id, count] of Object.entries(launches(one, 2))) expect(count, id).toBeLessThanOrEqual(2);
    expect(bodiesOf(one, 'attempt.started').length).toBeLessThanOrEqual(2);
    expect(escalations(one)).toEqual([]);
    expect(strays(one.place.dir)).toEqual([]);
  });

  test('escalate once, naming the circle, when nobody answers first; the answer lets all go on', async () => {
    const scripts = Object.fromEntries(
      RING.map((id) => [
        id,
        `until answer=$(wave coord ask --target agent:${next(id)} --summary "who is next to ${id}?"); do
  [ $? = 3 ] || exit 1
done
finish`,
      ]),
    );
    const one = await prepared({ scripts, config: { maxParallel: 2 } });
    const ended = await run(one);
    expect(ended.code, ended.stdout).toBe(43);
    const asked = escalations(one);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.body).toMatchObject({
      summary: `${[...RING, 'B1'].join(' → ')} wait for each other`,
    });
    for (const id of RING) expect(launches(one)[id], id).toBeLessThanOrEqual(3);
    expect(strays(one.place.dir)).toEqual([]);

    // Asked again, nothing has changed: nobody is launched, nobody is asked a second time.
    expect((await run(one)).code).toBe(43);
    expect(launches(one, 2)).toEqual({});
    expect(escalations(one)).toHaveLength(1);

    const feedback = (...args: readonly string[]) =>
      wave(one.place, ['feedback', '--repo-root', one.repository, ...args]);
    const listed = await feedback('list', '--json');
    expect(JSON.parse(listed.stdout)).toMatchObject([{ status: 'pending', waiting: RING }]);
    const told = await feedback('respond', '--id', asked[0]?.id ?? '', '--response', 'itself');
    expect(told.code, told.stderr).toBe(0);
    expect(JSON.parse((await feedback('list', '--json')).stdout)).toMatchObject([
      { status: 'answered', waiting: [] },
    ]);
    expect(await runJson(one)).toMatchObject({ ok: true, closed: true, status: 0 });
    expect(launches(one, 3)).toEqual(Object.fromEntries([...RING, 'A9', 'A0'].map((id) => [id, 1])));
  });
});

test('an agent that waits for a person is parked, and goes on where it stopped', async () => {
  const one = await prepared({
    scripts: {
      B1: `[ -f lib/B1/draft.txt ] && seen=kept || seen=lost
mkdir -p lib/B1; echo draft > lib/B1/draft.txt
answer=$(wave coord ask --summary "which side drives?") || exit 1
answer="$answer $seen"
finish`,
      B2: `answer=none; finish`,
    },
    config: { clocks: { hold: '1s' } },
  });
  const ended = await run(one);
  expect(ended.code, ended.stdout).toBe(43);
  const [asked] = escalations(one);
  expect(asked?.body).toMatchObject({ summary: 'which side drives?' });
  expect(bodiesOf(one, 'agent.parked')).toMatchObject([{ agent: 'B1', launch: 1, patch: { files: 1 } }]);
  const command = /coord answer ((?:B1|wave)-[a-z2-7]{4})/.exec(ended.stdout)?.[1] ?? '';
  const told = await wave(one.place, ['coord', '--repo-root', one.repository, 'answer', command, 'the left']);
  expect(told.code, told.stderr).toBe(0);
  expect(await runJson(one)).toMatchObject({ ok: true, closed: true, status: 0 });
  expect(launches(one, 2)).toEqual({ B1: 1, A9: 1, A0: 1 });
  expect(await git(one.place, one.repository, 'show', 'HEAD:lib/B1/told.txt')).toBe('the left kept');
});
