/**
 * The weaknesses of coordination.md §10.1, each with the test that would be red if it came back. The tests stand beside
 * the code they are about; this table is checked against them.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../e2e/wave-process.ts';

type Proof = readonly [file: string, title: string];
type Weakness = { readonly what: string } & (
  | { readonly tests: readonly [Proof, ...Proof[]] }
  /** It cannot come up: what it is about is not in this system. */
  | { readonly absent: string }
);

const TRIAGE = 'src/state/triage.test.ts';
const WAITING = 'src/state/waiting.test.ts';
const RECORDS = 'src/state/coordination.test.ts';
const FOLD = 'src/state/fold.test.ts';
const ASSIGNMENT = 'src/state/assignment.test.ts';

const WEAKNESSES: Readonly<Record<string, Weakness>> = {
  W1: {
    what: 'a settled dependency keeps blocking',
    tests: [[RECORDS, 'a dependency that is settled holds nothing open (W1)']],
  },
  W2: {
    what: 'an ack does nothing',
    tests: [
      ['src/state/clocks.test.ts', 'an ack stops the ack clock and leaves the resolve clock running (W2)'],
      [TRIAGE, 'taken up, it has until its resolve clock ran out'],
    ],
  },
  W3: { what: 'an update carries no time', tests: [[RECORDS, 'an update keeps what it leaves out (§1.6)']] },
  W4: {
    what: 'a skewed clock loses or pins an update',
    tests: [[FOLD, 'time written by a skewed clock orders nothing (W4)']],
  },
  W5: {
    what: 'mirrored assignments fill the log',
    tests: [[RECORDS, 'no refresh adds an entry or a record (W5)']],
  },
  W6: {
    what: 'assignments swing to and fro',
    tests: [[ASSIGNMENT, 'what is assigned stays so while others come and go (W6)']],
  },
  W7: {
    what: 'what its owner resolved opens again',
    tests: [[RECORDS, 'however often the asker’s words are delivered again (W7)']],
  },
  W8: {
    what: 'policy answers what it does not know',
    tests: [
      [TRIAGE, 'a decision that is marked for no question (W8)'],
      [TRIAGE, 'an empty topic (W8)'],
      [TRIAGE, 'a decision that is %s (W8)'],
      [TRIAGE, 'an implementer’s decision is none, so it answers nothing'],
    ],
  },
  W9: {
    what: 'an escalation comes and goes, a new ticket each time',
    tests: [
      [TRIAGE, 'the next owner, then a person, once and for all (W9, W12)'],
      [TRIAGE, 'at most two are made and one person is asked'],
      [WAITING, 'it is never made again'],
    ],
  },
  W10: {
    what: 'an answer leaves the route open',
    tests: [
      [RECORDS, 'the escalation is answered (W10)'],
      [TRIAGE, 'its answer closes the chain'],
    ],
  },
  W11: {
    what: 'a question goes to somebody absent, or back to the asker',
    tests: [
      [TRIAGE, 'an agent that is not there (W11)'],
      [TRIAGE, 'never back to the asker (W11)'],
    ],
  },
  W12: {
    what: 'reroutes without end; no clock once taken up',
    tests: [
      [TRIAGE, 'the number of routes is bounded (W12)'],
      [TRIAGE, 'silence after that ends with a person (W12)'],
    ],
  },
  W13: {
    what: 'an inbox drops what is newest, and shows assigned work to everybody',
    tests: [
      ['src/views/inbox.test.ts', 'keeps its cap, names what is left out, and never drops the newest'],
      ['src/views/inbox.test.ts', 'shows assigned work as owed to its assignee only'],
      ['src/views/inbox.test.ts', 'puts open before settled, then priority, then deadline; each record once'],
    ],
  },
  W14: {
    what: 'contradictions are words',
    tests: [['src/state/contradictions.test.ts', 'words that sound like one (W14)']],
  },
  W15: {
    what: 'a word is found inside another',
    tests: [
      [TRIAGE, 'whole and in a row: “%s” (W15)'],
      [TRIAGE, 'a part of a word (W15)'],
    ],
  },
  W16: {
    what: 'an open blocker blocks nothing',
    tests: [['test/histories/work-refusals.ts', "'blocker-open'"]],
  },
  W17: {
    what: 'an end by hand leaves the escalation open',
    tests: [[RECORDS, 'the question is resolved by hand (W17)']],
  },
  W18: {
    what: 'what an operator escalated cannot be answered',
    tests: [
      [TRIAGE, 'is not escalated a second time, and is answered there (W18)'],
      [TRIAGE, 'the answer closes it (W18)'],
    ],
  },
  W19: {
    what: 'a reassigned question has two owners',
    tests: [[RECORDS, 'leaves no route to the one before (W19)']],
  },
  W20: {
    what: 'after a restart nobody sees the question or its answer',
    tests: [
      [
        'test/e2e/waiting.test.ts',
        'an agent that waits for a person is parked, and goes on where it stopped',
      ],
    ],
  },
  W21: {
    what: 'an answer counts only while a run looks',
    tests: [
      [
        'test/e2e/waiting.test.ts',
        'an agent that waits for a person is parked, and goes on where it stopped',
      ],
    ],
  },
  W22: {
    what: 'what the run itself asks is filtered out',
    tests: [
      [
        'src/views/feedback.test.ts',
        'has what was escalated and what nobody owes, and nothing that an agent owes',
      ],
    ],
  },
  W23: {
    what: 'looking writes, and seeds block for ever',
    tests: [
      ['src/cli/control.test.ts', 'reading writes nothing'],
      ['test/e2e/cli.test.ts', 'wave %s writes nothing'],
    ],
  },
  W24: { what: 'several rerun requests at once', absent: 'there is no rerun request' },
  W25: {
    what: 'a tie is broken by chance, a missing time by the reader’s clock',
    tests: [[FOLD, 'order and repetition of deliveries change nothing']],
  },
  W26: {
    what: 'a completed wave is demoted',
    absent: 'a wave is complete when its commit is published, and no file says otherwise',
  },
  W27: {
    what: 'triage reads what was projected',
    tests: [[TRIAGE, 'whoever computes it writes the same bytes, and the second adds nothing']],
  },
  W28: {
    what: 'a count reads a key that is not there',
    absent: 'gates count what the fold gives them, under types',
  },
  W29: { what: 'the documentation queue never empties', absent: 'there is no documentation queue' },
  W30: {
    what: 'the ledger lists what is resolved',
    absent: 'there is no ledger; what blocks is asked of the open records',
  },
  W31: {
    what: 'a request without a source is nobody’s',
    tests: [[ASSIGNMENT, 'is an assignment like any other (W31)']],
  },
  W32: { what: 'a board is judged by its Markdown', absent: 'nothing derived is read back' },
};

const IDS = Array.from({ length: 32 }, (_, i) => `W${i + 1}`);

describe('the weaknesses of coordination', () => {
  test('are all here', () => expect(Object.keys(WEAKNESSES)).toEqual(IDS));

  test.each(Object.entries(WEAKNESSES))('%s', (_id, weakness) => {
    if ('absent' in weakness) {
      expect(weakness.absent).not.toBe('');
      return;
    }
    for (const [file, title] of weakness.tests) {
      const path = join(ROOT, file);
      expect(existsSync(path), file).toBe(true);
      expect(readFileSync(path, 'utf8'), `${file} has no test “${title}”`).toContain(title);
    }
  });
});
