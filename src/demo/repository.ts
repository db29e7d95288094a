/** Makes the throwaway repository: a small library, a wave, a configuration, and the scripts of the agents beside it. */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { DemoAgent, DemoPlan } from './plan.ts';
import type { Script } from './script.ts';

const execute = promisify(execFile);

const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n');

const section = (id: string, title: string, parts: Readonly<Record<string, string>>): string =>
  [
    `## Agent ${id}: ${title}`,
    ...Object.entries(parts).map(([heading, body]) => `### ${heading}\n\n${body}`),
  ].join('\n\n');

const prompt = (text: string, owned: readonly string[]): string =>
  ['```text', text, '', 'File ownership (only touch these paths):', list(owned), '```'].join('\n');

const agentSection = (agent: DemoAgent): string => {
  const bullets = (heading: string, items: readonly string[] = []): Readonly<Record<string, string>> =>
    items.length === 0 ? {} : { [heading]: list(items) };
  return section(agent.id, agent.title, {
    Executor: list(['id: command', `command.program: ${agent.id}`, `timeout: ${agent.timeout ?? '60s'}`]),
    ...(agent.role === 'implementation'
      ? {
          'Exit contract': list([
            'completion: integrated',
            'durability: durable',
            'proof: integration',
            'doc-impact: owned',
          ]),
        }
      : {}),
    ...bullets('Capabilities', agent.capabilities),
    ...bullets('Components', agent.components),
    ...bullets('Deliverables', agent.deliverables),
    Prompt: prompt(agent.prompt, agent.owns),
  });
};

export const waveMarkdown = (plan: DemoPlan): string => {
  const promotions = plan.promotions.map((one) => `${one.component}: ${one.to}`);
  const targets = plan.evalTargets.map(
    ({ id, benchmarks, objective, threshold }) =>
      `id: ${id} | selection: pinned | benchmarks: ${benchmarks.join(', ')} | objective: ${objective} | threshold: ${threshold}`,
  );
  const part = (heading: string, items: readonly string[]): readonly string[] =>
    items.length === 0 ? [] : [`## ${heading}`, list(items)];
  return `${[
    `# Wave ${plan.wave} - ${plan.title}`,
    `**Commit message**: \`${plan.title}\``,
    ...part('Verify', [`run: ${plan.verify} | timeout: 60s`]),
    ...part('Component promotions', promotions),
    ...part('Eval targets', targets),
    ...plan.agents.map(agentSection),
  ].join('\n\n')}\n`;
};

/** `wave.config.json`: who the stewards are, which programs the agents run, and that a simulated wave may close here. */
export const waveConfig = (plan: DemoPlan, program: (agent: string) => readonly string[]): string => {
  const roles = [...new Set(plan.agents.map((agent) => agent.role))];
  const idOf = (key: string, role: DemoAgent['role']): Readonly<Record<string, string>> => {
    const agent = plan.agents.find((one) => one.role === role);
    return agent === undefined ? {} : { [key]: agent.id };
  };
  return `${JSON.stringify(
    {
      version: 1,
      projectName: 'wave demo',
      roles: {
        ...idOf('contEvalAgentId', 'cont-eval'),
        ...idOf('integrationAgentId', 'integration'),
        ...idOf('documentationAgentId', 'documentation'),
        ...idOf('contQaAgentId', 'cont-qa'),
      },
      maxRetriesPerWave: plan.retries,
      executors: {
        default: 'command',
        command: {
          programs: Object.fromEntries(plan.agents.map(({ id }) => [id, { argv: program(id) }])),
        },
      },
      policy: {
        executors: Object.fromEntries(roles.map((role) => [role, ['command']])),
        requiredRoles: roles.filter((role) => role !== 'implementation'),
        isolation: 'none',
        allowSimulated: true,
      },
    },
    null,
    2,
  )}\n`;
};

const git = (dir: string, ...args: readonly string[]): Promise<unknown> =>
  execute('git', ['-C', dir, ...args]);

/** Every file of the repository before the wave runs. */
export const repositoryFiles = (
  plan: DemoPlan,
  program: (agent: string) => readonly string[],
): Readonly<Record<string, string>> => ({
  ...plan.files,
  '.gitignore': '.tmp/\nnode_modules/\n',
  'wave.config.json': waveConfig(plan, program),
  [`docs/plans/waves/wave-${plan.wave}.md`]: waveMarkdown(plan),
});

/** Writes what each agent will do, beside the repository. @returns how an agent is started */
export const writeScripts = async (
  scripts: string,
  plan: DemoPlan,
  agentProgram: readonly string[],
): Promise<(agent: string) => readonly string[]> => {
  await mkdir(scripts, { recursive: true });
  for (const { id, actions } of plan.agents) {
    const script: Script = { agent: id, actions };
    await writeFile(join(scripts, `${id}.json`), JSON.stringify(script));
  }
  return (agent) => [...agentProgram, join(scripts, `${agent}.json`)];
};

/**
 * @param dir an empty folder: `repository/` and `scripts/` are made in it
 * @param agentProgram how a demo agent is started, without its script
 */
export const makeRepository = async (
  dir: string,
  plan: DemoPlan,
  agentProgram: readonly string[],
): Promise<string> => {
  const repository = join(dir, 'repository');
  const program = await writeScripts(join(dir, 'scripts'), plan, agentProgram);
  for (const [path, text] of Object.entries(repositoryFiles(plan, program))) {
    const file = join(repository, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  await git(repository, 'init', '--quiet', '--initial-branch=main');
  await git(repository, 'config', 'user.name', 'Demo');
  await git(repository, 'config', 'user.email', 'demo@example.invalid');
  await git(repository, 'add', '.');
  await git(repository, 'commit', '--quiet', '-m', 'A small library and a wave');
  return repository;
};
