/** The action's inputs and the runner's environment, checked. Nothing here is ever put into a shell. */
import { readFileSync } from 'node:fs';
import { getInput } from '@actions/core';
import { WaveFailure } from '../run/index.ts';

export const PHASES = ['plan', 'agent', 'record', 'prove', 'prove-again', 'steward', 'close', 'all'] as const;
export type Phase = (typeof PHASES)[number];

export type Inputs = {
  readonly phase: Phase;
  readonly token: string;
  readonly plan: string;
  readonly tip: string;
  readonly agent: string;
  readonly stage: number;
  readonly wave: string;
  readonly lane: string;
  readonly pollMs: number;
};

const number = (name: string, text: string, fallback: number): number => {
  if (text === '') return fallback;
  if (!/^\d{1,6}$/.test(text))
    throw new WaveFailure(
      'bad-input',
      `input ${name} takes a whole number, not “${text.slice(0, 40)}”`,
      'Use wave.yml as it is published.',
    );
  return Number(text);
};

export const readInputs = (): Inputs => {
  const phase = PHASES.find((one) => one === getInput('phase'));
  if (phase === undefined)
    throw new WaveFailure(
      'bad-input',
      `there is no phase “${getInput('phase').slice(0, 40)}”`,
      `Phases: ${PHASES.join(', ')}.`,
    );
  return {
    phase,
    token: getInput('token'),
    plan: getInput('plan'),
    tip: getInput('tip'),
    agent: getInput('agent'),
    stage: number('stage', getInput('stage'), 0),
    wave: getInput('wave'),
    lane: getInput('lane'),
    pollMs: number('poll-seconds', getInput('poll-seconds'), 75) * 1000,
  };
};

const variable = (name: string): string => {
  const value = process.env[name];
  if (value === undefined || value === '')
    throw new WaveFailure(
      'no-runner',
      `${name} is not set`,
      'This program is the entry of a GitHub action; on your machine use the wave command.',
    );
  return value;
};

export type Runner = {
  readonly eventName: string;
  readonly payload: unknown;
  readonly owner: string;
  readonly repo: string;
  readonly serverUrl: string;
  readonly apiUrl: string;
  readonly runId: string;
  readonly runAttempt: number;
  readonly temp: string;
  readonly workspace: string;
  readonly resultsUrl: string | null;
  readonly runtimeToken: string | null;
};

export const readRunner = (): Runner => {
  const [owner = '', repo = ''] = variable('GITHUB_REPOSITORY').split('/');
  const runId = variable('GITHUB_RUN_ID');
  if (!/^\d{1,20}$/.test(runId))
    throw new WaveFailure('no-runner', 'GITHUB_RUN_ID is no number', 'Run this in GitHub Actions.');
  let payload: unknown = null;
  try {
    payload = JSON.parse(readFileSync(variable('GITHUB_EVENT_PATH'), 'utf8'));
  } catch {
    // readEvent says what is wrong with a payload that cannot be read.
  }
  return {
    eventName: variable('GITHUB_EVENT_NAME'),
    payload,
    owner,
    repo,
    serverUrl: variable('GITHUB_SERVER_URL').replace(/\/$/, ''),
    apiUrl: variable('GITHUB_API_URL').replace(/\/$/, ''),
    runId,
    runAttempt: Number(process.env['GITHUB_RUN_ATTEMPT'] ?? '1') || 1,
    temp: variable('RUNNER_TEMP'),
    workspace: process.env['GITHUB_WORKSPACE'] ?? process.cwd(),
    resultsUrl: process.env['ACTIONS_RESULTS_URL'] ?? null,
    runtimeToken: process.env['ACTIONS_RUNTIME_TOKEN'] ?? null,
  };
};
