/**
 * Whoever may push can write to the state branch. Whatever they write there about this run has no effect: the wave is
 * refused for the reason it would have been refused for.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failing } from '../../src/closure/index.ts';
import type { Body, NewEntry } from '../../src/journal/index.ts';
import {
  asAgent,
  asJob,
  finishedWell,
  forge,
  forgedVerdict,
  lastOf,
  newFilePatch,
  pushEntries,
  resultFiles,
  takenOver,
} from './jobs-hostile.ts';
import { codeOf, goOn, type Moment, type Play, type Played, playRun } from './jobs-story.ts';
import {
  gatesOn,
  gitIn,
  headOf,
  journalOf,
  keep,
  openWorld,
  type Setting,
  type Told,
  tellSmall,
  type World,
} from './jobs-world.ts';
import { smallWaveMarkdown } from './small-wave.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

const lost = (): void => {
  throw new Error('the runner was lost');
};

/** A1's job says hello and hands over what it likes. */
const insteadOfA1 =
  (outbox: readonly unknown[], path: string) =>
  async ({ run, context, ticket }: Moment): Promise<void> => {
    const job = takenOver(world, run, 'agent A1');
    await job.upload('wave-hello-r1-A1', [{ name: 'hello.json', data: '{}' }]);
    const tree = gitIn(
      world,
      { repository: context.repository },
      'rev-parse',
      `${ticket.head}^{tree}`,
    ).trim();
    await job.upload(
      'wave-result-r1-A1',
      resultFiles(
        'A1',
        {
          baseTree: tree,
          outbox,
          finalMessage:
            '[wave-proof] completion=contract durability=none proof=unit state=met\n[wave-doc-delta] state=none',
        },
        newFilePatch(path),
      ),
    );
  };

type Forged = readonly NewEntry[];
type Wrong = {
  readonly name: string;
  /** What the wave is refused for, forged or not. */
  readonly code: string;
  readonly setting?: Setting;
  readonly play?: Play;
  /** What would make it good. */
  readonly forged: (
    moment: Pick<Moment, 'ticket'>,
    told: Told,
    entries: ReturnType<typeof journalOf>,
  ) => Forged;
};

const judgedFrom = (entries: ReturnType<typeof journalOf>): Extract<Body, { type: 'stage.judged' }> => {
  const { subject = '0'.repeat(40) } = lastOf(entries, 'tree.fixed') ?? {};
  const { waveDigest = '', policyDigest = '' } = lastOf(entries, 'instance.opened') ?? {};
  return {
    type: 'stage.judged',
    attempt: 1,
    stage: 'cont-qa',
    agents: ['A0'],
    subject,
    waveDigest,
    policyDigest,
    stateDigest: '0'.repeat(64),
  };
};

const WRONG: readonly Wrong[] = [
  {
    name: 'a verdict of cont-QA, and that it was judged',
    code: 'missing-closure-run',
    play: { instead: { 'steward-5': lost } },
    forged: ({ ticket }, _told, entries) => forgedVerdict(ticket, judgedFrom(entries)),
  },
  {
    name: 'a proof with exit 0 of a command that failed',
    code: 'verify-failed',
    setting: {
      base: { 'check.js': 'process.exit(3);\n' },
      head: { 'docs/plans/waves/wave-1.md': smallWaveMarkdown(1).replace('node --version', 'node check.js') },
    },
    forged: ({ ticket }, _told, entries) => {
      const { subject = '0'.repeat(40) } = lastOf(entries, 'tree.fixed') ?? {};
      return [
        forge(ticket, asJob(ticket, 'prove'), {
          type: 'proof.recorded',
          attempt: 1,
          subject,
          run: 'node check.js',
          argv: ['node', 'check.js'],
          exit: { kind: 'exited', code: 0 },
          durationMs: 1,
          output: '0'.repeat(64),
          tail: '',
          testsChanged: [],
        }),
      ];
    },
  },
  {
    name: 'that a refused patch was admitted',
    code: 'path-not-owned',
    play: { instead: { 'agent A1': insteadOfA1([], 'lib/second-1/stolen.ts') } },
    forged: ({ ticket }, told, entries) => {
      const patch = lastOf(entries, 'patch.refused')?.patch ?? '0'.repeat(64);
      const tree = gitIn(world, told, 'rev-parse', 'topic^{tree}').trim();
      return [
        forge(ticket, asJob(ticket, 'A1'), {
          type: 'patch.admitted',
          attempt: 1,
          agent: 'A1',
          patch,
          tree,
          paths: ['lib/first-1/first.ts'],
        }),
        forge(ticket, asJob(ticket, 'close'), {
          type: 'attempt.ended',
          attempt: 1,
          outcome: 'closed',
          code: 'closed',
        }),
      ];
    },
  },
  {
    name: 'that an open request was settled',
    code: 'helper-assignment-open',
    play: {
      instead: {
        'agent A1': insteadOfA1(
          [
            {
              n: 1,
              body: { type: 'post', kind: 'request', summary: 'Which rounding?', targets: ['agent:A2'] },
            },
          ],
          'lib/first-1/first.ts',
        ),
      },
    },
    forged: ({ ticket }) => {
      const record = `${ticket.run}.1.A1.1`;
      return [
        forge(ticket, { kind: 'operator' }, { type: 'update', record, status: 'resolved' }),
        forge(
          ticket,
          { kind: 'person', user: 1, login: 'ada', via: 'comment 1' },
          { type: 'update', record, status: 'resolved' },
        ),
        forge(ticket, asAgent(ticket, 'A2'), { type: 'answer', record, text: 'half even' }),
        forge(ticket, asJob(ticket, 'close'), { type: 'update', record, status: 'closed' }),
      ];
    },
  },
  {
    name: 'that a lost agent ended well',
    code: 'agent-lost',
    play: { instead: { 'agent A1': lost } },
    forged: ({ ticket }, told) => [
      forge(
        ticket,
        asJob(ticket, 'A1'),
        finishedWell(ticket, 'A1', gitIn(world, told, 'rev-parse', 'topic^{tree}').trim()),
      ),
    ],
  },
];

describe.each(WRONG)('somebody pushes $name', ({ code, setting, play, forged }) => {
  let told: Told;
  let planned: Played;
  let atRecord: () => Promise<void>;
  beforeAll(async () => {
    told = await tellSmall(world, setting);
    planned = await playRun(world, told, play, 'record');
    atRecord = keep(world, told);
  });

  const reasons = (played: Played): readonly string[] =>
    failing(played.close?.gates ?? []).map((one) => `${one.gate} ${one.code} ${one.agent ?? ''}`);
  const isRefused = (played: Played): void => {
    expect(codeOf(played, 'close'), [...played.log, ...reasons(played)].join('\n')).toBe(code);
    expect(headOf(world, told)).toBe(told.head);
    expect(gatesOn(world, told).map(([status, conclusion]) => [status, conclusion])).toEqual([
      ['completed', 'failure'],
    ]);
  };

  test('before the record job, and before close: no effect', async () => {
    const ready = await goOn(world, told, planned, 'record', play, 'close');
    const entries = journalOf(world, told);
    const atClose = keep(world, told);
    const honest = await goOn(world, told, ready, 'close', play);
    isRefused(honest);

    await atClose();
    const late = await goOn(world, told, ready, 'close', {
      ...play,
      before: { close: ({ ticket }) => pushEntries(world, told, forged({ ticket }, told, entries)) },
    });
    isRefused(late);
    expect(reasons(late)).toEqual(reasons(honest));

    await atRecord();
    const early = await goOn(world, told, planned, 'record', {
      ...play,
      before: { record: ({ ticket }) => pushEntries(world, told, forged({ ticket }, told, entries)) },
    });
    isRefused(early);
    expect(reasons(early)).toEqual(reasons(honest));
  });
});
