/** The options a record is made of, the same for `wave coord post` and `wave control task create`. */
import type { Command } from 'commander';
import {
  type CoordinationBody,
  PRIORITIES,
  RECORD_NAME,
  RECORD_STATUSES,
  type RecordKind,
  SEVERITIES,
  SUBJECT,
} from '../journal/index.ts';
import { WaveFailure } from '../run/failure/index.ts';

export type RecordOptions = {
  readonly summary: string;
  readonly detail?: string;
  readonly target?: readonly string[];
  readonly priority?: string;
  readonly severity?: string;
  readonly artifact?: readonly string[];
  readonly dependsOn?: readonly string[];
  readonly status?: string;
  readonly id?: string;
  readonly subject?: string;
  readonly value?: string;
};

/** One of the values, whatever its case; `what` is the word for it in the refusal. */
export const among = <T extends string>(values: readonly T[], text: string, what: string): T => {
  const found = values.find((one) => one === text.toLowerCase());
  if (found === undefined)
    throw new WaveFailure(
      'bad-argument',
      `“${text.slice(0, 40)}” is no ${what}`,
      `One of: ${values.join(', ')}.`,
    );
  return found;
};

const many = (value: string, before: readonly string[] = []): string[] => [...before, value];

export const withRecordOptions = (command: Command): Command =>
  command
    .requiredOption('--summary <text>', 'one line')
    .option('--detail <text>', 'more')
    .option('--target <target>', 'agent:<id> or capability:<name>; may be repeated', many)
    .option('--priority <level>', PRIORITIES.join(', '))
    .option('--severity <level>', `${SEVERITIES.join(', ')}; stale and advisory hold nothing open`)
    .option('--artifact <path>', 'what it is about; may be repeated', many)
    .option('--depends-on <id>', 'a record it follows from; may be repeated', many)
    .option('--status <status>', 'its status from the start')
    .option('--subject <id>', 'what a claim, evidence or decision is about')
    .option('--value <text>', 'what it says of the subject; two that differ contradict each other')
    .option('--id <name>', 'a name to type in place of its handle');

const recordName = (text: string): string => {
  if (RECORD_NAME.test(text)) return text;
  throw new WaveFailure(
    'bad-argument',
    `“${text.slice(0, 80)}” is no name for a record`,
    'Letters, digits, - and _, at most 80 of them, the first a letter or a digit.',
  );
};

/** One without the other pairs with nothing, and whoever wrote it would think that it does. */
const stated = ({ subject, value }: RecordOptions): { subject: string; value: string } | null => {
  if (subject === undefined && value === undefined) return null;
  const id = subject?.toLowerCase() ?? '';
  if (value !== undefined && value.trim() !== '' && SUBJECT.test(id)) return { subject: id, value };
  throw new WaveFailure(
    'bad-argument',
    subject === undefined
      ? '--value says something of no subject'
      : SUBJECT.test(id)
        ? `nothing is said of ${id}`
        : `“${id.slice(0, 40)}” is no subject`,
    'Give both: --subject session.ttl --value 3600. A subject is letters, digits, “.”, “_”, “/”, “-”.',
  );
};

/** One line of at most so many characters, as an entry holds it. */
const MOST_SUMMARY = 400;
const summaryOf = (text: string): string => {
  if (text.trim() !== '' && text.length <= MOST_SUMMARY) return text;
  throw new WaveFailure(
    'bad-argument',
    text.trim() === '' ? '--summary says nothing' : `--summary is ${text.length} characters long`,
    text.trim() === ''
      ? 'Say in one line what it is about.'
      : `At most ${MOST_SUMMARY}; what is longer goes into --detail.`,
  );
};

export const postBody = (
  kind: RecordKind,
  own: RecordOptions,
): Extract<CoordinationBody, { type: 'post' }> => ({
  type: 'post',
  kind,
  summary: summaryOf(own.summary),
  ...(own.detail === undefined ? {} : { detail: own.detail }),
  ...(own.target === undefined ? {} : { targets: own.target }),
  ...(own.priority === undefined ? {} : { priority: among(PRIORITIES, own.priority, 'priority') }),
  ...(own.severity === undefined ? {} : { severity: among(SEVERITIES, own.severity, 'severity') }),
  ...(own.artifact === undefined ? {} : { refs: own.artifact }),
  ...(own.dependsOn === undefined ? {} : { dependsOn: own.dependsOn }),
  ...(own.status === undefined ? {} : { status: among(RECORD_STATUSES, own.status, 'status') }),
  ...(own.id === undefined ? {} : { name: recordName(own.id) }),
  ...stated(own),
});
