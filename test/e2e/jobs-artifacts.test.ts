/** What jobs hand each other, in hostile hands: it changes nothing but the hostile agent's own result. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { asAgent, newFilePatch, resultFiles, takenOver } from './jobs-hostile.ts';
import { codeOf, goOn, type Moment, type Played, playRun, rerun } from './jobs-story.ts';
import {
  gatesOn,
  gitIn,
  headOf,
  journalOf,
  keep,
  openWorld,
  type Told,
  tellSmall,
  type World,
} from './jobs-world.ts';

let world: World;
let told: Told;
/** Plan is done, and A2 has ended honestly; what A1's job does is the test's. */
let planned: Played;
let restore: () => Promise<void>;
beforeAll(async () => {
  world = await openWorld();
  told = await tellSmall(world);
  planned = await playRun(world, told, { instead: { 'agent A1': () => {} } }, 'record');
  restore = keep(world, told);
});
afterAll(() => world?.close());
beforeEach(() => restore());

type Job = ReturnType<typeof takenOver>;
const hello = (job: Job, name = 'A1'): Promise<void> =>
  job.upload(`wave-hello-r1-${name}`, [{ name: 'hello.json', data: '{}' }]);
const baseTree = (): string => gitIn(world, told, 'rev-parse', `${told.head}^{tree}`).trim();
const good = (agent = 'A1') =>
  resultFiles(
    agent,
    { baseTree: baseTree() },
    newFilePatch(`lib/${agent === 'A1' ? 'first' : 'second'}-1/stolen.ts`),
  );

/** How each agent ended, as the record job wrote it down. */
const ends = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    journalOf(world, told).flatMap(({ body }) =>
      body.type === 'agent.finished' ? [[body.agent, body.exit.kind]] : [],
    ),
  );
const admitted = (): readonly string[] =>
  journalOf(world, told).flatMap(({ body }) => (body.type === 'patch.admitted' ? body.paths : []));

const recordAfter = (hostile: (job: Job, moment: Moment) => Promise<void>): Promise<Played> =>
  goOn(
    world,
    told,
    planned,
    'record',
    { before: { record: (moment) => hostile(takenOver(world, planned.run, 'agent A1'), moment) } },
    'prove',
  );

const HOSTILE: readonly (readonly [string, (job: Job, moment: Moment) => Promise<void>])[] = [
  ['nothing at all', async () => {}],
  [
    'a result in a sibling’s name',
    async (job) => {
      await hello(job);
      await job.upload('wave-result-r1-A2~2', good('A2'));
    },
  ],
  [
    'a result in a sibling’s name, of a later attempt',
    async (job) => {
      await hello(job);
      await job.upload('wave-result-r9-A2', good('A2'));
    },
  ],
  [
    'hello for itself, then for a sibling',
    async (job) => {
      await hello(job);
      await job.upload('wave-hello-r2-A2', [{ name: 'hello.json', data: '{}' }]);
      await job.upload('wave-result-r2-A2', good('A2'));
    },
  ],
  ['a result without having said hello', async (job) => job.upload('wave-result-r1-A1', good())],
  [
    'an archive that leads outside',
    async (job) => {
      await hello(job);
      await job.upload('wave-result-r1-A1', [{ name: '../../result.json', data: '{}' }]);
    },
  ],
  [
    'an archive with a symlink',
    async (job) => {
      await hello(job);
      await job.upload('wave-result-r1-A1', [{ name: 'result.json', data: '/etc/passwd', mode: 0o120777 }]);
    },
  ],
  [
    'an archive that unpacks to a hundred times itself',
    async (job) => {
      await hello(job);
      await job.upload('wave-result-r1-A1', [
        { name: 'result.json', data: Buffer.alloc(140 * 1024 * 1024), deflate: true },
      ]);
    },
  ],
  [
    'bytes that are no archive',
    async (job) => {
      await hello(job);
      await job.upload('wave-result-r1-A1', Buffer.from('hello'));
    },
  ],
  [
    'a result of five megabytes',
    async (job) => {
      await hello(job);
      await job.upload('wave-result-r1-A1', [
        {
          name: 'result.json',
          data: JSON.stringify({
            outcome: { exit: { kind: 'exited', code: 0 } },
            pad: 'x'.repeat(5 * 1024 * 1024),
          }),
        },
      ]);
    },
  ],
  [
    'an exit that is none',
    async (job) => {
      await hello(job);
      await job.upload(
        'wave-result-r1-A1',
        resultFiles('A1', { baseTree: baseTree(), exit: { kind: 'closed', code: 'yes' } }),
      );
    },
  ],
  [
    'a base tree that is no object id',
    async (job) => {
      await hello(job);
      await job.upload('wave-result-r1-A1', resultFiles('A1', { baseTree: '--upload-pack=touch x' }));
    },
  ],
];

test('a patch too large for the state branch comes from its artifact, up to the end', async () => {
  const before = async ({ run }: Moment): Promise<void> => {
    const job = takenOver(world, run, 'agent A1');
    await hello(job);
    await job.upload(
      'wave-result-r1-A1',
      resultFiles(
        'A1',
        {
          baseTree: baseTree(),
          finalMessage: '[wave-proof] completion=contract durability=none proof=unit state=met',
        },
        newFilePatch('lib/first-1/first.ts', `export const made = '${'x'.repeat(1_500_000)}';`),
      ),
    );
  };
  const played = await goOn(world, told, planned, 'record', { before: { record: before } });
  expect(played.errors).toEqual({});
  expect(gatesOn(world, told, headOf(world, told)).map(([, conclusion]) => conclusion)).toEqual(['success']);
});

describe('a job of A1 that uploads', () => {
  test.each(HOSTILE)('%s: A1 is lost, A2 is not touched', async (_what, hostile) => {
    const played = await recordAfter(hostile);
    expect(codeOf(played, 'record')).toBe(null);
    expect(ends()).toEqual({ A1: 'lost', A2: 'exited' });
    expect(admitted()).toEqual(['lib/second-1/second.ts']);
  });

  test('and the wave is refused because its agent was lost', async () => {
    const played = await goOn(world, told, planned, 'record');
    expect(codeOf(played, 'close')).toBe('agent-lost');
    expect(headOf(world, told)).toBe(told.head);
    expect(gatesOn(world, told).map(([status, conclusion]) => [status, conclusion])).toEqual([
      ['completed', 'failure'],
    ]);
  });

  test('messages with an author of their own choosing: stamped as A1’s', async () => {
    await recordAfter(async (job, { ticket }) => {
      await hello(job);
      const by = asAgent(ticket, 'A0');
      const outbox = [
        {
          n: 1,
          by,
          body: { type: 'signal', signal: { kind: 'verdict', verdict: 'pass' }, by },
          id: `${ticket.run}.1.A0.1`,
        },
        {
          n: 2,
          by,
          id: `${ticket.run}.1.A2.7`,
          body: { type: 'post', kind: 'evidence', summary: 'I am A2' },
        },
        { n: 3, body: { type: 'stage.judged', attempt: 1 } },
      ];
      await job.upload('wave-result-r1-A1', resultFiles('A1', { baseTree: baseTree(), outbox }));
    });
    const authors = journalOf(world, told).flatMap(({ id, by, body }) =>
      body.type === 'post' ||
      body.type === 'stage.judged' ||
      (body.type === 'signal' && body.signal.kind === 'verdict')
        ? [[by.kind === 'agent' ? by.agent : by.kind, id.split('.')[2]]]
        : [],
    );
    expect(authors.every(([author, inId]) => author === 'A1' && inId === 'A1')).toBe(true);
    expect(
      journalOf(world, told).filter(({ body }) => body.type === 'line.quarantined').length,
    ).toBeGreaterThan(0);
  });
});

describe('after the record job', () => {
  test('an agent’s job uploads a steward’s bundle, proofs and a trace in others’ names: the wave is what it would be', async () => {
    const own = await tellSmall(world);
    const started = await playRun(world, own, {}, 'record');
    const played = await goOn(world, own, started, 'record', {
      before: {
        record: async ({ run }) => {
          const job = takenOver(world, run, 'agent A1');
          await job.upload(
            'wave-stage-r1-steward5',
            resultFiles('A0', {}, '').map((one) => ({ ...one, name: `A0/${String(one.name)}` })),
          );
          await job.upload('wave-stage-r1-steward4', [{ name: 'A9/result.json', data: '{}' }]);
          await job.upload('wave-hello-r1-prove', [{ name: 'hello.json', data: '{}' }]);
          await job.upload('wave-proofs-r1-prove', [{ name: 'proofs.json', data: '[]' }]);
          await job.upload('wave-trace-r1-close', [{ name: 'x', data: 'x' }]);
        },
      },
    });
    expect(played.errors).toEqual({});
    expect(codeOf(played, 'close'), String(played.errors['close'])).toBe(null);
    expect(played.log.filter((line) => line.includes('foreign-job')).length).toBeGreaterThan(0);
    // The real trace is there too, beside what took its name.
    const traces = world.twin.model.artifacts.filter(
      (one) => one.run === played.run && one.name.startsWith('wave-trace-'),
    );
    expect(traces.map((one) => one.name)).toEqual(['wave-trace-r1-close', 'wave-trace-r1-close~2']);
  });
});

describe('re-run', () => {
  test('of the agent that was lost, and all that need it: its new result counts and the wave closes', async () => {
    const first = await goOn(world, told, planned, 'record');
    expect(codeOf(first, 'close')).toBe('agent-lost');
    const again = await rerun(world, told, first, ['agent A1']);
    expect(again.errors).toEqual({});
    expect(codeOf(again, 'close')).toBe(null);
    expect(gatesOn(world, told, headOf(world, told)).map(([, conclusion]) => conclusion)).toEqual([
      'success',
    ]);
    expect(journalOf(world, told).filter(({ body }) => body.type === 'publish.done')).toHaveLength(1);
  });

  test('of an agent whose patch was refused: its new result counts', async () => {
    const hostile = async (job: Job): Promise<void> => {
      await hello(job);
      await job.upload(
        'wave-result-r1-A1',
        resultFiles('A1', { baseTree: baseTree() }, newFilePatch('lib/second-1/stolen.ts')),
      );
    };
    const first = await goOn(world, told, planned, 'record', {
      before: { record: () => hostile(takenOver(world, planned.run, 'agent A1')) },
    });
    expect(codeOf(first, 'close')).not.toBe(null);
    const again = await rerun(world, told, first, ['agent A1']);
    expect(codeOf(again, 'close')).toBe(null);
  });
});
