/** What somebody does about a task, as the entry it makes. */
import type { CoordinationBody } from '../journal/index.ts';
import { WaveFailure } from '../run/failure/index.ts';
import type { SpeakOptions } from './speak.ts';

export const VERBS = [
  'start',
  'resolve',
  'dismiss',
  'cancel',
  'reassign',
  'answer',
  'escalate',
  'mark-advisory',
  'mark-stale',
] as const;
export type Verb = (typeof VERBS)[number];

export type ActOptions = SpeakOptions & {
  readonly id: string;
  readonly detail?: string;
  readonly to?: string;
  readonly response?: string;
};

const BARE: ReadonlySet<Verb> = new Set(['reassign', 'mark-advisory', 'mark-stale']);
const EXAMPLES = { '--to': 'A9 or --to capability:integration', '--response': '"…"' } as const;

const needed = (value: string | undefined, flag: keyof typeof EXAMPLES, verb: Verb): string => {
  if (value !== undefined) return value;
  throw new WaveFailure('bad-argument', `${verb} needs ${flag}`, `Say ${flag} ${EXAMPLES[flag]}.`);
};

/** An agent's id alone is taken for that agent. */
const target = (to: string): string => (/^(?:agent|capability):/.test(to) ? to : `agent:${to}`);

/** The act as an entry; what needs the record's kind is asked of the wave, and needs no asking inside an agent's run. */
export const bodyOf = (verb: Verb, record: string, options: ActOptions): CoordinationBody => {
  const { detail } = options;
  const note = detail === undefined ? {} : { detail };
  // Without a status it would not be a note but another text of the record.
  if (detail !== undefined && BARE.has(verb))
    throw new WaveFailure(
      'bad-argument',
      `${verb} takes no --detail`,
      'Leave it out, or post it as a record.',
    );
  switch (verb) {
    case 'start':
      return { type: 'update', record, status: 'in_progress', ...note };
    case 'resolve':
      return { type: 'update', record, status: 'resolved', ...note };
    case 'dismiss':
    case 'cancel':
      return { type: 'update', record, status: 'cancelled', ...note };
    case 'mark-advisory':
      return { type: 'update', record, severity: 'advisory' };
    case 'mark-stale':
      return { type: 'update', record, severity: 'stale' };
    case 'reassign':
      return { type: 'update', record, targets: [target(needed(options.to, '--to', verb))] };
    case 'answer':
      return { type: 'answer', record, text: needed(options.response ?? detail, '--response', verb) };
    case 'escalate':
      throw new WaveFailure(
        'not-yours',
        'an agent does not put a question before a person itself',
        'Post a clarification: it is routed, and put before a person when nobody can answer.',
      );
  }
};
