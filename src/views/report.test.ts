import { describe, expect, it } from 'vitest';
import type { Contract } from '../contract/index.ts';
import { htmlReport, type ReportInput } from './report.ts';
import {
  ASKED,
  admitted,
  at,
  attemptStarted,
  by,
  COMMIT,
  CONTRACT,
  DIGEST,
  finished,
  folded,
  gatesWith,
  history,
  INSTANCE,
  type Line,
  OPEN_QUESTION,
  proofRun,
  REFUSED_GATES,
  TREE,
  WAVE,
  why,
} from './sample-wave.fixture.ts';

const refused: ReportInput = {
  contract: CONTRACT,
  state: folded(OPEN_QUESTION),
  gates: REFUSED_GATES,
  entries: OPEN_QUESTION,
  instance: INSTANCE,
  generatedAt: at(200),
  closed: false,
  tree: TREE,
  commit: null,
  patches: new Map([['A1', 'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n']]),
  command: 'wave',
};

/** The document as a reader without pictures has it. */
const text = (page: string): string =>
  page
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replaceAll(/<(?:title|svg)[\s\S]*?<\/(?:title|svg)>/g, '')
    .replaceAll(/<\/(?:div|li|h1|h2|p|summary|dd|nav)>/g, '\n')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/[ \t]+/g, ' ')
    .replaceAll(/\n[\s]*/g, '\n')
    .trim();

const HOSTILE = '<script>alert(1)</script>"\' onload=x <img src=//t.example> \u202e\x1b[31m &amp;';

describe('the HTML report', () => {
  it('tells the whole wave, the verdict first', () => {
    expect(text(htmlReport(refused))).toMatchInlineSnapshot(`
      "Wave 3 · main · Amounts
      ✗ Wave 3 is not closed: 2 of 14 gates fail on tree 9b12fd0
      Waiting for A3: A2 asks &quot;who rounds?&quot;
      instance main/wave-3/local 
      attempt 1 
      base 4f1c2ab 
      tree 9b12fd0 
      took 1 m 59 s 
      written 2026-11-22T10:03:20Z 
      ✗ implementation ✓ components ○ verify ✓ helper assignments ✓ dependencies ✗ clarifications ✓ blockers and contradictions ○ cont-EVAL ○ security ○ integration ○ documentation ○ component matrix ○ cont-QA ✓ infra 
      Gates Agents Conversation Proofs Journal Reproduce 
      Gates 3 reasons 
      ✗ implementation
      missing-deliverable A2 docs/format.md is declared, not in the tree The agent writes it, or the wave file no longer declares it.
      docs/plans/waves/wave-3.md:41 9b12fd0 
      proof-level-gap A2 contract asks integration, agent reported unit Reach the contracted level, or change the exit contract in the wave file.
      ✓ components
      the wave promotes nothing
      ○ verify
      not asked
      ✓ helper assignments
      nothing is open
      ✓ dependencies
      nothing is open
      ✗ clarifications
      clarification-open A2-6m2c A2-gmcw “who rounds?” asked by A2, nobody has answered Answer it.
      e6 
      ✓ blockers and contradictions
      nothing is open
      ○ cont-EVAL
      not asked
      ○ security
      not asked
      ○ integration
      not asked
      ○ documentation
      not asked
      ○ component matrix
      not asked
      ○ cont-QA
      not asked
      ✓ infra
      nothing is out of order
      Next 
      wave coord answer A2-6m2c &quot;…&quot; closes the clarification 
      wave run 3 runs A2 and A3; keeps A1 
      Agents 8 
      A1 parser 1 m 58 s 
      A2 formatter 3 m 19 s… 
      A3 cli 3 m 19 s… 
      00:00 00:50 01:40 02:30 03:20 
      ✓ A1 parser claude · implementation patch 4 files +212 −8 · proof met (integration, durable) 
      result exit code 0, in 1 m 58 s
      isolation user
      usage 91200 tokens in, 8400 out, $0.41
      patch patch 4 files +212 −8, not admitted yet
      sha256 dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd 
      said proof met (integration, durable, integrated)
      owns src/parser/ 
      diff --git a/x b/x 
      --- a/x 
      +++ b/x 
      @@ -1 +1 @@ 
      -old 
      +new 
      ⏸ A2 formatter claude · implementation asked: &quot;who rounds?&quot; 
      result none in attempt 1
      owns src/format/ 
      ● A3 cli claude · implementation running 
      result none in attempt 1
      owns src/cli/ 
      ○ E0 evaluation claude · cont-eval not run 
      result none in attempt 1
      owns docs/reports/e0.md 
      ○ A7 security claude · security not run 
      result none in attempt 1
      owns docs/reports/a7.md 
      ○ A8 integration claude · integration not run 
      result none in attempt 1
      owns docs/reports/a8.md 
      ○ A9 documentation claude · documentation not run 
      result none in attempt 1
      owns docs/reports/a9.md 
      ○ A0 quality claude · cont-qa not run 
      result none in attempt 1
      owns docs/reports/a0.md 
      Conversation 1 record, 1 open 
      Holding the wave open: 1 thread
      A2 → A3 clarification A2-6m2c open 01:50
      who rounds?
      Both src/format and src/cli could.
      Proofs run by the orchestrator, not by agents 
      No command was run.
      Journal 8 entries 
      1 00:00 opened main/wave-3/local on 4f1c2ab 
      2 00:00 attempt 1 started on 4f1c2ab with A1 A2 A3 
      3 00:01 A1 started on claude 
      4 00:01 A2 started on claude 
      5 00:01 A3 started on claude 
      6 01:50 A2 → A3 clarification A2-6m2c &quot;who rounds?&quot; 
      7 01:58 A1 proof met (integration, durable, integrated) 
      8 01:59 A1 finished in 1 m 58 s, patch 4 files +212 −8 
      Reproduce
      git checkout --detach 4f1c2ab000000000000000000000000000000000
      npm test wave file docs/plans/waves/wave-3.md sha256 dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd 
      policy sha256 dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd 
      Written by wave-orchestration from the journal of main/wave-3/local. Derived, never read back."
    `);
  });

  it('says what a claim is about, and no number twice', () => {
    const entries = [
      ...OPEN_QUESTION,
      ...history([
        120,
        by('A1'),
        { type: 'post', kind: 'claim', summary: 'Two decimals', subject: 'decimals/eur', value: '2' },
      ]).map((entry) => ({ ...entry, id: 'claimed', seq: 30 })),
    ];
    const contract = { ...CONTRACT, title: 'Wave 3 - Amounts' };
    const page = text(htmlReport({ ...refused, contract, entries, state: folded(entries, contract) }));
    expect(page).toMatch(/Two decimals decimals\/eur = 2 *\n/);
    expect(page).toMatch(/^Wave 3 · main · Amounts\n/);
  });

  it('says closed only when it is', () => {
    const first = (input: ReportInput): string =>
      /<h1>(.*?)<\/h1>/.exec(htmlReport(input))?.[1]?.replaceAll(/<[^>]*>/g, '') ?? '';
    expect([
      first(refused),
      first({ ...refused, gates: gatesWith({}), closed: true, commit: COMMIT }),
    ]).toMatchInlineSnapshot(`
      [
        "✗ Wave 3 is not closed: 2 of 14 gates fail on tree 9b12fd0",
        "✓ Wave 3 is closed: every gate holds on tree 9b12fd0, published abc1234",
      ]
    `);
  });

  it('needs no script and nothing from elsewhere', () => {
    const page = htmlReport(refused);
    expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|https?:|\bon[a-z]+=/i);
    expect(page).toContain("default-src 'none'");
    expect(page).toContain('prefers-color-scheme:dark');
  });

  it('escapes everything foreign, wherever it comes in', () => {
    const contract: Contract = {
      ...CONTRACT,
      title: HOSTILE,
      lane: HOSTILE,
      agents: CONTRACT.agents.map((agent) => ({
        ...agent,
        title: HOSTILE,
        ownedPaths: [{ path: HOSTILE, at: agent.at }],
      })),
      verify: CONTRACT.verify.map((one) => ({ ...one, run: HOSTILE })),
    };
    const entries = history(
      [0, WAVE, attemptStarted()],
      [
        1,
        by('A1'),
        { type: 'post', kind: 'request', summary: HOSTILE, detail: HOSTILE, targets: [HOSTILE] },
        'r',
      ],
      [1, by('A1'), { type: 'post', kind: 'claim', summary: HOSTILE, subject: HOSTILE, value: HOSTILE }],
      [
        2,
        { kind: 'person', user: 1, login: HOSTILE, via: 'x' },
        { type: 'answer', record: 'r', text: HOSTILE },
      ],
      [3, by('A1'), { type: 'signal', signal: { kind: 'verdict', verdict: 'pass', detail: HOSTILE } }],
      [4, WAVE, finished('A1')],
      [
        5,
        WAVE,
        {
          ...(proofRun(HOSTILE, 1) as Extract<Line[2], { type: 'proof.recorded' }>),
          tail: HOSTILE,
          testsChanged: [HOSTILE],
        },
      ],
      [
        6,
        WAVE,
        {
          type: 'line.quarantined',
          file: HOSTILE,
          line: 1,
          sha256: DIGEST,
          code: 'foreign-line',
          claims: HOSTILE,
        },
      ],
    );
    const gates = gatesWith({ blockers: [why(HOSTILE, HOSTILE, { agent: HOSTILE, evidence: [HOSTILE] })] });
    const page = htmlReport({
      ...refused,
      contract,
      state: folded(entries, contract),
      entries,
      gates,
      patches: new Map([['A1', `+${HOSTILE}`]]),
      instance: HOSTILE,
    });
    expect(page).not.toMatch(/<script|<img|[\u202e\x1b]/);
    const attributes = page.replaceAll(/>[^<]*</g, '><');
    expect(attributes).not.toMatch(/onload=x(?![^"]*")/);
  });

  it('has an anchor for every link, each once', () => {
    const entries = [
      ...OPEN_QUESTION,
      ...history(
        [120, WAVE, proofRun('npm test')],
        [121, by('A1'), { type: 'post', kind: 'request', summary: 'x', targets: ['A3'], dependsOn: [ASKED] }],
        [122, WAVE, admitted('A1', 'x')],
      ).map((entry, i) => ({ ...entry, id: `more${i}`, seq: 30 + i })),
    ];
    const page = htmlReport({
      ...refused,
      state: folded(entries),
      entries,
      gates: gatesWith({
        verify: [why('verify-failed', 'x', { evidence: ['more0', ASKED, 'e2', 'unknown'] })],
      }),
    });
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map((match) => match[1] ?? '');
    const links = [...page.matchAll(/href="#([^"]*)"/g)].map((match) => match[1] ?? '');
    expect(new Set(ids).size).toBe(ids.length);
    expect(links.filter((one) => !ids.includes(one))).toEqual([]);
    expect(links.length).toBeGreaterThan(10);
  });

  it('folds the reasons of a gate after the first few, and says once what clears those of one code', () => {
    const reasons = Array.from({ length: 9 }, (_, i) =>
      why('missing-deliverable', `file ${i}`, { agent: 'A2' }),
    );
    const page = htmlReport({ ...refused, gates: gatesWith({ implementation: reasons }) });
    const [open = '', hidden = ''] = page.split('<details class="more">');
    expect(open).toContain('file 5');
    expect(open).not.toContain('file 6');
    expect(hidden).toContain('<summary>3 more reasons</summary>');
    expect(hidden).toContain('file 8');
    expect(page.split('The agent writes it').length - 1).toBe(2);
  });

  it('puts threads that hold the wave open first, and folds many by their time', () => {
    const post = (i: number, kind: 'request' | 'evidence'): Line => [
      60 + i,
      by('A1'),
      { type: 'post', kind, summary: `${kind} ${i}`, targets: ['agent:A2'] },
      `${kind}${i}`,
    ];
    const entries = history(
      [0, WAVE, attemptStarted()],
      ...Array.from({ length: 230 }, (_, i) => post(i, 'evidence')),
      post(300, 'request'),
    );
    const page = text(htmlReport({ ...refused, entries, state: folded(entries) }));
    const said = page.slice(page.indexOf('Conversation 231'), page.indexOf('Proofs run'));
    expect(
      said.split('\n').filter((line) => /thread|request|→ A2 evidence A1-\w+ 01:00/.test(line)),
    ).toMatchInlineSnapshot(`
      [
        "Holding the wave open: 1 thread",
        "A1 → A2 request A1-ieov open 06:00",
        "request 300",
        "Holding nothing open: 230 threads",
        "01:00 to 02:39 100 threads ",
        "A1 → A2 evidence A1-x5wd 01:00",
        "02:40 to 04:19 100 threads ",
        "04:20 to 04:49 30 threads ",
      ]
    `);
  });

  it('cuts no text of the conversation while all of it has room, and long ones before short ones', () => {
    const posts = (count: number, long: number): string => {
      const entries = history(
        [0, WAVE, attemptStarted()],
        ...Array.from(
          { length: count },
          (_, i): Line => [
            i,
            by('A1'),
            {
              type: 'post',
              kind: 'request',
              summary: `a question of some length, number ${i}, which nobody has to guess`,
              detail: i % 10 === 0 ? 'x'.repeat(long) : 'short',
              targets: ['A2'],
            },
          ],
        ),
      );
      return htmlReport({ ...refused, gates: [], entries, state: folded(entries) });
    };
    expect(posts(20, 5_000)).not.toContain('more characters');
    const full = posts(1_000, 5_000);
    expect(full).toContain('more characters');
    expect(full).toContain('number 990, which nobody has to guess');
  });

  it('stays below 1.5 MB with 50 agents and 2,000 records', () => {
    const [first] = CONTRACT.agents;
    const agents = Array.from({ length: 50 }, (_, i) => ({
      ...(first as Contract['agents'][number]),
      id: `A${i}`,
    }));
    const contract = { ...CONTRACT, agents };
    const entries = history(
      [0, WAVE, attemptStarted()],
      ...agents.map(({ id }, i): Line => [i, WAVE, finished(id)]),
      ...Array.from(
        { length: 2_000 },
        (_, i): Line => [
          i,
          by(`A${i % 50}`),
          {
            type: 'post',
            kind: 'request',
            summary: `need ${i} ${'"'.repeat(300)}`,
            detail: '<&>'.repeat(1_900),
            targets: [`A${(i + 1) % 50}`],
          },
        ],
      ),
      ...Array.from(
        { length: 50 },
        (_, i): Line => [
          i,
          WAVE,
          {
            ...(proofRun(`npm run t${i}`) as Extract<Line[2], { type: 'proof.recorded' }>),
            tail: '<'.repeat(3_000),
          },
        ],
      ),
    );
    const state = folded(entries, contract);
    expect(state.records.size).toBe(2_000);
    const gates = gatesWith({
      'helper-assignments': [...state.records.keys()].map((record) =>
        why('helper-assignment-open', 'x'.repeat(400), { record }),
      ),
    });
    const page = htmlReport({
      ...refused,
      contract,
      state,
      entries,
      gates,
      patches: new Map(agents.map(({ id }) => [id, '+<>&"\n'.repeat(20_000)])),
    });
    expect(Buffer.byteLength(page)).toBeLessThan(1_500_000);
    expect(page.trimEnd().endsWith('</html>')).toBe(true);
  });
});
