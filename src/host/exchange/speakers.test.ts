import { describe, expect, test } from 'vitest';
import { newestAttempt, speakers } from './speakers.ts';
import type { Receipt } from './types.ts';

/** Receipts in order of upload: `name by job`. */
const uploads = (...lines: readonly string[]): readonly Receipt[] =>
  lines.map((line, at) => {
    const [name = '', , job] = line.split(' ');
    return {
      name,
      id: String(at + 1),
      sizeBytes: 1,
      digest: null,
      uploadedBy: job ?? null,
      createdAt: '2026-01-01T00:00:00.000Z',
    };
  });
const names = (receipts: readonly Receipt[]): readonly string[] => receipts.map((one) => one.name);

describe('speakers', () => {
  test('an artifact counts when its job said hello for that agent', () => {
    const found = speakers(
      uploads(
        'wave-hello-r1-A1 by j1',
        'wave-hello-r1-A2 by j2',
        'wave-result-r1-A1 by j1',
        'wave-outbox-r1-A2~2 by j2',
      ),
    );
    expect(found.speakers).toEqual([
      { agent: 'A1', attempt: 1, job: 'j1' },
      { agent: 'A2', attempt: 1, job: 'j2' },
    ]);
    expect(found.accepted).toHaveLength(4);
    expect(found.dropped).toEqual([]);
  });

  test('a result in another agent’s name is dropped alone; the other takes the next serial and counts', () => {
    const found = speakers(
      uploads(
        'wave-hello-r1-A1 by j1',
        'wave-hello-r1-A2 by j1',
        'wave-result-r1-A2 by j1',
        'wave-result-r1-A1 by j1',
        'wave-hello-r1-A2~2 by j2',
        'wave-result-r1-A2~2 by j2',
      ),
    );
    expect(found.speakers.map((one) => `${one.agent} ${one.job}`)).toEqual(['A1 j1', 'A2 j2']);
    expect(names(found.accepted)).toEqual([
      'wave-hello-r1-A1',
      'wave-result-r1-A1',
      'wave-hello-r1-A2~2',
      'wave-result-r1-A2~2',
    ]);
    expect(found.dropped.map((one) => `${one.code}: ${one.why}`)).toMatchInlineSnapshot(`
      [
        "foreign-job: wave-hello-r1-A2 comes from job j1, which speaks for A1",
        "foreign-job: wave-result-r1-A2 comes from job j1, which speaks for A1",
      ]
    `);
  });

  test('what counts as first is the exchange’s order, not the order of the list', () => {
    const inOrder = uploads('wave-hello-r1-A1 by j1', 'wave-hello-r1-A1~2 by j2', 'wave-result-r1-A1 by j2');
    const found = speakers([...inOrder].reverse());
    expect(found.speakers).toEqual([{ agent: 'A1', attempt: 1, job: 'j1' }]);
    expect(found.dropped.map((one) => [one.receipt.name, one.code, one.why.split(', ')[1]])).toEqual([
      ['wave-result-r1-A1', 'foreign-job', 'which came second'],
      ['wave-hello-r1-A1~2', 'foreign-job', 'which came second'],
    ]);
  });

  test('ids decide within one instant, as numbers', () => {
    const [early, late] = uploads('wave-hello-r1-A1 by j1', 'wave-hello-r1-A1~2 by j2');
    if (early === undefined || late === undefined) throw new Error('two');
    const found = speakers([
      { ...late, id: '10' },
      { ...early, id: '9' },
    ]);
    expect(found.speakers[0]?.job).toBe('j1');
  });

  test('a job cannot speak for a later attempt of its own agent', () => {
    const found = speakers(
      uploads('wave-hello-r1-A1 by j1', 'wave-hello-r9-A1 by j1', 'wave-result-r9-A1 by j1'),
    );
    expect(names(found.accepted)).toEqual(['wave-hello-r1-A1']);
    expect(found.dropped.map((one) => one.code)).toEqual(['foreign-job', 'foreign-job']);
  });

  test('no hello, no known uploader, no name of ours', () => {
    const found = speakers(
      uploads(
        'wave-result-r1-A1 by j1',
        'wave-hello-r1-A2',
        'wave-result-r1-A2',
        'wave-oops by j1',
        'coverage by j3',
      ),
    );
    expect(found.accepted).toEqual([]);
    expect(found.dropped.map((one) => `${one.receipt.name} ${one.code}`)).toEqual([
      'wave-result-r1-A1 no-hello',
      'wave-hello-r1-A2 no-uploader',
      'wave-result-r1-A2 no-uploader',
      'wave-oops malformed-name',
    ]);
  });
});

test('the newest attempt of each kind and agent, then the highest serial', () => {
  const found = newestAttempt(
    uploads(
      'wave-result-r2-A1 by j3',
      'wave-result-r1-A1 by j1',
      'wave-result-r1-A2 by j2',
      'wave-outbox-r1-A1 by j1',
      'wave-outbox-r1-A1~10 by j1',
      'wave-outbox-r1-A1~2 by j1',
      'wave-result-r10-A3 by j5',
      'wave-result-r9-A3 by j4',
      'other by j1',
    ),
  );
  expect(found.map((one) => one.receipt.name)).toEqual([
    'wave-outbox-r1-A1~10',
    'wave-result-r2-A1',
    'wave-result-r1-A2',
    'wave-result-r10-A3',
  ]);
});
