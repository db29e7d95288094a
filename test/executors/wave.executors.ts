/** A whole wave on the real CLIs, by the command line: asked, parked, answered by a person, resumed, closed. */
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { bodiesOf } from '../e2e/local-wave.ts';
import { smallWave } from '../e2e/small-wave.ts';
import { git, makePlace, type Place, strays, wave } from '../e2e/wave-process.ts';
import { KEY, type Tested, testedClis } from './launch.ts';
import { type ScriptedModel, type Step, startScriptedModel, TOKENS_PER_STEP } from './scripted-model.ts';

let place: Place;
let model: ScriptedModel;
afterEach(async () => {
  await model?.stop();
  await place?.remove();
});

const agent = (id: string, owned: string, executor: readonly string[], deliverable = ''): string =>
  [
    `## Agent ${id}: the ${id}`,
    `### Executor\n\n${executor.map((one) => `- ${one}`).join('\n')}`,
    ...(deliverable === '' ? [] : [`### Deliverables\n\n- ${deliverable}`]),
    `### Prompt\n\n\`\`\`text\nDo what the script says.\n\nFile ownership (only touch these paths):\n- ${owned}\n\`\`\``,
  ].join('\n\n');

const filesFor = (cli: Tested): Readonly<Record<string, string>> => ({
  '.gitignore': '.tmp/\n',
  'wave.config.json': JSON.stringify({
    version: 1,
    executors: { default: 'local' },
    clocks: { hold: '2s' },
    policy: {
      executors: { implementation: [cli.id], documentation: ['local'], 'cont-qa': ['local'] },
      requiredRoles: ['documentation', 'cont-qa'],
      isolation: 'none',
      allowSimulated: true,
    },
  }),
  'docs/plans/waves/wave-1.md': `${[
    '# Wave 1 - By a model',
    agent('A1', 'lib/', [`id: ${cli.id}`, `model: ${cli.model}`], 'lib/told.txt'),
    agent('A9', 'docs/made.md', ['id: local'], 'docs/made.md'),
    agent('A0', 'docs/reviews/wave-1.md', ['id: local']),
  ].join('\n\n')}\n`,
});

const ASK = 'wave coord ask --summary "Which side drives?"';
const STEPS: readonly Step[] = [
  { run: `mkdir -p lib && echo draft > lib/draft.txt && ${ASK}` },
  {
    run: `${ASK} > lib/told.txt && wave signal proof --completion integrated --durability durable --proof integration --state met`,
  },
  { say: 'It is told.' },
];

describe.each(testedClis())('$id $version', (cli) => {
  it('asks a person, is parked, goes on with its session and its files, and the wave closes', async () => {
    place = await makePlace();
    model = await startScriptedModel(STEPS);
    const bin = join(place.dir, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, cli.id), `#!/bin/sh\nexec '${cli.program}' "$@"\n`, { mode: 0o755 });
    const one = await smallWave(place, filesFor(cli));
    const env = {
      PATH: `${bin}${delimiter}${place.env['PATH'] ?? ''}`,
      [cli.keyVariable]: KEY,
      [cli.baseUrlVariable]: `${model.url}${cli.basePath}`,
    };
    const at = (...args: readonly string[]) => wave(place, args, { cwd: one.repository, env });

    const first = await at('run', '1');
    expect(first.code, `${first.stdout}${first.stderr}`).toBe(43);
    const [parked] = bodiesOf(one, 'agent.parked');
    expect(parked).toMatchObject({ agent: 'A1', executor: cli.id, patch: { files: 1 } });
    expect(parked?.session, first.stdout).not.toBeNull();
    const [pending] = JSON.parse((await at('feedback', 'list', '--json')).stdout) as { id: string }[];
    const told = await at('feedback', 'respond', '--id', pending?.id ?? '', '--response', 'the left');
    expect(told.code, told.stderr).toBe(0);

    const second = await at('run', '1');
    expect(second.code, `${second.stdout}${second.stderr}`).toBe(0);
    expect(await git(place, one.repository, 'show', 'HEAD:lib/told.txt')).toBe('the left');
    expect(await git(place, one.repository, 'show', 'HEAD:lib/draft.txt')).toBe('draft');
    // What it was asked after the answer holds what it said before.
    const asked = model.asked.filter(({ scripted }) => scripted).map(({ body }) => body);
    expect(asked).toHaveLength(STEPS.length);
    expect(asked[1]).toContain('Which side drives?');
    expect(asked[1]).toContain('the left');
    expect(asked[1]).toContain('Do what the script says.');
    const finished = bodiesOf(one, 'agent.finished').find((body) => body.agent === 'A1');
    expect(finished?.usage).toMatchObject({ outputTokens: (STEPS.length - 1) * TOKENS_PER_STEP.output });
    expect(strays(place.dir)).toEqual([]);
    const report = readFileSync(join(one.stateDir, 'reports', 'wave-1.html'), 'utf8');
    expect(report).not.toContain(KEY);
  });
});
