/**
 * What a person at this machine says of a wave, an operator, appended under the journal's lock. An agent's own words are
 * agent-voice.ts.
 */
import { randomHex } from '../host/index.ts';
import type { CoordinationBody, Entry } from '../journal/index.ts';
import { type OpenWave, WaveFailure } from '../run/index.ts';
import { type CoordinationRecord, findRecord } from '../state/index.ts';
import { type Common, reading, waveNumber } from './terminal.ts';

export type SpeakOptions = Common & { readonly wave?: string; readonly agent?: string };

export const waveOf = (options: SpeakOptions): number | undefined =>
  options.wave === undefined ? undefined : waveNumber(options.wave);

/** The agent's id, when the wave has it. */
export const knownAgent = ({ contract }: OpenWave, id: string): string => {
  const agents = contract.agents.map((one) => one.id);
  if (agents.includes(id)) return id;
  throw new WaveFailure(
    'unknown-agent',
    `there is no agent ${id.slice(0, 40)} in wave ${contract.wave}`,
    `Agents: ${agents.join(', ')}.`,
  );
};

/** A person gets told at once what an agent, who cannot see the contract, is told by the fold: nobody is called that. */
const knownTarget = ({ contract }: OpenWave, target: string): void => {
  const agents = contract.agents.map((one) => one.id);
  const id = target.startsWith('agent:') ? target.slice('agent:'.length).trim() : target.trim();
  if (target.startsWith('capability:') || agents.includes(id)) return;
  throw new WaveFailure(
    'unknown-agent',
    `there is no agent ${id.slice(0, 40)} in wave ${contract.wave}`,
    `Agents: ${agents.join(', ')}; or capability:<name>.`,
  );
};

/** The record of an id, handle or given name, as it stands now. */
export const recordNamed = (open: OpenWave, name: string): CoordinationRecord => {
  const found = findRecord(open.currentState(), name);
  if (found.kind === 'found') return found.record;
  throw found.kind === 'none'
    ? new WaveFailure(
        'unknown-record',
        `there is no record “${name.slice(0, 80)}” in wave ${open.contract.wave}`,
        'wave coord show lists them.',
      )
    : new WaveFailure(
        'ambiguous-handle',
        `“${name.slice(0, 80)}” could be ${found.candidates.join(' or ')}`,
        'Give the whole id.',
      );
};

/** What an operator says, with every name in it as the id it stands for. */
const spelledOut = (open: OpenWave, body: CoordinationBody): CoordinationBody => {
  if (body.type === 'signal' || body.type === 'wait') return body;
  if (body.type === 'post' || body.type === 'update')
    for (const target of body.targets ?? []) knownTarget(open, target);
  if (body.type !== 'post') return { ...body, record: recordNamed(open, body.record).id };
  const { name } = body;
  const taken = name === undefined ? null : findRecord(open.currentState(), name);
  if (name !== undefined && taken !== null && taken.kind !== 'none')
    throw new WaveFailure(
      'name-taken',
      `“${name}” names a record of wave ${open.contract.wave} already`,
      `Take another one, or look at it: wave coord show ${name}.`,
    );
  return body.dependsOn === undefined
    ? body
    : { ...body, dependsOn: body.dependsOn.map((one) => recordNamed(open, one).id) };
};

/** The entry an operator wrote, and the record it is about. */
export type Said = { readonly entry: Entry; readonly record: CoordinationRecord | undefined };

/** Appends as an operator; `as` when they speak for an agent of the wave. */
export const sayAsOperator = async (
  open: OpenWave,
  body: CoordinationBody,
  as: string | undefined,
): Promise<Said> => {
  const speaksFor = as === undefined ? undefined : knownAgent(open, as);
  const entry = await open.say(
    `op.${Date.now().toString(36)}${randomHex(4)}`,
    spelledOut(open, body),
    speaksFor,
    new Date().toISOString(),
  );
  const id = 'record' in entry.body && entry.body.type !== 'timer.fired' ? entry.body.record : entry.id;
  return { entry, record: open.currentState().records.get(id) };
};

export const readingWave = <T>(options: SpeakOptions, use: (open: OpenWave) => Promise<T>): Promise<T> =>
  reading(options, waveOf(options), use);
