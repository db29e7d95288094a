/** Ids from causes (design §4): known before anything is sent, so a second delivery adds nothing. */
import { hash } from 'node:crypto';
import type { AgentId } from '../contract/index.ts';
import type { EntryId, InstanceId, RunId } from './types.ts';

/** The `n`-th thing an agent said in one of its attempts. */
export const agentEntryId = (run: RunId, attempt: number, agent: AgentId, n: number | string): EntryId =>
  `${run}.${attempt}.${agent}.${n}`;
/** A control fact: what a job of a run established. */
export const factId = (run: RunId, attempt: number, job: string, name: string): EntryId =>
  `${run}.${attempt}.${job}.${name}`;
/** A command in a comment. */
export const commentEntryId = (comment: number, index: number): EntryId => `gh.${comment}.${index}`;
export const timerId = (record: EntryId, clock: 'ack' | 'resolve', cycle: number): EntryId =>
  `timer.${record}.${clock}.${cycle}`;

export type Origin =
  | { readonly kind: 'local' }
  | { readonly kind: 'pr'; readonly number: number }
  | { readonly kind: 'branch'; readonly name: string };

export const instanceId = (lane: string, wave: number, origin: Origin): InstanceId => {
  const name =
    origin.kind === 'local'
      ? 'local'
      : origin.kind === 'pr'
        ? `pr-${origin.number}`
        : `branch-${origin.name.toLowerCase().replaceAll(/[^a-z0-9._-]+/g, '-')}`;
  return `${lane}/wave-${wave}/${name}`;
};

export const parseInstanceId = (instance: InstanceId): { lane: string; wave: number; origin: string } => {
  const [lane = '', wave = '', origin = ''] = instance.split('/');
  return { lane, wave: Number(wave.slice('wave-'.length)), origin };
};

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** What people type: `<agent>-<4 base32 digits of the id's sha256>`, for example `A2-k7mq`. */
export const handleOf = (speaker: string, id: EntryId): string => {
  // Hexadecimal text costs less to make than a buffer; five digits are the 20 bits four of base32 take.
  let bits = Number.parseInt(hash('sha256', id).slice(0, 5), 16);
  let text = '';
  for (let i = 0; i < 4; i++) {
    text = (BASE32[bits & 31] ?? '') + text;
    bits >>>= 5;
  }
  return `${speaker}-${text}`;
};
