/** `wave signal <kind>`: an agent says something structured about its work. */
import {
  formatSignal,
  SIGNAL_FIELDS,
  SIGNAL_KINDS,
  type SignalField,
  type SignalKind,
  validateSignal,
} from '../journal/index.ts';
import { WaveFailure } from '../run/failure/index.ts';
import { postOwn } from './agent-voice.ts';
import { command, print, printJson } from './terminal.ts';

const option = (tag: string): string => tag.replaceAll('_', '-');
const optionsOf = (kind: SignalKind): string =>
  [...SIGNAL_FIELDS[kind].map((field) => `--${option(field.tag)}`), '--detail'].join(' ');
const isKind = (text: string): text is SignalKind => (SIGNAL_KINDS as readonly string[]).includes(text);

export const run = async (argv: readonly string[]): Promise<number> => {
  const program = command(
    'signal',
    `Emits a signal. Inside an agent's run it goes into the outbox; elsewhere it is only printed.\n\nKinds:\n${SIGNAL_KINDS.map((kind) => `  ${kind.padEnd(13)} ${optionsOf(kind)}`).join('\n')}`,
  )
    .argument('<kind>')
    .argument('[fields...]', 'fields as --name value')
    .allowUnknownOption();
  const kind = argv.find((one) => !one.startsWith('-'));
  if (argv.includes('--help') || argv.includes('-h') || kind === undefined) {
    program.outputHelp();
    return kind === undefined && argv.length > 0 && !argv.includes('--help') && !argv.includes('-h') ? 1 : 0;
  }
  if (!isKind(kind))
    throw new WaveFailure(
      'unknown-signal',
      `there is no signal “${kind.slice(0, 40)}”`,
      `Signals: ${SIGNAL_KINDS.join(', ')}.`,
    );
  const json = argv.includes('--json');
  const [value, ...others] = argv.filter((one) => one !== '--json').slice(1);
  // A verdict may stand by itself, as in its marker: `wave signal verdict pass`.
  const first = SIGNAL_FIELDS[kind].find((field) => field.place === 'first');
  const words =
    first !== undefined && value !== undefined && !value.startsWith('--')
      ? [`--${option(first.tag)}`, value, ...others]
      : value === undefined
        ? []
        : [value, ...others];
  const given = new Map<string, string>();
  for (let i = 0; i < words.length; i += 2) {
    const [name = '', text] = [words[i], words[i + 1]];
    if (!name.startsWith('--') || text === undefined)
      throw new WaveFailure(
        'bad-argument',
        `expected --name value, got “${name.slice(0, 40)}”`,
        `Fields of ${kind}: ${optionsOf(kind)}.`,
      );
    const field = name.slice(2);
    if (given.has(field)) throw new WaveFailure('bad-argument', `--${field} is given twice`, 'Give it once.');
    given.set(field, text);
  }
  const signal = signalFromFields(kind, given);
  const checked = validateSignal(signal);
  if (!checked.ok)
    throw new WaveFailure('signal-invalid', checked.problem, `Fields of ${kind}: ${optionsOf(kind)}.`);
  const outbox = process.env['WAVE_OUTBOX'];
  const n = outbox === undefined ? null : await postOwn(outbox, { type: 'signal', signal: checked.signal });
  if (json) printJson({ signal: checked.signal, recorded: n !== null });
  else print(formatSignal(checked.signal));
  if (n === null) process.stderr.write('[wave] outside of an agent’s run: printed, not recorded\n');
  return 0;
};

/** Command-line texts as the signal's values. What does not fit is left as it is, for the check to name. */
const signalFromFields = (kind: SignalKind, given: ReadonlyMap<string, string>): Record<string, unknown> => {
  const signal: Record<string, unknown> = { kind };
  const fields = SIGNAL_FIELDS[kind];
  for (const [name, text] of given) {
    if (name === 'detail') {
      signal['detail'] = text;
      continue;
    }
    const field = fields.find((one) => option(one.tag) === name);
    if (field === undefined)
      throw new WaveFailure(
        'bad-argument',
        `${kind} has no field --${name.slice(0, 40)}`,
        `Fields of ${kind}: ${optionsOf(kind)}.`,
      );
    signal[field.key] = signalValue(field, text);
  }
  for (const field of fields)
    if (field.reading.is === 'list' && signal[field.key] === undefined) signal[field.key] = [];
  return signal;
};

const signalValue = ({ reading }: SignalField, text: string): unknown => {
  switch (reading.is) {
    case 'count':
      return /^\d{1,9}$/.test(text) ? Number(text) : text;
    case 'list':
      return text
        .split(',')
        .map((one) => one.trim())
        .filter((one) => one !== '');
    case 'one-of':
      return reading.aliases?.[text.toLowerCase()] ?? text.toLowerCase();
    case 'word':
      return reading.shape === 'level' ? text.toLowerCase() : text;
  }
};
