/** Entries nobody would write by hand: any author, any body, ids that clash, records that do not exist, cycles. */
import fc from 'fast-check';
import { STAGES } from '../../src/contract/index.ts';
import {
  type Author,
  type Body,
  type Entry,
  PRIORITIES,
  RECORD_KINDS,
  RECORD_STATUSES,
  SEVERITIES,
  type Signal,
  VERDICTS,
} from '../../src/journal/index.ts';
import { digest, oid } from './contract.ts';
import { INSTANCE, instant } from './entries.ts';
import { SIGNALS } from './honest.ts';

const AGENTS = ['A1', 'A2', 'A9', 'A0', 'Z9'];
const run = fc.constantFrom('r1', 'r2');
const attempt = fc.integer({ min: 1, max: 3 });
const agent = fc.constantFrom(...AGENTS);
/** Few ids, so that entries meet. */
const id = fc.constantFrom(
  'e1',
  'e2',
  'e3',
  'e4',
  'e5',
  'e6',
  'e7',
  'e8',
  'r1.1.A1.1',
  '__proto__',
  'constructor',
);
const target = fc.constantFrom(
  'agent:A1',
  'A2',
  'agent:Z9',
  'capability:api',
  'capability:constructor',
  'everybody',
  '',
);

export const author: fc.Arbitrary<Author> = fc.oneof(
  fc.record({ kind: fc.constant('agent' as const), agent, run, attempt }),
  fc.constant({ kind: 'operator' as const }),
  agent.map((as) => ({ kind: 'operator' as const, as })),
  fc.constant({ kind: 'person' as const, user: 7, login: 'mona', via: 'comment 1' }),
  run.map((one) => ({ kind: 'orchestrator' as const, run: one, job: 'launcher' })),
  fc.constant({ kind: 'unattributed' as const, detail: 'a push' }),
);

const fields = fc.record(
  {
    detail: fc.string({ maxLength: 8 }),
    targets: fc.array(target, { maxLength: 3 }),
    priority: fc.constantFrom(...PRIORITIES),
    severity: fc.constantFrom(...SEVERITIES),
    dependsOn: fc.array(id, { maxLength: 3 }),
    closureCondition: fc.oneof(
      fc.constant(''),
      id.map((one) => `clarification:${one}`),
    ),
    status: fc.constantFrom(...RECORD_STATUSES),
    subject: fc.constantFrom('a', 'b', 'constructor'),
    value: fc.constantFrom('1', '2', ' 1 '),
  },
  { requiredKeys: [] },
);

const signal: fc.Arbitrary<Signal> = fc.oneof(
  fc.constantFrom<Signal>(...Object.values(SIGNALS)),
  fc.constantFrom<Signal>(
    { kind: 'infra', surface: 'identity', target: 'db', state: 'blocked' },
    { kind: 'deploy', service: '@a/b', state: 'healthy' },
  ),
  fc.constantFrom(...VERDICTS).map((verdict) => ({ kind: 'verdict' as const, verdict })),
);

const body: fc.Arbitrary<Body> = fc.oneof(
  fc
    .tuple(fc.constantFrom(...RECORD_KINDS), fields)
    .map(([kind, some]) => ({ type: 'post' as const, kind, summary: 's', ...some })),
  fc.tuple(id, fields).map(([record, some]) => ({ type: 'update' as const, record, ...some })),
  id.map((record) => ({ type: 'ack' as const, record })),
  fc.tuple(id, fc.string()).map(([record, text]) => ({ type: 'answer' as const, record, text })),
  fc
    .tuple(fc.array(id, { maxLength: 2 }), fc.array(id, { maxLength: 2 }))
    .map(([records, seen]) => ({ type: 'wait' as const, records, seen })),
  signal.map((one) => ({ type: 'signal' as const, signal: one })),
  fc.tuple(attempt, fc.constantFrom('a', 'b')).map(([k, letter]) => ({
    type: 'attempt.started' as const,
    attempt: k,
    base: oid(letter),
    baseTree: oid(letter),
    agents: ['A1'],
    waveDigest: digest('1'),
    policyDigest: digest('2'),
  })),
  fc.tuple(attempt, agent).map(([k, one]) => ({
    type: 'agent.started' as const,
    attempt: k,
    agent: one,
    executor: 'local' as const,
    isolation: 'none' as const,
  })),
  fc.tuple(attempt, agent).map(([k, one]) => ({
    type: 'agent.parked' as const,
    attempt: k,
    agent: one,
    launch: 1,
    executor: 'local' as const,
    durationMs: 1,
    usage: 'unknown' as const,
    patch: null,
    baseTree: oid('a'),
    session: null,
  })),
  fc
    .tuple(attempt, agent, fc.option(id, { nil: undefined }), fc.integer({ min: 0, max: 2 }))
    .map(([k, one, reusedFrom, code]) => ({
      type: 'agent.finished' as const,
      attempt: k,
      agent: one,
      executor: 'local' as const,
      isolation: 'none' as const,
      exit: { kind: 'exited' as const, code },
      durationMs: 1,
      usage: 'unknown' as const,
      patch: null,
      baseTree: oid('a'),
      ...(reusedFrom === undefined ? {} : { reusedFrom }),
    })),
  fc.tuple(attempt, agent).map(([k, one]) => ({
    type: 'signal.malformed' as const,
    attempt: k,
    agent: one,
    kind: null,
    line: '[wave-proof]',
    problem: 'state is missing',
  })),
  fc.tuple(attempt, agent).map(([k, one]) => ({
    type: 'patch.admitted' as const,
    attempt: k,
    agent: one,
    patch: digest('a'),
    tree: oid('c'),
    paths: ['src/a1.ts'],
  })),
  fc.tuple(attempt, agent).map(([k, one]) => ({
    type: 'patch.refused' as const,
    attempt: k,
    agent: one,
    patch: digest('a'),
    refusals: [],
  })),
  fc.tuple(attempt, fc.constantFrom(...STAGES)).map(([k, stage]) => ({
    type: 'stage.judged' as const,
    attempt: k,
    stage,
    agents: ['A0'],
    subject: oid('3'),
    waveDigest: digest('1'),
    policyDigest: digest('2'),
    stateDigest: digest('3'),
  })),
  fc.tuple(attempt, fc.constantFrom('a', 'b')).map(([k, letter]) => ({
    type: 'publish.intent' as const,
    attempt: k,
    commit: oid(letter),
    tree: oid(letter),
    parent: oid('a'),
    target: 'main',
  })),
  fc.tuple(attempt, fc.constantFrom('a', 'b')).map(([k, letter]) => ({
    type: 'publish.done' as const,
    attempt: k,
    commit: oid(letter),
    target: 'main',
  })),
  id.map((record) => ({ type: 'timer.fired' as const, record, clock: 'ack' as const, cycle: 0 })),
);

const COORDINATION = new Set(['post', 'update', 'ack', 'answer', 'signal']);

/** `seq` clashes too, and is absent for some: a hostile or broken store is still folded. */
export const entry: fc.Arbitrary<Entry> = fc
  .record({
    id,
    seq: fc.option(fc.integer({ min: 1, max: 30 }), { nil: null, freq: 4 }),
    at: fc.oneof(
      fc.integer({ min: 0, max: 9 }).map((seconds) => instant(seconds)),
      fc.constantFrom('2026-99-99T99:99:99Z', '9999-12-31T23:59:59Z'),
    ),
    by: author,
    instance: fc.constant(INSTANCE),
    body,
  })
  .map((one) => ({
    ...one,
    family: COORDINATION.has(one.body.type) ? ('coordination' as const) : ('control' as const),
  }));

export const entries = fc.array(entry, { maxLength: 40 });

/** What a store gives: one entry a place, in order. */
export const journal = fc
  .array(entry, { maxLength: 60 })
  .map((all) => all.map((one, i): Entry => ({ ...one, seq: i + 1 })));
