/** From inputs to one use case, and from what it came to, to outputs, log and job summary. */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { error as annotate, info, setFailed, setOutput, setSecret, summary } from '@actions/core';
import { failing, type Gate } from '../closure/index.ts';
import type { Contract } from '../contract/index.ts';
import { artifactExchange, githubApi, readEvent, systemClock } from '../host/index.ts';
import {
  agentJob,
  type CloseOutcome,
  closeJob,
  type JobContext,
  planJob,
  positionText,
  proveJob,
  readPosition,
  readTicket,
  recordJob,
  refuseWritableToken,
  stepJob,
  stewardJob,
  WaveFailure,
} from '../run/index.ts';
import { entryLine, jobSummary, PLAIN_STYLE, renderDiagnostics, renderOutcome } from '../views/index.ts';
import { type Inputs, type Runner, readInputs, readRunner } from './inputs.ts';

/** The bundled command line beside us: what an agent's `wave` starts. */
const waveCommand = (): readonly string[] => [
  process.execPath,
  fileURLToPath(
    new URL(import.meta.url.endsWith('.ts') ? '../cli/main.ts' : '../cli/main.js', import.meta.url),
  ),
];

const stopSignal = (): AbortSignal => {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort());
  return controller.signal;
};

/** Agents and declared commands run beside us: what opens artifacts and API is taken out of the environment first. */
const takeSecrets = (): void => {
  for (const name of Object.keys(process.env))
    if (/^(?:INPUT_TOKEN|GITHUB_TOKEN|ACTIONS_ID_TOKEN_REQUEST_(?:TOKEN|URL)|ACTIONS_CACHE_URL)$/i.test(name))
      delete process.env[name];
};

const exchangeOf = ({ resultsUrl, runtimeToken, temp }: Runner): ReturnType<typeof artifactExchange> => {
  if (resultsUrl === null || runtimeToken === null)
    throw new WaveFailure(
      'no-artifacts',
      'this runner offers no artifact service (ACTIONS_RESULTS_URL, ACTIONS_RUNTIME_TOKEN)',
      'Run this on GitHub Actions; GHES is not supported.',
    );
  return artifactExchange({ resultsUrl, runtimeToken, temporaryRoot: temp });
};

const contextOf = async (inputs: Inputs, runner: Runner): Promise<JobContext> => {
  if (inputs.token === '')
    throw new WaveFailure('bad-input', 'input token is empty', 'Pass `token: ${{ github.token }}`.');
  setSecret(inputs.token);
  takeSecrets();
  return {
    github: githubApi({ apiUrl: runner.apiUrl, token: inputs.token, owner: runner.owner, repo: runner.repo }),
    exchange: exchangeOf(runner),
    event: readEvent(runner.eventName, runner.payload),
    remote: {
      url: `${runner.serverUrl}/${runner.owner}/${runner.repo}`,
      auth: {
        header: `Authorization: basic ${Buffer.from(`x-access-token:${inputs.token}`).toString('base64')}`,
      },
    },
    serverUrl: runner.serverUrl,
    repository: `${runner.owner}/${runner.repo}`,
    runId: runner.runId,
    runAttempt: runner.runAttempt,
    workDir: await mkdtemp(join(runner.temp, 'wave-')),
    clock: systemClock,
    sleep: (ms) => wait(ms),
    random: Math.random,
    waveCommand: waveCommand(),
    pollMs: inputs.pollMs,
    log: info,
    signal: stopSignal(),
  };
};

/** The job summary is for people; a runner without one is no reason to fail. */
const writeSummary = async (text: string): Promise<void> => {
  if (process.env['GITHUB_STEP_SUMMARY'] === undefined) return;
  await summary.addRaw(text, true).write();
};

const sayGates = (all: readonly Gate[]): void => {
  for (const reason of failing(all))
    annotate(`${reason.gate}: ${reason.code}: ${reason.agent ?? ''} ${reason.detail}`, {
      title: reason.code,
    });
};

const sayClose = async ({
  session,
  gates,
  closed,
  code,
  commit,
  exitCode,
}: CloseOutcome): Promise<number> => {
  const { contract, recorder } = session;
  const state = recorder.state();
  info(
    renderOutcome(
      {
        contract,
        state,
        gates,
        tree: null,
        closed,
        commit,
        reportPath: null,
        command: 'npx wave-orchestration',
      },
      PLAIN_STYLE,
    ),
  );
  setOutput('closed', String(closed));
  setOutput('code', code ?? '');
  setOutput('commit', commit ?? '');
  sayGates(gates);
  await writeSummary(jobSummary({ contract, state, gates }));
  if (!closed) setFailed(`the wave is not closed: ${code ?? ''}`);
  return exitCode === 0 ? 0 : 1;
};

const wholeWave = async (inputs: Inputs, runner: Runner): Promise<number> => {
  if (!/^\d{1,6}$/.test(inputs.wave))
    throw new WaveFailure(
      'bad-input',
      'input wave is not a wave number',
      'Pass `wave: 3` with `phase: all`.',
    );
  if (inputs.token !== '') {
    setSecret(inputs.token);
    await refuseWritableToken(
      githubApi({ apiUrl: runner.apiUrl, token: inputs.token, owner: runner.owner, repo: runner.repo }),
    );
  }
  takeSecrets();
  let contract: Contract | null = null;
  const outcome = await stepJob(
    {
      repoDir: runner.workspace,
      wave: Number(inputs.wave),
      ...(inputs.lane === '' ? {} : { lane: inputs.lane }),
      commandLine: `wave ${inputs.wave} as a step of an action`,
      waveCommand: waveCommand(),
      clock: systemClock,
      signal: stopSignal(),
      onStart: (session) => {
        contract = session.contract;
      },
      listen: (entry, state) => {
        const line = contract === null ? '' : entryLine(contract, state, entry);
        if (line !== '') info(`${entry.at.slice(11, 19)} ${line}`);
      },
    },
    exchangeOf(runner),
    runner.runAttempt,
  );
  if (outcome.kind === 'invalid') {
    info(
      renderDiagnostics(
        outcome.reading.diagnostics,
        (file) => outcome.reading.sources.get(file) ?? null,
        PLAIN_STYLE,
      ),
    );
    setFailed('the wave cannot be read');
    return 1;
  }
  if (outcome.kind === 'complete') return 0;
  if (outcome.kind === 'interrupted') return outcome.exitCode;
  const closed = outcome.kind === 'closed';
  info(
    renderOutcome(
      {
        contract: outcome.session.contract,
        state: outcome.state,
        gates: outcome.gates,
        tree: outcome.tree,
        closed,
        commit: outcome.commit,
        reportPath: null,
        command: 'npx wave-orchestration',
      },
      PLAIN_STYLE,
    ),
  );
  setOutput('closed', String(closed));
  sayGates(outcome.gates);
  await writeSummary(
    jobSummary({ contract: outcome.session.contract, state: outcome.state, gates: outcome.gates }),
  );
  if (!closed) setFailed(`the wave is not closed: ${failing(outcome.gates)[0]?.code ?? ''}`);
  return closed ? 0 : 1;
};

export const runPhase = async (): Promise<number> => {
  const inputs = readInputs();
  const runner = readRunner();
  if (inputs.phase === 'all') return wholeWave(inputs, runner);
  const context = await contextOf(inputs, runner);
  if (inputs.phase === 'plan') {
    const plan = await planJob(context);
    setOutput('proceed', String(plan.kind === 'run'));
    if (plan.kind === 'nothing') {
      info(plan.why);
      if (plan.red) setFailed(plan.why);
      return plan.red ? 1 : 0;
    }
    info(`attempt ${plan.ticket.attempt} of ${plan.ticket.instance}: ${plan.ticket.agents.join(', ')}`);
    setOutput('plan', JSON.stringify(plan.ticket));
    setOutput('agents', JSON.stringify(plan.ticket.agents));
    setOutput('stages', JSON.stringify(plan.ticket.stages));
    return 0;
  }
  const ticket = readTicket(inputs.plan);
  const journal = inputs.tip === '' ? ticket.journal : readPosition(inputs.tip);
  switch (inputs.phase) {
    case 'agent':
      await agentJob(context, ticket, inputs.agent);
      return 0;
    case 'record':
      setOutput('tip', positionText(await recordJob(context, ticket)));
      return 0;
    case 'prove':
    case 'prove-again':
      await proveJob(context, ticket, journal, inputs.phase === 'prove-again');
      return 0;
    case 'steward':
      await stewardJob(context, ticket, journal, inputs.stage);
      return 0;
    case 'close':
      return sayClose(await closeJob(context, ticket, journal));
  }
};
