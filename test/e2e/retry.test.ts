/** One run, several attempts: who is launched again, what they are told, and when it stops. */
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { bodiesOf, journalLines, type Prepared, type RunJson } from './local-wave.ts';
import { SMALL_WAVE_FILES, smallWave, smallWaveMarkdown } from './small-wave.ts';
import { makePlace, type Place, strays, wave } from './wave-process.ts';

const places: Place[] = [];
afterAll(async () => {
  for (const place of places) {
    expect(strays(place.dir)).toEqual([]);
    await place.remove();
  }
});

/** An agent that does what `act`, a function body over `{ attempt, prompt, say, make }`, says. */
const program = (act: string): string => `
import { readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
const attempt = Number(process.env.WAVE_ATTEMPT);
const agent = process.env.WAVE_AGENT;
const prompt = readFileSync(process.env.WAVE_PROMPT_FILE, 'utf8');
const lines = [];
const say = (line) => { lines.push(line); writeFileSync(process.env.WAVE_FINAL_MESSAGE, lines.join('\\n')); };
const make = (path, text) => { mkdirSync(dirname(path), { recursive: true }); writeFileSync(path, text); };
const done = () => say('[wave-proof] completion=live durability=durable proof=live state=met');
${act}
`;

const prepared = async (
  act: string,
  edit: (markdown: string) => string = (text) => text,
  caps: object = {},
): Promise<Prepared> => {
  const place = await makePlace();
  places.push(place);
  const agentFile = join(place.dir, 'agent.mjs');
  await writeFile(agentFile, program(act));
  const config = JSON.parse(SMALL_WAVE_FILES['wave.config.json'] ?? '') as { policy: object };
  const every = ['local', 'command'];
  return smallWave(place, {
    ...SMALL_WAVE_FILES,
    'docs/plans/waves/wave-1.md': edit(smallWaveMarkdown(1)),
    'wave.config.json': JSON.stringify({
      ...config,
      executors: {
        default: 'local',
        command: { programs: { agent: { argv: [process.execPath, agentFile] } } },
      },
      policy: {
        ...config.policy,
        ...caps,
        executors: { implementation: every, documentation: every, 'cont-qa': every },
      },
    }),
  });
};

const run = async (
  one: Prepared,
  ...args: readonly string[]
): Promise<RunJson & { readonly gaveUp: unknown }> =>
  JSON.parse(
    (await wave(one.place, ['run', '1', '--repo-root', one.repository, '--json', ...args])).stdout,
  ) as RunJson & { readonly gaveUp: unknown };

const launched = (one: Prepared): readonly string[] =>
  bodiesOf(one, 'agent.started').map(({ attempt, agent }) => `${attempt} ${agent}`);

describe('a failed agent', () => {
  test('runs again alone, is told why, and the wave closes with what the others had made', async () => {
    const one = await prepared(`
      make('lib/first-1/first.ts', 'export const first = 1;\\n');
      if (attempt === 1) process.exit(3);
      if (!prompt.includes('yours: agent-crashed: ended with exit code 3')) process.exit(4);
      done();`);
    expect(await run(one, '--executor', 'A1=command', '--max-retries-per-wave', '1')).toMatchObject({
      closed: true,
    });
    expect(launched(one)).toEqual(['1 A1', '1 A2', '2 A1', '2 A9', '2 A0']);
    expect(bodiesOf(one, 'attempt.ended')).toMatchObject([
      {
        attempt: 1,
        outcome: 'refused',
        code: 'agent-crashed',
        reasons: [{ code: 'agent-crashed', agent: 'A1' }, { code: 'missing-deliverable' }],
      },
      { attempt: 2, outcome: 'closed' },
    ]);
  });

  test('is not run again without end: the same failure on the same work is the last', async () => {
    const one = await prepared('process.exit(3);');
    expect(await run(one, '--executor', 'A1=command', '--max-retries-per-wave', '9')).toMatchObject({
      closed: false,
      code: 'agent-crashed',
      gaveUp: { code: 'no-progress', since: 1 },
    });
    expect(launched(one)).toEqual(['1 A1', '1 A2', '2 A1']);
  });

  test('has as many tries as allowed', async () => {
    const one = await prepared(
      `make('lib/first-1/first.ts', String(attempt)); process.exit(attempt === 3 ? 0 : 3);`,
    );
    expect(await run(one, '--executor', 'A1=command', '--max-retries-per-wave', '0')).toMatchObject({
      gaveUp: { code: 'retries-spent', retries: 0 },
    });
    expect(launched(one)).toEqual(['1 A1', '1 A2']);
  });
});

test('what the next run would do is said without doing it', async () => {
  const one = await prepared('process.exit(3);');
  await run(one, '--executor', 'A1=command', '--max-retries-per-wave', '0');
  const before = journalLines(one);
  const explained = await wave(one.place, ['run', '1', '--repo-root', one.repository, '--explain', '--json']);
  expect(JSON.parse(explained.stdout)).toMatchObject({
    ok: true,
    waves: [
      {
        attempt: 2,
        agents: [
          { agent: 'A1', runs: true, why: 'agent-crashed', executor: 'local', here: true },
          { agent: 'A2', runs: false },
          { agent: 'A9', runs: true },
          { agent: 'A0', runs: true },
        ],
        dryRun: null,
      },
    ],
  });
  const dry = await wave(one.place, ['run', '1', '--repo-root', one.repository, '--dry-run']);
  expect(dry).toMatchObject({ code: 0, stderr: '' });
  const prompts = join(one.stateDir, 'dry-run', 'wave-1', 'prompts');
  expect(readdirSync(prompts)).toEqual(['1-a0.md', '1-a1.md', '1-a9.md']);
  expect(readFileSync(join(prompts, '1-a1.md'), 'utf8')).toContain('yours: agent-crashed');
  expect(journalLines(one)).toEqual(before);
});

test('a failed process, and only that, changes the executor of its agent', async () => {
  const one = await prepared('process.exit(3);', (text) =>
    text.replace(
      '## Agent A1: First\n',
      '## Agent A1: First\n\n### Executor\n\n- id: command\n- fallbacks: local\n',
    ),
  );
  expect(await run(one, '--max-retries-per-wave', '1')).toMatchObject({ closed: true });
  expect(
    bodiesOf(one, 'agent.started').map(({ attempt, agent, executor }) => `${attempt} ${agent} ${executor}`),
  ).toEqual(['1 A1 command', '1 A2 local', '2 A1 local', '2 A9 local', '2 A0 local']);
});

test('an agent that could break a cap on the wave does not start, and no attempt is wasted on it', async () => {
  const one = await prepared('process.exit(3);', (text) => text, { maxWaveMinutes: 45 });
  expect(await run(one, '--timeout-minutes', '30', '--max-retries-per-wave', '3')).toMatchObject({
    closed: false,
    code: 'budget-exhausted',
    gaveUp: { code: 'edit-first', codes: ['budget-exhausted'] },
  });
  expect(launched(one)).toEqual(['1 A1']);
});

test('a steward’s no is not asked for again until it is a yes', async () => {
  const one = await prepared(`
    make('docs/reviews/wave-1.md', 'Not like this.\\n\\nVerdict: HOLD\\n');
    say('[wave-gate] architecture=pass integration=pass durability=pass live=pass docs=pass');
    say('[wave-verdict] hold detail=names are unclear');`);
  const told = await wave(one.place, [
    'run',
    '1',
    '--repo-root',
    one.repository,
    '--executor',
    'A0=command',
    '--max-retries-per-wave',
    '3',
  ]);
  expect(told.code).toBe(42);
  expect(told.stdout).toContain('not tried again: A0 says no, and nobody is named who could mend it');
  expect(launched(one)).toEqual(['1 A1', '1 A2', '1 A9', '1 A0']);
});
