/** A long journal of 32 agents, the same at every run: posts, changes of them, signals and facts, as a busy wave has them. */
import type { Contract } from '../src/contract/index.ts';
import {
  agentEntryId,
  type Body,
  type ControlBody,
  type Entry,
  encodeEntry,
  factId,
  MAX_SEGMENT_BYTES,
  type RecordKind,
} from '../src/journal/index.ts';
import { contractOf, digest, oid } from '../test/histories/contract.ts';
import { agentBy, INSTANCE, instant, orchestrator, RUN } from '../test/histories/entries.ts';

export const AGENTS: readonly string[] = [...Array.from({ length: 30 }, (_, i) => `B${i + 1}`), 'A9', 'A0'];

export const contract: Contract = contractOf(AGENTS);

const KINDS: readonly RecordKind[] = [
  'request',
  'claim',
  'evidence',
  'clarification-request',
  'handoff',
  'blocker',
  'evidence',
  'claim',
  'decision',
  'request',
];
/** The second and third of ten are questions, which somebody answers and takes up. */
const kindAt = (i: number): RecordKind =>
  i % 10 === 1 || i % 10 === 2 ? 'request' : (KINDS[(Math.floor(i / 10) + i) % KINDS.length] ?? 'request');
const PRIORITIES = ['normal', 'low', 'normal', 'high', 'normal', 'urgent'] as const;
const DETAIL =
  'The amounts are read with two decimals and rounded half up; the formatter groups thousands with an underscore. Seen in src/amounts/format.ts and its test. Zürich und Genève stay as they are.';

/** Decisions are for stewards; everything else anybody says. */
const authorAt = (i: number): string => (kindAt(i) === 'decision' ? 'A0' : agentAt(i));
const agentAt = (i: number): string => AGENTS[i % AGENTS.length] ?? 'A0';

const attempt: ControlBody = {
  type: 'attempt.started',
  attempt: 1,
  base: oid('a'),
  baseTree: oid('b'),
  agents: AGENTS,
  waveDigest: digest('1'),
  policyDigest: digest('2'),
};

/** Who owes the answer to what entry `i` asked. */
const targetOf = (i: number): string => agentAt(i + 1 + (i % 5));

/** Of ten entries: six posts, an answer and an acknowledgement by those who owe them, one signal, one fact. */
const bodyAt = (i: number): Body => {
  const first = i - (i % 10);
  switch (i % 10) {
    case 6:
      return { type: 'answer', record: idAt(first + 1), text: `${DETAIL.slice(0, 120)} (${i})` };
    case 7:
      return { type: 'ack', record: idAt(first + 2), detail: 'taken up' };
    case 8:
      return {
        type: 'signal',
        signal: {
          kind: 'proof',
          completion: 'integrated',
          durability: 'durable',
          proof: 'integration',
          state: 'met',
          detail: `run ${i}: ${DETAIL}`,
        },
      };
    case 9:
      return {
        type: 'proof.recorded',
        attempt: 1,
        subject: oid('c'),
        run: `npm test -- --part ${i}`,
        argv: ['npm', 'test', '--', '--part', String(i)],
        exit: { kind: 'exited', code: 0 },
        durationMs: 1200 + (i % 700),
        output: digest('f'),
        tail: `ℹ tests 12\nℹ pass 12\nℹ fail 0\nℹ duration_ms ${i}\n`,
        testsChanged: ['src/amounts/format.test.ts'],
      };
    default:
      return postAt(i);
  }
};

const speakerAt = (i: number): string => {
  const part = i % 10;
  if (part === 6 || part === 7) return targetOf(i - 5);
  return part < 6 ? authorAt(i) : agentAt(i);
};

const postAt = (i: number): Body => ({
  type: 'post',
  kind: kindAt(i),
  summary: `Entry ${i}: does the parser of part ${i % 97} take negative amounts without a leading zero?`,
  detail: DETAIL,
  targets: [`agent:${targetOf(i)}`],
  priority: PRIORITIES[i % PRIORITIES.length] ?? 'normal',
  refs: [`src/${agentAt(i + 3).toLowerCase()}.ts`, `src/amounts/part-${i % 97}.ts`],
});

const entryAt = (i: number, body: Body, id: string, agent: string): Entry => {
  const control = body.type === 'proof.recorded' || body.type === 'attempt.started';
  return {
    id,
    seq: i + 1,
    at: instant(i),
    by: control ? orchestrator('prove') : agentBy(agent),
    instance: INSTANCE,
    family: control ? 'control' : 'coordination',
    body,
  };
};

const idAt = (i: number): string =>
  i % 10 === 9 ? factId(RUN, 1, 'prove', `p-${i}`) : agentEntryId(RUN, 1, agentAt(i), i);

/** `count` entries; the first says that the attempt began. */
export const journal = (count: number): readonly Entry[] => [
  entryAt(0, attempt, factId(RUN, 1, 'plan', 'attempt'), ''),
  ...Array.from({ length: count - 1 }, (_, n) => {
    const i = n + 1;
    return entryAt(i, bodyAt(i), idAt(i), speakerAt(i));
  }),
];

/** `count` records and nothing else, one in ten of them open. */
export const records = (count: number, from = 0): readonly Entry[] =>
  Array.from({ length: count }, (_, n) => {
    const i = from + n;
    const body = postAt(i);
    return entryAt(
      i,
      i % 10 === 0 || body.type !== 'post' ? body : { ...body, status: 'resolved' },
      agentEntryId(RUN, 1, agentAt(i), i),
      authorAt(i),
    );
  });

/** The entries as segment files, in order, with `bad` as a line of its own in the middle. */
export const segments = (entries: readonly Entry[], bad: string): readonly Buffer[] => {
  const files: Buffer[] = [];
  let lines: string[] = [];
  let bytes = 0;
  const add = (line: string): void => {
    const length = Buffer.byteLength(line) + 1;
    if (bytes + length > MAX_SEGMENT_BYTES) {
      files.push(Buffer.from(lines.join('')));
      lines = [];
      bytes = 0;
    }
    lines.push(`${line}\n`);
    bytes += length;
  };
  const middle = entries.length >> 1;
  for (const [i, entry] of entries.entries()) {
    if (i === middle) add(bad);
    add(encodeEntry(entry));
  }
  files.push(Buffer.from(lines.join('')));
  return files;
};
