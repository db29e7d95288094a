import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../contract/index.ts';
import { decodeLine, decodeSegment, encodeEntry, entryContent, entryProblem } from './codec.ts';
import { MAX_ENTRY_BYTES, RECORD_NAME } from './schema.ts';
import { type Entry, PRIORITIES, RECORD_KINDS, RECORD_STATUSES, SEVERITIES } from './types.ts';

const post: Entry = {
  id: 'r1.1.A1.7',
  seq: 7,
  at: '2026-11-22T10:00:00.5Z',
  by: { kind: 'agent', agent: 'A1', run: 'r1', attempt: 1 },
  instance: 'main/wave-3/pr-12',
  family: 'coordination',
  body: {
    type: 'post',
    kind: 'request',
    summary: 'Größe?\n\tsecond line 🌊',
    targets: ['agent:A2'],
    priority: 'high',
  },
};
const finished: Entry = {
  ...post,
  by: { kind: 'orchestrator', run: 'r1', job: 'record' },
  family: 'control',
  body: {
    type: 'agent.finished',
    attempt: 1,
    agent: 'A1',
    executor: 'local',
    isolation: 'none',
    exit: { kind: 'exited', code: 0 },
    durationMs: 12,
    usage: { inputTokens: 1, outputTokens: 2, costUsd: null },
    patch: { sha256: 'a'.repeat(64), files: 1, added: 2, removed: 0 },
    baseTree: 'b'.repeat(40),
  },
};
const signal: Entry = {
  ...post,
  body: {
    type: 'signal',
    signal: { kind: 'proof', completion: 'integrated', durability: 'none', proof: 'unit', state: 'met' },
  },
};

const plain = (max: number, min = 0) =>
  fc
    .string({ unit: 'grapheme', minLength: min, maxLength: Math.floor(max / 4) })
    .filter((text) => !/[\x00-\x08\x0b-\x1f\x7f]/.test(text) && text.length >= min);
const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,40}$/);
const agent = fc.stringMatching(/^[A-Za-z][A-Za-z0-9._-]{0,10}$/);
const run = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9-]{0,20}$/);
const optional = <T>(field: fc.Arbitrary<T>) => ({ field, optional: true as const });
const record = (
  required: Record<string, fc.Arbitrary<unknown>>,
  extra: Record<string, ReturnType<typeof optional>> = {},
) =>
  fc.record(
    { ...required, ...Object.fromEntries(Object.entries(extra).map(([key, { field }]) => [key, field])) },
    { requiredKeys: Object.keys(required) },
  );
const fields = {
  detail: optional(plain(400)),
  targets: optional(fc.array(plain(40, 1), { maxLength: 4 })),
  priority: optional(fc.constantFrom(...PRIORITIES)),
  refs: optional(fc.array(plain(40, 1), { maxLength: 4 })),
  dependsOn: optional(fc.array(id, { maxLength: 4 })),
  severity: optional(fc.constantFrom(...SEVERITIES)),
};
const body = fc.oneof(
  record(
    { type: fc.constant('post'), kind: fc.constantFrom(...RECORD_KINDS), summary: plain(200, 1) },
    { ...fields, name: optional(fc.stringMatching(RECORD_NAME)) },
  ),
  record(
    { type: fc.constant('update'), record: id },
    { ...fields, status: optional(fc.constantFrom(...RECORD_STATUSES)) },
  ),
  record({ type: fc.constant('ack'), record: id }, { detail: optional(plain(400)) }),
  record({ type: fc.constant('answer'), record: id, text: plain(400, 1) }),
);
const by = fc.oneof(
  record({ kind: fc.constant('agent'), agent, run, attempt: fc.nat(9999) }),
  record({ kind: fc.constant('operator') }, { as: optional(agent) }),
  record({
    kind: fc.constant('person'),
    user: fc.integer({ min: 1 }),
    login: plain(60, 1),
    via: plain(100, 1),
  }),
  record({ kind: fc.constant('orchestrator'), run, job: plain(60, 1) }),
  record({ kind: fc.constant('unattributed'), detail: plain(100) }),
);
const anyEntry = record({
  id,
  seq: fc.oneof(fc.constant(null), fc.integer({ min: 1 })),
  at: fc
    .date({ min: new Date('1970-01-01'), max: new Date('9999-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString()),
  by,
  instance: fc.constantFrom('main/wave-3/local', 'a_b-1/wave-12/pr-7', 'x/wave-0/branch-release-1.x'),
  family: fc.constant('coordination'),
  body,
}) as unknown as fc.Arbitrary<Entry>;

describe('an entry', () => {
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        const line = encodeEntry(entry);
        expect(line).not.toContain('\n');
        expect(decodeLine(line)).toEqual({ ok: true, entry });
        expect(encodeEntry(JSON.parse(JSON.stringify(entry)) as Entry)).toBe(line);
      }),
      { numRuns: 300 },
    );
  });

  it.each([post, finished, signal, { ...finished, seq: null }])(
    'of each family comes back ($body.type)',
    (entry) => {
      expect(decodeLine(encodeEntry(entry))).toEqual({ ok: true, entry });
      expect(entryProblem(entry)).toBeNull();
    },
  );

  it('is the same whoever wrote it down, wherever it stands', () => {
    expect(entryContent({ ...post, at: '2036-01-01T00:00:00Z' })).toBe(entryContent(post));
    const { type, kind, summary, ...rest } = post.body as Record<string, unknown> &
      typeof post.body & { kind: string; summary: string };
    expect(entryContent({ ...post, body: { ...rest, summary, kind, type } as Entry['body'] })).toBe(
      entryContent(post),
    );
    expect(entryContent({ ...post, by: { kind: 'operator' } })).not.toBe(entryContent(post));
  });
});

describe('a line', () => {
  it('of any bytes never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = Buffer.from(bytes).toString('utf8');
        const { entries, quarantined } = decodeSegment('x', text);
        expect(entries).toEqual([]);
        for (const each of quarantined) expect(each.code).toMatch(/^[a-z-]+$/);
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(decodeLine(JSON.stringify(value)).ok).toBe(false);
      }),
    );
  });

  it('with a negative zero, which would not be written as it was read, is refused', () => {
    expect(decodeLine(encodeEntry(finished).replace('"code":0', '"code":-0'))).toMatchObject({
      ok: false,
      code: 'invalid-entry',
    });
  });

  it('with one character changed is an entry or is quarantined, and an entry always reads again', () => {
    const codes = ['invalid-json', 'invalid-entry', 'prototype-key', 'control-character', 'entry-too-large'];
    const alphabet = fc.constantFrom(...'"\\{}[]:,0 9aZ_.-\u0000\u001b\u007f\u2028é\ud800');
    const lines = [post, finished, signal].map(encodeEntry);
    fc.assert(
      fc.property(
        fc.constantFrom(...lines),
        fc.nat(),
        alphabet,
        fc.constantFrom(0, 1),
        (line, where, character, removed) => {
          const at = where % line.length;
          const decoded = decodeLine(line.slice(0, at) + character + line.slice(at + removed));
          if (!decoded.ok) {
            expect(codes).toContain(decoded.code);
            expect(decoded.reason.length).toBeGreaterThan(0);
          } else expect(decodeLine(encodeEntry(decoded.entry))).toEqual(decoded);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('cut short anywhere is quarantined', () => {
    const line = encodeEntry(post);
    for (let end = 1; end < line.length; end++) expect(decodeLine(line.slice(0, end)).ok).toBe(false);
  });

  it.each([
    ['an unknown key', { ...post, extra: 1 }, 'invalid-entry'],
    ['an unknown key of the body', { ...post, body: { ...post.body, extra: 1 } }, 'invalid-entry'],
    ['a body of the other family', { ...post, family: 'control' }, 'invalid-entry'],
    ['no id', { ...post, id: undefined }, 'invalid-entry'],
    ['an id with a path', { ...post, id: '../x' }, 'invalid-entry'],
    ['seq 0', { ...post, seq: 0 }, 'invalid-entry'],
    ['a local time', { ...post, at: '2026-11-22T10:00:00+01:00' }, 'invalid-entry'],
    ['a path as instance', { ...post, instance: 'main/wave-3/..' }, 'invalid-entry'],
    [
      'an origin out of bounds',
      { ...post, instance: `main/wave-3/branch-${'x'.repeat(200)}` },
      'invalid-entry',
    ],
    ['an escape sequence', { ...post, body: { ...post.body, summary: 'a\u001b[31mb' } }, 'control-character'],
    ['DEL', { ...post, body: { ...post.body, summary: 'a\u007fb' } }, 'control-character'],
    ['a carriage return', { ...post, body: { ...post.body, summary: 'a\rb' } }, 'control-character'],
    ['a backspace', { ...post, body: { ...post.body, summary: 'a\bb' } }, 'control-character'],
    ['NUL in a list', { ...post, body: { ...post.body, targets: ['\u0000'] } }, 'control-character'],
    ['a list', [], 'invalid-entry'],
    ['null', null, 'invalid-entry'],
  ])('with %s is refused', (_what, value, code) => {
    expect(decodeLine(JSON.stringify(value))).toMatchObject({ ok: false, code });
  });

  it.each(['__proto__', 'constructor', 'prototype'])(
    'with the key %s anywhere is refused and pollutes nothing',
    (key) => {
      const line = encodeEntry(post);
      for (const place of ['"summary"', '"kind":"agent"', '"instance"']) {
        const poisoned = line.replace(place, `"${key}":{"polluted":1},${place}`);
        expect(decodeLine(poisoned)).toMatchObject({ ok: false, code: 'prototype-key' });
      }
      expect('polluted' in {}).toBe(false);
    },
  );

  it('is bounded in bytes, not characters', () => {
    const sized = (detail: string): string =>
      encodeEntry({ ...post, body: { type: 'ack', record: 'x', detail } });
    const line = (bytes: number): string => {
      const spare = bytes - Buffer.byteLength(sized(''));
      return `${sized('')}${' '.repeat(spare)}`;
    };
    expect(decodeLine(line(MAX_ENTRY_BYTES)).ok).toBe(true);
    expect(decodeLine(line(MAX_ENTRY_BYTES + 1))).toMatchObject({ ok: false, code: 'entry-too-large' });
    expect(decodeLine(sized('é'.repeat(2000))).ok).toBe(true);
    const wide = { ...post, body: { ...post.body, detail: '€'.repeat(2700) } } as Entry;
    expect(decodeLine(encodeEntry(wide))).toMatchObject({ ok: false, code: 'entry-too-large' });
    expect(entryProblem(wide)).toContain('entry-too-large');
  });

  it('nested as deep as fits is refused without a throw', () => {
    expect(decodeLine('['.repeat(4096) + ']'.repeat(4096)).ok).toBe(false);
    expect(decodeLine(`${'{"a":'.repeat(1300)}1${'}'.repeat(1300)}`).ok).toBe(false);
  });
});

describe('a segment', () => {
  const good = encodeEntry(post);
  it('gives every good line and names every bad one', () => {
    const text = `${good}\nnot json\n\n${encodeEntry({ ...post, id: 'b', seq: 8 })}\n{"id":`;
    expect(decodeSegment('f.jsonl', text)).toEqual({
      entries: [post, { ...post, id: 'b', seq: 8 }],
      quarantined: [
        {
          file: 'f.jsonl',
          line: 2,
          code: 'invalid-json',
          reason: expect.any(String) as string,
          sha256: sha256('not json'),
        },
        {
          file: 'f.jsonl',
          line: 5,
          code: 'torn-line',
          reason: 'the line does not end',
          sha256: sha256('{"id":'),
        },
      ],
    });
  });

  it('does not take an unterminated last line, even when it is whole', () => {
    expect(decodeSegment('f', good)).toMatchObject({
      entries: [],
      quarantined: [{ line: 1, code: 'torn-line' }],
    });
    expect(decodeSegment('f', `${good}\n`).entries).toEqual([post]);
    expect(decodeSegment('f', '')).toEqual({ entries: [], quarantined: [] });
  });

  it('read in two parts at a line end is the segment', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(good, 'x', '', '{}'), { maxLength: 12 }),
        fc.nat(),
        (lines, where) => {
          const at = where % (lines.length + 1);
          const text = (some: string[]) => some.map((each) => `${each}\n`).join('');
          const whole = decodeSegment('f', text(lines));
          const parts = [
            decodeSegment('f', text(lines.slice(0, at))),
            decodeSegment('f', text(lines.slice(at))),
          ];
          expect(parts.flatMap(({ entries }) => entries)).toEqual(whole.entries);
          expect(parts.flatMap(({ quarantined }) => quarantined.map((each) => each.sha256))).toEqual(
            whole.quarantined.map((each) => each.sha256),
          );
        },
      ),
    );
  });
});
