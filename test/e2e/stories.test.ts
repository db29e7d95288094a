/** The worked stories, with the command lines operators and agents know, through the real program. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Action, Script } from '../../src/demo/script.ts';
import type { StatusJson, Task } from '../../src/views/index.ts';
import { bodiesOf, type Prepared, type RunJson } from './local-wave.ts';
import { smallWave } from './small-wave.ts';
import { DEMO_AGENT, git, makePlace, type Place, wave } from './wave-process.ts';

const places: Place[] = [];
afterAll(async () => {
  for (const place of places) await place.remove();
});

type Cast = {
  readonly id: string;
  readonly title: string;
  readonly owns: string;
  readonly capabilities?: readonly string[];
  readonly actions: readonly Action[];
};

const section = ({ id, title, owns, capabilities = [] }: Cast): string =>
  [
    `## Agent ${id}: ${title}`,
    `### Executor\n\n- id: command\n- command.program: ${id}`,
    ...(capabilities.length === 0
      ? []
      : [`### Capabilities\n\n${capabilities.map((one) => `- ${one}`).join('\n')}`]),
    ...(owns.startsWith('lib/') ? [`### Deliverables\n\n- ${owns}`] : []),
    `### Prompt\n\n\`\`\`text\nDo it.\n\nFile ownership (only touch these paths):\n- ${owns}\n\`\`\``,
  ].join('\n\n');

const COMMAND_ROLES = ['implementation', 'integration', 'documentation', 'cont-qa'];

/** A repository whose agents run a script each; A9 and A0 need none. */
const stage = async (
  number: number,
  cast: readonly Cast[],
  settings: Readonly<Record<string, unknown>> = {},
): Promise<Prepared> => {
  const place = await makePlace();
  places.push(place);
  const scripts = join(place.dir, 'scripts');
  await mkdir(scripts);
  const closing: readonly Cast[] = [
    {
      id: 'A9',
      title: 'Documentation',
      owns: 'docs/made.md',
      actions: [{ do: 'signal', kind: 'doc-closure', fields: { state: 'no-change' } }],
    },
    {
      id: 'A0',
      title: 'cont-QA',
      owns: 'docs/reviews/qa.md',
      actions: [
        {
          do: 'write',
          path: 'docs/reviews/qa.md',
          text: '# cont-QA\n\nAll was looked at.\n\nVerdict: PASS\n',
        },
        {
          do: 'signal',
          kind: 'gate',
          fields: {
            architecture: 'pass',
            integration: 'pass',
            durability: 'pass',
            live: 'pass',
            docs: 'pass',
          },
        },
        { do: 'signal', kind: 'verdict', fields: { verdict: 'pass' } },
      ],
    },
  ];
  const everybody = [...cast, ...closing];
  for (const { id, actions } of everybody)
    await writeFile(join(scripts, `${id}.json`), JSON.stringify({ agent: id, actions } satisfies Script));
  const config = {
    version: 1,
    ...settings,
    executors: {
      default: 'command',
      command: {
        programs: Object.fromEntries(
          everybody.map(({ id }) => [
            id,
            { argv: [process.execPath, DEMO_AGENT, join(scripts, `${id}.json`)] },
          ]),
        ),
      },
    },
    policy: {
      executors: Object.fromEntries(COMMAND_ROLES.map((role) => [role, ['command']])),
      requiredRoles: ['documentation', 'cont-qa'],
      isolation: 'none',
      allowSimulated: true,
    },
  };
  const made = await smallWave(place, {
    '.gitignore': '.tmp/\n',
    'wave.config.json': `${JSON.stringify(config, null, 2)}\n`,
    [`docs/plans/waves/wave-${number}.md`]: `${[
      `# Wave ${number} - A story`,
      '**Commit message**: `A story`',
      '## Verify\n\n- run: node --version | timeout: 30s',
      ...everybody.map(section),
    ].join('\n\n')}\n`,
  });
  return { ...made, wave: number };
};

/** What an agent does from its next start on. */
const rewrite = (one: Prepared, id: string, actions: readonly Action[]): Promise<void> =>
  writeFile(
    join(one.place.dir, 'scripts', `${id}.json`),
    JSON.stringify({ agent: id, actions } satisfies Script),
  );

/** Runs `wave …` in the repository. @returns what it printed */
const at = async (one: Prepared, ...args: readonly string[]): Promise<string> => {
  const ended = await wave(one.place, args, { cwd: one.repository });
  expect({ stderr: ended.stderr, code: ended.code }).toEqual({ stderr: '', code: 0 });
  return ended.stdout;
};
const json = async <T>(one: Prepared, ...args: readonly string[]): Promise<T> =>
  JSON.parse(await at(one, ...args, '--json')) as T;

/** One attempt: what comes of it is what the story goes on from. */
const runJson = async (one: Prepared): Promise<RunJson & { readonly status: number | null }> => {
  const args = ['run', String(one.wave), '--max-retries-per-wave', '0', '--json'];
  const ended = await wave(one.place, args, { cwd: one.repository });
  return { ...(JSON.parse(ended.stdout) as RunJson), status: ended.code };
};

const PROOF: readonly Action[] = [
  {
    do: 'signal',
    kind: 'proof',
    fields: { completion: 'integrated', durability: 'durable', proof: 'integration', state: 'met' },
  },
  { do: 'signal', kind: 'doc-delta', fields: { state: 'owned' } },
];
const implementer = (id: string, actions: readonly Action[]): Cast => ({
  id,
  title: `Part ${id}`,
  owns: `lib/${id.toLowerCase()}.ts`,
  actions: [
    { do: 'write', path: `lib/${id.toLowerCase()}.ts`, text: `export const ${id} = 1;\n` },
    ...PROOF,
    ...actions,
  ],
});
/** What A8 writes and says at the end. */
const integrated: readonly Action[] = [
  { do: 'write', path: 'docs/reviews/integration.md', text: '# Integration\n\nThe parts fit.\n' },
  {
    do: 'signal',
    kind: 'integration',
    fields: { state: 'ready-for-doc-closure', claims: '0', conflicts: '0', blockers: '0' },
  },
];

describe('story 1: A1 needs A8', () => {
  const LINE = (target: string): readonly string[] => [
    ...['control', 'task', 'create', '--lane', 'main', '--wave', '4', '--agent', 'A1', '--kind', 'request'],
    ...['--summary', 'Need integration decision for auth/session interface change'],
    ...['--detail', 'Both halves of the session changed.', '--target', target, '--priority', 'high'],
  ];
  const A8: Cast = {
    id: 'A8',
    title: 'Integration',
    owns: 'docs/reviews/integration.md',
    capabilities: ['integration'],
    actions: integrated,
  };

  test('is asked by the agent itself, holds the wave, and costs nobody but A8 anything', async () => {
    const one = await stage(4, [implementer('A1', [{ do: 'run', argv: ['wave', ...LINE('agent:A8')] }]), A8]);
    // A8 says that all is well, and leaves what it owes: the word counts for nothing.
    expect(await runJson(one)).toMatchObject({ ok: false, code: 'helper-assignment-open', status: 1 });

    const [request, ...others] = await json<readonly Task[]>(
      one,
      'control',
      'task',
      'list',
      '--lane',
      'main',
      '--wave',
      '4',
    );
    expect(others).toEqual([]);
    expect(request).toMatchObject({
      taskType: 'request',
      state: 'open',
      priority: 'high',
      ownerAgentId: 'A1',
      writtenBy: 'A1',
      assigneeAgentId: 'A8',
      blocking: true,
      title: 'Need integration decision for auth/session interface change',
    });
    const { taskId = '', handle = '' } = request ?? {};
    expect(
      await json(one, 'control', 'task', 'get', '--lane', 'main', '--wave', '4', '--id', handle),
    ).toEqual(request);
    expect(await at(one, 'control', 'task', 'list')).toContain(`${handle}  `);
    const log = readFileSync(join(one.stateDir, 'coordination', 'wave-4.jsonl'), 'utf8');
    expect(log).toContain('Need integration decision for auth/session interface change');

    const status = await json<StatusJson>(one, 'control', 'status', '--lane', 'main', '--wave', '4');
    expect(status.blockingEdge).toMatchObject({
      kind: 'helper-assignment',
      record: taskId,
      from: 'A1',
      owner: { kind: 'agents', agents: ['A8'] },
      since: request?.createdAt,
      deadline: request?.ackDeadlineAt,
    });
    expect(status.helperAssignments).toEqual([
      expect.objectContaining({ record: taskId, assignee: 'A8', reason: 'explicit-agent' }),
    ]);
    expect(Object.fromEntries(status.logicalAgents.map((agent) => [agent.agentId, agent.state]))).toEqual({
      A1: 'blocked',
      A8: 'blocked',
      A9: 'planned',
      A0: 'planned',
    });
    const file = (path: string): string => readFileSync(join(one.stateDir, path), 'utf8');
    const { assignments } = JSON.parse(file('assignments/wave-4.json')) as {
      assignments: readonly unknown[];
    };
    expect(assignments).toEqual([expect.objectContaining({ assignedAgentId: 'A8', requestId: taskId })]);
    const { recommendation } = JSON.parse(file('integration/wave-4.json')) as { recommendation: string };
    expect(recommendation).toBe('needs-more-work');
    expect(file('inboxes/wave-4/A8.md')).toContain(handle);
    expect(file('inboxes/wave-4/shared-summary.md')).toContain(handle);
    expect(await at(one, 'coord', 'inbox', '--agent', 'A8')).toContain(handle);
    expect(await at(one, 'coord', 'show')).toContain(handle);
    expect(bodiesOf(one, 'stage.judged').map((judged) => judged.stage)).toEqual(['integration']);

    // A8 settles it in its run, by the handle its inbox shows, and only then says that documentation may begin.
    await rewrite(one, 'A8', [
      {
        do: 'run',
        argv: ['wave', 'control', 'task', 'act', 'resolve', '--id', handle, '--detail', 'Both keep it.'],
      },
      ...integrated,
    ]);
    expect(await runJson(one)).toMatchObject({ codes: [], closed: true, status: 0 });
    expect(bodiesOf(one, 'agent.started').map(({ attempt, agent }) => `${attempt} ${agent}`)).toEqual([
      '1 A1',
      '1 A8',
      '2 A8',
      '2 A9',
      '2 A0',
    ]);
    expect(await json(one, 'control', 'task', 'get', '--id', handle)).toMatchObject({
      state: 'resolved',
      answer: { by: 'A8', text: 'Both keep it.' },
    });
  });

  test('a target nobody matches is nobody’s, and says so; an operator gives it to somebody', async () => {
    const one = await stage(4, [implementer('A1', []), A8]);
    expect(await at(one, ...LINE('capability:poetry'))).toMatch(
      /^A1-[a-z2-7]{4} request open → a person {2}op\./,
    );
    expect(await runJson(one)).toMatchObject({ ok: false, code: 'helper-assignment-unresolved' });
    const { blockingEdge } = await json<StatusJson>(
      one,
      'control',
      'status',
      '--lane',
      'main',
      '--wave',
      '4',
    );
    expect(blockingEdge).toMatchObject({ kind: 'helper-assignment-unresolved', owner: { kind: 'person' } });
    const { handle = '' } = blockingEdge ?? {};
    await at(one, 'control', 'task', 'act', 'reassign', '--id', handle ?? '', '--to', 'A8');
    await at(one, 'control', 'task', 'act', 'resolve', '--id', handle ?? '', '--agent', 'A8');
    expect(await json(one, 'control', 'task', 'get', '--id', handle ?? '')).toMatchObject({
      ownerAgentId: 'A1',
      writtenBy: 'operator for A1',
      state: 'resolved',
    });
    expect(await runJson(one)).toMatchObject({ codes: [], closed: true });
    expect(existsSync(join(one.repository, 'lib/a1.ts'))).toBe(true);
  });
});

describe('story 2: a clarification', () => {
  const ASK: readonly string[] = [
    ...[
      'coord',
      'post',
      '--lane',
      'main',
      '--wave',
      '10',
      '--agent',
      'A7',
      '--kind',
      'clarification-request',
    ],
    ...['--id', 'clarify-a7-rollout', '--summary', 'Need policy answer for backward-compat migration path'],
    ...['--detail', 'The rollout may keep the old names or drop them.'],
  ];
  const act = (...words: readonly string[]): readonly string[] => [
    ...['control', 'task', 'act', ...words.slice(0, 1), '--lane', 'main', '--wave', '10'],
    ...words.slice(1),
  ];

  /** Asks as story 2 does, about something; waits for the answer and writes it down. */
  const ASKER = implementer('A7', [
    {
      do: 'run',
      argv: [
        'sh',
        '-c',
        'wave coord ask --summary "Need policy answer for backward-compat migration path" --artifact lib/a1.ts > lib/a7.ts',
      ],
    },
  ]);

  test('what the repository has decided is the answer, and nobody is asked', async () => {
    const one = await stage(6, [ASKER], {
      answers: { 'backward-compat migration': 'Keep the old names for two releases.' },
    });
    expect(await runJson(one)).toMatchObject({ codes: [], closed: true, status: 0 });
    expect(await git(one.place, one.repository, 'show', 'HEAD:lib/a7.ts')).toBe(
      'Keep the old names for two releases.',
    );
    expect(bodiesOf(one, 'post').map(({ kind }) => kind)).toEqual([
      'clarification-request',
      'resolved-by-policy',
    ]);
    expect(await json<readonly Task[]>(one, 'control', 'task', 'list')).toMatchObject([
      { taskType: 'clarification', state: 'resolved', answer: { by: 'wave' } },
    ]);
  });

  test('who owns what it is about is asked, and one answer ends the whole chain', async () => {
    const one = await stage(6, [
      implementer('A1', [{ do: 'answer', from: 'wave', text: 'Drop them.' }]),
      ASKER,
    ]);
    expect(await runJson(one)).toMatchObject({ codes: [], closed: true, status: 0 });
    expect(await git(one.place, one.repository, 'show', 'HEAD:lib/a7.ts')).toBe('Drop them.');
    const tasks = await json<readonly Task[]>(one, 'control', 'task', 'list');
    expect(tasks.map(({ taskType, state, assigneeAgentId }) => [taskType, state, assigneeAgentId])).toEqual([
      ['clarification', 'resolved', null],
      ['request', 'resolved', 'A1'],
    ]);
    expect(bodiesOf(one, 'agent.started').filter(({ agent }) => agent === 'A7')).toHaveLength(1);
  });

  test('nobody in the wave can answer reaches a person once, and the operator’s hands end all of it', async () => {
    const one = await stage(10, [
      implementer('A1', []),
      implementer('A7', [{ do: 'run', argv: ['wave', ...ASK] }]),
    ]);
    // The code has landed, every gate else would hold: the question holds the wave all the same.
    expect(await runJson(one)).toMatchObject({ ok: false, closed: false, status: 43 });
    const escalations = bodiesOf(one, 'post').filter((post) => post.kind === 'human-escalation');
    expect(escalations).toHaveLength(1);

    const status = await json<StatusJson>(
      one,
      ...['control', 'status', '--lane', 'main', '--wave', '10', '--agent', 'A7'],
    );
    expect(status).toMatchObject({
      agentId: 'A7',
      blockingEdge: { kind: 'human-escalation', from: 'A7', owner: { kind: 'person' } },
      logicalAgents: [{ agentId: 'A7', state: 'blocked' }],
      tasks: [{ name: 'clarify-a7-rollout', taskType: 'clarification', state: 'open' }],
    });

    await at(one, ...act('reassign', '--id', 'clarify-a7-rollout', '--to', 'A1'));
    expect(await json(one, 'control', 'task', 'get', '--id', 'clarify-a7-rollout')).toMatchObject({
      state: 'open',
      assigneeAgentId: 'A1',
    });
    expect(
      await json(
        one,
        ...act('resolve', '--id', 'escalation-clarify-a7-rollout'),
        ...['--detail', 'Published command surface covers this question.'],
      ),
    ).toMatchObject({
      task: { taskType: 'escalation', state: 'resolved' },
      settled: [status.tasks[0]?.taskId],
    });

    const after = await json<StatusJson>(one, 'control', 'status', '--lane', 'main', '--wave', '10');
    expect(after.tasks).toEqual([]);
    expect(after.helperAssignments).toEqual([]);
    const all = await json<readonly Task[]>(one, 'control', 'task', 'list');
    expect(all.map(({ taskType, state }) => `${taskType} ${state}`)).toEqual([
      'clarification resolved',
      'escalation resolved',
    ]);
    expect(await json(one, 'control', 'task', 'get', '--id', 'clarify-a7-rollout')).toMatchObject({
      answer: { by: 'operator', text: 'Published command surface covers this question.' },
    });
    expect(await runJson(one)).toMatchObject({ codes: [], closed: true, status: 0 });
    expect(bodiesOf(one, 'agent.started').map(({ attempt, agent }) => `${attempt} ${agent}`)).toEqual([
      '1 A1',
      '1 A7',
      '2 A9',
      '2 A0',
    ]);
  });
});
