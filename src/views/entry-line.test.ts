import { describe, expect, it } from 'vitest';
import type { Body } from '../journal/index.ts';
import { entryLine } from './entry-line.ts';
import {
  admitted,
  attemptStarted,
  BASE,
  by,
  COMMIT,
  CONTRACT,
  DIGEST,
  finished,
  folded,
  history,
  PERSON,
  proofRun,
  proofSignal,
  started,
  TREE,
  WAVE,
} from './sample-wave.fixture.ts';

const lines = (entries: ReturnType<typeof history>): string => {
  const state = folded(entries);
  return entries.map((entry) => entryLine(CONTRACT, state, entry)).join('\n');
};

describe('a line per entry', () => {
  it('tells a wave that closes', () => {
    expect(
      lines(
        history(
          [0, WAVE, { type: 'instance.opened', base: BASE, waveDigest: DIGEST, policyDigest: DIGEST }],
          [0, WAVE, attemptStarted()],
          [1, WAVE, started('A1')],
          [
            2,
            by('A1'),
            { type: 'post', kind: 'request', summary: 'Need a rounding rule', targets: ['agent:A2'] },
            'r1.1.A1.1',
          ],
          [3, by('A2'), { type: 'ack', record: 'r1.1.A1.1' }],
          [3, by('A2'), { type: 'update', record: 'r1.1.A1.1', status: 'in_progress' }],
          [4, by('A2'), { type: 'answer', record: 'r1.1.A1.1', text: 'Half\nup.' }],
          [5, by('A1'), proofSignal],
          [6, WAVE, finished('A1', 1_000, 2)],
          [6, WAVE, { ...finished('A2', 0, 1), reusedFrom: 'e9' } as Body],
          [7, WAVE, admitted('A1', 'src/parser/index.ts')],
          [8, WAVE, { type: 'tree.fixed', attempt: 1, stage: 'implementation', tree: TREE, subject: TREE }],
          [9, WAVE, proofRun('npm test')],
          [
            10,
            WAVE,
            {
              type: 'stage.judged',
              attempt: 1,
              stage: 'cont-qa',
              agents: ['A0'],
              subject: TREE,
              waveDigest: DIGEST,
              policyDigest: DIGEST,
              stateDigest: DIGEST,
            },
          ],
          [
            11,
            WAVE,
            { type: 'publish.intent', attempt: 1, commit: COMMIT, tree: TREE, parent: BASE, target: 'main' },
          ],
          [11, WAVE, { type: 'publish.done', attempt: 1, commit: COMMIT, target: 'main' }],
          [12, WAVE, { type: 'attempt.ended', attempt: 1, outcome: 'closed', code: 'closed' }],
        ),
      ),
    ).toMatchInlineSnapshot(`
      "opened main/wave-3/local on 4f1c2ab
      attempt 1 started on 4f1c2ab with A1 A2 A3
      A1 started on claude
      A1 → A2 request A1-ibix "Need a rounding rule"
      A2 acknowledged A1-ibix
      A2 started on A1-ibix
      A2 answered A1-ibix "Half up."
      A1 proof met (integration, durable, integrated)
      A1 finished in 1 s, patch 2 files +212 −8
      A2 kept from an earlier attempt, patch 1 file +212 −8
      A1 patch admitted
      tree 9b12fd0 fixed after implementation
      verify npm test passed in 0.3 s on 9b12fd0
      cont-qa judged tree 9b12fd0
      publishing abc1234 to main
      published abc1234 to main
      attempt 1 ended: closed"
    `);
  });

  it('says out loud what went wrong', () => {
    expect(
      lines(
        history(
          [0, WAVE, attemptStarted()],
          [1, WAVE, { ...finished('A1', 3_000), exit: { kind: 'exited', code: 1 }, patch: null } as Body],
          [1, WAVE, { ...finished('A3', 600_000), exit: { kind: 'timed-out', afterMs: 600_000 } } as Body],
          [
            2,
            WAVE,
            {
              type: 'patch.refused',
              attempt: 1,
              agent: 'A2',
              patch: DIGEST,
              refusals: [
                { code: 'path-not-owned', path: 'src/x.ts', detail: 'owned by A1' },
                { code: 'patch-conflict', path: '', detail: '' },
              ],
            },
          ],
          [
            2,
            WAVE,
            {
              type: 'signal.malformed',
              attempt: 1,
              agent: 'A2',
              kind: null,
              line: 'outbox/7.json',
              problem: 'is not JSON in UTF-8',
            },
          ],
          [3, WAVE, proofRun('npm test', 1, 2_400)],
          [4, by('A1'), { type: 'signal', signal: { kind: 'verdict', verdict: 'pass' } }],
          [5, by('A1'), { type: 'update', record: 'nope', status: 'resolved' }],
          [
            5,
            WAVE,
            {
              type: 'line.quarantined',
              file: 'coordination/wave-3.jsonl',
              line: 12,
              sha256: DIGEST,
              code: 'foreign-line',
              claims: 'signal verdict',
            },
          ],
          [6, by('A2'), { type: 'post', kind: 'request', summary: 'x', targets: ['capability:magic'] }, 'q'],
          [7, WAVE, { type: 'timer.fired', record: 'q', clock: 'ack', cycle: 0 }],
          [8, PERSON, { type: 'update', record: 'q', targets: ['A3'] }],
          [8, PERSON, { type: 'update', record: 'q', severity: 'advisory' }],
          [
            8,
            { kind: 'operator', as: 'A2' },
            { type: 'update', record: 'q', status: 'cancelled', detail: 'not needed' },
          ],
          [9, { kind: 'unattributed', detail: 'push' }, { type: 'answer', record: 'q', text: 'yes' }],
          [9, WAVE, { type: 'attempt.ended', attempt: 1, outcome: 'refused', code: 'verify-failed' }],
        ),
      ),
    ).toMatchInlineSnapshot(`
      "attempt 1 started on 4f1c2ab with A1 A2 A3
      A1 failed after 3 s: exit code 1, no patch
      A3 failed after 10 m: stopped at its deadline of 10 m, patch 4 files +212 −8
      A2 patch refused: path-not-owned src/x.ts, patch-conflict
      A2 said what nobody can read, outbox/7.json: is not JSON in UTF-8
      verify npm test failed with exit code 1 in 2 s on 9b12fd0
      rejected e7: A1 tried signal verdict: may not signal verdict (signal-without-authority)
      rejected e8: A1 tried update: no record nope (unknown-record)
      quarantined coordination/wave-3.jsonl:12 foreign-line, claims signal verdict
      A2 → A3 request A2-ry24 "x"
      A2-ry24 was not taken up in time
      mona reassigned A2-ry24 → A3
      mona marked A2-ry24 as advisory
      operator for A2 withdrew A2-ry24 "not needed"
      rejected e15: somebody unattributed tried answer: may not answer A2-ry24 (transition-without-authority)
      attempt 1 ended: refused (verify-failed)"
    `);
  });

  it('tells an entry from another that claims its id', () => {
    const entries = history(
      [0, by('A1'), { type: 'post', kind: 'claim', summary: 'mine' }, 'same'],
      [1, by('A1'), { type: 'post', kind: 'claim', summary: 'other' }, 'same'],
    );
    expect(lines(entries)).toMatchInlineSnapshot(`
      "A1 claim A1-bftr "mine"
      rejected same: A1 tried post claim: an entry of this id stands with another content (id-conflict)"
    `);
  });

  it('lets no escape sequence and no second line through', () => {
    const [entry] = history([
      0,
      by('A1'),
      { type: 'post', kind: 'claim', summary: 'done\n12:00 published \x1b[2Jall\u202e' },
    ]);
    expect(lines(entry === undefined ? [] : [entry])).toMatchInlineSnapshot(
      `"A1 claim A1-rnom "done 12:00 published all<U+202E>""`,
    );
  });
});
