/** Why an attempt was refused, as whoever is launched because of it reads it. */
import type { LastRefusal } from '../closure/index.ts';
import type { EndReason } from '../journal/index.ts';
import { visible } from './text.ts';

const said = ({ code, detail }: EndReason): string => `${visible(code)}: ${visible(detail)}`;

/** One line a reason, those about the agent first; what they quote was said by agents and programs. */
export const refusalLines = ({ own, others }: LastRefusal): readonly string[] => [
  ...own.map((one) => `yours: ${said(one)}`),
  ...others.map((one) => `${visible(one.agent ?? one.gate)}: ${said(one)}`),
];
