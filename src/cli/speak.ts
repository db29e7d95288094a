/**
 * Who says something, and how it is written down. Inside an agent's run it is that agent, through its outbox; anywhere
 * else a person at this machine, an operator, appending under the journal's lock.
 */
import { readInbox } from '../agents/index.ts';
import { randomHex } from '../host/index.ts';
import { agentEntryId, type CoordinationBody, type Entry } from '../journal/index.ts';
import { type OpenWave, WaveFailure } from '../run/index.ts';
import { type CoordinationRecord, findRecord } from '../state/index.ts';
import { postOwn } from './outbox-post.ts';
import { type Common, reading, waveNumber } from './terminal.ts';

export type SpeakOptions = Common & { readonly wave?: string; readonly agent?: string };

export type Speaker = {
  readonly agent: string;
  readonly outbox: string;
  readonly inbox: string;
  readonly run: string;
  readonly attempt: number;
};

/** Who is speaking: an agent in its own run, or nobody of the wave. */
export const speakingAgent = (claimed: string | undefined): Speaker | null => {
  const {
    WAVE_AGENT: agent,
    WAVE_OUTBOX: outbox,
    WAVE_INBOX: inbox,
    WAVE_RUN: run,
    WAVE_ATTEMPT: attempt,
  } = process.env;
  if (
    agent === undefined ||
    outbox === undefined ||
    inbox === undefined ||
    run === undefined ||
    attempt === undefined
  )
    return null;
  if (claimed !== undefined && claimed !== agent)
    throw new WaveFailure(
      'not-your-name',
      `you are ${agent} and cannot speak as ${claimed}`,
      `Leave --agent out, or say --agent ${agent}.`,
    );
  return { agent, outbox, inbox, run, attempt: Number(attempt) };
};

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
  if (body.type === 'signal') return body;
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

/** What an agent put into its outbox, by the id it will be known by. */
export const sayAsAgent = async (speaker: Speaker, body: CoordinationBody): Promise<string> =>
  agentEntryId(speaker.run, speaker.attempt, speaker.agent, await postOwn(speaker.outbox, body));

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

/** What an agent was last given to read. */
export const ownInbox = (speaker: Speaker): ReturnType<typeof readInbox> => readInbox(speaker.inbox);

export const readingWave = <T>(options: SpeakOptions, use: (open: OpenWave) => Promise<T>): Promise<T> =>
  reading(options, waveOf(options), use);
