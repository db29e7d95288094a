/** `wave coord …` of a person at this machine: reads the wave, appends under the journal's lock. */
import type { CoordinationBody } from '../journal/index.ts';
import { handle, plainState } from '../state/index.ts';
import { board, inboxOf, renderInboxMarkdown } from '../views/index.ts';
import { knownAgent, readingWave, recordNamed, type SpeakOptions, sayAsOperator } from './speak.ts';
import { print, printJson } from './terminal.ts';

/** Says something and prints the record it is about. */
export const say = (options: SpeakOptions, body: CoordinationBody): Promise<number> =>
  readingWave(options, async (open) => {
    const { entry, record } = await sayAsOperator(open, body, options.agent);
    if (options.json === true)
      printJson({
        id: entry.id,
        seq: entry.seq,
        record:
          record === undefined ? null : { id: record.id, handle: handle(record), status: record.status },
      });
    else
      print(
        record === undefined ? entry.id : `${handle(record)} ${record.kind} ${record.status}  ${record.id}`,
      );
    return 0;
  });

export const show = (options: SpeakOptions, record: string | undefined): Promise<number> =>
  readingWave(options, async (open) => {
    if (record !== undefined) {
      const found = recordNamed(open, record);
      const assignments = open.state.assignments.get(found.id) ?? [];
      printJson({ ...found, assignments });
    } else if (options.json === true) printJson(plainState(open.state));
    else print(board(open.contract, open.state, new Date().toISOString()));
    return 0;
  });

export const inbox = (options: SpeakOptions, agent: string): Promise<number> =>
  readingWave(options, async (open) => {
    const read = inboxOf(open.contract, open.state, knownAgent(open, agent));
    if (options.json === true) printJson(read);
    else print(renderInboxMarkdown(read));
    return 0;
  });
