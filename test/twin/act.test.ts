import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  assertOnlyUsesDiffer,
  findAct,
  rewriteWorkflow,
  runWorkflow,
  startTwin,
  type Twin,
  workflowDispatchEvent,
} from './index.ts';

/** A wave in small: a trusted job that writes, a matrix that may only read, and one that looks at what they left. */
const REUSABLE = `name: fake wave
on:
  workflow_call:
    inputs:
      wave: { type: string, required: true }
    secrets:
      MODEL_KEY: { required: false }
permissions: {}
jobs:
  plan:
    runs-on: ubuntu-latest
    permissions:
      contents: read
      checks: write
    concurrency:
      group: wave-\${{ inputs.wave }}
      queue: max
    outputs:
      matrix: \${{ steps.plan.outputs.matrix }}
      home: \${{ steps.plan.outputs.home }}
    steps:
      - id: plan
        uses: $/ # the action of this very repository
        with:
          phase: plan
  agent:
    needs: plan
    runs-on: ubuntu-latest
    permissions:
      contents: read
    strategy:
      fail-fast: false
      matrix:
        agent: \${{ fromJSON(needs.plan.outputs.matrix) }}
    steps:
      - uses: actions/checkout@0123456789012345678901234567890123456789 # v6
        with:
          ref: \${{ github.sha }}
          persist-credentials: false
      - uses: $/
        with:
          phase: agent
          agent: \${{ matrix.agent }}
  close:
    needs: [plan, agent]
    if: always()
    runs-on: ubuntu-latest
    permissions:
      contents: read
      actions: read
    steps:
      - uses: $/
        with: { phase: close, home: '\${{ needs.plan.outputs.home }}' }
`;

const CALLER = `name: wave
on: workflow_dispatch
jobs:
  wave:
    uses: acme/orchestrator/.github/workflows/wave.yml@v1
    with:
      wave: \${{ github.event.inputs.wave }}
    permissions:
      contents: write
      checks: write
      actions: read
`;

const ACTION = `name: fake
inputs:
  phase: { description: what to do, required: true }
  agent: { description: who, required: false }
  home: { description: HOME of an earlier job, required: false }
  token: { description: token, default: '\${{ github.token }}' }
runs:
  using: node24
  main: dist/action/main.js
`;

const MAIN = `
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { word } from './chunk.js';
const { env } = process;
const phase = env.INPUT_PHASE;
console.log(word + ' phase=' + phase + ' agent=' + env.INPUT_AGENT + ' main=' + import.meta.main + ' node=' + process.version.split('.')[0]);
const api = (method, path, body) =>
  fetch(env.GITHUB_API_URL + '/repos/' + env.GITHUB_REPOSITORY + path, {
    method,
    headers: { authorization: 'Bearer ' + env.INPUT_TOKEN, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).then((answer) => answer.status);
const left = join(homedir(), 'left-behind');
console.log('left=' + existsSync(left));
writeFileSync(left, phase);
const auth = 'AUTHORIZATION: basic ' + Buffer.from('x-access-token:' + env.INPUT_TOKEN).toString('base64');
const repository = env.GITHUB_SERVER_URL + '/' + env.GITHUB_REPOSITORY;
const git = (...args) => execFileSync('git', args, { cwd: env.RUNNER_TEMP, encoding: 'utf8', stdio: 'pipe' });
git('init', '-q', 'clone');
git('-C', 'clone', '-c', 'http.extraHeader=' + auth, 'fetch', '-q', '--depth=1', repository, env.GITHUB_SHA);
console.log('file=' + git('-C', 'clone', 'show', 'FETCH_HEAD:README.md').trim());
console.log('check=' + (await api('POST', '/check-runs', { name: 'wave/' + phase, head_sha: env.GITHUB_SHA, conclusion: 'success' })));
console.log('workspace=' + existsSync(join(env.GITHUB_WORKSPACE, 'README.md')) + ' stored=' +
  (existsSync(join(env.GITHUB_WORKSPACE, '.git/config')) && /extraheader/i.test(readFileSync(join(env.GITHUB_WORKSPACE, '.git/config'), 'utf8'))));
const { DefaultArtifactClient } = await import(ARTIFACT);
const client = new DefaultArtifactClient();
if (phase === 'plan') appendFileSync(env.GITHUB_OUTPUT, 'matrix=["A1","A2"]\\nhome=' + homedir() + '\\n');
if (phase === 'agent') {
  const file = join(env.RUNNER_TEMP, 'result.json');
  writeFileSync(file, JSON.stringify({ agent: env.INPUT_AGENT }));
  await client.uploadArtifact('wave-result-r1-' + env.INPUT_AGENT, [file], env.RUNNER_TEMP);
}
if (phase === 'close') {
  const { artifacts } = await client.listArtifacts();
  console.log('earlier=' + existsSync(env.INPUT_HOME) + ' ' + (env.INPUT_HOME !== homedir() && env.INPUT_HOME !== ''));
  console.log('artifacts=' + artifacts.map((one) => one.name).sort().join());
}
`;

let folder: string;
let twin: Twin;
let release: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twin-test-'));
  twin = await startTwin({ root: join(folder, 'remote') });
  release = join(folder, 'release');
  await mkdir(join(release, 'dist', 'action'), { recursive: true });
  await writeFile(join(release, 'action.yml'), ACTION);
  const artifact = JSON.stringify(import.meta.resolve('@actions/artifact'));
  await writeFile(join(release, 'dist', 'package.json'), '{"type":"module"}');
  await writeFile(join(release, 'dist', 'action', 'main.js'), MAIN.replace('ARTIFACT', artifact));
  await writeFile(join(release, 'dist', 'action', 'chunk.js'), "export const word = 'real entry';\n");
  await twin.model.addRepository({ fullName: 'acme/app' });
  await twin.model.commit('acme/app', {
    branch: 'main',
    files: { 'README.md': 'hello\n', '.github/workflows/wave.yml': CALLER },
  });
});
afterEach(async () => {
  await twin.close();
  await rm(folder, { recursive: true, force: true });
});

describe('act', () => {
  test('each job has its own token, runtime token and HOME; a matrix and a reusable workflow work', async (context) => {
    const result = await runWorkflow({
      twin,
      repository: 'acme/app',
      workflow: '.github/workflows/wave.yml',
      event: 'workflow_dispatch',
      payload: workflowDispatchEvent(twin, {
        repository: 'acme/app',
        workflow: '.github/workflows/wave.yml',
        inputs: { wave: '3' },
      }),
      action: { uses: 'acme/orchestrator@v1', dir: release },
      reusable: { 'acme/orchestrator/.github/workflows/wave.yml@v1': REUSABLE },
    });
    if ('skipped' in result) return context.skip(`skipped: ${result.skipped}`);
    expect(result.exitCode, result.output).toBe(0);
    expect(result.hidden).toEqual(['wave.yml:17: queue: max']);

    const lines = (job: string) =>
      result.jobs
        .filter((one) => one.job === job)
        .map((one) =>
          one.log.split('\n').filter((line) => /^(real|left=|file=|check=|workspace=|artifacts=)/.test(line)),
        )
        .sort((a, b) => String(a[0]).localeCompare(String(b[0])));
    expect(lines('plan')).toEqual([
      [
        'real entry phase=plan agent= main=true node=v24',
        'left=false',
        'file=hello',
        'check=201',
        'workspace=false stored=false',
      ],
    ]);
    expect(lines('agent')).toEqual(
      ['A1', 'A2'].map((agent) => [
        `real entry phase=agent agent=${agent} main=true node=v24`,
        'left=false',
        'file=hello',
        'check=403',
        'workspace=true stored=false',
      ]),
    );
    expect(result.jobs.find((one) => one.job === 'close')?.log).toContain('earlier=false true');
    expect(lines('close').flat()).toContain('artifacts=wave-result-r1-A1,wave-result-r1-A2');

    const agents = result.jobs.filter((one) => one.job === 'agent');
    expect(agents.map((one) => [one.result, one.matrix.agent]).sort()).toEqual([
      ['success', 'A1'],
      ['success', 'A2'],
    ]);
    // The listing's job id is the uploading matrix entry's.
    const uploader = (agent: string) => twin.model.artifacts.find((one) => one.name.endsWith(agent))?.job;
    for (const one of agents) expect(uploader(String(one.matrix.agent))).toBe(String(one.identity?.id));
    twin.model.assertSilence([
      { what: 'check.created', where: { name: 'wave/plan', job: 'plan' } },
      { what: 'denied', times: 2, where: { job: 'agent' } },
      { what: 'denied', where: { job: 'close' } },
    ]);
  });

  test('a failed job leaves nothing for the next, whose `run` steps have a HOME of their own', async (context) => {
    if ((await findAct()) === null) return context.skip('skipped: act');
    const main = `import { existsSync, appendFileSync } from 'node:fs';
console.log('earlier=' + existsSync(process.env.INPUT_HOME + '/.canary'), 'act=' + process.env.ACT);
console.log('action=' + process.env.GITHUB_ACTION_REPOSITORY + '@' + process.env.GITHUB_ACTION_REF);
appendFileSync(process.env.GITHUB_OUTPUT, 'home=' + process.env.HOME + '\\n');
process.exitCode = process.env.INPUT_PHASE === 'fail' ? 1 : 0;`;
    await writeFile(join(release, 'dist', 'action', 'main.js'), main);
    const caller = `on: workflow_dispatch
jobs:
  one:
    runs-on: ubuntu-latest
    outputs: { home: '\${{ steps.it.outputs.home }}' }
    steps:
      - id: it
        uses: acme/orchestrator@v1
        with: { phase: fail }
  two:
    runs-on: ubuntu-latest
    needs: one
    if: always()
    steps:
      - id: it
        uses: acme/orchestrator@v1
        with: { phase: ok, home: '\${{ needs.one.outputs.home }}' }
      - run: test "$HOME" = "\${{ steps.it.outputs.home }}" && test ! -e "\${{ needs.one.outputs.home }}" && echo fresh
  three:
    runs-on: ubuntu-latest
    needs: one
    steps: [{ run: exit 1 }]
`;
    await twin.model.commit('acme/app', { branch: 'main', files: { '.github/workflows/wave.yml': caller } });
    const result = await runWorkflow({
      twin,
      repository: 'acme/app',
      workflow: '.github/workflows/wave.yml',
      event: 'workflow_dispatch',
      payload: {},
      action: { uses: 'acme/orchestrator@v1', dir: release },
    });
    if ('skipped' in result) return context.skip('skipped: act');
    expect(result.exitCode).toBe(1);
    expect(
      result.jobs.map((one) => [one.job, one.result]),
      result.output,
    ).toEqual([
      ['one', 'failure'],
      ['two', 'success'],
    ]);
    const log = result.jobs[1]?.log ?? '';
    expect(log).toContain('earlier=false act=undefined\naction=acme/orchestrator@v1');
    expect(log).toContain('fresh');
    expect(twin.model.jobs.map((one) => [one.key, one.conclusion])).toEqual([
      ['one', 'failure'],
      ['two', 'success'],
    ]);
  });

  test('a job that shows what is in its HOME is caught', async (context) => {
    if ((await findAct()) === null) return context.skip('skipped: act');
    const leaky =
      "console.log((await import('node:fs')).readFileSync(process.env.HOME + '/.canary', 'utf8'));";
    await writeFile(join(release, 'dist', 'action', 'main.js'), leaky);
    const caller =
      'on: workflow_dispatch\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: acme/orchestrator@v1\n';
    await twin.model.commit('acme/app', { branch: 'main', files: { '.github/workflows/wave.yml': caller } });
    const run = runWorkflow({
      twin,
      repository: 'acme/app',
      workflow: '.github/workflows/wave.yml',
      event: 'workflow_dispatch',
      payload: {},
      action: { uses: 'acme/orchestrator@v1', dir: release },
    });
    await expect(run).rejects.toThrow('The canary in the HOME of one was read and published.');
  });
});

describe('what GitHub would not start', () => {
  test('a caller that grants less than a called job asks for', async (context) => {
    if ((await findAct()) === null) return context.skip('skipped: act');
    const stingy = CALLER.replace('checks: write', 'checks: read');
    await twin.model.commit('acme/app', { branch: 'main', files: { '.github/workflows/wave.yml': stingy } });
    const run = runWorkflow({
      twin,
      repository: 'acme/app',
      workflow: '.github/workflows/wave.yml',
      event: 'workflow_dispatch',
      payload: {},
      action: { uses: 'acme/orchestrator@v1', dir: release },
      reusable: { 'acme/orchestrator/.github/workflows/wave.yml@v1': REUSABLE },
    });
    await expect(run).rejects.toThrow(
      "wave: the nested job 'plan' is requesting 'checks: write', but is only allowed 'checks: read'",
    );
  });
});

describe('the tested text', () => {
  const key = (job: string): string => job;

  test('differs from the shipped one in `uses:` values, and each job has the scopes it declares', () => {
    const rewritten = rewriteWorkflow(REUSABLE, 'acme/orchestrator@v1', key);
    const changed = rewritten.text.split('\n').filter((line, at) => line !== REUSABLE.split('\n')[at]);
    expect(changed.map((line) => line.trim())).toEqual([
      '# queue: max',
      'uses: twin/plan@v1 # the action of this very repository',
      '- uses: twin/agent--checkout@v1 # v6',
      '- uses: twin/agent@v1',
      '- uses: twin/close@v1',
    ]);
    expect(rewritten.jobs.map((one) => [one.job, one.permissions])).toEqual([
      ['plan', { contents: 'read', checks: 'write' }],
      ['agent', { contents: 'read' }],
      ['close', { contents: 'read', actions: 'read' }],
    ]);
  });

  test('cannot lose a `queue` that shares its line with something else', () => {
    const text = 'concurrency: { group: a, queue: max }\njobs: {}\n';
    expect(() => rewriteWorkflow(text, 'acme/orchestrator@v1', key)).toThrow('give it a line of its own');
  });

  test('is refused when anything else differs', () => {
    const lines = (text: string): string => `jobs:\n  a:\n    steps:\n${text}`;
    const shipped = lines('      - uses: a/b@v1\n        with: { x: 1 }');
    assertOnlyUsesDiffer(shipped, lines('      - uses: twin/a@v1\n        with: { x: 1 }'));
    expect(() =>
      assertOnlyUsesDiffer(shipped, lines('      - uses: a/b@v1\n        with: { x: 2 }')),
    ).toThrow('Line 5 differs');
    expect(() => assertOnlyUsesDiffer(shipped, `${shipped}\n`)).toThrow('6 lines');
  });

  test('names an action nobody mapped, instead of going to the network', () => {
    const text =
      'on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: some/thing@v2\n';
    expect(rewriteWorkflow(text, 'acme/orchestrator@v1', key).foreign).toEqual(['some/thing@v2']);
  });
});
