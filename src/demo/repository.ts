/** Makes the throwaway repository: a small library, a wave, a configuration, and the scripts of the agents beside it. */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { DemoPlan } from './plan.ts';
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

export const waveMarkdown = (plan: DemoPlan): string =>
  `${[
    `# Wave ${plan.wave} - ${plan.title}`,
    `**Commit message**: \`${plan.title}\``,
    `## Verify\n\n- run: ${plan.verify} | timeout: 60s`,
    ...plan.workers.map((agent) =>
      section(agent.id, agent.title, {
        Executor: list(['id: command', `command.program: ${agent.id}`, `timeout: ${agent.timeout}`]),
        'Exit contract': list([
          'completion: integrated',
          'durability: durable',
          'proof: integration',
          'doc-impact: owned',
        ]),
        Deliverables: list(agent.deliverables),
        Prompt: prompt(agent.prompt, [agent.folder]),
      }),
    ),
    section(plan.documentation.id, 'Documentation', {
      Executor: list(['id: command', `command.program: ${plan.documentation.id}`, 'timeout: 60s']),
      Deliverables: list([plan.documentation.path]),
      Prompt: prompt('Say what the library does now.', [plan.documentation.path]),
    }),
    section(plan.contQa.id, 'cont-QA', {
      Executor: list(['id: command', `command.program: ${plan.contQa.id}`, 'timeout: 60s']),
      Prompt: prompt('Judge the merged tree against the wave.', [plan.contQa.report]),
    }),
  ].join('\n\n')}\n`;

const everybody = (plan: DemoPlan): readonly Script[] =>
  [...plan.workers, plan.documentation, plan.contQa].map((agent) => ({
    agent: agent.id,
    actions: agent.actions,
  }));

/** `wave.config.json`: who the stewards are, which programs the agents run, and that a simulated wave may close here. */
export const waveConfig = (plan: DemoPlan, program: (agent: string) => readonly string[]): string =>
  `${JSON.stringify(
    {
      version: 1,
      projectName: 'wave demo',
      roles: { contQaAgentId: plan.contQa.id, documentationAgentId: plan.documentation.id },
      executors: {
        default: 'command',
        command: {
          programs: Object.fromEntries(everybody(plan).map(({ agent }) => [agent, { argv: program(agent) }])),
        },
      },
      policy: {
        executors: Object.fromEntries(
          ['implementation', 'documentation', 'cont-qa'].map((role) => [role, ['command']]),
        ),
        requiredRoles: ['documentation', 'cont-qa'],
        isolation: 'none',
        allowSimulated: true,
      },
    },
    null,
    2,
  )}\n`;

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
  for (const script of everybody(plan))
    await writeFile(join(scripts, `${script.agent}.json`), JSON.stringify(script));
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
