import { describe, expect, test } from 'vitest';
import {
  agentOf,
  contractOf,
  operator,
  orchestrator,
  person,
  placed,
  said,
  spoken,
  stating,
} from '../../test/histories/index.ts';
import type { Author, Entry, RecordFields, RecordKind } from '../journal/index.ts';
import { contradictionHandle, contradictionsAt, repairersOf } from './contradictions.ts';
import { fold } from './fold.ts';
import { stateDigest } from './obligations.ts';

const CONTRACT = contractOf([agentOf('A1'), agentOf('A2'), agentOf('A3'), 'E0', 'A7', 'A8', 'A9', 'A0']);
const ALONE = contractOf([agentOf('A1'), agentOf('A2'), 'A0']);

const post = (id: string, by: Author, kind: RecordKind, fields: RecordFields): Entry =>
  said(id, by, { type: 'post', kind, summary: 's', ...fields });
const change = (
  id: string,
  by: Author,
  record: string,
  fields: RecordFields & { status?: 'cancelled' | 'resolved' },
): Entry => said(id, by, { type: 'update', record, ...fields });
const idOf = (agent: string, n: number): string => `local-1.1.${agent}.${n}`;
const agent = (name: string): Author => ({ kind: 'agent', agent: name, run: 'local-1', attempt: 1 });

const told = (entries: readonly Entry[], contract = CONTRACT): readonly string[] =>
  [...fold(contract, placed(entries)).contradictions.values()].map(
    ({ subject, positions, end }) =>
      `${subject} ${positions.map(({ party, value }) => `${party}=${value}`).join(' ')} ${
        end === null ? 'open' : `${end.how} by ${end.by.kind === 'agent' ? end.by.agent : end.by.kind}`
      }`,
  );

const claim = stating('A1', 1, 'claim', '3600');
const against = stating('A2', 2, 'evidence', '60');
const OPEN = ['session.ttl A1=3600 A2=60 open'];

describe('two who say different things of one subject contradict each other', () => {
  test.each<[string, readonly Entry[], readonly string[]]>([
    ['a claim and evidence', [claim, against], OPEN],
    ['evidence and then a claim', [against, claim], ['session.ttl A2=60 A1=3600 open']],
    ['two claims', [claim, stating('A2', 2, 'claim', '60')], OPEN],
    [
      'three parties make one of it',
      [claim, against, stating('A3', 3, 'claim', '5')],
      ['session.ttl A1=3600 A2=60 A3=5 open'],
    ],
    [
      'a person is a party too',
      [claim, post('gh.1.0', person, 'evidence', { subject: 'session.ttl', value: '60' })],
      ['session.ttl A1=3600 @mona=60 open'],
    ],
    ['the same value', [claim, stating('A2', 2, 'evidence', ' 3600 ')], []],
    [
      'spelling is no disagreement',
      [stating('A1', 1, 'claim', 'Half  Up'), stating('A2', 2, 'claim', 'half up')],
      [],
    ],
    ['another subject', [claim, stating('A2', 2, 'evidence', '60', 'session.size')], []],
    ['the same party corrects itself', [claim, stating('A1', 2, 'evidence', '60')], []],
    ['no value', [claim, post(idOf('A2', 2), agent('A2'), 'evidence', { subject: 'session.ttl' })], []],
    [
      'words that sound like one (W14)',
      [
        spoken('A1', 1, { type: 'post', kind: 'claim', summary: 'no conflict, nothing contradicts' }),
        spoken('A2', 2, { type: 'post', kind: 'claim', summary: 'this conflicts with A1' }),
      ],
      [],
    ],
    [
      'other kinds',
      [claim, post(idOf('A2', 2), agent('A2'), 'handoff', { subject: 'session.ttl', value: '60' })],
      [],
    ],
  ])('%s', (_, entries, expected) => {
    expect(told(entries)).toEqual(expected);
  });
});

describe('a contradiction ends', () => {
  test.each<[string, readonly Entry[], readonly string[]]>([
    [
      'when the party that was wrong says what is true',
      [stating('A1', 3, 'claim', '60')],
      ['session.ttl A1=3600 A2=60 repaired by A1'],
    ],
    [
      'when it takes its claim back',
      [change(idOf('A1', 3), agent('A1'), claim.id, { status: 'cancelled' })],
      ['session.ttl A1=3600 A2=60 repaired by A1'],
    ],
    [
      'when it edits its claim',
      [change(idOf('A1', 3), agent('A1'), claim.id, { value: '60' })],
      ['session.ttl A1=3600 A2=60 repaired by A1'],
    ],
    [
      'when it says that it spoke of something else',
      [change(idOf('A1', 3), agent('A1'), claim.id, { subject: 'session.size' })],
      ['session.ttl A1=3600 A2=60 repaired by A1'],
    ],
    [
      'when a person settles the claim',
      [change('op.1', operator, claim.id, { status: 'resolved' })],
      ['session.ttl A1=3600 A2=60 repaired by operator'],
    ],
    [
      '§14.51: when integration decides what holds',
      [stating('A8', 3, 'decision', '60')],
      ['session.ttl A1=3600 A2=60 decided by A8'],
    ],
    [
      'when integration decides that it does not matter',
      [post(idOf('A8', 3), agent('A8'), 'decision', { subject: 'session.ttl' })],
      ['session.ttl A1=3600 A2=60 decided by A8'],
    ],
    [
      'when a person decides',
      [post('gh.1.0', person, 'decision', { subject: 'session.ttl', value: '60' })],
      ['session.ttl A1=3600 A2=60 decided by person'],
    ],
    [
      'not when a third party agrees with one of them',
      [stating('A3', 3, 'evidence', '60')],
      ['session.ttl A1=3600 A2=60 A3=60 open'],
    ],
    ['not when documentation decides', [stating('A9', 3, 'decision', '60')], OPEN],
    ['not when security decides', [stating('A7', 3, 'decision', '60')], OPEN],
    [
      'not when the orchestrator decides',
      [post('o.1', orchestrator(), 'decision', { subject: 'session.ttl', value: '60' })],
      OPEN,
    ],
    ['not when a builder decides', [stating('A2', 3, 'decision', '60')], OPEN],
    [
      'not when somebody takes back the claim of another',
      [change(idOf('A2', 3), agent('A2'), claim.id, { status: 'cancelled' })],
      OPEN,
    ],
    [
      'not when an older claim of a party is taken back',
      [stating('A1', 3, 'claim', '5'), change(idOf('A1', 4), agent('A1'), claim.id, { status: 'cancelled' })],
      ['session.ttl A2=60 A1=5 open'],
    ],
  ])('%s', (_, entries, expected) => {
    expect(told([claim, against, ...entries])).toEqual(expected);
  });

  test('cont-QA decides where there is no integration steward', () => {
    const decision = stating('A0', 3, 'decision', '60');
    expect(told([claim, against, decision], ALONE)).toEqual(['session.ttl A1=3600 A2=60 decided by A0']);
    expect(told([claim, against, decision])).toEqual(OPEN);
  });

  test('and whoever says otherwise after a decision makes a new one, with an id of its own', () => {
    const entries = [claim, against, stating('A8', 3, 'decision', '60'), stating('A1', 4, 'claim', '3600')];
    expect(told(entries)).toEqual([
      'session.ttl A1=3600 A2=60 decided by A8',
      'session.ttl decision=60 A1=3600 open',
    ]);
    const [first, second] = [...fold(CONTRACT, placed(entries)).contradictions.keys()];
    expect(first).not.toBe(second);
    // What was decided holds: saying the same again is no news.
    expect(told([...entries, stating('A1', 5, 'claim', '60')]).at(-1)).toBe(
      'session.ttl decision=60 A1=3600 repaired by A1',
    );
  });
});

describe('its name and its owners', () => {
  test('come from the records that made it, in whatever order they are delivered', () => {
    const entries = placed([claim, against]);
    const [one] = [...fold(CONTRACT, entries).contradictions.values()];
    const [other] = [...fold(CONTRACT, entries.toReversed()).contradictions.values()];
    if (one === undefined) throw new Error('no contradiction');
    expect(other).toEqual(one);
    expect(contradictionHandle(one)).toMatch(/^contradiction-[a-z2-7]{4}$/);
  });

  test.each<[string, readonly Entry[], readonly string[]]>([
    ['who claims what evidence refutes', [claim, against], ['A1']],
    ['both, when nobody has evidence', [claim, stating('A2', 2, 'claim', '60')], ['A1', 'A2']],
    ['both, when both have evidence', [stating('A1', 1, 'evidence', '3600'), against], ['A1', 'A2']],
    [
      'who claims against a decision',
      [stating('A8', 1, 'decision', '60'), stating('A2', 2, 'claim', '5')],
      ['A2'],
    ],
    [
      'nobody, when only stewards disagree',
      [stating('E0', 1, 'claim', '1'), stating('A7', 2, 'claim', '2')],
      [],
    ],
  ])('is mended by %s', (_, entries, expected) => {
    const [one] = [...fold(CONTRACT, placed(entries)).contradictions.values()];
    if (one === undefined) throw new Error('no contradiction');
    expect(repairersOf(CONTRACT, one)).toEqual(expected);
  });
});

describe('it waits for integration', () => {
  const state = fold(CONTRACT, placed([claim, against]));
  test.each([
    ['cont-eval', 0],
    ['security', 0],
    ['integration', 0],
    ['documentation', 1],
    ['cont-qa', 1],
    ['close', 1],
  ] as const)('at %s it counts %i times', (at, count) => {
    expect(contradictionsAt(CONTRACT, state, at)).toHaveLength(count);
  });
  test('and for nobody where the wave has no integration steward', () => {
    expect(contradictionsAt(ALONE, fold(ALONE, placed([claim, against])), 'cont-qa')).toHaveLength(1);
  });
  test('so it makes stale what documentation and cont-QA judged, and nothing before', () => {
    const calm = fold(CONTRACT, []);
    const changed = (['cont-eval', 'security', 'integration', 'documentation', 'cont-qa'] as const).filter(
      (stage) => stateDigest(CONTRACT, calm, stage) !== stateDigest(CONTRACT, state, stage),
    );
    expect(changed).toEqual(['documentation', 'cont-qa']);
  });
});
