import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_FINAL_MESSAGE, signalsInFinalMessage } from './final-message.ts';

const PASS = '[wave-verdict] pass';
const PROOF = '[wave-proof] completion=live durability=durable proof=live state=met';
const kinds = (text: string) => signalsInFinalMessage(text).signals.map((signal) => signal.kind);

describe('what counts', () => {
  it.each([
    ['a bare line', PASS],
    ['among prose lines', `Done.\n${PASS}\nBye.`],
    ['indented by less than a code block', `  ${PASS}`],
    ['a line in one code span', `\`${PASS}\``],
    ['a bullet', `- ${PASS}`],
    ['a numbered item', `1. ${PASS}`],
    ['a bullet with a code span', `* \`${PASS}\``],
    ['a nested bullet', `- signals\n  - ${PASS}`],
    ['a continuation line of an item', `- signals\n  ${PASS}`],
    ['before an underline', `${PASS}\n---`],
    ['with CRLF ends', `Done.\r\n\r\n${PASS}\r\n`],
    ['after a byte order mark', `\ufeff${PASS}`],
    ['after a closed fence', `\`\`\`\nx\n\`\`\`\n${PASS}`],
    ['after a closed aside', `<details>\n\nx\n\n</details>\n\n${PASS}`],
    ['with emphasis in the detail', `${PASS} detail=*all* \`13\` gates <b>hold</b>`],
  ])('%s', (_, text) => {
    expect(signalsInFinalMessage(text)).toMatchObject({
      signals: [{ kind: 'verdict', verdict: 'pass' }],
      malformed: [],
    });
  });
  it('a block of lines, in order, duplicates and contradictions included', () => {
    expect(
      signalsInFinalMessage(`${PASS}\n\n\n[wave-verdict] blocked\n- [wave-verdict] pass`).signals,
    ).toEqual([
      { kind: 'verdict', verdict: 'pass' },
      { kind: 'verdict', verdict: 'blocked' },
      { kind: 'verdict', verdict: 'pass' },
    ]);
  });
});

describe('what never counts', () => {
  it.each([
    ['a fence', `\`\`\`\n${PASS}\n\`\`\``],
    ['a fence of markers alone', `\`\`\`text\n${PASS}\n${PROOF}\n\`\`\``],
    ['a tilde fence', `~~~\n${PASS}\n~~~`],
    ['a fence in an item', `- x\n  \`\`\`\n  ${PASS}\n  \`\`\``],
    ['a fence nobody closed', `\`\`\`\nexample\n${PASS}\n\n${PASS}`],
    ['indented code', `x\n\n    ${PASS}`],
    ['a quote', `> ${PASS}`],
    ['a lazy line of a quote', `> x\n${PASS}`],
    ['a list in a quote', `> - ${PASS}`],
    ['a quote in a list', `- > ${PASS}`],
    ['an HTML block', `<div>\n${PASS}\n</div>`],
    ['an HTML comment', `<!--\n\n${PASS}\n\n-->`],
    ['prose inside details', `<details>\n\n${PASS}\n\n</details>`],
    ['a list inside an HTML quote', `<blockquote>\n\n- ${PASS}\n\n</blockquote>`],
    ['an inline comment over lines', `x <!--\n${PASS}\n-->`],
    ['a code span over lines', `x \`\n${PASS}\n\` y`],
    ['link text', `[${PASS}](https://example.org)`],
    ['link text over lines', `[see\n${PASS}\n](https://example.org)`],
    ['a link reference', `${PASS}\n\n[wave-verdict]: https://example.org`],
    ['image text', `![x\n${PASS}\n](a.png)`],
    ['a heading', `# ${PASS}`],
    ['the middle of a line', `I print ${PASS}`],
    ['a code span inside a line', `Print \`${PASS}\` at the end`],
    ['an escaped bracket', `\\${PASS}`],
    ['an event of tool output', `{"type":"item.completed","aggregated_output":"${PASS}\\n"}`],
    ['a table cell', `| a |\n|---|\n| ${PASS} |`],
  ])('%s', (_, text) => {
    expect(signalsInFinalMessage(text)).toEqual({ signals: [], malformed: [], notes: [] });
  });
});

describe('failure catalogue 14.1', () => {
  it.each<readonly [number, string, string, readonly string[]]>([
    [1, 'a mixed fence with a perfect marker is an example', `\`\`\`\nEnd with:\n${PROOF}\n\`\`\``, []],
    [2, 'a single code span counts', `\`${PROOF}\``, ['proof']],
    [3, 'an unclosed fence hides what follows: missing, never faked', `\`\`\`\nexample\n${PROOF}`, []],
    [4, 'list items count', `- ${PROOF}\n- ${PASS}`, ['proof', 'verdict']],
    [5, 'markers in JSON text are not lines', `{"text":"${PROOF}"}`, []],
    [
      7,
      'reordered and extra keys count',
      '[wave-proof] state=met by=me proof=live durability=durable completion=live',
      ['proof'],
    ],
    [
      9,
      'a quoted reference document is no signal',
      ['Printed the reference:', '', '```md', PROOF, PASS, '```'].join('\n'),
      [],
    ],
    [
      13,
      'a foreign status line in a fence blocks nothing',
      '```\n[infra-status] kind=action target=x state=blocked\n```',
      [],
    ],
    [
      16,
      'both verdicts are seen whatever separates them',
      `${PASS}\n\n[wave-verdict] blocked`,
      ['verdict', 'verdict'],
    ],
    [17, 'a fenced verdict is ignored', `\`\`\`\n${PASS}\n\`\`\`\n[wave-verdict] blocked`, ['verdict']],
  ])('row %i: %s', (_row, _what, text, expected) => {
    expect(kinds(text)).toEqual(expected);
  });
  it('row 6: state=complete is met and the original is kept', () => {
    const { signals, notes } = signalsInFinalMessage(`x\n\n${PROOF.replace('met', 'complete')}`);
    expect(signals).toMatchObject([{ state: 'met' }]);
    expect(notes).toEqual(['line 3: state=complete read as met']);
  });
  it('row 8: a malformed marker is told from a missing one', () => {
    expect(signalsInFinalMessage('x\n[wave-proof] completion=live').malformed).toEqual([
      {
        line: 2,
        text: '[wave-proof] completion=live',
        problem: 'durability is missing',
        code: 'invalid-wave-proof-format',
        kind: 'proof',
      },
    ]);
  });
  it('row 10: detail cannot override, a duplicate key is malformed', () => {
    const gap = PROOF.replace('met', 'gap');
    expect(signalsInFinalMessage(`${gap} detail=expected state=met`).signals).toMatchObject([
      { state: 'gap' },
    ]);
    expect(signalsInFinalMessage(`${gap} state=met`)).toMatchObject({
      signals: [],
      malformed: [{ problem: 'state is given twice' }],
    });
  });
});

describe('hostile text', () => {
  it('a message that is too long or nested too deeply holds no signal and says so', () => {
    expect(signalsInFinalMessage(`${PASS}\n${'x'.repeat(MAX_FINAL_MESSAGE)}`)).toMatchObject({
      signals: [],
      malformed: [{ code: 'final-message-too-long' }],
    });
    const deep = (text: string) => `${PASS}\n\n${text.repeat(2000)}`;
    for (const text of [deep('- + '), deep('> - '), deep('>'), deep('1. - ')])
      expect(signalsInFinalMessage(text)).toMatchObject({
        signals: [],
        malformed: [{ line: 3, code: 'final-message-too-nested' }],
      });
    expect(kinds(`${PASS}\n\n${'- '.repeat(100)}`)).toEqual(['verdict']);
  });
  it('is total', () => {
    const piece = fc.constantFrom(
      '\n',
      '> ',
      '- ',
      '```',
      '    ',
      '<!--',
      '-->',
      '`',
      '[',
      '](x)',
      '<details>',
      '\t',
      '\r',
      PASS,
      'x',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
        const quoted = pieces
          .join('')
          .split(/\r\n|\r|\n/)
          .map((line) => `> ${line}`);
        expect(signalsInFinalMessage(quoted.join('\n')).signals).toEqual([]);
        signalsInFinalMessage(pieces.join(''));
      }),
    );
  });
});
