import { checkBudgets } from './budget-check.ts';
import { error, type Report } from './diagnostic.ts';
import { EXIT_FIELDS, EXIT_LEVELS, meetsLevel } from './exit-contract.ts';
import { shorten } from './items.ts';
import { protectedBy } from './policy.ts';
import type { Config, ExecutorId, Policy, SourceSpan, VerifyCommand } from './types.ts';
import type { AgentReading } from './wave.ts';

const SIMULATED: ReadonlySet<ExecutorId> = new Set(['command', 'local'] as const);

/** Work that no model did: base policy says whether it may close a wave (design §6). */
export function isSimulated(id: ExecutorId): boolean {
  return SIMULATED.has(id);
}

/** Everything the wave asks for that the base branch does not grant. */
export function checkPolicy(
  readings: readonly AgentReading[],
  waveVerify: readonly VerifyCommand[],
  settings: { readonly policy: Policy; readonly config: Config; readonly start: SourceSpan },
  report: Report,
): void {
  const { policy, config, start } = settings;
  checkRoles(readings, policy, config, start, report);
  const surplus = readings[policy.maxAgents];
  if (surplus !== undefined) {
    const message = `the wave has ${readings.length} agents; the base branch allows ${policy.maxAgents}`;
    report(error('too-many-agents', surplus.agent.at, message, { fix: 'split the wave' }));
  }
  for (const reading of readings) {
    checkExecutor(reading, policy, report);
    checkExitContract(reading, policy, report);
    for (const { path, at } of reading.agent.ownedPaths) {
      const pattern = protectedBy(policy, path);
      if (pattern === null) continue;
      const message = `${shorten(path)} is protected by the base branch (${pattern})`;
      report(
        error('protected-path-owned', at, message, {
          fix: 'change it by hand, in a pull request of its own',
        }),
      );
    }
  }
  checkBudgets(readings, policy, report);
  for (const command of [...waveVerify, ...readings.flatMap(({ agent }) => agent.verify)]) {
    checkVerify(command, policy, start, report);
  }
}

function checkRoles(
  readings: readonly AgentReading[],
  policy: Policy,
  config: Config,
  start: SourceSpan,
  report: Report,
): void {
  const has = (role: string): boolean => readings.some(({ agent }) => agent.role === role);
  const ids: Readonly<Record<string, string>> = {
    'cont-eval': config.roles.contEvalAgentId,
    integration: config.roles.integrationAgentId,
    documentation: config.roles.documentationAgentId,
  };
  if (readings.length > 0 && !has('cont-qa')) {
    const id = config.roles.contQaAgentId;
    const message = `the wave has no cont-QA agent (${id}), and nobody else may close it`;
    report(error('missing-cont-qa', start, message, { expected: `## Agent ${id}: cont-QA` }));
  }
  for (const role of policy.requiredRoles) {
    if (role === 'cont-qa' || readings.length === 0 || has(role)) continue;
    const id = ids[role];
    const expected =
      id === undefined ? 'an agent with the capability security-review' : `## Agent ${id}: ${role}`;
    report(error('missing-required-role', start, `the base branch requires a ${role} agent`, { expected }));
  }
}

function checkExecutor({ agent, executorAt, timeoutAt }: AgentReading, policy: Policy, report: Report): void {
  const { id, timeoutMs, fallbacks } = agent.executor;
  const allowed = policy.executors[agent.role];
  const name = shorten(agent.id);
  // What was typed is not in the file the finding points into.
  const [asked, other] =
    agent.executor.selectedBy === 'cli'
      ? [`${id}, as --executor asks`, 'take it out of --executor']
      : [id, 'choose another executor'];
  if (isSimulated(id) && !policy.allowSimulated) {
    report(
      error(
        'simulated-not-allowed',
        executorAt,
        `${name} runs as ${asked}, and the base branch takes no simulated work`,
        {
          expected: allowed.join(', '),
          fix: `${other}, or set policy.allowSimulated in wave.config.json on the base branch`,
        },
      ),
    );
  } else if (!allowed.includes(id)) {
    report(
      error('executor-not-allowed', executorAt, `${name} (${agent.role}) may not run as ${asked}`, {
        expected: allowed.join(', ') || 'no executor is allowed for this role',
        fix: `${other}, or add ${id} to policy.executors.${agent.role} in wave.config.json on the base branch`,
      }),
    );
  }
  for (const fallback of fallbacks)
    if (!allowed.includes(fallback) || (isSimulated(fallback) && !policy.allowSimulated))
      report(
        error(
          'executor-not-allowed',
          executorAt,
          `${name} (${agent.role}) may not fall back to ${fallback}`,
          {
            expected: allowed.join(', ') || 'no executor is allowed for this role',
            fix: `take ${fallback} out of its fallbacks`,
          },
        ),
      );
  const capMs = policy.maxAgentMinutes * 60_000;
  if (timeoutMs > capMs) reportCap(timeoutAt, `${name} asks`, timeoutMs, policy, report);
}

function checkExitContract({ agent, exitContractAt }: AgentReading, policy: Policy, report: Report): void {
  if (agent.role !== 'implementation') return;
  for (const field of EXIT_FIELDS) {
    const required = policy.minimumExitContract[field];
    const given = agent.exitContract?.[field];
    if (meetsLevel(field, given, required)) continue;
    const levels: readonly string[] = EXIT_LEVELS[field];
    const key = field === 'docImpact' ? 'doc-impact' : field;
    const written = given === undefined ? `has no ${key} in its exit contract` : `asks for ${key} ${given}`;
    report(
      error('exit-contract-below-minimum', exitContractAt, `${shorten(agent.id)} ${written}`, {
        expected: levels.slice(levels.indexOf(required ?? '')).join(' or '),
        fix: `write "- ${key}: ${required}" in its ### Exit contract`,
      }),
    );
  }
}

function checkVerify(command: VerifyCommand, policy: Policy, start: SourceSpan, report: Report): void {
  const at = command.at ?? start;
  const [program = ''] = command.argv;
  if (!policy.verifyPrograms.includes(program)) {
    report(
      error('verify-program-not-allowed', at, `"${shorten(program)}" is not a program Verify may start`, {
        expected: policy.verifyPrograms.join(', '),
        fix: 'run it through an allowed program, or add it to policy.verifyPrograms on the base branch',
      }),
    );
  }
  if (command.timeoutMs > policy.maxAgentMinutes * 60_000) {
    reportCap(at, 'the command asks', command.timeoutMs, policy, report);
  }
}

function reportCap(at: SourceSpan, who: string, ms: number, policy: Policy, report: Report): void {
  const minutes = Math.ceil(ms / 60_000);
  const message = `${who} for ${minutes} minutes; the base branch allows ${policy.maxAgentMinutes}`;
  report(error('timeout-above-cap', at, message, { fix: `ask for ${policy.maxAgentMinutes}m or less` }));
}
