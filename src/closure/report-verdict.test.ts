import { describe, expect, test } from 'vitest';
import { verdictsInReport } from './report-verdict.ts';

describe('verdict lines of a report', () => {
  test.each<[string, string, readonly string[]]>([
    ['a line of its own', '# QA\n\nVerdict: PASS\n', ['pass']],
    ['with a detail that is set off', 'Verdict: hold - waits for A2', ['hold']],
    ['fail is blocked', 'Verdict: fail: the tests', ['blocked']],
    ['within a paragraph, at the start of a line', 'All is well.\nVerdict: concerns\nMore.', ['concerns']],
    [
      '§14.16: both of two, whatever stands between them',
      'Verdict: PASS\n\nVerdict: BLOCKED',
      ['pass', 'blocked'],
    ],
    ['with line ends of another system', 'Fine.\r\nVerdict: PASS\r\n', ['pass']],
    ['§14.17: not in a fence', '```\nVerdict: PASS\n```', []],
    ['not in a fence behind odd line ends', 'a\r\r\r```\nVerdict: PASS\n```', []],
    ['not in indented code', '    Verdict: PASS', []],
    ['not in a quote', '> Verdict: PASS', []],
    ['not in a list', '- Verdict: PASS', []],
    ['not in a heading', '## Verdict: PASS', []],
    ['not in a comment', '<!--\nVerdict: PASS\n-->', []],
    ['not in a comment within a paragraph', 'text <!--\nVerdict: PASS\n--> more', []],
    ['not in code within a paragraph', 'text `one\nVerdict: PASS\ntwo` more', []],
    ['not in the middle of a line', 'The Verdict: PASS', []],
    ['not a template', 'Verdict: pass | concerns | hold | blocked', []],
    ['not a sentence that goes on', 'Verdict: pass would be premature', []],
    ['not another word', 'Verdict: passed', []],
  ])('%s', (_, markdown, verdicts) => {
    expect(verdictsInReport(markdown)).toEqual(verdicts);
  });
});
